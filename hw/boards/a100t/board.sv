// SPDX-License-Identifier: MIT
// The self-test shell on an Arty A7-100: a PLL makes the clock of its 100 MHz. reset_n is the red button.
module board #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 128,
    parameter int COLUMNS = 16,
    parameter int DATA_BYTES = 16,
    parameter int MEMORY_BYTES = 65536,
    parameter int CLOCK_MHZ = 50
) (
    input  wire        clk100,
    input  wire        reset_n,
    input  wire        uart_rx,
    output logic       uart_tx,
    output logic [3:0] leds
);

  localparam int PLL_MHZ = 1000;  // 800 .. 1600 with speed grade 1

  logic feedback, clk_pll, clk, locked, rst;

  PLLE2_BASE #(
      .CLKIN1_PERIOD(10.0),
      .DIVCLK_DIVIDE(1),
      .CLKFBOUT_MULT(PLL_MHZ / 100),
      .CLKOUT0_DIVIDE(PLL_MHZ / CLOCK_MHZ)
  ) pll (
      .CLKIN1(clk100),
      .CLKFBIN(feedback),
      .CLKFBOUT(feedback),
      .CLKOUT0(clk_pll),
      .RST(1'b0),
      .PWRDWN(1'b0),
      .LOCKED(locked)
  );

  BUFG global_clock (
      .I(clk_pll),
      .O(clk)
  );

  nmaccel_board_reset reset (
      .clk(clk),
      .ready(reset_n && locked),
      .rst(rst)
  );

  nmaccel_shell #(
      .LANES(LANES),
      .BLOCK_ROWS(BLOCK_ROWS),
      .COLUMNS(COLUMNS),
      .DATA_BYTES(DATA_BYTES),
      .MEMORY_BYTES(MEMORY_BYTES),
      .IMAGE("image.hex"),
      .CLOCK_HZ(CLOCK_MHZ * 1000000)
  ) shell (
      .clk(clk),
      .rst(rst),
      .uart_rx(uart_rx),
      .uart_tx(uart_tx),
      .leds(leds)
  );

endmodule
