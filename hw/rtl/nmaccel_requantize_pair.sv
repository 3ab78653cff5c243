// SPDX-License-Identifier: MIT
// Two lanes of nmaccel_requantize: two products, or the sum of both for an addition. Inputs of
// later stages come from outside when they are due, as all lanes share them.
module nmaccel_requantize_pair (
    input wire clk,

    // In clock 0. Of an addition both values come twice, and half says which of them is meant.
    input wire [31:0] value_0,
    input wire [31:0] value_1,
    input wire [31:0] offset_0,
    input wire [31:0] offset_1,
    input wire        add,
    input wire        half,

    // In clock SCALE, registered outside.
    input wire nmaccel_f32_pkg::number_t scale_0,
    input wire nmaccel_f32_pkg::number_t scale_1,

    // In clock PRODUCT.
    input wire add_product,

    // Zero, min and max of each lane, in the clocks that nmaccel_f32_to_s8 says.
    input wire [7:0] zero_0,
    input wire [7:0] min_0,
    input wire [7:0] max_0,
    input wire [7:0] zero_1,
    input wire [7:0] min_1,
    input wire [7:0] max_1,

    // In clock RESULT, one before the results, which of an addition are both there in the clock of
    // the second half.
    input  wire        add_result,
    output logic [7:0] result_0,
    output logic [7:0] result_1
);

  // An addition's value is 256 a + b with signed bytes a and b: a is the high part, plus one if the
  // low byte is negative.
  wire [16:0] both = half ? value_1[16:0] : value_0[16:0];
  wire [31:0] left = add ? {{23{both[16]}}, both[16:8]} : value_0;
  wire [31:0] right = add ? {{24{both[7]}}, both[7:0]} : value_1;
  logic [31:0] sum_0, sum_1;
  always_ff @(posedge clk) begin
    // One adder, with that one as its carry.
    sum_0 <= 32'(({left, 1'b1} + {offset_0, add && both[7]}) >> 1);
    sum_1 <= right + offset_1;
  end

  logic sign_0, sign_1, zero_int_0, zero_int_1;
  logic [5:0] lead_0, lead_1;
  logic [22:0] fraction_0, fraction_1;
  nmaccel_f32_pkg::number_t product_0, product_1;

  nmaccel_f32_from_int u_int_0 (
      .clk,
      .value(sum_0),
      .sign(sign_0),
      .zero(zero_int_0),
      .lead(lead_0),
      .fraction(fraction_0)
  );
  nmaccel_f32_from_int u_int_1 (
      .clk,
      .value(sum_1),
      .sign(sign_1),
      .zero(zero_int_1),
      .lead(lead_1),
      .fraction(fraction_1)
  );

  nmaccel_f32_multiply u_multiply_0 (
      .clk,
      .sign(sign_0),
      .zero(zero_int_0),
      .lead(lead_0),
      .fraction(fraction_0),
      .scale(scale_0),
      .product(product_0)
  );
  nmaccel_f32_multiply u_multiply_1 (
      .clk,
      .sign(sign_1),
      .zero(zero_int_1),
      .lead(lead_1),
      .fraction(fraction_1),
      .scale(scale_1),
      .product(product_1)
  );

  // Without an addition, the first lane adds zero, which changes nothing.
  nmaccel_f32_pkg::number_t added, total;
  always_comb begin
    added = product_1;
    if (!add_product) begin
      added = '0;
      added.zero = 1'b1;
    end
  end
  nmaccel_f32_add u_add (
      .clk,
      .left (product_0),
      .right(added),
      .sum  (total)
  );

  logic [7:0] byte_0, byte_1_early, byte_1, byte_0_before;
  nmaccel_f32_to_s8 u_to_s8_0 (
      .clk,
      .value (total),
      .zero  (zero_0),
      .min   (min_0),
      .max   (max_0),
      .result(byte_0)
  );
  nmaccel_f32_to_s8 u_to_s8_1 (
      .clk,
      .value (product_1),
      .zero  (zero_1),
      .min   (min_1),
      .max   (max_1),
      .result(byte_1_early)
  );
  nmaccel_delay #(
      .WIDTH (8),
      .CLOCKS(nmaccel_f32_pkg::ADD_CLOCKS)
  ) u_as_late (
      .clk,
      .d(byte_1_early),
      .q(byte_1)
  );

  always_ff @(posedge clk) begin
    byte_0_before <= byte_0;
    result_0 <= add_result ? byte_0_before : byte_0;
    result_1 <= add_result ? byte_0 : byte_1;
  end

endmodule
