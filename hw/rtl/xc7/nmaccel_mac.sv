// SPDX-License-Identifier: MIT
// nmaccel_mac as a DSP48E1 of a 7-series part: A1 and A2, B, C, M and P registers, and the cascade.
module nmaccel_mac #(
    parameter int OPERAND_BITS = 25,
    parameter bit HEAD         = 1'b0
) (
    input  wire                     clk,
    input  wire  [OPERAND_BITS-1:0] operand,
    input  wire  [             7:0] value,
    input  wire  [            47:0] start,
    input  wire  [            47:0] below,
    output logic [            47:0] total,
    output logic [            47:0] above
);

  DSP48E1 #(
      .ACASCREG     (2),
      .ADREG        (0),
      .ALUMODEREG   (0),
      .AREG         (2),
      .BCASCREG     (1),
      .BREG         (1),
      .CARRYINREG   (0),
      .CARRYINSELREG(0),
      .CREG         (HEAD ? 1 : 0),
      .DREG         (0),
      .INMODEREG    (0),
      .MREG         (1),
      .OPMODEREG    (0),
      .PREG         (1),
      .A_INPUT      ("DIRECT"),
      .B_INPUT      ("DIRECT"),
      .USE_DPORT    ("FALSE"),
      .USE_MULT     ("MULTIPLY"),
      .USE_SIMD     ("ONE48")
  ) dsp (
      .CLK       (clk),
      .A         ({{30 - OPERAND_BITS{operand[OPERAND_BITS-1]}}, operand}),
      .B         ({{10{value[7]}}, value}),
      .C         (HEAD ? start : 48'd0),
      .D         (25'd0),
      .PCIN      (HEAD ? 48'd0 : below),
      .P         (total),
      .PCOUT     (above),
      // Z: C or PCIN; X and Y: the product.
      .OPMODE    (HEAD ? 7'b0110101 : 7'b0010101),
      .ALUMODE   (4'd0),
      .INMODE    (5'd0),
      .CARRYIN   (1'b0),
      .CARRYINSEL(3'd0),
      .ACIN      (30'd0),
      .BCIN      (18'd0),
      .CEA1      (1'b1),
      .CEA2      (1'b1),
      .CEAD      (1'b0),
      .CEALUMODE (1'b0),
      .CEB1      (1'b0),
      .CEB2      (1'b1),
      .CEC       (1'b1),
      .CECARRYIN (1'b0),
      .CECTRL    (1'b0),
      .CED       (1'b0),
      .CEINMODE  (1'b0),
      .CEM       (1'b1),
      .CEP       (1'b1),
      .RSTA      (1'b0),
      .RSTALLCARRYIN(1'b0),
      .RSTALUMODE(1'b0),
      .RSTB      (1'b0),
      .RSTC      (1'b0),
      .RSTCTRL   (1'b0),
      .RSTD      (1'b0),
      .RSTINMODE (1'b0),
      .RSTM      (1'b0),
      .RSTP      (1'b0)
  );

endmodule
