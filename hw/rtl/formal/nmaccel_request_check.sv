// SPDX-License-Identifier: MIT
// nmaccel_bursts: what becomes of a request, for each address, base and number of words: refused or
// not, one burst or two, where and how long, and the contexts that tell of them.
module nmaccel_request_check #(
    parameter int DATA_BYTES = 32,
    parameter int ADDR_BITS  = 64
) (
    input wire        clk,
    input wire        offer,
    input wire        ax_ready,
    input wire        ctx_ready
);

  localparam int WORDS = DATA_BYTES / 16;
  localparam int LANE_BITS = WORDS > 1 ? $clog2(WORDS) : 1;

  (* anyconst *) wire [63:0] base;
  (* anyconst *) wire [63:0] addr;
  (* anyconst *) wire [6:0] words;
  (* anyconst *) wire client;

  logic rst = 1'b1;
  logic ax_valid, ctx_valid;
  logic [1:0] req_ready, req_valid;
  logic [63:0] ax_addr;
  logic [7:0] ax_len;
  logic ctx_client, ctx_refused, ctx_first, ctx_last, ctx_more;
  logic [6:0] ctx_beats;
  logic [LANE_BITS-1:0] ctx_lane, ctx_end_lane, ctx_end_word;
  logic asked = 1'b0;

  assign req_valid = offer && !asked && !rst ? 2'b01 << client : 2'b00;
  always_ff @(posedge clk) begin
    rst <= 1'b0;
    asked <= asked || req_ready != 2'b00;
    assume (words != 7'd0 && words <= 7'(nmaccel_pkg::MAX_BURST));
  end

  nmaccel_bursts #(
      .DATA_BYTES(DATA_BYTES),
      .CLIENTS(2),
      .ADDR_BITS(ADDR_BITS),
      .BURSTS(2)
  ) dut (
      .clk,
      .rst,
      .stop(1'b0),
      .idle(),
      .base,
      .req_valid,
      .req_ready,
      .req({2{addr, words}}),
      .ax_valid,
      .ax_ready,
      .ax_addr,
      .ax_len,
      .ctx_valid,
      .ctx_ready,
      .ctx_client,
      .ctx_refused,
      .ctx_first,
      .ctx_last,
      .ctx_beats,
      .ctx_lane,
      .ctx_end_lane,
      .ctx_end_word,
      .ctx_more,
      .answered(1'b0)
  );

  // ---- What it must be, by words of 16 bytes; the last word may be beyond all addresses.

  logic [61:0] first, last;  // words
  logic [64:0] at;           // with the base
  logic refused, two;
  logic [6:0] dense, bus, head;

  assign at = {1'b0, addr} + {1'b0, base};
  assign first = {1'b0, at[64:4]};
  assign last = first + 62'(words) - 62'd1;
  assign refused = at[3:0] != 4'd0 || last >> (ADDR_BITS - 4) != 62'd0;
  assign two = first[61:8] != last[61:8];
  assign dense = 7'((32'(words) + WORDS - 1) / WORDS);
  assign bus = 7'(({two, last[7:0]} / 9'(WORDS)) - (9'(first[7:0]) / 9'(WORDS))) + 7'd1;
  assign head = 7'((9'd255 / 9'(WORDS)) - (9'(first[7:0]) / 9'(WORDS))) + 7'd1;

  // ---- Bursts and contexts, the first and the second.

  logic [1:0] bursts = 2'd0, contexts = 2'd0;
  logic second_burst, second_context;
  logic [63:0] burst_addr;
  logic [6:0] burst_beats, context_beats;

  always_ff @(posedge clk) begin
    if (!rst && ax_valid && ax_ready) bursts <= bursts + 2'd1;
    if (!rst && ctx_valid && ctx_ready) contexts <= contexts + 2'd1;
  end

  assign second_burst = bursts == 2'd1;
  assign second_context = contexts == 2'd1;
  assign burst_addr = second_burst ? {last[59:8], 12'd0} :
      64'(first / WORDS) * 64'(DATA_BYTES);
  assign burst_beats = !two ? bus : second_burst ? bus - head : head;
  assign context_beats = refused ? dense : !two ? bus : second_context ? bus - head : head;

  always_ff @(posedge clk) begin
    if (!rst && ax_valid) begin
      assert (asked && !refused && bursts <= 2'(two));
      assert (ax_addr == burst_addr);
      assert (ax_len == 8'(burst_beats) - 8'd1);
    end
    if (!rst && ctx_valid) begin
      assert (asked && contexts <= 2'(two && !refused));
      assert (ctx_client == client && ctx_refused == refused && ctx_beats == context_beats);
      assert (ctx_first == !second_context);
      assert (ctx_last == (refused || !two || second_context));
      assert (ctx_lane == (refused ? LANE_BITS'(0) : LANE_BITS'(first % WORDS)));
      assert (refused || ctx_end_lane == LANE_BITS'(last % WORDS));
      assert (ctx_end_word == LANE_BITS'((words - 7'd1) % 7'(WORDS)));
      assert (ctx_more == (!refused && bus != dense));
    end
  end

  always_ff @(posedge clk) begin
    cover (bursts == 2'd2 && contexts == 2'd2);
    cover (refused && bursts == 2'd0 && contexts == 2'd1);
  end

endmodule
