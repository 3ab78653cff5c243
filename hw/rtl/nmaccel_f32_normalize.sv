// SPDX-License-Identifier: MIT
// An unsigned integer as 1.fraction * 2^lead, rounded once to 24 bits, to nearest, ties to even.
// NORMALIZE_CLOCKS clocks.
module nmaccel_f32_normalize (
    input  wire         clk,
    input  wire  [31:0] value,
    output logic        zero,
    output logic [ 5:0] lead,     // 0 .. 32; 0 of zero
    output logic [22:0] fraction  // 0 of zero
);

  // Leading zeros in two steps: whole nibbles, then the rest.
  logic [2:0] nibbles;
  always_comb begin
    nibbles = 3'd7;
    for (int i = 1; i < 8; i++) if (|value[4*i+:4]) nibbles = 3'(7 - i);
  end

  logic [31:0] value_1, value_2, value_3;
  logic [2:0] nibbles_1, nibbles_2;
  logic [1:0] bits;
  logic [4:0] lead_3;

  always_comb begin
    if (value_2[31]) bits = 2'd0;
    else if (value_2[30]) bits = 2'd1;
    else if (value_2[29]) bits = 2'd2;
    else bits = 2'd3;
  end

  always_ff @(posedge clk) begin
    value_1 <= value;
    nibbles_1 <= nibbles;
    value_2 <= value_1 << {nibbles_1, 2'd0};
    nibbles_2 <= nibbles_1;
    value_3 <= value_2 << bits;
    lead_3 <= ~{nibbles_2, bits};  // 31 less the leading zeros
  end

  // A carry out of the rounding leaves a fraction of 0.
  wire up = value_3[7] && (value_3[8] || |value_3[6:0]);
  wire [23:0] rounded = {1'b0, value_3[30:8]} + 24'(up);

  always_ff @(posedge clk) begin
    zero <= !value_3[31];
    lead <= rounded[23] ? 6'(lead_3) + 6'd1 : 6'(lead_3);
    fraction <= rounded[22:0];
  end

endmodule
