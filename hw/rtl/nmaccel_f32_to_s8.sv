// SPDX-License-Identifier: MIT
// clamp(round(value) + zero, min, max): round to nearest, ties to even; a NaN is below all. zero,
// min and max are signed bytes. TO_S8_CLOCKS clocks.
//
// All values from 256 on are taken for 256: with a zero of at least -128 that is still above max,
// and -256 with a zero of at most 127 below min.
module nmaccel_f32_to_s8 (
    input  wire                           clk,
    // verilator lint_off UNUSEDSIGNAL
    input  wire nmaccel_f32_pkg::number_t value,
    // verilator lint_on UNUSEDSIGNAL
    input  wire [7:0]                     zero,  // of the value 2 clocks ago
    input  wire [7:0]                     min,   // of the value 3 clocks ago, as max
    input  wire [7:0]                     max,
    output logic [7:0]                    result
);

  // Exponents of 1/2, below which all is 0, and of 128.
  localparam logic [7:0] HALF = 8'd126;
  localparam logic [7:0] LARGEST = 8'd134;

  wire [23:0] digits = {1'b1, value.fraction};
  // By how much it is to be shifted to the right from where it is with the largest exponent.
  wire [3:0] right = LARGEST[3:0] - value.exponent[3:0];

  // Eight bits of integer and one of fraction, and whether there is more.
  logic [8:0] fixed_1, fixed_2;
  logic [1:0] right_1;
  logic rest_1, rest_2, sign_1, sign_2, large_1, small_1;

  always_ff @(posedge clk) begin
    fixed_1 <= right[3] ? {8'd0, digits[23]} : right[2] ? {4'd0, digits[23:19]} : digits[23:15];
    rest_1 <= |digits[14:0] || (|right[3:2] && |digits[18:15]) || (right[3] && |digits[22:19]);
    right_1 <= right[1:0];
    sign_1 <= value.nan || value.sign;
    large_1 <= value.nan || value.exponent > LARGEST;
    small_1 <= value.exponent < HALF;

    fixed_2 <= large_1 ? '1 : small_1 ? '0 : fixed_1 >> right_1;
    rest_2 <= rest_1 || (right_1 != 2'd0 && fixed_1[0]) || (right_1[1] && fixed_1[1]) ||
        (right_1 == 2'd3 && fixed_1[2]);
    sign_2 <= sign_1;
  end

  // -(n + up) is ~n + !up. One adder, with the last as its carry.
  wire up = fixed_2[0] && (rest_2 || fixed_2[1]);
  wire [9:0] whole = {2'd0, fixed_2[8:1]};
  logic signed [9:0] sum_3;
  always_ff @(posedge clk) begin
    sum_3 <= 10'(({{2{zero[7]}}, zero, 1'b1} + {whole ^ {10{sign_2}}, up ^ sign_2}) >> 1);
  end

  wire below_min = sum_3 < $signed({{2{min[7]}}, min});
  wire above_max = sum_3 > $signed({{2{max[7]}}, max});
  always_ff @(posedge clk) result <= below_min ? min : above_max ? max : sum_3[7:0];

endmodule
