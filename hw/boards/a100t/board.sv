// SPDX-License-Identifier: MIT
// The self-test shell on an Arty A7-100, on its 100 MHz clock. reset_n is its red button.
module board #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 128,
    parameter int COLUMNS = 16,
    parameter int DATA_BYTES = 16,
    parameter int MEMORY_BYTES = 65536,
    parameter int CLOCK_MHZ = 100
) (
    input  wire        clk100,
    input  wire        reset_n,
    input  wire        uart_rx,
    output logic       uart_tx,
    output logic [3:0] leds
);

  logic rst;
  nmaccel_board_reset reset (
      .clk(clk100),
      .ready(reset_n),
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
      .clk(clk100),
      .rst(rst),
      .uart_rx(uart_rx),
      .uart_tx(uart_tx),
      .leds(leds)
  );

endmodule
