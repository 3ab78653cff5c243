// SPDX-License-Identifier: MIT
// The card page of the contract, as an AXI4-Lite slave: what the build can do, errors, the cycle
// counter, reset of engines, and how long each was busy. All shells have it. A write of part of a
// word is taken as one of the whole.
//
// The address and the data of a write are taken together. An answer comes 1 clock after a write, 2
// after a read.
module nmaccel_card_page #(
    parameter int ENGINES = 1,
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 256,
    parameter int COLUMNS = 64,
    parameter int CLOCK_KHZ = 100000,
    parameter logic [31:0] BOARD = 32'd0,
    // Capabilities besides page lists, additions and pools, which every engine has.
    parameter logic [31:0] MORE_CAPS = 32'd0,
    parameter int DMA_BITS = 64,
    parameter logic [63:0] LOCAL_BASE = 64'd0,
    parameter logic [63:0] LOCAL_SIZE = 64'd0
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               s_awvalid,
    output logic              s_awready,
    input  wire  [11:0]       s_awaddr,
    input  wire               s_wvalid,
    output logic              s_wready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [31:0]       s_wdata,
    // verilator lint_on UNUSEDSIGNAL
    output logic              s_bvalid,
    input  wire               s_bready,
    output logic [1:0]        s_bresp,
    input  wire               s_arvalid,
    output logic              s_arready,
    input  wire  [11:0]       s_araddr,
    output logic              s_rvalid,
    input  wire               s_rready,
    output logic [31:0]       s_rdata,
    output logic [1:0]        s_rresp,
    input  wire  [63:0]       serial,
    input  wire  [31:0]       temp_mc,
    input  wire  [31:0]       power_mw,
    input  wire  [2:0]        error,         // pulses, bits as in NMACCEL_CARD_ERROR
    output logic              error_irq,     // of the errors, a level
    input  wire  [ENGINES-1:0] engine_busy,
    output logic [ENGINES-1:0] engine_reset,  // pulses
    input  wire  [ENGINES-1:0] reset_busy     // from the clock after the pulse on
);

  localparam logic [31:0] CAPS = MORE_CAPS | nmaccel_card_contract::CAP_PAGE_LIST |
      nmaccel_card_contract::CAP_ADD | nmaccel_card_contract::CAP_POOL;

  assign s_bresp = 2'b00;
  assign s_rresp = 2'b00;

  // ---- counters

  logic [63:0] cycles;
  logic [31:0] cycles_high;  // as it was when the low half was read
  logic [64*ENGINES-1:0] busy;

  always_ff @(posedge clk) begin
    if (rst) cycles <= '0;
    else cycles <= cycles + 1'b1;
    for (int e = 0; e < ENGINES; e++) begin
      if (rst) busy[64*e+:64] <= '0;
      else if (engine_busy[e]) busy[64*e+:64] <= busy[64*e+:64] + 1'b1;
    end
  end

  // ---- writing

  wire write = s_awvalid && s_wvalid && !s_bvalid;
  wire [31:0] write_addr = {20'd0, s_awaddr[11:2], 2'b00};
  logic [2:0] errors, errors_enabled;

  assign s_awready = write;
  assign s_wready = write;
  assign error_irq = (errors & errors_enabled) != '0;

  always_ff @(posedge clk) begin
    engine_reset <= '0;
    if (rst) begin
      s_bvalid <= 1'b0;
      errors <= '0;
      errors_enabled <= '0;
    end else begin
      s_bvalid <= write || (s_bvalid && !s_bready);
      errors <= errors | error;
      if (write) begin
        case (write_addr)
          nmaccel_card_contract::CARD_ERROR: errors <= (errors & ~s_wdata[2:0]) | error;
          nmaccel_card_contract::CARD_ERROR_ENABLE: errors_enabled <= s_wdata[2:0];
          nmaccel_card_contract::CARD_RESET: engine_reset <= s_wdata[ENGINES-1:0];
          default: ;
        endcase
      end
    end
  end

  // ---- reading

  logic reading;
  logic [11:2] read_word;
  logic [31:0] value;
  // verilator lint_off UNUSEDSIGNAL
  wire unused = ^{s_awaddr[1:0], s_araddr[1:0]};
  // verilator lint_on UNUSEDSIGNAL

  assign s_arready = !reading && !s_rvalid;

  always_comb begin
    case ({20'd0, read_word, 2'b00})
      nmaccel_card_contract::CARD_MAGIC: value = nmaccel_card_contract::MAGIC;
      nmaccel_card_contract::CARD_VERSION: value = nmaccel_card_contract::CONTRACT_VERSION;
      nmaccel_card_contract::CARD_BOARD: value = BOARD;
      nmaccel_card_contract::CARD_ENGINES: value = ENGINES;
      nmaccel_card_contract::CARD_LANES: value = LANES;
      nmaccel_card_contract::CARD_BLOCK_ROWS: value = BLOCK_ROWS;
      nmaccel_card_contract::CARD_COLUMNS: value = COLUMNS;
      nmaccel_card_contract::CARD_CLOCK_KHZ: value = CLOCK_KHZ;
      nmaccel_card_contract::CARD_CAPS: value = CAPS;
      nmaccel_card_contract::CARD_DMA_BITS: value = DMA_BITS;
      nmaccel_card_contract::CARD_MAX_DESCS: value = nmaccel_card_contract::MAX_DESCS;
      nmaccel_card_contract::CARD_MAX_BUFFERS: value = nmaccel_card_contract::MAX_BUFFERS;
      nmaccel_card_contract::CARD_MAX_ROWS: value = nmaccel_card_contract::MAX_PANEL_ROWS;
      nmaccel_card_contract::CARD_MAX_CHANNELS: value = nmaccel_card_contract::MAX_CHANNELS;
      nmaccel_card_contract::CARD_MAX_PIXELS: value = nmaccel_card_contract::MAX_PIXELS;
      nmaccel_card_contract::CARD_MAX_KERNEL: value = nmaccel_card_contract::MAX_KERNEL;
      nmaccel_card_contract::CARD_ERROR: value = {29'd0, errors};
      nmaccel_card_contract::CARD_ERROR_ENABLE: value = {29'd0, errors_enabled};
      nmaccel_card_contract::CARD_CYCLES_LO: value = cycles[31:0];
      nmaccel_card_contract::CARD_CYCLES_HI: value = cycles_high;
      nmaccel_card_contract::CARD_RESET_BUSY: value = 32'(reset_busy);
      nmaccel_card_contract::CARD_SERIAL_LO: value = serial[31:0];
      nmaccel_card_contract::CARD_SERIAL_HI: value = serial[63:32];
      nmaccel_card_contract::CARD_TEMP_MC: value = temp_mc;
      nmaccel_card_contract::CARD_POWER_MW: value = power_mw;
      nmaccel_card_contract::CARD_LOCAL_BASE_LO: value = LOCAL_BASE[31:0];
      nmaccel_card_contract::CARD_LOCAL_BASE_HI: value = LOCAL_BASE[63:32];
      nmaccel_card_contract::CARD_LOCAL_SIZE_LO: value = LOCAL_SIZE[31:0];
      nmaccel_card_contract::CARD_LOCAL_SIZE_HI: value = LOCAL_SIZE[63:32];
      default: begin
        value = '0;
        for (int h = 0; h < 2 * ENGINES; h++) begin
          if ({20'd0, read_word, 2'b00} == nmaccel_card_contract::CARD_BUSY + 4 * h)
            value = busy[32*h+:32];
        end
      end
    endcase
  end

  always_ff @(posedge clk) begin
    if (s_arvalid && s_arready) read_word <= s_araddr[11:2];
    if (reading) begin
      s_rdata <= value;
      if ({20'd0, read_word, 2'b00} == nmaccel_card_contract::CARD_CYCLES_LO)
        cycles_high <= cycles[63:32];
    end
    if (rst) begin
      reading <= 1'b0;
      s_rvalid <= 1'b0;
      cycles_high <= '0;
    end else begin
      reading <= s_arvalid && s_arready;
      s_rvalid <= reading || (s_rvalid && !s_rready);
    end
  end

endmodule
