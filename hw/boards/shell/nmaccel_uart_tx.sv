// SPDX-License-Identifier: MIT
// Serial transmitter: 8 data bits, no parity, one stop bit.
module nmaccel_uart_tx #(
    parameter int CLOCKS_PER_BIT = 868
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        valid,
    output logic       ready,
    input  wire  [7:0] data,
    output logic       line
);

  localparam int COUNT_BITS = $clog2(CLOCKS_PER_BIT);

  logic [COUNT_BITS-1:0] count;
  logic [3:0] bits;
  logic [8:0] rest;

  assign ready = bits == '0;

  always_ff @(posedge clk) begin
    if (rst) begin
      bits <= '0;
      line <= 1'b1;
    end else if (ready) begin
      if (valid) begin
        bits <= 4'd10;
        line <= 1'b0;
      end
    end else if (count == '0) begin
      bits <= bits - 1'b1;
      line <= rest[0];
    end
    if (ready) begin
      rest <= {1'b1, data};
      count <= COUNT_BITS'(CLOCKS_PER_BIT - 1);
    end else if (count == '0) begin
      rest <= {1'b1, rest[8:1]};
      count <= COUNT_BITS'(CLOCKS_PER_BIT - 1);
    end else begin
      count <= count - 1'b1;
    end
  end

endmodule
