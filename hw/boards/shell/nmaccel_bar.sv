// SPDX-License-Identifier: MIT
// BAR0 behind a PCIe bridge: an AXI4-Lite slave of 64 KiB whose bits 15:12 choose the page. Takes one
// access at a time, through nmaccel_shell_bus. While an engine is reset, accesses of its page wait.
//
// Tells what passes, for those who watch the engines: see nmaccel_pcie_card.
module nmaccel_bar #(
    parameter int ENGINES = 1,
    localparam int TARGETS = ENGINES + 1
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   s_awvalid,
    output logic                  s_awready,
    input  wire  [15:0]           s_awaddr,
    input  wire                   s_wvalid,
    output logic                  s_wready,
    input  wire  [31:0]           s_wdata,
    output logic                  s_bvalid,
    input  wire                   s_bready,
    output logic [1:0]            s_bresp,
    input  wire                   s_arvalid,
    output logic                  s_arready,
    input  wire  [15:0]           s_araddr,
    output logic                  s_rvalid,
    input  wire                   s_rready,
    output logic [31:0]           s_rdata,
    output logic [1:0]            s_rresp,
    input  wire  [ENGINES-1:0]    hold,       // the engine is in reset
    output logic                  access,     // an access is done, in this clock
    output logic                  write,
    output logic [15:0]           addr,
    output logic [31:0]           wdata,
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

  assign s_bresp = 2'b00;
  assign s_rresp = 2'b00;

  logic running, held;
  wire idle = !running && !s_bvalid && !s_rvalid;

  assign s_awready = idle && s_awvalid && s_wvalid;
  assign s_wready = s_awready;
  assign s_arready = idle && !s_awready;

  always_comb begin
    held = 1'b0;
    for (int e = 0; e < ENGINES; e++) begin
      if (addr[15:12] == 4'(e)) held = hold[e];
    end
  end

  always_ff @(posedge clk) begin
    if (s_awready) begin
      addr <= s_awaddr;
      wdata <= s_wdata;
      write <= 1'b1;
    end else if (s_arvalid && s_arready) begin
      addr <= s_araddr;
      write <= 1'b0;
    end
    if (access) s_rdata <= rdata;
    if (rst) begin
      running <= 1'b0;
      s_bvalid <= 1'b0;
      s_rvalid <= 1'b0;
    end else begin
      running <= (running && !access) || s_awready || (s_arvalid && s_arready);
      s_bvalid <= (access && write) || (s_bvalid && !s_bready);
      s_rvalid <= (access && !write) || (s_rvalid && !s_rready);
    end
  end

  // Once begun, an access is not held any more.
  logic begun;
  always_ff @(posedge clk) begin
    if (rst || access) begun <= 1'b0;
    else if (running && !held) begun <= 1'b1;
  end

  nmaccel_shell_bus #(
      .ENGINES(ENGINES)
  ) bus (
      .clk(clk),
      .rst(rst),
      .valid(running && (begun || !held)),
      .write(write),
      .addr(addr),
      .wdata(wdata),
      .done(access),
      .rdata(rdata),
      .m_awvalid(m_awvalid),
      .m_awready(m_awready),
      .m_wvalid(m_wvalid),
      .m_wready(m_wready),
      .m_bvalid(m_bvalid),
      .m_bready(m_bready),
      .m_arvalid(m_arvalid),
      .m_arready(m_arready),
      .m_rvalid(m_rvalid),
      .m_rready(m_rready),
      .m_rdata(m_rdata),
      .m_addr(m_addr),
      .m_wdata(m_wdata)
  );

endmodule
