// SPDX-License-Identifier: MIT
// Which rows of the two accumulator banks have had a step since their bank was cleared: step_used and
// rd_used, in the same clock. A clear comes before the step of its clock, and after the read; the
// step counts from the next clock on.
//
// The rows' bits are in words of 16 in LUT memory, each with a live bit. A clear ends the life of all
// of its bank's words, and the first step to a word gives it a new one with the other bits 0.
module nmaccel_used #(
    parameter  int ROWS     = 512,
    localparam int ROW_BITS = $clog2(ROWS)
) (
    input  wire                 clk,
    input  wire                 rst,
    input  wire                 clear_valid,
    input  wire                 clear_bank,
    input  wire                 step_valid,
    input  wire                 step_bank,
    input  wire  [ROW_BITS-1:0] step_row,
    output logic                step_used,
    input  wire                 rd_bank,
    input  wire  [ROW_BITS-1:0] rd_row,
    output logic                rd_used
);

  localparam int WORDS = ROWS / 16;

  (* ram_style = "distributed" *)logic [15:0] words[2*WORDS];
  logic [2*WORDS-1:0] live;

  logic [ROW_BITS-4:0] step_at, rd_at;
  logic step_live;
  logic [15:0] step_word, rd_word;

  assign step_at = {step_bank, step_row[ROW_BITS-1:4]};
  assign step_live = live[step_at] && !(clear_valid && clear_bank == step_bank);
  assign step_word = step_live ? words[step_at] : '0;
  assign step_used = step_word[step_row[3:0]];

  assign rd_at = {rd_bank, rd_row[ROW_BITS-1:4]};
  assign rd_word = words[rd_at];
  assign rd_used = live[rd_at] && rd_word[rd_row[3:0]];

  always_ff @(posedge clk) begin
    if (step_valid) words[step_at] <= step_word | 16'd1 << step_row[3:0];
  end

  always_ff @(posedge clk) begin
    if (rst) live <= '0;
    else begin
      if (clear_valid && !clear_bank) live[WORDS-1:0] <= '0;
      if (clear_valid && clear_bank) live[2*WORDS-1:WORDS] <= '0;
      if (step_valid) live[step_at] <= 1'b1;
    end
  end

endmodule
