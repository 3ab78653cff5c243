// SPDX-License-Identifier: MIT
// Writes results to the output tensor. A result's rows lie together in memory: its beats are cut into
// bursts, each translated first, and laid dense again for the write master.
//
// Passes each result on when all its bursts have been asked for, with how many of all bursts must be
// answered before it is in memory. A fault of a translation takes the result's place. Results of a
// descriptor wait until the record tells of the one before.
module nmaccel_store #(
    parameter int COLUMNS    = 64,
    parameter int DATA_BYTES = 16,
    localparam int BEAT_WORDS = DATA_BYTES / 16
) (
    input wire clk,
    input wire rst,
    input wire halt,  // no more bursts; those begun are finished

    // verilator lint_off UNUSEDSIGNAL
    input wire [2*nmaccel_pkg::DESC_BITS-1:0] desc,  // nmaccel_pkg::desc_t of both
    // verilator lint_on UNUSEDSIGNAL
    input wire [1:0] desc_retired,  // modulo 4

    input  wire                      tok_valid,
    output logic                     tok_ready,
    input wire nmaccel_pkg::result_t tok,
    input  wire                      beat_valid,
    output logic                     beat_ready,
    input  wire [8*DATA_BYTES-1:0]   beat,

    output logic                   xlat_valid,
    input  wire                    xlat_ready,
    output nmaccel_pkg::xlat_req_t xlat,
    input  wire                    xlat_rsp_valid,
    input wire nmaccel_pkg::xlat_rsp_t xlat_rsp,

    output logic                   req_valid,
    input  wire                    req_ready,
    output nmaccel_pkg::mem_req_t  req,
    output logic                   data_valid,
    input  wire                    data_ready,
    output logic [8*DATA_BYTES-1:0] data,
    input  wire                    done,
    input  wire                    done_error,

    output logic                 out_valid,
    input  wire                  out_ready,
    output nmaccel_pkg::result_t out,
    output logic [9:0]           out_bursts,  // modulo 1024: asked for until here
    output logic [9:0]           bursts_done, // modulo 1024: answered, all well
    output nmaccel_pkg::fault_t  refused      // of the burst after these
);

  localparam int DESC_BITS = nmaccel_pkg::DESC_BITS;
  localparam logic [16:0] PITCH_S8 = 17'((COLUMNS + 15) / 16);
  localparam logic [16:0] PITCH_S32 = 17'((COLUMNS * 4 + 15) / 16);
  localparam int WORD_BITS = 20;  // of a result: 512 rows of 256 words

  typedef enum logic [2:0] { IDLE, SCALE, PLACE, SPLIT, TRANSLATE, ASK, TELL } state_t;
  state_t state;

  nmaccel_pkg::result_t now;
  nmaccel_pkg::port_t port;
  logic [1:0] current;  // descriptors whose last result has gone
  logic [63:0] at, scaled;
  logic [16:0] pitch;  // words
  logic [31:0] step;
  logic [WORD_BITS-1:0] left, total;
  // verilator lint_off UNUSEDSIGNAL
  nmaccel_pkg::desc_t told_of;  // the descriptor of tok
  // verilator lint_on UNUSEDSIGNAL
  assign told_of = tok.desc ? desc[DESC_BITS+:DESC_BITS] : desc[0+:DESC_BITS];
  wire wide = told_of.wide;

  assign tok_ready = state == IDLE && current == desc_retired && !halt;
  assign xlat_valid = state == SPLIT;
  assign xlat.port = port;
  assign xlat.offset = at;
  assign xlat.words = (left < WORD_BITS'(nmaccel_pkg::MAX_BURST)) ? left[6:0]
                    : 7'(nmaccel_pkg::MAX_BURST);

  // The places of bursts that are not answered, and the sizes of those that have not got all their
  // data: bursts are asked for ahead of their data.
  logic place_ready, size_ready, size_valid, size_next;
  logic [6:0] size;
  // verilator lint_off UNUSEDSIGNAL
  logic [1:0] size_spare;  // beats of one word have none
  // verilator lint_on UNUSEDSIGNAL
  logic [71:0] place;
  wire ask = req_valid && req_ready;
  assign req_valid = state == ASK && place_ready && size_ready;
  nmaccel_fifo #(.WIDTH(72), .DEPTH(64)) places (
      .clk, .rst, .in_valid(ask), .in_ready(place_ready), .in_data({port.index, at}),
      .out_valid(), .out_ready(done), .out_data(place), .count());

  // Words of a result's last beat that are none of its own.
  wire last_burst = left == WORD_BITS'(req.words);
  wire [1:0] spare = 2'(WORD_BITS'(BEAT_WORDS) - total) & 2'(BEAT_WORDS - 1);
  nmaccel_fifo #(.WIDTH(9), .DEPTH(8)) sizes (
      .clk, .rst, .in_valid(ask), .in_ready(size_ready),
      .in_data({last_burst ? spare : 2'd0, req.words}),
      .out_valid(size_valid), .out_ready(size_next), .out_data({size_spare, size}), .count());

  always_ff @(posedge clk) begin
    if (done) begin
      if (!done_error && refused.code == 4'd0) bursts_done <= bursts_done + 10'd1;
      if (done_error && refused.code == 4'd0) begin
        refused.code <= nmaccel_contract::FAULT_BUS[3:0];
        refused.buffer <= 32'(place[71:64]);
        refused.detail <= 32'd0;
        refused.offset <= place[63:0];
      end
    end
    if (rst) begin
      bursts_done <= 10'd0;
      refused.code <= 4'd0;
    end
  end

  always_ff @(posedge clk) begin
    case (state)
      IDLE:
      if (tok_valid && tok_ready) begin
        state <= (tok.rows == 10'd0) ? TELL : SCALE;
        now <= tok;
        port <= told_of.out;
        at <= told_of.out_base;
        step <= told_of.out_step;
        pitch <= wide ? PITCH_S32 : PITCH_S8;
        left <= WORD_BITS'(tok.rows) * (wide ? WORD_BITS'(PITCH_S32) : WORD_BITS'(PITCH_S8));
        total <= WORD_BITS'(tok.rows) * (wide ? WORD_BITS'(PITCH_S32) : WORD_BITS'(PITCH_S8));
      end
      SCALE: begin
        state <= PLACE;
        scaled <= 64'(now.tile) * 64'(step);
        at <= at + {26'd0, 34'(now.first) * 34'(pitch), 4'd0};
      end
      PLACE: begin
        state <= SPLIT;
        at <= at + scaled;
      end
      SPLIT: if (xlat_valid && xlat_ready) state <= TRANSLATE;
      TRANSLATE:
      if (xlat_rsp_valid) begin
        state <= (xlat_rsp.fault == 4'd0) ? ASK : TELL;
        req.addr <= xlat_rsp.addr;
        req.words <= xlat_rsp.words;
        now.fault.code <= xlat_rsp.fault;
        now.fault.buffer <= 32'(port.index);
        now.fault.detail <= (xlat_rsp.fault == nmaccel_contract::FAULT_BUFFER[3:0])
                          ? nmaccel_contract::ENTRY_PAGE : 32'd0;
        now.fault.offset <= at;
      end
      ASK:
      if (ask) begin
        state <= last_burst ? TELL : halt ? IDLE : SPLIT;
        left <= left - WORD_BITS'(req.words);
        at <= at + {53'd0, req.words, 4'd0};
        out_bursts <= out_bursts + 10'd1;
      end
      TELL:
      if (out_valid && out_ready) begin
        // Nothing comes after a fault.
        if (now.fault.code == 4'd0) state <= IDLE;
        if (now.desc_end) current <= current + 2'd1;
      end
      default: state <= IDLE;
    endcase
    if (out_valid && out_ready) told <= 1'b1;
    if (state != TELL) told <= 1'b0;
    if (rst) begin
      state <= IDLE;
      current <= 2'd0;
      out_bursts <= 10'd0;
    end
  end

  logic told;
  assign out_valid = state == TELL && !told;
  assign out = now;

  // Words of beats that are not written yet, dense from bit 0. A burst takes up to a beat a clock.
  logic moved;
  logic [6:0] given, burst;  // words that the burst has got, and that it still lacks
  assign burst = size - given;
  assign size_next = moved && burst <= 7'(BEAT_WORDS);
  always_ff @(posedge clk) begin
    if (moved) given <= size_next ? 7'd0 : given + 7'(BEAT_WORDS);
    if (rst) given <= 7'd0;
  end

  if (BEAT_WORDS == 1) begin : gen_straight
    assign data = beat;
    assign data_valid = size_valid && beat_valid;
    assign beat_ready = size_valid && data_ready;
    assign moved = data_valid && data_ready;
  end else begin : gen_repack
    localparam int COUNT_BITS = $clog2(2 * BEAT_WORDS + 1);
    logic [2*BEAT_WORDS-1:0][127:0] held, rest;
    logic [COUNT_BITS-1:0] have, kept;
    wire [COUNT_BITS-1:0] want = (burst < 7'(BEAT_WORDS)) ? COUNT_BITS'(burst)
                               : COUNT_BITS'(BEAT_WORDS);
    assign data = held[BEAT_WORDS-1:0];
    assign data_valid = size_valid && have >= want;
    assign moved = data_valid && data_ready;
    // What goes with this beat: the spare words with the last of a result.
    wire [COUNT_BITS-1:0] gone = want + (size_next ? COUNT_BITS'(size_spare) : '0);
    assign kept = moved ? have - gone : have;
    assign rest = moved ? held >> {gone, 7'd0} : held;
    assign beat_ready = kept <= COUNT_BITS'(BEAT_WORDS);
    wire taken = beat_valid && beat_ready;
    always_ff @(posedge clk) begin
      for (int i = 0; i < 2 * BEAT_WORDS; i++) begin
        held[i] <= rest[i];
        if (taken && i >= 32'(kept) && i < 32'(kept) + BEAT_WORDS)
          held[i] <= beat[128*((i-32'(kept))%BEAT_WORDS)+:128];
      end
      have <= kept + (taken ? COUNT_BITS'(BEAT_WORDS) : '0);
      if (rst) have <= '0;
    end
  end

endmodule
