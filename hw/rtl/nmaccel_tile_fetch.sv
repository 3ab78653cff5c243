// SPDX-License-Identifier: MIT
// Fetches channel groups of input tiles into the halo memory: translates and asks for one burst
// after the other, and puts what comes to where it belongs.
//
// A channel is the pitch, WORDS words of 16 columns. Beats come dense, but a burst may begin at any
// word of a channel, so each group of 16 columns takes the word of the beat that is its own. A beat
// must not be longer than a channel.
module nmaccel_tile_fetch #(
    parameter int COLUMNS    = 64,
    parameter int DATA_BYTES = 16,
    parameter int DEPTH      = 2048,
    localparam int WORDS = (COLUMNS + 15) / 16,
    localparam int BEAT_WORDS = DATA_BYTES / 16,
    localparam int DEPTH_BITS = $clog2(DEPTH)
) (
    input wire clk,
    input wire rst,

    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL

    input  wire                  fetch_valid,
    output logic                 fetch_ready,
    input  wire                  fetch_second,
    input  wire [31:0]           fetch_tile,
    input  wire [16:0]           fetch_group,
    input  wire [8:0]            fetch_channels,
    input  wire [DEPTH_BITS-1:0] fetch_to,

    output logic [7:0] fetched,  // fetches that have come in, modulo 256
    // The first fault, which is that of the fetch after the ones in fetched; nothing follows it.
    output nmaccel_pkg::fault_t fault,

    output logic                   xlat_valid,
    input  wire                    xlat_ready,
    output nmaccel_pkg::xlat_req_t xlat,
    input  wire                    xlat_rsp_valid,
    input wire nmaccel_pkg::xlat_rsp_t xlat_rsp,

    output logic                  req_valid,
    input  wire                   req_ready,
    output nmaccel_pkg::mem_req_t req,
    input  wire                   rsp_valid,
    input  wire  [8*DATA_BYTES-1:0] rsp_data,
    input  wire  [2:0]            rsp_words,
    input  wire                   rsp_last,
    input  wire                   rsp_error,

    output logic [WORDS-1:0]                 we,
    output logic [WORDS-1:0][DEPTH_BITS-1:0] write_row,
    output logic [WORDS-1:0][127:0]          write_data
);

  if (BEAT_WORDS > WORDS) begin : gen_width
    $error("a beat must not be longer than a channel of the halo memory");
  end

  localparam int COUNT_BITS = $clog2(256 * WORDS + 1);

  // Ask.
  typedef enum logic [2:0] { IDLE, SCALE, PLACE, SPLIT, TRANSLATE, ASK } state_t;
  state_t state;
  nmaccel_pkg::port_t port;
  logic [63:0] at, scaled;
  logic [31:0] tile, step;
  logic [16:0] group;
  logic [COUNT_BITS-1:0] left;
  logic bad;
  wire failed = fault.code != 4'd0 || bad;
  wire [6:0] burst = (left < COUNT_BITS'(nmaccel_pkg::MAX_BURST)) ? 7'(left)
                   : 7'(nmaccel_pkg::MAX_BURST);

  logic flight_valid, flight_ready;
  // After a fault commands are taken and forgotten, so that the pass that meets it comes through.
  assign fetch_ready = state == IDLE && (flight_ready || failed);
  assign flight_valid = state == IDLE && fetch_valid && !failed;

  assign xlat_valid = state == SPLIT;
  assign xlat.port = port;
  assign xlat.offset = at;
  assign xlat.words = burst;
  assign req_valid = state == ASK && asked_ready;

  // What was asked for, for the place of a fault.
  logic asked_ready, asked_valid;
  logic [63:0] asked_at;
  logic [7:0] asked_buffer;
  nmaccel_fifo #(.WIDTH(72), .DEPTH(32)) asked (
      .clk, .rst,
      .in_valid(req_valid && req_ready), .in_ready(asked_ready),
      .in_data({at, port.index}),
      .out_valid(asked_valid), .out_ready(rsp_valid && rsp_last),
      .out_data({asked_at, asked_buffer}), .count());

  always_ff @(posedge clk) begin
    case (state)
      IDLE:
      if (flight_valid && flight_ready) begin
        state <= SCALE;
        port <= fetch_second ? desc.in2 : desc.in;
        at <= fetch_second ? desc.in2_base : desc.in_base;
        step <= fetch_second ? desc.in2_step : desc.in_step;
        tile <= fetch_tile;
        group <= fetch_group;
        left <= COUNT_BITS'(fetch_channels) * COUNT_BITS'(WORDS);
      end
      SCALE: begin
        state <= PLACE;
        scaled <= 64'(tile) * 64'(step);
        at <= at + 64'(group) * 64'(WORDS * 16);
      end
      PLACE: begin
        state <= SPLIT;
        at <= at + scaled;
      end
      SPLIT: if (xlat_valid && xlat_ready) state <= TRANSLATE;
      TRANSLATE:
      if (xlat_rsp_valid) begin
        state <= (xlat_rsp.fault == 4'd0) ? ASK : IDLE;
        req.addr <= xlat_rsp.addr;
        req.words <= xlat_rsp.words;
      end
      ASK:
      if (req_valid && req_ready) begin
        state <= (left == COUNT_BITS'(req.words) || failed) ? IDLE : SPLIT;
        left <= left - COUNT_BITS'(req.words);
        at <= at + {53'd0, req.words, 4'd0};
      end
      default: state <= IDLE;
    endcase
    // What has been offered stays.
    if (rst || (failed && (state == SCALE || state == PLACE))) state <= IDLE;
  end

  // A translation that failed counts only when all before it has come: bad says that one has.
  nmaccel_pkg::fault_t bad_fault;
  wire [31:0] bad_detail = (xlat_rsp.fault == nmaccel_contract::FAULT_BUFFER[3:0])
                         ? nmaccel_contract::ENTRY_PAGE : 32'd0;
  always_ff @(posedge clk) begin
    if (xlat_rsp_valid && xlat_rsp.fault != 4'd0 && !bad) begin
      bad <= 1'b1;
      bad_fault.code <= xlat_rsp.fault;
      bad_fault.buffer <= 32'(port.index);
      bad_fault.detail <= bad_detail;
      bad_fault.offset <= at;
    end
    if (rst) bad <= 1'b0;
  end

  // Receive.
  logic flight_has;
  logic [DEPTH_BITS-1:0] flight_to;
  logic [COUNT_BITS-1:0] flight_words;
  logic flight_next;
  nmaccel_fifo #(.WIDTH(DEPTH_BITS + COUNT_BITS), .DEPTH(8)) flight (
      .clk, .rst,
      .in_valid(flight_valid), .in_ready(flight_ready),
      .in_data({fetch_to, COUNT_BITS'(fetch_channels) * COUNT_BITS'(WORDS)}),
      .out_valid(flight_has), .out_ready(flight_next),
      .out_data({flight_to, flight_words}), .count());

  localparam int WORD_BITS = (WORDS > 1) ? $clog2(WORDS) : 1;
  logic receiving;
  logic [DEPTH_BITS-1:0] row;
  logic [WORD_BITS-1:0] word;
  logic [COUNT_BITS-1:0] awaited;
  wire [WORD_BITS:0] word_next = (WORD_BITS+1)'(word) + (WORD_BITS+1)'(rsp_words);
  wire wraps = word_next >= (WORD_BITS+1)'(WORDS);
  wire ends = rsp_valid && awaited == COUNT_BITS'(rsp_words);
  assign flight_next = flight_has && (!receiving || ends);

  logic complete;
  always_ff @(posedge clk) begin
    if (rsp_valid) begin
      awaited <= awaited - COUNT_BITS'(rsp_words);
      word <= wraps ? WORD_BITS'(word_next - (WORD_BITS+1)'(WORDS)) : WORD_BITS'(word_next);
      if (wraps) row <= row + 1'b1;
      if (ends) receiving <= 1'b0;
    end
    if (flight_next) begin
      receiving <= 1'b1;
      row <= flight_to;
      word <= '0;
      awaited <= flight_words;
    end
    complete <= ends && !rsp_error && fault.code == 4'd0;
    if (complete) fetched <= fetched + 8'd1;
    if (rst) begin
      receiving <= 1'b0;
      complete <= 1'b0;
      fetched <= 8'd0;
    end
  end

  always_ff @(posedge clk) begin
    if (fault.code == 4'd0) begin
      if (rsp_valid && rsp_last && rsp_error) begin
        fault.code <= nmaccel_contract::FAULT_BUS[3:0];
        fault.buffer <= 32'(asked_buffer);
        fault.detail <= 32'd0;
        fault.offset <= asked_at;
      end else if (bad && !asked_valid && !complete) begin
        fault <= bad_fault;
      end
    end
    if (rst) fault.code <= 4'd0;
  end

  // A word of the beat for each group of 16 columns.
  for (genvar g = 0; g < WORDS; g++) begin : gen_group
    wire below = 32'(word) > g;
    wire [WORD_BITS:0] place = (below ? (WORD_BITS+1)'(g + WORDS) : (WORD_BITS+1)'(g))
                             - (WORD_BITS+1)'(word);
    always_ff @(posedge clk) begin
      we[g] <= rsp_valid && place < (WORD_BITS+1)'(rsp_words);
      write_row[g] <= below ? row + 1'b1 : row;
      write_data[g] <= (BEAT_WORDS == 1) ? rsp_data[127:0]
                     : rsp_data[128*(32'(place)%BEAT_WORDS)+:128];
    end
  end

endmodule
