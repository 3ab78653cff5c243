// SPDX-License-Identifier: MIT
// An integer, as nmaccel_f32_normalize gives it, times a scale; one rounding. MULTIPLY_CLOCKS
// clocks.
//
// Both operands come from registers, so that those, and the first three stages, are the registers
// of two DSP blocks in cascade: 24 bits times the low 17 of the scale, and times its high 7.
//
// The product of a normal scale and an integer other than zero is never subnormal.
module nmaccel_f32_multiply (
    input  wire                       clk,
    input  wire                       sign,
    input  wire                       zero,
    input  wire  [               5:0] lead,
    input  wire  [              22:0] fraction,
    input  wire nmaccel_f32_pkg::number_t scale,
    output nmaccel_f32_pkg::number_t  product
);

  wire [23:0] left = {!zero, fraction};
  wire [23:0] right = {!scale.zero, scale.fraction};

  logic [40:0] low_m, low_p;
  logic [23:0] left_1;
  logic [6:0] right_1;
  logic [30:0] high_m, high_p;
  logic low_rest;

  always_ff @(posedge clk) begin
    low_m <= 41'(left) * 41'(right[16:0]);
    left_1 <= left;
    right_1 <= right[23:17];

    low_p <= low_m;
    high_m <= 31'(left_1) * 31'(right_1);

    high_p <= high_m + 31'(low_p[40:17]);
    low_rest <= |low_p[16:0];
  end

  // The product of 1.f and 1.f is in [1, 4). Beyond 2 the rounding has no carry: the largest
  // product is (2 - 2^-23)^2, less than 4 by almost 2^-21.
  wire top = high_p[30];
  wire [22:0] kept = top ? high_p[29:7] : high_p[28:6];
  wire half = top ? high_p[6] : high_p[5];
  wire rest = low_rest || |high_p[4:0] || (top && high_p[5]);
  wire [23:0] rounded = {1'b0, kept} + 24'(half && (kept[0] || rest));

  logic [22:0] fraction_4;
  logic raise_4;
  always_ff @(posedge clk) begin
    fraction_4 <= rounded[22:0];
    raise_4 <= top || rounded[23];
  end

  logic nan_1, inf_1, zero_1, sign_1;
  logic [8:0] exponent_1;
  always_ff @(posedge clk) begin
    nan_1 <= scale.nan || (scale.inf && zero);
    inf_1 <= scale.inf;
    zero_1 <= zero || scale.zero;
    sign_1 <= sign ^ scale.sign;
    exponent_1 <= 9'(scale.exponent) + 9'(lead);
  end

  logic nan_4, inf_4, zero_4, sign_4;
  logic [8:0] exponent_4;
  nmaccel_delay #(
      .WIDTH (13),
      .CLOCKS(3)
  ) u_class (
      .clk,
      .d({nan_1, inf_1, zero_1, sign_1, exponent_1}),
      .q({nan_4, inf_4, zero_4, sign_4, exponent_4})
  );

  wire [8:0] exponent = exponent_4 + 9'(raise_4);
  wire inf = inf_4 || exponent >= 9'd255;

  always_ff @(posedge clk) begin
    product.nan <= nan_4;
    product.inf <= inf;
    product.zero <= zero_4;
    product.sign <= sign_4;
    product.exponent <= zero_4 ? 8'd0 : exponent[7:0] | {8{inf}};
    product.fraction <= fraction_4;
  end

endmodule
