// SPDX-License-Identifier: MIT
// The loader: from a descriptor's input tensor to blocks in the block memory, without an unrolled
// copy of the input anywhere.
//
//   columns  which taps of each output column lie in the image, and where its window's corner is
//   taps     tiles > groups > blocks > taps, as passes
//   cache    which input tiles are in the halo memory; has the others fetched
//   tile_fetch, halo, gather
//
// Works out the first windows of a descriptor when it is published, and goes on when all that the ones
// before it write is in memory; or, if the one before it reads the same, as panels of a layer do, when
// that one's blocks have been used, since no descriptor writes what it reads.
module nmaccel_loader #(
    parameter int COLUMNS    = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int DATA_BYTES = 16,
    parameter int DEPTH      = 2048,  // bytes of the halo memory for each column
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    input wire [2*nmaccel_pkg::DESC_BITS-1:0] desc,  // nmaccel_pkg::desc_t of both
    input wire [1:0]                     desc_count,   // published so far, modulo 4
    input wire [1:0]                     desc_stored,  // whose results are in memory

    output logic                   xlat_valid,
    input  wire                    xlat_ready,
    output nmaccel_pkg::xlat_req_t xlat,
    input  wire                    xlat_rsp_valid,
    input wire nmaccel_pkg::xlat_rsp_t xlat_rsp,

    output logic                  req_valid,
    input  wire                   req_ready,
    output nmaccel_pkg::mem_req_t req,
    input  wire                   rsp_valid,
    input  wire  [8*DATA_BYTES-1:0] rsp_data,
    input  wire  [2:0]            rsp_words,
    input  wire                   rsp_last,
    input  wire                   rsp_error,

    output logic [COLUMNS-1:0]   wr_mask,
    output logic [8:0]           wr_row,
    output logic [8*COLUMNS-1:0] wr_data,

    output logic                blk_valid,
    input  wire                 blk_ready,
    output nmaccel_pkg::fault_t blk,
    input  wire                 blk_free,

    output logic                  inside_we,
    output logic [PLACE_BITS+5:0] inside_addr,  // {descriptor, tile modulo 32, column}
    output logic [15:0]           inside_data
);

  localparam int DESC_BITS = nmaccel_pkg::DESC_BITS;
  localparam int REL_BITS = 5;
  localparam int WORDS = (COLUMNS + 15) / 16;
  localparam int DEPTH_BITS = $clog2(DEPTH);

  // The descriptor under way; it is over when its last pass has been made.
  logic [1:0] begun;
  logic taps_idle;
  nmaccel_pkg::desc_t now;
  logic busy, begin_it;
  assign begin_it = !busy && begun != desc_count;
  logic start;
  always_ff @(posedge clk) begin
    start <= begin_it;
    if (begin_it) begin
      busy <= 1'b1;
      begun <= begun + 2'd1;
    end else if (busy && !start && taps_idle) busy <= 1'b0;
    if (rst) begin
      busy <= 1'b0;
      begun <= 2'd0;
      start <= 1'b0;
    end
  end
  assign now = begun[0] ? desc[0+:DESC_BITS] : desc[DESC_BITS+:DESC_BITS];

  // When its input is in memory, all passes and blocks of the descriptor before are gone, and the gather
  // unit goes over to this one. If the input was in memory before, the passes and blocks are waited for.
  logic may_fetch, enter, gathering, same, early, empty, all_free;
  wire may_now = !begin_it && !start && (begun == desc_stored + 2'd1 || early);
  assign enter = may_now && !may_fetch;
  always_ff @(posedge clk) begin
    may_fetch <= may_now && !rst;
    if (enter) gathering <= !begun[0];
    early <= !begin_it && !start
        && (early || (same && empty && all_free && begun == desc_stored + 2'd2));
    if (rst) early <= 1'b0;
  end

  nmaccel_same_input same_input (
      .clk, .a(desc[0+:DESC_BITS]), .b(desc[DESC_BITS+:DESC_BITS]), .settled(!start), .same);

  logic columns_valid, columns_done;
  logic [PLACE_BITS+4:0] inside_column;
  logic [COLUMNS-1:0][7:0] lo_y, hi_y, lo_x, hi_x;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] place, column_segment;
  logic [COLUMNS-1:0][REL_BITS-1:0] rel;
  logic [PLACE_BITS-1:0] segment, last_segment;
  logic [31:0] base_tile;
  nmaccel_columns #(.COLUMNS(COLUMNS), .REL_BITS(REL_BITS)) columns (
      .clk, .rst, .start, .desc(now), .valid(columns_valid), .done(columns_done), .lo_y, .hi_y,
      .lo_x, .hi_x, .place, .rel, .segment(column_segment), .last_segment, .base_segment(segment),
      .base_tile, .inside_we, .inside_addr(inside_column), .inside_data);
  assign inside_addr = {!begun[0], inside_column};

  logic pass_valid, pass_ready, pass_wide, pass_second, pass_opens, pass_closes;
  logic [2:0] pass_tiles;
  logic [COLUMNS-1:0] pass_mask, pass_outside;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] pass_from;
  logic [31:0] pass_tile;
  logic [PLACE_BITS-1:0] pass_split;
  logic [16:0] pass_group;
  logic [8:0] pass_channels, pass_channel, pass_rows, pass_to;
  nmaccel_taps #(.COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS), .REL_BITS(REL_BITS)) taps (
      .clk, .rst, .start, .desc(now), .idle(taps_idle), .columns_valid, .columns_done, .lo_y, .hi_y,
      .lo_x, .hi_x, .place, .rel, .column_segment, .last_segment, .segment, .base_tile, .pass_valid,
      .pass_ready, .pass_mask, .pass_outside, .pass_from, .pass_tiles, .pass_wide,
      .pass_tile, .pass_split, .pass_second, .pass_group, .pass_channels, .pass_channel, .pass_rows, .pass_to,
      .pass_opens, .pass_closes);

  logic out_valid, out_ready, pass_over, fetch_valid, fetch_ready, fetch_second;
  logic [2:0][DEPTH_BITS-1:0] out_rows;
  logic [DEPTH_BITS-1:0] fetch_to;
  logic [7:0] out_fetches, fetched;
  logic [31:0] fetch_tile;
  logic [16:0] fetch_group;
  logic [8:0] fetch_channels;
  nmaccel_pkg::fault_t fault;
  nmaccel_cache #(.BLOCK_ROWS(BLOCK_ROWS), .DEPTH(DEPTH)) cache (
      .clk, .rst, .start, .desc(now), .may_fetch, .pass_valid, .pass_ready, .pass_tiles, .pass_tile,
      .pass_second, .pass_group, .pass_channels, .out_valid, .out_ready, .out_rows,
      .out_fetches, .pass_over, .fetch_valid, .fetch_ready, .fetch_second, .fetch_tile,
      .fetch_group, .fetch_channels, .fetch_to);

  // Passes from the cache to the gather unit's last row of them: 16 are in the queue at most.
  logic [4:0] under_way;
  assign empty = under_way == 5'd0;
  always_ff @(posedge clk) begin
    under_way <= under_way + 5'(out_valid && out_ready) - 5'(pass_over);
    if (rst) under_way <= 5'd0;
  end

  logic [WORDS-1:0] we;
  logic [WORDS-1:0][DEPTH_BITS-1:0] write_row;
  logic [WORDS-1:0][127:0] write_data;
  nmaccel_tile_fetch #(.COLUMNS(COLUMNS), .DATA_BYTES(DATA_BYTES), .DEPTH(DEPTH)) tile_fetch (
      .clk, .rst, .desc(now), .fetch_valid, .fetch_ready, .fetch_second, .fetch_tile, .fetch_group,
      .fetch_channels, .fetch_to, .fetched, .fault, .xlat_valid, .xlat_ready, .xlat,
      .xlat_rsp_valid, .xlat_rsp, .req_valid, .req_ready, .req, .rsp_valid, .rsp_data, .rsp_words,
      .rsp_last, .rsp_error, .we, .write_row, .write_data);

  logic [COLUMNS-1:0][DEPTH_BITS-1:0] read_row;
  logic [COLUMNS-1:0][7:0] read_data;
  nmaccel_halo #(.COLUMNS(COLUMNS), .DEPTH(DEPTH)) halo (
      .clk, .we, .write_row, .write_data, .read_row, .read_data);

  // Passes whose tiles have been asked for.
  localparam int PASS_BITS = COLUMNS * (2 + PLACE_BITS) + PLACE_BITS + 3 * DEPTH_BITS + 8 + 27 + 3;
  logic queue_valid, queue_ready;
  logic [PASS_BITS-1:0] queue;
  nmaccel_fifo #(.WIDTH(PASS_BITS), .DEPTH(16)) passes (
      .clk, .rst, .in_valid(out_valid), .in_ready(out_ready),
      .in_data({pass_mask, pass_outside, pass_from, pass_split, out_rows, pass_wide,
                out_fetches, pass_channel, pass_rows, pass_to, pass_opens, pass_closes}),
      .out_valid(queue_valid), .out_ready(queue_ready), .out_data(queue), .count());

  logic [COLUMNS-1:0] next_mask, next_outside;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] next_from;
  logic [PLACE_BITS-1:0] next_split;
  logic [2:0][DEPTH_BITS-1:0] next_lines;
  logic [7:0] next_fetches;
  logic [8:0] next_channel, next_rows, next_to;
  logic next_opens, next_closes, next_wide;
  assign {next_mask, next_outside, next_from, next_split, next_lines, next_wide,
          next_fetches, next_channel, next_rows, next_to, next_opens, next_closes} = queue;

  nmaccel_gather #(.COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS), .DEPTH(DEPTH)) gather (
      .clk, .rst, .start(enter),
      .desc(gathering ? desc[DESC_BITS+:DESC_BITS] : desc[0+:DESC_BITS]),
      .pass_valid(queue_valid), .pass_ready(queue_ready),
      .pass_mask(next_mask), .pass_outside(next_outside), .pass_from(next_from),
      .pass_split(next_split), .pass_wide(next_wide), .pass_lines(next_lines),
      .pass_fetches(next_fetches), .pass_channel(next_channel), .pass_rows(next_rows),
      .pass_to(next_to), .pass_opens(next_opens), .pass_closes(next_closes), .pass_over, .fetched,
      .fault, .read_row, .read_data, .wr_mask, .wr_row, .wr_data, .blk_valid, .blk_ready, .blk,
      .blk_free, .all_free);

endmodule
