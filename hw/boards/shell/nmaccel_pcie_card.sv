// SPDX-License-Identifier: MIT
// A card with one engine, to be put behind a PCIe bridge: BAR0 on s_axil, host memory on m_axi, and
// interrupts as MSI requests. The vendor's scripts connect it (hw/boards/vendor).
//
// Of the engine's time only what its registers show is known here: it is busy from the write of
// ap_start to its interrupt, or to the read that finds it idle.
module nmaccel_pcie_card #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 256,
    parameter int COLUMNS = 64,
    parameter int DATA_BYTES = 16,
    parameter int CLOCK_KHZ = 125000,
    parameter logic [31:0] BOARD = 32'd0,
    parameter int DMA_BITS = 64,
    parameter PROGRAM = "nmaccel_micro.mem",
    localparam int DATA_BITS = 8 * DATA_BYTES
) (
    input  wire                   clk,
    input  wire                   rst_n,
    input  wire  [63:0]           serial,
    input  wire                   msi_enable,
    input  wire  [2:0]            msi_width,
    output logic                  msi_request,
    output logic [4:0]            msi_vector,
    input  wire                   msi_grant,
    input  wire                   s_axil_awvalid,
    output logic                  s_axil_awready,
    input  wire  [15:0]           s_axil_awaddr,
    input  wire                   s_axil_wvalid,
    output logic                  s_axil_wready,
    input  wire  [31:0]           s_axil_wdata,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [3:0]            s_axil_wstrb,
    // verilator lint_on UNUSEDSIGNAL
    output logic                  s_axil_bvalid,
    input  wire                   s_axil_bready,
    output logic [1:0]            s_axil_bresp,
    input  wire                   s_axil_arvalid,
    output logic                  s_axil_arready,
    input  wire  [15:0]           s_axil_araddr,
    output logic                  s_axil_rvalid,
    input  wire                   s_axil_rready,
    output logic [31:0]           s_axil_rdata,
    output logic [1:0]            s_axil_rresp,
    output logic                  m_axi_awvalid,
    input  wire                   m_axi_awready,
    output logic [63:0]           m_axi_awaddr,
    output logic [7:0]            m_axi_awlen,
    output logic [2:0]            m_axi_awsize,
    output logic [1:0]            m_axi_awburst,
    output logic [3:0]            m_axi_awcache,
    output logic [2:0]            m_axi_awprot,
    output logic                  m_axi_wvalid,
    input  wire                   m_axi_wready,
    output logic [DATA_BITS-1:0]  m_axi_wdata,
    output logic [DATA_BYTES-1:0] m_axi_wstrb,
    output logic                  m_axi_wlast,
    input  wire                   m_axi_bvalid,
    output logic                  m_axi_bready,
    input  wire  [1:0]            m_axi_bresp,
    output logic                  m_axi_arvalid,
    input  wire                   m_axi_arready,
    output logic [63:0]           m_axi_araddr,
    output logic [7:0]            m_axi_arlen,
    output logic [2:0]            m_axi_arsize,
    output logic [1:0]            m_axi_arburst,
    output logic [3:0]            m_axi_arcache,
    output logic [2:0]            m_axi_arprot,
    input  wire                   m_axi_rvalid,
    output logic                  m_axi_rready,
    input  wire  [DATA_BITS-1:0]  m_axi_rdata,
    input  wire  [1:0]            m_axi_rresp,
    input  wire                   m_axi_rlast
);

  localparam int ADDRESS_BITS = 64 + 8 + 3 + 2 + 4 + 3;

  logic rst;
  always_ff @(posedge clk) rst <= !rst_n;

  // ---- the engine behind its gate

  logic gate_reset, gate_busy, engine_rst_n, interrupt, error_irq;
  logic e_awvalid, e_awready, e_wvalid, e_wready, e_bvalid, e_bready;
  logic e_arvalid, e_arready, e_rvalid, e_rready;
  logic [ADDRESS_BITS-1:0] e_aw, e_ar;
  logic [DATA_BITS-1:0] e_wdata;
  logic [DATA_BYTES-1:0] e_wstrb;
  logic c_awvalid, c_awready, c_wvalid, c_wready, c_bvalid, c_bready;
  logic c_arvalid, c_arready, c_rvalid, c_rready;
  logic p_awvalid, p_awready, p_wvalid, p_wready, p_bvalid, p_bready;
  logic p_arvalid, p_arready, p_rvalid, p_rready;
  logic [31:0] c_rdata, p_rdata, reg_value;
  logic [11:0] reg_at;
  // verilator lint_off UNUSEDSIGNAL
  logic [1:0] c_bresp, c_rresp, p_bresp, p_rresp;
  logic e_wlast;
  // verilator lint_on UNUSEDSIGNAL

  nmaccel_engine #(
      .LANES(LANES),
      .BLOCK_ROWS(BLOCK_ROWS),
      .COLUMNS(COLUMNS),
      .DATA_BYTES(DATA_BYTES),
      .PROGRAM(PROGRAM)
  ) engine (
      .ap_clk(clk),
      .ap_rst_n(engine_rst_n),
      .interrupt(interrupt),
      .s_axi_control_AWVALID(c_awvalid),
      .s_axi_control_AWREADY(c_awready),
      .s_axi_control_AWADDR(reg_at),
      .s_axi_control_WVALID(c_wvalid),
      .s_axi_control_WREADY(c_wready),
      .s_axi_control_WDATA(reg_value),
      .s_axi_control_WSTRB(4'b1111),
      .s_axi_control_BVALID(c_bvalid),
      .s_axi_control_BREADY(c_bready),
      .s_axi_control_BRESP(c_bresp),
      .s_axi_control_ARVALID(c_arvalid),
      .s_axi_control_ARREADY(c_arready),
      .s_axi_control_ARADDR(reg_at),
      .s_axi_control_RVALID(c_rvalid),
      .s_axi_control_RREADY(c_rready),
      .s_axi_control_RDATA(c_rdata),
      .s_axi_control_RRESP(c_rresp),
      .m_axi_gmem_AWVALID(e_awvalid),
      .m_axi_gmem_AWREADY(e_awready),
      .m_axi_gmem_AWADDR(e_aw[20+:64]),
      .m_axi_gmem_AWLEN(e_aw[12+:8]),
      .m_axi_gmem_AWSIZE(e_aw[9+:3]),
      .m_axi_gmem_AWBURST(e_aw[7+:2]),
      .m_axi_gmem_AWCACHE(e_aw[3+:4]),
      .m_axi_gmem_AWPROT(e_aw[0+:3]),
      .m_axi_gmem_WVALID(e_wvalid),
      .m_axi_gmem_WREADY(e_wready),
      .m_axi_gmem_WDATA(e_wdata),
      .m_axi_gmem_WSTRB(e_wstrb),
      .m_axi_gmem_WLAST(e_wlast),
      .m_axi_gmem_BVALID(e_bvalid),
      .m_axi_gmem_BREADY(e_bready),
      .m_axi_gmem_BRESP(m_axi_bresp),
      .m_axi_gmem_ARVALID(e_arvalid),
      .m_axi_gmem_ARREADY(e_arready),
      .m_axi_gmem_ARADDR(e_ar[20+:64]),
      .m_axi_gmem_ARLEN(e_ar[12+:8]),
      .m_axi_gmem_ARSIZE(e_ar[9+:3]),
      .m_axi_gmem_ARBURST(e_ar[7+:2]),
      .m_axi_gmem_ARCACHE(e_ar[3+:4]),
      .m_axi_gmem_ARPROT(e_ar[0+:3]),
      .m_axi_gmem_RVALID(e_rvalid),
      .m_axi_gmem_RREADY(e_rready),
      .m_axi_gmem_RDATA(m_axi_rdata),
      .m_axi_gmem_RRESP(m_axi_rresp),
      .m_axi_gmem_RLAST(m_axi_rlast)
  );

  nmaccel_engine_gate #(
      .DATA_BYTES(DATA_BYTES)
  ) gate (
      .clk(clk),
      .rst(rst),
      .reset(gate_reset),
      .busy(gate_busy),
      .engine_rst_n(engine_rst_n),
      .e_awvalid(e_awvalid),
      .e_awready(e_awready),
      .e_aw(e_aw),
      .e_wvalid(e_wvalid),
      .e_wready(e_wready),
      .e_wdata(e_wdata),
      .e_wstrb(e_wstrb),
      .e_bvalid(e_bvalid),
      .e_bready(e_bready),
      .e_arvalid(e_arvalid),
      .e_arready(e_arready),
      .e_ar(e_ar),
      .e_rvalid(e_rvalid),
      .e_rready(e_rready),
      .m_awvalid(m_axi_awvalid),
      .m_awready(m_axi_awready),
      .m_aw({m_axi_awaddr, m_axi_awlen, m_axi_awsize, m_axi_awburst, m_axi_awcache, m_axi_awprot}),
      .m_wvalid(m_axi_wvalid),
      .m_wready(m_axi_wready),
      .m_wdata(m_axi_wdata),
      .m_wstrb(m_axi_wstrb),
      .m_wlast(m_axi_wlast),
      .m_bvalid(m_axi_bvalid),
      .m_bready(m_axi_bready),
      .m_arvalid(m_axi_arvalid),
      .m_arready(m_axi_arready),
      .m_ar({m_axi_araddr, m_axi_arlen, m_axi_arsize, m_axi_arburst, m_axi_arcache, m_axi_arprot}),
      .m_rvalid(m_axi_rvalid),
      .m_rready(m_axi_rready),
      .m_rlast(m_axi_rlast)
  );

  // ---- BAR0

  logic access, write;
  logic [15:0] addr;
  // verilator lint_off UNUSEDSIGNAL
  logic [31:0] wdata, rdata;
  // verilator lint_on UNUSEDSIGNAL

  nmaccel_bar #(
      .ENGINES(1)
  ) bar (
      .clk(clk),
      .rst(rst),
      .s_awvalid(s_axil_awvalid),
      .s_awready(s_axil_awready),
      .s_awaddr(s_axil_awaddr),
      .s_wvalid(s_axil_wvalid),
      .s_wready(s_axil_wready),
      .s_wdata(s_axil_wdata),
      .s_bvalid(s_axil_bvalid),
      .s_bready(s_axil_bready),
      .s_bresp(s_axil_bresp),
      .s_arvalid(s_axil_arvalid),
      .s_arready(s_axil_arready),
      .s_araddr(s_axil_araddr),
      .s_rvalid(s_axil_rvalid),
      .s_rready(s_axil_rready),
      .s_rdata(s_axil_rdata),
      .s_rresp(s_axil_rresp),
      .hold(gate_busy),
      .access(access),
      .write(write),
      .addr(addr),
      .wdata(wdata),
      .rdata(rdata),
      .m_awvalid({p_awvalid, c_awvalid}),
      .m_awready({p_awready, c_awready}),
      .m_wvalid({p_wvalid, c_wvalid}),
      .m_wready({p_wready, c_wready}),
      .m_bvalid({p_bvalid, c_bvalid}),
      .m_bready({p_bready, c_bready}),
      .m_arvalid({p_arvalid, c_arvalid}),
      .m_arready({p_arready, c_arready}),
      .m_rvalid({p_rvalid, c_rvalid}),
      .m_rready({p_rready, c_rready}),
      .m_rdata({p_rdata, c_rdata}),
      .m_addr(reg_at),
      .m_wdata(reg_value)
  );

  logic engine_busy, interrupt_before;
  wire at_control = access && addr == 16'(nmaccel_contract::REG_CTRL);

  always_ff @(posedge clk) begin
    interrupt_before <= interrupt;
    if (rst || gate_busy) engine_busy <= 1'b0;
    else if (at_control && write && wdata[0]) engine_busy <= 1'b1;
    else if ((interrupt && !interrupt_before) || (at_control && !write && rdata[2]))
      engine_busy <= 1'b0;
  end

  nmaccel_card_page #(
      .ENGINES(1),
      .LANES(LANES),
      .BLOCK_ROWS(BLOCK_ROWS),
      .COLUMNS(COLUMNS),
      .CLOCK_KHZ(CLOCK_KHZ),
      .BOARD(BOARD),
      .DMA_BITS(DMA_BITS)
  ) card_page (
      .clk(clk),
      .rst(rst),
      .s_awvalid(p_awvalid),
      .s_awready(p_awready),
      .s_awaddr(reg_at),
      .s_wvalid(p_wvalid),
      .s_wready(p_wready),
      .s_wdata(reg_value),
      .s_bvalid(p_bvalid),
      .s_bready(p_bready),
      .s_bresp(p_bresp),
      .s_arvalid(p_arvalid),
      .s_arready(p_arready),
      .s_araddr(reg_at),
      .s_rvalid(p_rvalid),
      .s_rready(p_rready),
      .s_rdata(p_rdata),
      .s_rresp(p_rresp),
      .serial(serial),
      .temp_mc(32'd0),
      .power_mw(32'd0),
      .error({2'b00, (m_axi_rvalid && m_axi_rready && m_axi_rresp[1]) ||
                     (m_axi_bvalid && m_axi_bready && m_axi_bresp[1])}),
      .error_irq(error_irq),
      .engine_busy(engine_busy),
      .engine_reset(gate_reset),
      .reset_busy(gate_busy)
  );

  nmaccel_msi #(
      .SOURCES(2)
  ) msi (
      .clk(clk),
      .rst(rst),
      .level({error_irq, interrupt}),
      .enable(msi_enable),
      .width(msi_width),
      .request(msi_request),
      .vector(msi_vector),
      .grant(msi_grant)
  );

endmodule
