// SPDX-License-Identifier: MIT
// The self-test shell with a small engine and a fast serial line, to be made a netlist that is
// simulated.
module small_shell (
    input  wire        clk,
    input  wire        rst,
    input  wire        uart_rx,
    output logic       uart_tx,
    output logic [3:0] leds
);

  nmaccel_shell #(
      .LANES(4),
      .BLOCK_ROWS(128),
      .COLUMNS(16),
      .DATA_BYTES(16),
      .MEMORY_BYTES(65536),
      .IMAGE("image.hex"),
      .CLOCK_HZ(4000),
      .BAUD(250)
  ) shell (
      .clk(clk),
      .rst(rst),
      .uart_rx(uart_rx),
      .uart_tx(uart_tx),
      .leds(leds)
  );

endmodule
