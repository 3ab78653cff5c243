// SPDX-License-Identifier: MIT
// From single accesses of BAR0 to AXI4-Lite: bits 15:12 of the address choose the page, which is one of
// the engines or the card page. Where nobody is, reads give all ones, as on PCIe.
//
// valid stays until done, a pulse, and then goes. One access at a time.
module nmaccel_shell_bus #(
    parameter int ENGINES = 1,
    localparam int TARGETS = ENGINES + 1  // the last is the card page
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   valid,
    input  wire                   write,
    input  wire  [15:0]           addr,
    input  wire  [31:0]           wdata,
    output logic                  done,
    output logic [31:0]           rdata,
    output logic [TARGETS-1:0]    m_awvalid,
    input  wire  [TARGETS-1:0]    m_awready,
    output logic [TARGETS-1:0]    m_wvalid,
    input  wire  [TARGETS-1:0]    m_wready,
    input  wire  [TARGETS-1:0]    m_bvalid,
    output logic [TARGETS-1:0]    m_bready,
    output logic [TARGETS-1:0]    m_arvalid,
    input  wire  [TARGETS-1:0]    m_arready,
    input  wire  [TARGETS-1:0]    m_rvalid,
    output logic [TARGETS-1:0]    m_rready,
    input  wire  [32*TARGETS-1:0] m_rdata,
    output logic [11:0]           m_addr,
    output logic [31:0]           m_wdata
);

  localparam logic [3:0] CARD_PAGE = 4'(nmaccel_card_contract::CARD_PAGE >> 12);

  logic [TARGETS-1:0] target;
  logic busy;

  always_comb begin
    target = '0;
    for (int e = 0; e < ENGINES; e++) target[e] = addr[15:12] == 4'(e);
    target[ENGINES] = addr[15:12] == CARD_PAGE;
  end

  assign m_addr = addr[11:0];
  assign m_wdata = wdata;
  assign m_bready = '1;
  assign m_rready = '1;

  always_ff @(posedge clk) begin
    if (rst) begin
      busy <= 1'b0;
      done <= 1'b0;
      m_awvalid <= '0;
      m_wvalid <= '0;
      m_arvalid <= '0;
    end else begin
      done <= 1'b0;
      m_awvalid <= m_awvalid & ~m_awready;
      m_wvalid <= m_wvalid & ~m_wready;
      m_arvalid <= m_arvalid & ~m_arready;
      if (valid && !busy && !done) begin
        if (target == '0) begin
          done <= 1'b1;
        end else begin
          busy <= 1'b1;
          m_awvalid <= write ? target : '0;
          m_wvalid <= write ? target : '0;
          m_arvalid <= write ? '0 : target;
        end
      end else if (busy && (m_bvalid | m_rvalid) != '0) begin
        busy <= 1'b0;
        done <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk) begin
    if (valid && !busy) rdata <= '1;
    for (int t = 0; t < TARGETS; t++) begin
      if (busy && m_rvalid[t]) rdata <= m_rdata[32*t+:32];
    end
  end

endmodule
