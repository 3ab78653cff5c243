// SPDX-License-Identifier: MIT
// The two sums in what a cascade of DEPTH packed multipliers gives, for nmaccel_dot:
// sum_a * 2^SPACE + (DEPTH * 2^14 - sum_b), with the part in brackets in 0 .. 2^SPACE - 1. No logic.
module nmaccel_unpack #(
    parameter  int DEPTH = 4,
    parameter  int WIDTH = 19,                 // of the sums, 16 + log2(DEPTH) or more
    localparam int SPACE = 15 + $clog2(DEPTH)
) (
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [     47:0] total,
    // verilator lint_on UNUSEDSIGNAL
    output logic [WIDTH-1:0] sum_a,
    output logic [WIDTH-1:0] minus_sum_b
);

  assign sum_a = {{WIDTH - SPACE{total[2*SPACE]}}, total[SPACE+:SPACE]};
  assign minus_sum_b = {{WIDTH - SPACE + 1{!total[SPACE-1]}}, total[SPACE-2:0]};

endmodule
