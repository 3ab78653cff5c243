// SPDX-License-Identifier: MIT
// q is what d was CLOCKS clocks ago, 0 included. Without a reset, so that it becomes shift registers
// in LUTs.
module nmaccel_delay #(
    parameter int WIDTH  = 1,
    parameter int CLOCKS = 1
) (
    input  wire              clk,
    input  wire  [WIDTH-1:0] d,
    output logic [WIDTH-1:0] q
);

  generate
    if (CLOCKS == 0) begin : g_none
      logic unused;

      assign q = d;
      assign unused = clk;
    end else if (CLOCKS == 1) begin : g_one
      always_ff @(posedge clk) q <= d;
    end else begin : g_line
      logic [CLOCKS*WIDTH-1:0] line;

      always_ff @(posedge clk) line <= {line[(CLOCKS-1)*WIDTH-1:0], d};
      assign q = line[(CLOCKS-1)*WIDTH+:WIDTH];
    end
  endgenerate

endmodule
