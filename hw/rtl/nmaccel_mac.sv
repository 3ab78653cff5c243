// SPDX-License-Identifier: MIT
// What one DSP slice does: total = below + operand * value, or if HEAD start + operand * value. The
// operand goes in 4 clocks before total comes out, value and start 3 and 2 clocks, below one clock.
//
// xc7/nmaccel_mac.sv is the same as a DSP48E1 with all its registers, for tools that do not find it
// in this.
module nmaccel_mac #(
    parameter int OPERAND_BITS = 25,
    parameter bit HEAD         = 1'b0
) (
    input  wire                     clk,
    input  wire  [OPERAND_BITS-1:0] operand,
    input  wire  [             7:0] value,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [            47:0] start,
    input  wire  [            47:0] below,
    // verilator lint_on UNUSEDSIGNAL
    output logic [            47:0] total,
    output logic [            47:0] above    // total, for the next slice's below
);

  logic [OPERAND_BITS-1:0] operand_1, operand_2;
  logic [7:0] value_2;
  logic signed [OPERAND_BITS+7:0] product;
  logic [47:0] from;

  generate
    if (HEAD) begin : g_head
      always_ff @(posedge clk) from <= start;
    end else begin : g_next
      assign from = below;
    end
  endgenerate

  always_ff @(posedge clk) begin
    operand_1 <= operand;
    operand_2 <= operand_1;
    value_2 <= value;
    product <= $signed(operand_2) * $signed(value_2);
    total <= from + {{40 - OPERAND_BITS{product[OPERAND_BITS+7]}}, product};
  end

  assign above = total;

endmodule
