// SPDX-License-Identifier: MIT
// The products of a step's values with one column, or with two that share the multipliers, and their
// sums: cascades of DEPTH multipliers, whose sums are added up in a tree of registers.
//
// Lane i takes its inputs i % DEPTH clocks after lane 0, so that each product meets the sum of those
// before it. The sums come DEPTH + 2 + log2(LANES / DEPTH) clocks after lane 0's inputs; one step a
// clock.
//
// PACK: the one operand is a * 2^SPACE + u with u = 127 - b. That has no sign, so the operand is two
// bytes side by side, with no adder: `b` is given as u, which is the byte b with its low 7 bits
// inverted. Over the lanes of a cascade, with A = sum(a * v) and B = sum(b * v),
//
//     sum((a * 2^SPACE + u) * v) = A * 2^SPACE + 127 * sum(v) - B
//
// The cascade begins with `start` = DEPTH * 2^14 - 127 * sum(v), which leaves
//
//     P = A * 2^SPACE + (DEPTH * 2^14 - B)
//
// Over all int8, -128 included, B is from DEPTH * -128 * 127 to DEPTH * 128 * 128, and so the part in
// brackets from 0 to less than DEPTH * 2^15, which is 2^SPACE: both parts are exact, and neither
// touches the other. What comes out for b is -B, which always fits where B would not.
//
// A DSP48E1 multiplies 25 by 18 bits, enough for DEPTH 4; a DSP48E2 27 by 18, enough for 8.
module nmaccel_dot #(
    parameter  int LANES      = 8,
    parameter  int DEPTH      = 4,
    parameter  bit PACK       = 1'b1,
    localparam int CHAINS     = LANES / DEPTH,
    localparam int SPACE      = 15 + $clog2(DEPTH),
    localparam int START_BITS = PACK ? SPACE : 1,
    localparam int SUM_BITS   = 16 + $clog2(LANES)
) (
    input  wire                          clk,
    input  wire  [          8*LANES-1:0] values,
    input  wire  [          8*LANES-1:0] a,
    // Unused without PACK.
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [          8*LANES-1:0] b,
    // One clock after the inputs of its cascade's lane 0.
    input  wire  [CHAINS*START_BITS-1:0] start,
    // verilator lint_on UNUSEDSIGNAL
    output logic [         SUM_BITS-1:0] sum_a,
    output logic [         SUM_BITS-1:0] minus_sum_b
);

  // The width of a DSP slice's adder, for the cascade to be one.
  localparam int DSP = 48;
  localparam int OPERAND = PACK ? SPACE + 8 : 8;
  localparam int PART = SPACE + 1;

  genvar i;
  generate
    for (i = 0; i < LANES; i++) begin : g_lane
      logic signed [OPERAND-1:0] operand;
      logic signed [7:0] value;
      logic signed [OPERAND+7:0] product;
      logic signed [DSP-1:0] below;
      // verilator lint_off UNUSEDSIGNAL
      logic signed [DSP-1:0] total;
      // verilator lint_on UNUSEDSIGNAL

      if (PACK) begin : g_two
        always_ff @(posedge clk)
          operand <= {a[8*i+:8], {OPERAND - 16{1'b0}}, b[8*i+:8]};
      end else begin : g_one
        always_ff @(posedge clk) operand <= a[8*i+:8];
      end

      if (i % DEPTH != 0) begin : g_chained
        assign below = g_lane[i-1].total;
      end else if (PACK) begin : g_start
        logic [SPACE-1:0] begins;

        always_ff @(posedge clk) begins <= start[i/DEPTH*SPACE+:SPACE];
        assign below = {{DSP - SPACE{1'b0}}, begins};
      end else begin : g_zero
        assign below = '0;
      end

      always_ff @(posedge clk) begin
        value   <= values[8*i+:8];
        product <= operand * value;
        total   <= below + {{DSP - OPERAND - 8{product[OPERAND+7]}}, product};
      end
    end

    // The tree: node n adds nodes 2n and 2n + 1, and the cascades are the nodes from CHAINS on.
    for (i = 1; i < 2 * CHAINS; i++) begin : g_node
      logic signed [SUM_BITS-1:0] sum, minus;

      if (i < CHAINS) begin : g_add
        always_ff @(posedge clk) begin
          sum   <= g_node[2*i].sum + g_node[2*i+1].sum;
          minus <= g_node[2*i].minus + g_node[2*i+1].minus;
        end
      end else if (PACK) begin : g_two
        logic signed [DSP-1:0] total;

        assign total = g_lane[(i-CHAINS+1)*DEPTH-1].total;
        assign sum = {{SUM_BITS - PART{total[SPACE+PART-1]}}, total[SPACE+:PART]};
        assign minus = {{SUM_BITS - SPACE + 1{!total[SPACE-1]}}, total[SPACE-2:0]};
      end else begin : g_one
        assign sum   = g_lane[(i-CHAINS+1)*DEPTH-1].total[SUM_BITS-1:0];
        assign minus = '0;
      end
    end
  endgenerate

  assign sum_a = g_node[1].sum;
  assign minus_sum_b = g_node[1].minus;

endmodule
