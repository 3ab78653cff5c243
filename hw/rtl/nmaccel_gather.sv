// SPDX-License-Identifier: MIT
// Carries out passes: reads rows of the halo memory and writes them, each column from its place, to
// the block memory; one row a clock, and 4 clocks at least for a pass.
//
// Waits for what a pass reads to have been fetched, and for room in the block memory, whose four
// units of 128 rows blocks take in turn.
module nmaccel_gather #(
    parameter int COLUMNS    = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int DEPTH      = 2048,
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1,
    localparam int DEPTH_BITS = $clog2(DEPTH)
) (
    input wire clk,
    input wire rst,

    input wire                   start,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL

    input  wire                                pass_valid,
    output logic                               pass_ready,
    input  wire  [COLUMNS-1:0]                 pass_mask,
    input  wire  [COLUMNS-1:0]                 pass_outside,
    input  wire  [COLUMNS-1:0][PLACE_BITS-1:0] pass_from,
    input  wire  [PLACE_BITS-1:0]              pass_split,
    input  wire                                pass_wide,
    input  wire  [2:0][DEPTH_BITS-1:0]         pass_lines,
    input  wire  [7:0]                         pass_fetches,
    input  wire  [8:0]                         pass_channel,
    input  wire  [8:0]                         pass_rows,
    input  wire  [8:0]                         pass_to,
    input  wire                                pass_opens,
    input  wire                                pass_closes,
    output logic                               pass_over,

    input wire [7:0]            fetched,
    input wire nmaccel_pkg::fault_t fault,

    output logic [COLUMNS-1:0][DEPTH_BITS-1:0] read_row,
    input  wire  [COLUMNS-1:0][7:0]            read_data,

    output logic [COLUMNS-1:0]   wr_mask,
    output logic [8:0]           wr_row,
    output logic [8*COLUMNS-1:0] wr_data,

    output logic                blk_valid,
    input  wire                 blk_ready,
    output nmaccel_pkg::fault_t blk,
    input  wire                 blk_free,
    output logic                all_free  // there is no block in the block memory
);

  wire wide_block = BLOCK_ROWS == 256 && desc.block256;
  wire [2:0] block_units = wide_block ? 3'd2 : 3'd1;
  wire [7:0] padding = (desc.op == nmaccel_contract::OP_POOL_MAX[2:0]) ? 8'h80 : desc.in_zero;

  // Room: units that no block has.
  logic [2:0] units_free;
  logic [1:0] unit;
  wire opens;
  always_ff @(posedge clk) begin
    units_free <= units_free - (opens ? block_units : 3'd0) + (blk_free ? block_units : 3'd0);
    if (start || rst) units_free <= 3'd4;
  end
  assign all_free = units_free == 3'd4;

  // The pass under way.
  logic running;
  logic [8:0] row, rows, to;
  logic [1:0] linger;          // clocks that a short pass still takes
  logic [8:0] channel;
  logic [2:0][DEPTH_BITS-1:0] lines;
  logic wide;
  logic [PLACE_BITS-1:0] split;
  logic [COLUMNS-1:0] held_mask, held_outside;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] held_from;
  logic closes;

  wire is_here = 8'(fetched - pass_fetches) < 8'd128;
  wire has_room = !pass_opens || units_free >= block_units;
  wire row_last = row + 9'd1 >= rows && linger == 2'd0;
  wire row_final = row + 9'd1 == rows || (rows == 9'd0 && row == 9'd0);
  wire free = !running || row_last;
  // Tokens wait for no one, as there are never more of them than the FIFO holds.
  assign pass_ready = free && is_here && has_room;
  wire accepted = pass_valid && pass_ready;
  assign opens = accepted && pass_opens;

  always_ff @(posedge clk) begin
    if (accepted) begin
      running <= 1'b1;
      row <= 9'd0;
      rows <= pass_rows;
      linger <= 2'd3;
      channel <= pass_channel;
      lines <= pass_lines;
      wide <= pass_wide;
      split <= pass_split;
      held_mask <= pass_mask;
      held_outside <= pass_outside;
      held_from <= pass_from;
      closes <= pass_closes;
      to <= {unit, 7'd0} | pass_to;
    end else if (running) begin
      if (row_last) running <= 1'b0;
      row <= row + 9'd1;
      if (linger != 2'd0) linger <= linger - 2'd1;
    end
    if (accepted && pass_closes) unit <= unit + block_units[1:0];
    pass_over <= running && row_last;
    if (start) unit <= 2'd0;
    if (rst) running <= 1'b0;
  end

  // Stage 1: the rows to read. Stages 2 and 3 are the memory's. Stage 4: the columns change places.
  logic [3:1] stage_active;
  logic [2:1] stage_first;
  logic [4:1] stage_closes;
  logic [4:1][8:0] stage_row;
  for (genvar j = 0; j < COLUMNS; j++) begin : gen_read
    // If wide, the columns at an odd distance from split are those of the next tile: COLUMNS is odd.
    wire below = 32'(split) > j;
    wire odd = wide && (j % 2 == 1) ^ split[0] ^ below;
    wire [1:0] which = 2'(below) + 2'(odd);
    always_ff @(posedge clk)
      read_row[j] <= lines[which] + DEPTH_BITS'(channel) + DEPTH_BITS'(row);
  end
  always_ff @(posedge clk) begin
    stage_active <= {stage_active[2:1], running && row < rows};
    stage_first <= {stage_first[1], running && row == 9'd0};
    stage_closes <= {stage_closes[3:1], running && row_final && closes};
    stage_row <= {stage_row[3:1], to + row};
    if (rst) begin
      stage_active <= '0;
      stage_closes <= '0;
    end
  end

  // A pass's places come into use with its first row.
  logic [COLUMNS-1:0] mask, outside;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] from;
  always_ff @(posedge clk)
    if (stage_first[2]) begin
      mask <= held_mask;
      outside <= held_outside;
      from <= held_from;
    end

  for (genvar j = 0; j < COLUMNS; j++) begin : gen_write
    always_ff @(posedge clk) begin
      wr_mask[j] <= stage_active[3] && mask[j];
      wr_data[8*j+:8] <= outside[j] ? padding : read_data[from[j]];
    end
  end
  assign wr_row = stage_row[4];

  // Blocks that are complete, four at most; or the fault that ends it all.
  logic fault_told;
  wire fault_met = pass_valid && !is_here && fault.code != 4'd0 && !running && stage_closes == '0 && !fault_told;
  always_ff @(posedge clk) begin
    if (fault_met) fault_told <= 1'b1;
    if (rst) fault_told <= 1'b0;
  end
  nmaccel_pkg::fault_t none;
  assign none = '0;
  nmaccel_fifo #(.WIDTH($bits(none)), .DEPTH(8)) tokens (
      .clk, .rst,
      .in_valid(stage_closes[4] || fault_met), .in_ready(),
      .in_data(fault_met ? fault : none),
      .out_valid(blk_valid), .out_ready(blk_ready), .out_data(blk), .count());

endmodule
