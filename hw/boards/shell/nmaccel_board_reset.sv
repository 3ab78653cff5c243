// SPDX-License-Identifier: MIT
// Reset of a board: from the loading of the FPGA, or the end of ready, until ready has been there for
// some 65,000 clocks. ready may change at any time.
module nmaccel_board_reset (
    input  wire  clk,
    input  wire  ready,
    output logic rst
);

  logic [2:0] synced = '0;
  logic [15:0] count = '0;
  initial rst = 1'b1;

  always_ff @(posedge clk) begin
    synced <= {synced[1:0], ready};
    rst <= count != '1;
    if (!synced[2]) count <= '0;
    else if (count != '1) count <= count + 1'b1;
  end

endmodule
