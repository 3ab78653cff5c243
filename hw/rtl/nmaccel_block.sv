// SPDX-License-Identifier: MIT
// The block memory of some columns: 512 rows, written in any subset of the columns, and read by each
// lane at an address of its own. Data comes one clock after its address.
//
// Lane i works i % DEPTH clocks after lane 0, in writing as in reading: wr_* is for lane 0, and the
// memory of later lanes gets it that much later. So a read sees exactly the writes that were given
// before it, whichever its lane is. (A read and a write of one row in one clock: the row as it was.)
//
// A tool makes copies of a memory for its readers; one of 8 columns fills a RAMB36E1, whose bytes are
// written one by one.
module nmaccel_block #(
    parameter  int LANES   = 8,
    parameter  int DEPTH   = 4,
    parameter  int COLUMNS = 16,
    localparam int WIDTH   = 8 * COLUMNS
) (
    input  wire                    clk,
    input  wire  [    COLUMNS-1:0] wr_mask,
    input  wire  [            8:0] wr_row,
    input  wire  [      WIDTH-1:0] wr_data,
    input  wire  [    9*LANES-1:0] rd_row,
    output logic [LANES*WIDTH-1:0] rd_data   // lane by lane
);

  genvar d, g, i;
  generate
    for (d = 0; d < DEPTH; d++) begin : g_depth
      logic [COLUMNS-1:0] mask;
      logic [8:0] row;
      logic [WIDTH-1:0] data;

      if (d == 0) begin : g_first
        assign {mask, row, data} = {wr_mask, wr_row, wr_data};
      end else begin : g_later
        always_ff @(posedge clk)
          {mask, row, data} <= {g_depth[d-1].mask, g_depth[d-1].row, g_depth[d-1].data};
      end

      for (g = 0; g < COLUMNS; g += 8) begin : g_group
        localparam int HERE = COLUMNS - g < 8 ? COLUMNS - g : 8;

        (* ram_style = "block" *) logic [8*HERE-1:0] memory[512];

        always_ff @(posedge clk) begin
          for (int c = 0; c < HERE; c++)
            if (mask[g+c]) memory[row][8*c+:8] <= data[8*(g+c)+:8];
        end

        for (i = d; i < LANES; i += DEPTH) begin : g_lane
          always_ff @(posedge clk) rd_data[WIDTH*i+8*g+:8*HERE] <= memory[rd_row[9*i+:9]];
        end
      end
    end
  endgenerate

endmodule
