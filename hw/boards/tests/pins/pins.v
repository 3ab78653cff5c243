// SPDX-License-Identifier: MIT
// Not a circuit of any use: a differential clock, a PLL, an initialised block memory, and outputs of
// 1.8 V, some of them at either end of a bank. So that the way from nextpnr to the bit file is
// walked on all kinds of features that a board may need.
module pins (
  input clk_p,
  input clk_n,
  input write,
  output [3:0] led,
  output low_voltage,
  output [2:0] end_of_bank
);
  wire clk200, feedback, clk_pll, clk, locked;

  IBUFDS #(.IOSTANDARD("DIFF_SSTL15")) input_clock (.I(clk_p), .IB(clk_n), .O(clk200));
  PLLE2_BASE #(
    .CLKIN1_PERIOD(5.0), .DIVCLK_DIVIDE(1), .CLKFBOUT_MULT(5), .CLKOUT0_DIVIDE(10)
  ) pll (
    .CLKIN1(clk200), .CLKFBIN(feedback), .CLKFBOUT(feedback), .CLKOUT0(clk_pll),
    .RST(1'b0), .PWRDWN(1'b0), .LOCKED(locked)
  );
  BUFG global_clock (.I(clk_pll), .O(clk));

  reg [31:0] memory[0:1023];
  reg [31:0] count = 5, data;
  integer i;
  initial for (i = 0; i < 1024; i = i + 1) memory[i] = i * 32'h9e3779b1;

  always @(posedge clk) begin
    count <= count + 1;
    data <= memory[count[9:0]];
    if (write) memory[count[25:16]] <= count;
  end

  assign led = data[3:0];
  assign low_voltage = ^data;
  assign end_of_bank = {count[31], count[25], locked};
endmodule
