// SPDX-License-Identifier: MIT
// Closes the gaps of beats that are not full: a short one has SHORT_WORDS words of 16 bytes; all
// else of it is not used. The last of a result is not closed up with the next result's first. No
// latency; a beat per clock, and a clock more for a result whose last two words meet in one.
module nmaccel_epilogue_pack #(
    parameter int WORDS = 4,
    parameter int SHORT_WORDS = 1
) (
    input wire clk,
    input wire rst,

    input  wire                  in_valid,
    output logic                 in_ready,
    input  wire                  in_short,
    input  wire                  in_end,
    input  wire  [128*WORDS-1:0] in_data,

    output logic                 out_valid,
    input  wire                  out_ready,
    output logic                 out_end,
    output logic [128*WORDS-1:0] out_data
);

  localparam int COUNT_BITS = $clog2(2 * WORDS);

  logic [COUNT_BITS-1:0] held_words, words;
  logic [128*(WORDS-1)-1:0] held;
  logic flush;  // what is held ends a result

  wire [COUNT_BITS-1:0] in_words = in_short ? COUNT_BITS'(SHORT_WORDS) : COUNT_BITS'(WORDS);
  logic [128*(2*WORDS-1)-1:0] joined;
  always_comb begin
    joined = '0;
    joined[128*(WORDS-1)-1:0] = held;
    for (int i = 0; i < WORDS; i++)
      if (held_words == COUNT_BITS'(i)) joined[128*i+:128*WORDS] = in_data;
  end

  assign words = flush ? held_words : held_words + in_words;
  wire gives = flush || words >= COUNT_BITS'(WORDS) || in_end;
  assign out_valid = (flush || in_valid) && gives;
  assign out_end = flush || (in_end && words <= COUNT_BITS'(WORDS));
  assign out_data = joined[128*WORDS-1:0];
  assign in_ready = !flush && (out_ready || !gives);

  always_ff @(posedge clk) begin
    if (in_valid && in_ready) begin
      held <= gives ? joined[128*WORDS+:128*(WORDS-1)] : joined[128*(WORDS-1)-1:0];
      held_words <= !gives ? words : out_end ? '0 : words - COUNT_BITS'(WORDS);
      flush <= in_end && !out_end;
    end else if (flush && out_ready) begin
      held_words <= '0;
      flush <= 1'b0;
    end
    if (rst) begin
      held_words <= '0;
      flush <= 1'b0;
    end
  end

endmodule
