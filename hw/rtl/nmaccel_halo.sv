// SPDX-License-Identifier: MIT
// The halo memory: a memory of one byte's width for each column of an input tile, so that COLUMNS
// consecutive input columns, which lie in two tiles, are read at once. Reads take 2 clocks.
module nmaccel_halo #(
    parameter int COLUMNS = 64,
    parameter int DEPTH   = 2048,
    localparam int WORDS = (COLUMNS + 15) / 16,
    localparam int DEPTH_BITS = $clog2(DEPTH)
) (
    input wire clk,

    input wire [WORDS-1:0]                 we,
    input wire [WORDS-1:0][DEPTH_BITS-1:0] write_row,
    input wire [WORDS-1:0][127:0]          write_data,

    input  wire  [COLUMNS-1:0][DEPTH_BITS-1:0] read_row,
    output logic [COLUMNS-1:0][7:0]            read_data
);

  for (genvar j = 0; j < COLUMNS; j++) begin : gen_column
    (* ram_style = "block" *) logic [7:0] memory[DEPTH];
    logic [7:0] fetched;
    always_ff @(posedge clk) begin
      if (we[j/16]) memory[write_row[j/16]] <= write_data[j/16][8*(j%16)+:8];
      fetched <= memory[read_row[j]];
      read_data[j] <= fetched;
    end
  end

endmodule
