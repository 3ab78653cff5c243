// SPDX-License-Identifier: MIT
// The self-test shell on a NiteFury or Acorn CLE-215(+): a PLL makes the engine's clock of the 200 MHz
// that the memory would use.
module board #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 256,
    parameter int COLUMNS = 64,
    parameter int DATA_BYTES = 16,
    parameter int MEMORY_BYTES = 65536,
    parameter int CLOCK_MHZ = 50
) (
    input  wire        clk200_p,
    input  wire        clk200_n,
    input  wire        uart_rx,
    output logic       uart_tx,
    output logic [3:0] leds
);

  localparam int PLL_MHZ = 1000;  // 800 .. 1600 with speed grade 1

  logic clk200, feedback, clk_pll, clk, locked, rst;

  IBUFDS #(
      .IOSTANDARD("DIFF_SSTL15")
  ) input_clock (
      .I(clk200_p),
      .IB(clk200_n),
      .O(clk200)
  );

  PLLE2_BASE #(
      .CLKIN1_PERIOD(5.0),
      .DIVCLK_DIVIDE(1),
      .CLKFBOUT_MULT(PLL_MHZ / 200),
      .CLKOUT0_DIVIDE(PLL_MHZ / CLOCK_MHZ)
  ) pll (
      .CLKIN1(clk200),
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
      .ready(locked),
      .rst(rst)
  );

  nmaccel_shell #(
      .LANES(LANES),
      .BLOCK_ROWS(BLOCK_ROWS),
      .COLUMNS(COLUMNS),
      .DATA_BYTES(DATA_BYTES),
      .MEMORY_BYTES(MEMORY_BYTES),
      .IMAGE("image.hex"),
      .BOARD(nmaccel_card_contract::BOARD_NITEFURY),
      .CLOCK_HZ(CLOCK_MHZ * 1000000)
  ) shell (
      .clk(clk),
      .rst(rst),
      .uart_rx(uart_rx),
      .uart_tx(uart_tx),
      .leds(leds)
  );

endmodule
