// SPDX-License-Identifier: MIT
// A memory with a write port and a read port; reads take a clock.
module nmaccel_table #(
    parameter int WIDTH = 64,
    parameter int DEPTH = 1024
) (
    input  wire                      clk,
    input  wire                      we,
    input  wire  [$clog2(DEPTH)-1:0] write_at,
    input  wire  [WIDTH-1:0]         write_data,
    input  wire  [$clog2(DEPTH)-1:0] read_at,
    output logic [WIDTH-1:0]         read_data
);

  (* ram_style = "block" *) logic [WIDTH-1:0] memory[DEPTH];

  always_ff @(posedge clk) begin
    if (we) memory[write_at] <= write_data;
    read_data <= memory[read_at];
  end

endmodule
