// SPDX-License-Identifier: MIT
// Results of 32 bits: clamp(value + bias, min, max), the sum modulo 2^32, in a quarter of the
// lanes: part says in which. LATENCY clocks, at least 4; one quarter per clock.
module nmaccel_epilogue_wide #(
    parameter int LANES   = 16,
    parameter int LATENCY = 4
) (
    input  wire                clk,
    input  wire [32*LANES-1:0] values,
    input  wire [         1:0] part,
    input  wire [        31:0] bias,
    input  wire [        31:0] min,
    input  wire [        31:0] max,
    output logic [8*LANES-1:0] results
);

  localparam int COLUMNS = LANES / 4;

  logic [8*LANES-1:0] chosen, clamped;
  logic [31:0] bias_1, min_2, max_2, min_3, max_3;
  logic [63:0] limits_2;
  always_ff @(posedge clk) begin
    chosen <= values[8*LANES*part+:8*LANES];
    bias_1 <= bias;
    {min_3, max_3} <= {min_2, max_2};
  end
  nmaccel_delay #(
      .WIDTH (64),
      .CLOCKS(2)
  ) u_limits (
      .clk,
      .d({min, max}),
      .q(limits_2)
  );
  assign {min_2, max_2} = limits_2;

  generate
    for (genvar column = 0; column < COLUMNS; column++) begin : g_column
      logic [31:0] sum_2, sum_3;
      logic below_min, above_max;
      always_ff @(posedge clk) begin
        sum_2 <= chosen[32*column+:32] + bias_1;
        sum_3 <= sum_2;
        below_min <= $signed(sum_2) < $signed(min_2);
        above_max <= $signed(sum_2) > $signed(max_2);
        clamped[32*column+:32] <= below_min ? min_3 : above_max ? max_3 : sum_3;
      end
    end
  endgenerate

  nmaccel_delay #(
      .WIDTH (8 * LANES),
      .CLOCKS(LATENCY - 4)
  ) u_as_late (
      .clk,
      .d(clamped),
      .q(results)
  );

endmodule
