// SPDX-License-Identifier: MIT
// Where a cascade of DEPTH packed multipliers starts, for nmaccel_dot: DEPTH * 2^14 - 127 * sum(values),
// three clocks after its values. DEPTH is 4, 8 or 16.
module nmaccel_start #(
    parameter  int DEPTH = 4,
    localparam int WIDTH = 15 + $clog2(DEPTH)
) (
    input  wire                clk,
    input  wire  [8*DEPTH-1:0] values,
    output logic [  WIDTH-1:0] start
);

  localparam int FOURS = DEPTH / 4;

  logic [10*FOURS-1:0] fours;
  logic [WIDTH-1:0] sum, sum_next;

  genvar i;
  generate
    for (i = 0; i < FOURS; i++) begin : g_four
      logic [9:0] value[4];

      for (genvar j = 0; j < 4; j++) begin : g_value
        assign value[j] = {{2{values[8*(4*i+j)+7]}}, values[8*(4*i+j)+:8]};
      end

      always_ff @(posedge clk)
        fours[10*i+:10] <= (value[0] + value[1]) + (value[2] + value[3]);
    end
  endgenerate

  always_comb begin
    sum_next = '0;
    for (int k = 0; k < FOURS; k++)
      sum_next = sum_next + {{WIDTH - 10{fours[10*k+9]}}, fours[10*k+:10]};
  end

  always_ff @(posedge clk) begin
    sum   <= sum_next;
    start <= WIDTH'(DEPTH << 14) + sum - (sum << 7);
  end

endmodule
