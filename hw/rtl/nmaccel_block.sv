// SPDX-License-Identifier: MIT
// The block memory of some columns: 512 rows, written in any subset of the columns, and read by each
// lane at an address of its own, for which each lane has a copy. Data comes two clocks after its
// address: memory, output register.
//
// Lane i works i % DEPTH clocks after lane 0, in reading as in writing: wr_* is for lane 0, and the
// copies of later lanes get it that much later. So a read sees exactly the writes that were given
// before it, whichever its lane is. (A read and a write of one row in one clock: the row as it was.)
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
    output logic [LANES*WIDTH-1:0] rd_data
);

  genvar i;
  generate
    for (i = 0; i < DEPTH; i++) begin : g_write
      logic [COLUMNS-1:0] mask;
      logic [8:0] row;
      logic [WIDTH-1:0] data;

      if (i == 0) begin : g_first
        assign {mask, row, data} = {wr_mask, wr_row, wr_data};
      end else begin : g_later
        always_ff @(posedge clk)
          {mask, row, data} <= {g_write[i-1].mask, g_write[i-1].row, g_write[i-1].data};
      end
    end

    for (i = 0; i < LANES; i++) begin : g_lane
      (* ram_style = "block" *) logic [WIDTH-1:0] memory[512];
      logic [COLUMNS-1:0] mask;
      logic [WIDTH-1:0] fetched;

      assign mask = g_write[i%DEPTH].mask;

      always_ff @(posedge clk) begin
        for (int c = 0; c < COLUMNS; c++)
          if (mask[c])
            memory[g_write[i%DEPTH].row][8*c+:8] <= g_write[i%DEPTH].data[8*c+:8];
        fetched <= memory[rd_row[9*i+:9]];
        rd_data[WIDTH*i+:WIDTH] <= fetched;
      end
    end
  endgenerate

endmodule
