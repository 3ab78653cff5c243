// SPDX-License-Identifier: MIT
// The sum of up to 16 signed bytes, modulo 2^WIDTH, two clocks later.
module nmaccel_sum #(
    parameter int COUNT = 4,
    parameter int WIDTH = 12
) (
    input  wire                clk,
    input  wire  [8*COUNT-1:0] d,
    output logic [  WIDTH-1:0] q
);

  localparam int FOURS = (COUNT + 3) / 4;

  logic [10*FOURS-1:0] four, four_next;
  logic [WIDTH-1:0] q_next;

  always_comb begin
    four_next = '0;
    q_next = '0;
    for (int i = 0; i < COUNT; i++)
      four_next[10*(i/4)+:10] = four_next[10*(i/4)+:10] + {{2{d[8*i+7]}}, d[8*i+:8]};
    for (int i = 0; i < FOURS; i++)
      q_next = q_next + {{WIDTH - 10{four[10*i+9]}}, four[10*i+:10]};
  end

  always_ff @(posedge clk) begin
    four <= four_next;
    q <= q_next;
  end

endmodule
