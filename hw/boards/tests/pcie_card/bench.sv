// SPDX-License-Identifier: MIT
// The card of the PCIe shells with the memory of a self-test in place of the host's.
module bench #(
    parameter IMAGE = ""
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         msi_enable,
    input  wire  [2:0]  msi_width,
    output logic        msi_request,
    output logic [4:0]  msi_vector,
    input  wire         msi_grant,
    input  wire         awvalid,
    output logic        awready,
    input  wire  [15:0] awaddr,
    input  wire         wvalid,
    output logic        wready,
    input  wire  [31:0] wdata,
    output logic        bvalid,
    input  wire         bready,
    input  wire         arvalid,
    output logic        arready,
    input  wire  [15:0] araddr,
    output logic        rvalid,
    input  wire         rready,
    output logic [31:0] rdata
);

  logic m_awvalid, m_awready, m_wvalid, m_wready, m_wlast, m_bvalid, m_bready;
  logic m_arvalid, m_arready, m_rvalid, m_rready, m_rlast;
  logic [63:0] m_awaddr, m_araddr;
  logic [7:0] m_arlen;
  logic [127:0] m_wdata, m_rdata;
  logic [15:0] m_wstrb;
  logic [1:0] m_bresp, m_rresp;

  nmaccel_pcie_card #(
      .LANES(4),
      .BLOCK_ROWS(128),
      .COLUMNS(16),
      .DATA_BYTES(16),
      .CLOCK_KHZ(125000),
      .BOARD(nmaccel_card_contract::BOARD_NITEFURY),
      .DMA_BITS(32)
  ) card (
      .clk(clk),
      .rst_n(!rst),
      .serial(64'h123456789abcdef),
      .msi_enable(msi_enable),
      .msi_width(msi_width),
      .msi_request(msi_request),
      .msi_vector(msi_vector),
      .msi_grant(msi_grant),
      .s_axil_awvalid(awvalid),
      .s_axil_awready(awready),
      .s_axil_awaddr(awaddr),
      .s_axil_wvalid(wvalid),
      .s_axil_wready(wready),
      .s_axil_wdata(wdata),
      .s_axil_wstrb(4'b1111),
      .s_axil_bvalid(bvalid),
      .s_axil_bready(bready),
      .s_axil_bresp(),
      .s_axil_arvalid(arvalid),
      .s_axil_arready(arready),
      .s_axil_araddr(araddr),
      .s_axil_rvalid(rvalid),
      .s_axil_rready(rready),
      .s_axil_rdata(rdata),
      .s_axil_rresp(),
      .m_axi_awvalid(m_awvalid),
      .m_axi_awready(m_awready),
      .m_axi_awaddr(m_awaddr),
      .m_axi_awlen(),
      .m_axi_awsize(),
      .m_axi_awburst(),
      .m_axi_awcache(),
      .m_axi_awprot(),
      .m_axi_wvalid(m_wvalid),
      .m_axi_wready(m_wready),
      .m_axi_wdata(m_wdata),
      .m_axi_wstrb(m_wstrb),
      .m_axi_wlast(m_wlast),
      .m_axi_bvalid(m_bvalid),
      .m_axi_bready(m_bready),
      .m_axi_bresp(m_bresp),
      .m_axi_arvalid(m_arvalid),
      .m_axi_arready(m_arready),
      .m_axi_araddr(m_araddr),
      .m_axi_arlen(m_arlen),
      .m_axi_arsize(),
      .m_axi_arburst(),
      .m_axi_arcache(),
      .m_axi_arprot(),
      .m_axi_rvalid(m_rvalid),
      .m_axi_rready(m_rready),
      .m_axi_rdata(m_rdata),
      .m_axi_rresp(m_rresp),
      .m_axi_rlast(m_rlast)
  );

  nmaccel_shell_memory #(
      .DATA_BYTES(16),
      .BEATS(4096),
      .IMAGE(IMAGE)
  ) host (
      .clk(clk),
      .rst(rst),
      .awvalid(m_awvalid),
      .awready(m_awready),
      .awaddr(m_awaddr),
      .wvalid(m_wvalid),
      .wready(m_wready),
      .wdata(m_wdata),
      .wstrb(m_wstrb),
      .wlast(m_wlast),
      .bvalid(m_bvalid),
      .bready(m_bready),
      .bresp(m_bresp),
      .arvalid(m_arvalid),
      .arready(m_arready),
      .araddr(m_araddr),
      .arlen(m_arlen),
      .rvalid(m_rvalid),
      .rready(m_rready),
      .rdata(m_rdata),
      .rresp(m_rresp),
      .rlast(m_rlast),
      .door_valid(1'b0),
      .door_write(1'b0),
      .door_addr(32'd0),
      .door_wdata(32'd0),
      .door_done(),
      .door_rdata()
  );

endmodule
