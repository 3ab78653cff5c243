// SPDX-License-Identifier: MIT
// A product and a sum per clock; both come BENCH_CLOCKS clocks later.
module f32_bench (
    input  wire                           clk,
    input  wire [31:0]                    integer_in,
    input  wire [31:0]                    scale,  // fp32, as the next two
    output nmaccel_f32_pkg::number_t      product,
    input  wire [31:0]                    left,
    input  wire [31:0]                    right,
    output nmaccel_f32_pkg::number_t      sum
);

  logic sign, zero;
  logic [5:0] lead;
  logic [22:0] fraction;
  nmaccel_f32_from_int u_from_int (
      .clk,
      .value(integer_in),
      .sign,
      .zero,
      .lead,
      .fraction
  );

  nmaccel_f32_pkg::number_t scale_due;
  nmaccel_delay #(
      .WIDTH (nmaccel_f32_pkg::NUMBER_BITS),
      .CLOCKS(nmaccel_f32_pkg::FROM_INT_CLOCKS)
  ) u_scale (
      .clk,
      .d(nmaccel_f32_pkg::unpack(scale)),
      .q(scale_due)
  );
  nmaccel_f32_multiply u_multiply (
      .clk,
      .sign,
      .zero,
      .lead,
      .fraction,
      .scale(scale_due),
      .product
  );

  nmaccel_f32_add u_add (
      .clk,
      .left(nmaccel_f32_pkg::unpack(left)),
      .right(nmaccel_f32_pkg::unpack(right)),
      .sum
  );

endmodule
