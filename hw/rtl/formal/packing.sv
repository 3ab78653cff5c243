// SPDX-License-Identifier: MIT
// The packing of two columns is exact, for all values and bytes: see nmaccel_dot. What a cascade adds
// up is, modulo 2^48,
//
//     start + sum((a * 2^SPACE + 127 - b) * v) = start + A * 2^SPACE + 127 * sum(v) - B
//
// Two things are left to prove. `start` is DEPTH * 2^14 - 127 * sum(v), without an overflow; and from
// A * 2^SPACE + DEPTH * 2^14 - B, nmaccel_unpack gives A and -B, for all A and B that DEPTH products
// of int8 can come to.
module packing #(
    parameter int DEPTH = 4
) (
    input wire clk
);

  localparam int SPACE = 15 + $clog2(DEPTH);

  (* anyconst *)logic [8*DEPTH-1:0] values;
  logic [SPACE-1:0] start;
  logic [47:0] sum;

  nmaccel_start #(
      .DEPTH(DEPTH)
  ) starts (
      .clk   (clk),
      .values(values),
      .start (start)
  );

  always_comb begin
    sum = '0;
    for (int i = 0; i < DEPTH; i++) sum = sum + {{40{values[8*i+7]}}, values[8*i+:8]};
  end

  (* anyconst *)logic signed [31:0] a, b;
  logic [47:0] total;
  logic signed [31:0] sum_a, minus_sum_b;

  assign total = ({{16{a[31]}}, a} << SPACE) + 48'(DEPTH << 14) - {{16{b[31]}}, b};

  nmaccel_unpack #(
      .DEPTH(DEPTH),
      .WIDTH(32)
  ) unpack (
      .total      (total),
      .sum_a      (sum_a),
      .minus_sum_b(minus_sum_b)
  );

  always_comb begin
    assume (a >= DEPTH * -128 * 127 && a <= DEPTH * 128 * 128);
    assume (b >= DEPTH * -128 * 127 && b <= DEPTH * 128 * 128);
    assert (sum_a == a);
    assert (minus_sum_b == -b);
  end

  logic [1:0] age = '0;

  always_ff @(posedge clk) begin
    if (age != 2'd3) age <= age + 2'd1;
    else assert ({{48 - SPACE{1'b0}}, start} == 48'(DEPTH << 14) - 48'd127 * sum);
  end

endmodule
