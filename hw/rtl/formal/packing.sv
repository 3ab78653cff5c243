// SPDX-License-Identifier: MIT
// nmaccel_dot with two columns per multiplier: both sums of a cascade are exact, whatever the values
// and the columns' bytes are. These stay as they are here, so that the lanes' delays do not matter.
module packing #(
    parameter int DEPTH = 4
) (
    input wire clk
);

  localparam int START_BITS = 15 + $clog2(DEPTH);
  // nmaccel_start, and from there to the sums.
  localparam int CLOCKS = 3 + DEPTH + 2;

  (* anyconst *)logic [8*DEPTH-1:0] values, a, b;

  logic [START_BITS-1:0] start;
  logic [31:0] sum_a, minus_sum_b;

  nmaccel_start #(
      .DEPTH(DEPTH)
  ) of_values (
      .clk   (clk),
      .values(values),
      .start (start)
  );

  nmaccel_dot #(
      .LANES(DEPTH),
      .DEPTH(DEPTH),
      .PACK (1'b1)
  ) dot (
      .clk        (clk),
      .values     (values),
      .a          (a),
      .b          (b ^ {DEPTH{8'h7f}}),
      .start      (start),
      .sum_a      (sum_a),
      .minus_sum_b(minus_sum_b)
  );

  logic signed [31:0] expected_a, expected_b;

  always_comb begin
    expected_a = 0;
    expected_b = 0;
    for (int i = 0; i < DEPTH; i++) begin
      expected_a = expected_a + $signed(a[8*i+:8]) * $signed(values[8*i+:8]);
      expected_b = expected_b + $signed(b[8*i+:8]) * $signed(values[8*i+:8]);
    end
  end

  logic [4:0] age = '0;

  always_ff @(posedge clk) begin
    if (age != 5'd31) age <= age + 5'd1;
    if (age >= 5'(CLOCKS)) begin
      assert (sum_a == expected_a);
      assert (minus_sum_b == -expected_b);
    end
  end

endmodule
