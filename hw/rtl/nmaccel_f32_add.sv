// SPDX-License-Identifier: MIT
// The sum of two numbers, rounded once; a subnormal sum is a zero. ADD_CLOCKS clocks.
module nmaccel_f32_add (
    input  wire                           clk,
    input  wire nmaccel_f32_pkg::number_t left,
    input  wire nmaccel_f32_pkg::number_t right,
    output nmaccel_f32_pkg::number_t      sum
);

  // Which is the larger; infinities are, by their exponents.
  // verilator lint_off UNUSEDSIGNAL
  nmaccel_f32_pkg::number_t left_1, right_1;  // without nan
  // verilator lint_on UNUSEDSIGNAL
  logic swap_1, nan_1;
  logic [7:0] left_less_right_1, right_less_left_1;
  always_ff @(posedge clk) begin
    left_1 <= left;
    right_1 <= right;
    swap_1 <= {left.exponent, left.fraction} < {right.exponent, right.fraction};
    nan_1 <= left.nan || right.nan || (left.inf && right.inf && left.sign != right.sign);
    left_less_right_1 <= left.exponent - right.exponent;
    right_less_left_1 <= right.exponent - left.exponent;
  end

  logic [23:0] large_2, small_2;
  logic [7:0] distance_2, exponent_2;
  logic nan_2, inf_2, sign_2, minus_2;
  always_ff @(posedge clk) begin
    large_2 <= swap_1 ? {!right_1.zero, right_1.fraction} : {!left_1.zero, left_1.fraction};
    small_2 <= swap_1 ? {!left_1.zero, left_1.fraction} : {!right_1.zero, right_1.fraction};
    distance_2 <= swap_1 ? right_less_left_1 : left_less_right_1;
    exponent_2 <= swap_1 ? right_1.exponent : left_1.exponent;
    sign_2 <= swap_1 ? right_1.sign : left_1.sign;
    minus_2 <= left_1.sign != right_1.sign;
    nan_2 <= nan_1;
    inf_2 <= left_1.inf || right_1.inf;
  end

  // The smaller one with 4 bits more, shifted to its place: whole nibbles, then the rest. The last
  // bit also stands for all that falls out, which from 28 places on makes no difference.
  wire far = |distance_2[7:5];
  logic lost;
  always_comb begin
    lost = 1'b0;
    for (int i = 0; i < 5; i++)
      if (distance_2[4:2] > 3'(i + 1) && |small_2[4*i+:4]) lost = 1'b1;
  end

  logic [27:0] small_3, small_4;
  logic [1:0] distance_3;
  logic lost_3;
  logic [23:0] large_3, large_4;
  always_ff @(posedge clk) begin
    small_3 <= far ? 28'd0 : {small_2, 4'd0} >> {distance_2[4:2], 2'd0};
    lost_3 <= lost;
    distance_3 <= distance_2[1:0];
    large_3 <= large_2;
  end

  logic [27:0] shifted;
  logic lost_more;
  always_comb begin
    shifted = small_3 >> distance_3;
    lost_more = (distance_3 != 2'd0 && small_3[0]) || (distance_3[1] && small_3[1]) ||
        (distance_3 == 2'd3 && small_3[2]);
  end

  logic nan_4, inf_4, sign_4, minus_4;
  logic [7:0] exponent_4;
  nmaccel_delay #(
      .WIDTH (12),
      .CLOCKS(2)
  ) u_to_sum (
      .clk,
      .d({nan_2, inf_2, sign_2, minus_2, exponent_2}),
      .q({nan_4, inf_4, sign_4, minus_4, exponent_4})
  );

  logic [28:0] sum_5;
  always_ff @(posedge clk) begin
    small_4 <= {shifted[27:1], shifted[0] || lost_3 || lost_more};
    large_4 <= large_3;
    sum_5 <= minus_4 ? {1'b0, large_4, 4'd0} - {1'b0, small_4}
                     : {1'b0, large_4, 4'd0} + {1'b0, small_4};
  end

  logic norm_zero;
  logic [5:0] lead;
  logic [22:0] fraction;
  nmaccel_f32_normalize u_normalize (
      .clk,
      .value({sum_5, 3'd0}),
      .zero(norm_zero),
      .lead,
      .fraction
  );

  // The larger one's leading bit was at 30.
  wire signed [9:0] exponent_of_0 = $signed({2'd0, exponent_4}) - 10'sd30;

  logic nan_9, inf_9, sign_9;
  logic [9:0] exponent_of_0_9;
  nmaccel_delay #(
      .WIDTH (13),
      .CLOCKS(5)
  ) u_to_end (
      .clk,
      .d({nan_4, inf_4, sign_4, exponent_of_0}),
      .q({nan_9, inf_9, sign_9, exponent_of_0_9})
  );

  wire signed [9:0] exponent = $signed(exponent_of_0_9) + $signed({4'd0, lead});
  wire zero = norm_zero || exponent <= 10'sd0;
  wire inf = inf_9 || exponent >= 10'sd255;

  always_ff @(posedge clk) begin
    sum.nan <= nan_9;
    sum.inf <= inf;
    sum.zero <= zero;
    sum.sign <= sign_9;
    sum.exponent <= inf ? 8'd255 : zero ? 8'd0 : exponent[7:0];
    sum.fraction <= zero ? 23'd0 : fraction;
  end

endmodule
