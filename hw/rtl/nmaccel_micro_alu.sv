// SPDX-License-Identifier: MIT
// Registers and arithmetic of the micro-coded machine: the accumulator a, the operand b, what
// divisions leave in rest. micro/isa.h says what an operation does, nmaccel_micro what phases are.
//
// b is loaded in phase 2; the operation is done in phase 0, when done is there; in phase 1 a is
// compared, with a number after LOAD, ADD, SUB and AND, with b otherwise.
module nmaccel_micro_alu #(
    parameter int COLUMNS = 64
) (
    input  wire         clk,
    input  wire  [2:0]  phase,
    input  wire  [3:0]  next_op,  // in phase 2: the operation that begins in the next clock
    input  wire         valid,    // there is an operation
    input  wire  [63:0] operand,
    input  wire  [63:0] number,
    output logic [63:0] a,
    output logic [63:0] b,
    output logic [63:0] rest,
    output logic        done,     // phase 0; or the operation is none of those here
    output logic        lost,     // SHR: a bit that was not zero
    output logic        less,     // from phase 2 on
    output logic        less_signed,
    output logic        equal
);

  // Bits of a dividend, and how many zeros at its top are passed over at once.
  localparam logic [5:0] DIVIDEND_BITS = 6'd48;
  localparam logic [5:0] SKIP_BITS = 6'd16;

  logic is_load, is_add, is_sub, is_and, is_shr, is_mul, is_div;

  always_ff @(posedge clk) begin
    if (phase[2]) begin
      is_load <= next_op == nmaccel_micro_isa::OP_LOAD;
      is_add <= next_op == nmaccel_micro_isa::OP_ADD;
      is_sub <= next_op == nmaccel_micro_isa::OP_SUB;
      is_and <= next_op == nmaccel_micro_isa::OP_AND;
      is_shr <= next_op == nmaccel_micro_isa::OP_SHR;
      is_mul <= next_op == nmaccel_micro_isa::OP_MUL;
      is_div <= next_op == nmaccel_micro_isa::OP_DIV;
    end
  end

  // Operations of more than one clock: the first one prepares, the last one gives the result. What
  // says that they are over, and what they skip, is known a clock before.

  logic stepping;     // not the first clock
  logic [5:0] count;  // bits left
  logic count_zero, a_zero;
  logic negative;     // dividend
  logic [1:0] skips;  // from the top: the next 16 bits of the dividend are zero

  assign done = !((is_shr || is_div) && !(stepping && count_zero))
      && !(is_mul && !(stepping && a_zero));

  always_ff @(posedge clk) begin
    stepping <= phase[0] && valid && !done;
    if (!stepping) begin
      count <= is_div ? DIVIDEND_BITS : b[5:0];
      count_zero <= !is_div && b[5:0] == 6'd0;
      negative <= a[63];
      skips[1] <= a[47:32] == {16{a[63]}};
      skips[0] <= a[31:16] == {16{a[63]}};
    end else begin
      count <= count - (is_div && skips[1] ? SKIP_BITS : 6'd1);
      count_zero <= count == 6'd1;
      skips <= {skips[0] && skips[1], 1'b0};
    end
    a_zero <= a[63:1] == 63'd0 && (stepping || !a[0]);
  end

  // One adder for sums, products, and in phase 1 for the comparison.

  logic subtract;
  logic [63:0] augend;
  logic [64:0] sum;  // the top bit: no borrow
  logic sum_unused;

  assign subtract = phase[1] || is_sub;
  assign augend = phase[0] && is_mul ? rest : a;
  assign {sum, sum_unused} = {1'b0, augend, subtract} + {1'b0, b ^ {64{subtract}}, subtract};

  always_ff @(posedge clk) begin
    if (phase[1]) begin
      less <= !sum[64];
      less_signed <= a[63] != b[63] ? a[63] : !sum[64];
      equal <= a == b;
    end
  end

  always_ff @(posedge clk) begin
    if (phase[0] && valid) begin
      if (is_add || is_sub) a <= sum[63:0];
      else if (is_load || (is_div && count_zero && stepping)) a <= b ^ {64{is_div && negative}};
      else if (is_and) a <= a & b;
      else if (stepping && is_mul && a_zero) a <= rest;
      else if (stepping && (is_mul || (is_shr && !count_zero))) a <= {1'b0, a[63:1]};
    end
    if (phase[0]) lost <= stepping && (lost || a[0]);
  end

  // Division: the dividend, not negative by inversion, leaves b at its top; the quotient enters at
  // its bottom.

  logic smaller;
  logic [9:0] less_columns;
  logic part_unused;

  assign {smaller, part_unused, less_columns} = {1'b0, rest[9:0], b[63]} - 12'(COLUMNS);

  always_ff @(posedge clk) begin
    if (phase[0] && valid) begin
      if ((is_mul || is_div) && !stepping) rest <= 64'd0;
      else if (is_mul && a[0]) rest <= sum[63:0];
      else if (is_div && count_zero) begin
        if (negative) rest[9:0] <= ~(rest[9:0] - 10'(COLUMNS));
      end else if (is_div && !skips[1]) begin
        rest[9:0] <= smaller ? {rest[8:0], b[63]} : less_columns;
      end
    end
  end

  always_ff @(posedge clk) begin
    if (phase[2]) b <= operand;
    else if (phase[0] && (is_load || is_add || is_sub || is_and)) b <= number;
    else if (phase[0] && is_div && !stepping) b <= {a[47:0] ^ {48{a[63]}}, 16'd0};
    else if (phase[0] && is_div && skips[1]) b <= {b[47:0], 16'd0};
    else if (phase[0] && stepping && (is_div || is_mul)) b <= {b[62:0], is_div && !smaller};
  end

endmodule
