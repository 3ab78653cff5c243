// SPDX-License-Identifier: MIT
// Serial receiver: 8 data bits, no parity. A byte is offered for one clock, in the middle of its stop
// bit; one without a stop bit is dropped.
module nmaccel_uart_rx #(
    parameter int CLOCKS_PER_BIT = 868
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        line,
    output logic       valid,
    output logic [7:0] data
);

  localparam int COUNT_BITS = $clog2(CLOCKS_PER_BIT);

  logic [2:0] synced;
  logic [COUNT_BITS-1:0] count;
  logic [3:0] bits;  // still to come, with the stop bit; the start bit is the tenth
  logic sample;

  always_ff @(posedge clk) synced <= {synced[1:0], line};
  assign sample = bits != '0 && count == '0;

  always_ff @(posedge clk) begin
    valid <= 1'b0;
    if (rst) begin
      bits <= '0;
    end else if (bits == '0) begin
      count <= COUNT_BITS'(CLOCKS_PER_BIT / 2 - 1);
      if (!synced[2]) bits <= 4'd10;
    end else if (sample) begin
      count <= COUNT_BITS'(CLOCKS_PER_BIT - 1);
      bits <= bits - 1'b1;
      if (bits == 4'd10 && synced[2]) bits <= '0;  // too short for a start bit
      if (bits != 4'd1) data <= {synced[2], data[7:1]};
      else valid <= synced[2];
    end else begin
      count <= count - 1'b1;
    end
  end

endmodule
