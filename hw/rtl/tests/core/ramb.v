// SPDX-License-Identifier: MIT
// Block memories of 7-series parts, in so far as the core's netlist has them: simple dual port, the
// widest, no output register. (Yosys has no simulation models of these cells.)
`timescale 1ns / 1ps

module RAMB36E1 #(
    parameter RAM_MODE = "TDP",
    parameter READ_WIDTH_A = 0,
    parameter READ_WIDTH_B = 0,
    parameter WRITE_WIDTH_A = 0,
    parameter WRITE_WIDTH_B = 0,
    parameter WRITE_MODE_A = "WRITE_FIRST",
    parameter WRITE_MODE_B = "WRITE_FIRST",
    parameter DOA_REG = 0,
    parameter DOB_REG = 0,
    parameter SRVAL_A = 0,
    parameter SRVAL_B = 0,
    parameter RAM_EXTENSION_A = "NONE",
    parameter RAM_EXTENSION_B = "NONE"
) (
    input CLKARDCLK, CLKBWRCLK,
    input ENARDEN, ENBWREN,
    input REGCEAREGCE, REGCEB, RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
    input [15:0] ADDRARDADDR, ADDRBWRADDR,
    input [31:0] DIADI, DIBDI,
    input [3:0] DIPADIP, DIPBDIP,
    input [3:0] WEA,
    input [7:0] WEBWE,
    output reg [31:0] DOADO, DOBDO,
    output reg [3:0] DOPADOP, DOPBDOP
);

  reg [71:0] memory[0:511];
  integer i;

  initial
    if (RAM_MODE != "SDP" || READ_WIDTH_A != 72 || WRITE_WIDTH_B != 72 || DOA_REG != 0 ||
        WRITE_MODE_A != "READ_FIRST" || WRITE_MODE_B != "READ_FIRST") begin
      $display("%m: no model of this mode");
      $stop;
    end

  always @(posedge CLKARDCLK)
    if (ENARDEN) {DOPBDOP, DOPADOP, DOBDO, DOADO} <= memory[ADDRARDADDR[14:6]];

  wire [63:0] data = {DIBDI, DIADI};
  wire [7:0] parity = {DIPBDIP, DIPADIP};

  always @(posedge CLKBWRCLK)
    if (ENBWREN)
      for (i = 0; i < 8; i = i + 1)
        if (WEBWE[i]) begin
          memory[ADDRBWRADDR[14:6]][8*i+:8] <= data[8*i+:8];
          memory[ADDRBWRADDR[14:6]][64+i] <= parity[i];
        end

endmodule

module RAMB18E1 #(
    parameter RAM_MODE = "TDP",
    parameter READ_WIDTH_A = 0,
    parameter READ_WIDTH_B = 0,
    parameter WRITE_WIDTH_A = 0,
    parameter WRITE_WIDTH_B = 0,
    parameter WRITE_MODE_A = "WRITE_FIRST",
    parameter WRITE_MODE_B = "WRITE_FIRST",
    parameter DOA_REG = 0,
    parameter DOB_REG = 0,
    parameter SRVAL_A = 0,
    parameter SRVAL_B = 0
) (
    input CLKARDCLK, CLKBWRCLK,
    input ENARDEN, ENBWREN,
    input REGCEAREGCE, REGCEB, RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
    input [13:0] ADDRARDADDR, ADDRBWRADDR,
    input [15:0] DIADI, DIBDI,
    input [1:0] DIPADIP, DIPBDIP,
    input [1:0] WEA,
    input [3:0] WEBWE,
    output reg [15:0] DOADO, DOBDO,
    output reg [1:0] DOPADOP, DOPBDOP
);

  reg [35:0] memory[0:511];
  integer i;

  initial
    if (RAM_MODE != "SDP" || READ_WIDTH_A != 36 || WRITE_WIDTH_B != 36 || DOA_REG != 0 ||
        WRITE_MODE_A != "READ_FIRST" || WRITE_MODE_B != "READ_FIRST") begin
      $display("%m: no model of this mode");
      $stop;
    end

  always @(posedge CLKARDCLK)
    if (ENARDEN) {DOPBDOP, DOPADOP, DOBDO, DOADO} <= memory[ADDRARDADDR[13:5]];

  wire [31:0] data = {DIBDI, DIADI};
  wire [3:0] parity = {DIPBDIP, DIPADIP};

  always @(posedge CLKBWRCLK)
    if (ENBWREN)
      for (i = 0; i < 4; i = i + 1)
        if (WEBWE[i]) begin
          memory[ADDRBWRADDR[13:5]][8*i+:8] <= data[8*i+:8];
          memory[ADDRBWRADDR[13:5]][32+i] <= parity[i];
        end

endmodule
