// SPDX-License-Identifier: MIT
// The self-test shell: an engine, memory with a job and its expected result, and a serial line. Needs
// nothing else of a board than a clock, a reset, two pins and four LEDs.
//
// leds: 0 blinks while there is a clock; 1 is lit while a self-test runs, then blinks slowly for pass,
// and four times as fast for anything else; 2 is pass, 3 is fail or hung. So 0 and 1 tell the result
// whichever way the LEDs are wired.
module nmaccel_shell #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 256,
    parameter int COLUMNS = 64,
    parameter int DATA_BYTES = 16,
    parameter int MEMORY_BYTES = 65536,
    parameter IMAGE = "",
    parameter PROGRAM = "nmaccel_micro.mem",
    parameter logic [31:0] BOARD = 32'd0,
    parameter int CLOCK_HZ = 100000000,
    parameter int BAUD = 115200
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        uart_rx,
    output logic       uart_tx,
    output logic [3:0] leds
);

  localparam int CLOCKS_PER_BIT = CLOCK_HZ / BAUD;
  localparam int BLINK_BITS = $clog2(CLOCK_HZ);
  localparam int ADDRESS_BITS = 64 + 8 + 3 + 2 + 4 + 3;
  localparam int DATA_BITS = 8 * DATA_BYTES;

  // ---- the engine and its memory

  logic gate_reset, gate_busy, engine_rst_n, interrupt;
  logic e_awvalid, e_awready, e_wvalid, e_wready, e_bvalid, e_bready;
  logic e_arvalid, e_arready, e_rvalid, e_rready;
  logic [ADDRESS_BITS-1:0] e_aw, e_ar;
  logic [DATA_BITS-1:0] e_wdata;
  logic [DATA_BYTES-1:0] e_wstrb;
  logic m_awvalid, m_awready, m_wvalid, m_wready, m_wlast, m_bvalid, m_bready;
  logic m_arvalid, m_arready, m_rvalid, m_rready, m_rlast;
  logic [DATA_BITS-1:0] m_wdata, m_rdata;
  logic [DATA_BYTES-1:0] m_wstrb;
  logic [1:0] m_bresp, m_rresp;
  logic c_awvalid, c_awready, c_wvalid, c_wready, c_bvalid, c_bready;
  logic c_arvalid, c_arready, c_rvalid, c_rready;
  logic [31:0] c_rdata;
  logic [11:0] reg_at;
  logic [31:0] reg_value;
  // verilator lint_off UNUSEDSIGNAL
  logic [ADDRESS_BITS-1:0] m_aw, m_ar;  // sizes and kinds are always the same
  logic [1:0] c_bresp, c_rresp;
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
      .m_axi_gmem_BRESP(m_bresp),
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
      .m_axi_gmem_RDATA(m_rdata),
      .m_axi_gmem_RRESP(m_rresp),
      .m_axi_gmem_RLAST(m_rlast)
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
      .m_awvalid(m_awvalid),
      .m_awready(m_awready),
      .m_aw(m_aw),
      .m_wvalid(m_wvalid),
      .m_wready(m_wready),
      .m_wdata(m_wdata),
      .m_wstrb(m_wstrb),
      .m_wlast(m_wlast),
      .m_bvalid(m_bvalid),
      .m_bready(m_bready),
      .m_arvalid(m_arvalid),
      .m_arready(m_arready),
      .m_ar(m_ar),
      .m_rvalid(m_rvalid),
      .m_rready(m_rready),
      .m_rlast(m_rlast)
  );

  logic door_valid, door_write, door_done;
  logic [31:0] door_addr, door_wdata, door_rdata;

  nmaccel_shell_memory #(
      .DATA_BYTES(DATA_BYTES),
      .BEATS(MEMORY_BYTES / DATA_BYTES),
      .IMAGE(IMAGE)
  ) on_chip (
      .clk(clk),
      .rst(rst),
      .awvalid(m_awvalid),
      .awready(m_awready),
      .awaddr(m_aw[20+:64]),
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
      .araddr(m_ar[20+:64]),
      .arlen(m_ar[12+:8]),
      .rvalid(m_rvalid),
      .rready(m_rready),
      .rdata(m_rdata),
      .rresp(m_rresp),
      .rlast(m_rlast),
      .door_valid(door_valid),
      .door_write(door_write),
      .door_addr(door_addr),
      .door_wdata(door_wdata),
      .door_done(door_done),
      .door_rdata(door_rdata)
  );

  // ---- registers

  logic reg_valid, reg_write, reg_done;
  logic [15:0] reg_addr;
  logic [31:0] reg_wdata, reg_rdata;
  logic p_awvalid, p_awready, p_wvalid, p_wready, p_bvalid, p_bready;
  logic p_arvalid, p_arready, p_rvalid, p_rready;
  logic [31:0] p_rdata;
  // verilator lint_off UNUSEDSIGNAL
  logic [1:0] p_bresp, p_rresp;
  logic error_irq;  // nobody to tell
  // verilator lint_on UNUSEDSIGNAL

  nmaccel_shell_bus #(
      .ENGINES(1)
  ) bus (
      .clk(clk),
      .rst(rst),
      .valid(reg_valid),
      .write(reg_write),
      .addr(reg_addr),
      .wdata(reg_wdata),
      .done(reg_done),
      .rdata(reg_rdata),
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

  logic test_start, test_busy;

  nmaccel_card_page #(
      .ENGINES(1),
      .LANES(LANES),
      .BLOCK_ROWS(BLOCK_ROWS),
      .COLUMNS(COLUMNS),
      .CLOCK_KHZ(CLOCK_HZ / 1000),
      .BOARD(BOARD)
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
      .serial(64'd0),
      .temp_mc(32'd0),
      .power_mw(32'd0),
      .error({2'b00, (m_rvalid && m_rready && m_rresp[1]) || (m_bvalid && m_bready && m_bresp[1])}),
      .error_irq(error_irq),
      .engine_busy(test_busy),
      .engine_reset(gate_reset),
      .reset_busy(gate_busy)
  );

  // ---- the self-test, and commands

  logic [1:0] verdict;
  logic [31:0] cycles, bad, first;
  logic t_door_valid, t_door_write, t_reg_valid, t_reg_write;
  logic [31:0] t_door_addr, t_reg_wdata;
  logic [15:0] t_reg_addr;

  nmaccel_selftest selftest (
      .clk(clk),
      .rst(rst),
      .start(test_start),
      .busy(test_busy),
      .verdict(verdict),
      .cycles(cycles),
      .bad(bad),
      .first(first),
      .interrupt(interrupt),
      .door_valid(t_door_valid),
      .door_write(t_door_write),
      .door_addr(t_door_addr),
      .door_done(door_done),
      .door_rdata(door_rdata),
      .reg_valid(t_reg_valid),
      .reg_write(t_reg_write),
      .reg_addr(t_reg_addr),
      .reg_wdata(t_reg_wdata),
      .reg_done(reg_done),
      .reg_rdata(reg_rdata)
  );

  logic rx_valid, tx_valid, tx_ready;
  logic [7:0] rx_data, tx_data;
  logic access_memory, access_valid, access_write;
  logic [31:0] access_addr, access_wdata;

  nmaccel_uart_rx #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) receiver (
      .clk(clk),
      .rst(rst),
      .line(uart_rx),
      .valid(rx_valid),
      .data(rx_data)
  );

  nmaccel_uart_tx #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) transmitter (
      .clk(clk),
      .rst(rst),
      .valid(tx_valid),
      .ready(tx_ready),
      .data(tx_data),
      .line(uart_tx)
  );

  nmaccel_monitor monitor (
      .clk(clk),
      .rst(rst),
      .rx_valid(rx_valid),
      .rx_data(rx_data),
      .tx_valid(tx_valid),
      .tx_ready(tx_ready),
      .tx_data(tx_data),
      .test_start(test_start),
      .test_busy(test_busy),
      .test_verdict(verdict),
      .test_cycles(cycles),
      .test_bad(bad),
      .test_first(first),
      .access_memory(access_memory),
      .access_valid(access_valid),
      .access_write(access_write),
      .access_addr(access_addr),
      .access_wdata(access_wdata),
      .access_done(access_memory ? door_done : reg_done),
      .access_rdata(access_memory ? door_rdata : reg_rdata)
  );

  // The monitor waits while a self-test runs.
  always_comb begin
    door_valid = test_busy ? t_door_valid : access_valid && access_memory;
    door_write = test_busy ? t_door_write : access_write;
    door_addr = test_busy ? t_door_addr : access_addr;
    door_wdata = test_busy ? 32'd0 : access_wdata;
    reg_valid = test_busy ? t_reg_valid : access_valid && !access_memory;
    reg_write = test_busy ? t_reg_write : access_write;
    reg_addr = test_busy ? t_reg_addr : access_addr[15:0];
    reg_wdata = test_busy ? t_reg_wdata : access_wdata;
  end

  // ---- lights

  logic [BLINK_BITS-1:0] blink;
  always_ff @(posedge clk) begin
    blink <= rst ? '0 : blink + 1'b1;
    leds[0] <= blink[BLINK_BITS-1];
    leds[1] <= test_busy || (verdict == 2'd1 ? blink[BLINK_BITS-1] : blink[BLINK_BITS-3]);
    leds[2] <= verdict == 2'd1;
    leds[3] <= verdict[1];
  end

endmodule
