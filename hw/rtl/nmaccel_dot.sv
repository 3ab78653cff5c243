// SPDX-License-Identifier: MIT
// The products of a step's values with one column, or with two that share the multipliers, and their
// sums: cascades of DEPTH multipliers, whose sums are added up in a tree of registers.
//
// Lane i takes its columns' bytes i % DEPTH clocks after lane 0, so that each product meets the sum of
// those before it, and its value a clock later; `start` is for a clock after lane 0's value. The sums
// come DEPTH + 3 + log2(LANES / DEPTH) clocks after lane 0's bytes; one step a clock.
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
    input  wire  [CHAINS*START_BITS-1:0] start,
    // verilator lint_on UNUSEDSIGNAL
    output logic [                 31:0] sum_a,
    output logic [                 31:0] minus_sum_b
);

  localparam int OPERAND_BITS = PACK ? SPACE + 8 : 8;

  genvar i;
  generate
    for (i = 0; i < LANES; i++) begin : g_lane
      localparam bit HEAD = i % DEPTH == 0;

      logic [OPERAND_BITS-1:0] operand;
      logic [47:0] begins, below;
      // verilator lint_off UNUSEDSIGNAL
      logic [47:0] total, above;
      // verilator lint_on UNUSEDSIGNAL

      if (PACK) begin : g_two
        assign operand = {a[8*i+:8], {OPERAND_BITS - 16{1'b0}}, b[8*i+:8]};
        assign begins  = {{48 - SPACE{1'b0}}, start[i/DEPTH*SPACE+:SPACE]};
      end else begin : g_one
        assign operand = a[8*i+:8];
        assign begins  = '0;
      end

      if (HEAD) begin : g_head
        assign below = '0;
      end else begin : g_next
        assign below = g_lane[i-1].above;
      end

      nmaccel_mac #(
          .OPERAND_BITS(OPERAND_BITS),
          .HEAD        (HEAD)
      ) mac (
          .clk    (clk),
          .operand(operand),
          .value  (values[8*i+:8]),
          .start  (begins),
          .below  (below),
          .total  (total),
          .above  (above)
      );
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
        nmaccel_unpack #(
            .DEPTH(DEPTH),
            .WIDTH(SUM_BITS)
        ) unpack (
            .total      (g_lane[(i-CHAINS+1)*DEPTH-1].total),
            .sum_a      (sum),
            .minus_sum_b(minus)
        );
      end else begin : g_one
        assign sum   = g_lane[(i-CHAINS+1)*DEPTH-1].total[SUM_BITS-1:0];
        assign minus = '0;
      end
    end
  endgenerate

  assign sum_a = {{32 - SUM_BITS{g_node[1].sum[SUM_BITS-1]}}, g_node[1].sum};
  assign minus_sum_b = {{32 - SUM_BITS{g_node[1].minus[SUM_BITS-1]}}, g_node[1].minus};

endmodule
