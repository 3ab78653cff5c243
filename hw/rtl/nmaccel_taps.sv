// SPDX-License-Identifier: MIT
// From a descriptor to passes: which input columns go to which rows and columns of which block.
//
// Column tiles > channel groups > blocks > taps, in the order of the weight stream. A tap's columns
// are taken in passes, each of which covers COLUMNS consecutive columns of the input, from the first
// that is still missing: one pass where the output's columns follow each other as the input's do.
// With an odd number of columns and a stride of 2 a pass covers every other one of twice as many: they
// too lie in different memories of the halo memory.
// The first pass of a tap also says which columns lie outside the image. A tap takes 5 clocks and 2
// for each pass after the first.
//
// An addition has two taps, one in each input, and groups of half a block.
module nmaccel_taps #(
    parameter int COLUMNS    = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int REL_BITS   = 5,
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    input wire                   start,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL
    output logic                 idle,

    // The columns of the tile under way.
    input  wire                                 columns_valid,
    output logic                                columns_done,
    input  wire  [COLUMNS-1:0][            7:0] lo_y,
    input  wire  [COLUMNS-1:0][            7:0] hi_y,
    input  wire  [COLUMNS-1:0][            7:0] lo_x,
    input  wire  [COLUMNS-1:0][            7:0] hi_x,
    input  wire  [COLUMNS-1:0][ PLACE_BITS-1:0] place,
    input  wire  [COLUMNS-1:0][   REL_BITS-1:0] rel,
    input  wire  [COLUMNS-1:0][ PLACE_BITS-1:0] column_segment,
    input  wire  [ PLACE_BITS-1:0]              last_segment,
    output logic [ PLACE_BITS-1:0]              segment,
    input  wire  [           31:0]              base_tile,

    // A pass. Its columns lie in pass_tile and the two tiles after it. Input columns from split on, and
    // then those below it in the next tile, take their turn; if wide, every other one, until twice
    // COLUMNS have been passed.
    output logic                               pass_valid,
    input  wire                                pass_ready,
    output logic [COLUMNS-1:0]                 pass_mask,     // columns that it writes
    output logic [COLUMNS-1:0]                 pass_outside,  // those that lie outside the image
    output logic [COLUMNS-1:0][PLACE_BITS-1:0] pass_from,     // input column of each
    output logic [2:0]                         pass_tiles,    // which of the three tiles it reads
    output logic                               pass_wide,
    output logic [31:0]                        pass_tile,
    output logic [PLACE_BITS-1:0]              pass_split,
    output logic                               pass_second,   // reads the second input
    output logic [16:0]                        pass_group,    // first channel of the group
    output logic [8:0]                         pass_channels, // of the group
    output logic [8:0]                         pass_channel,  // first one, in the group
    output logic [8:0]                         pass_rows,
    output logic [8:0]                         pass_to,       // first row in the block
    output logic                               pass_opens,    // first of a block
    output logic                               pass_closes    // the block is then complete; it may have no rows
);

  typedef enum logic [2:0] { IDLE, TILE, GROUP, RUN, EVALUATE, SEEK, PASS, CLOSE } state_t;
  state_t state;

  wire is_add = desc.op == nmaccel_contract::OP_ADD[2:0];
  wire [8:0] block_rows = (BLOCK_ROWS == 256 && desc.block256) ? 9'd256 : 9'd128;
  wire [8:0] group_rows = is_add ? block_rows >> 1 : block_rows;

  logic [30:0] tiles_left;
  logic [16:0] group;          // first channel
  logic [8:0] channels;        // of the group
  logic [7:0] tap_y, tap_x;
  logic second;
  nmaccel_pkg::position_t tap, tap_next;
  logic [8:0] channel;         // next one of the tap
  logic [8:0] filled;          // rows of the block
  logic [8:0] rows;            // of the run: one tap's channels that go to one block

  wire [16:0] channels_left = desc.in_ch - group;
  wire last_group = channels_left == 17'(channels);
  wire row_end = tap_x == desc.kernel_w - 8'd1;
  wire last_tap = is_add ? second : row_end && tap_y == desc.kernel_h - 8'd1;
  wire tap_end = channel + rows == channels;
  wire group_end = tap_end && last_tap;
  wire block_end = filled + rows == (is_add ? channels << 1 : block_rows) || group_end;

  nmaccel_advance #(.COLUMNS(COLUMNS)) advance (
      .from(tap), .by(row_end ? desc.tap_y : desc.tap_x), .to(tap_next));

  // A tap's columns: EVALUATE works out where each lies, SEEK finds the first that is missing, PASS
  // takes all that lie within COLUMNS columns from there.
  logic [COLUMNS-1:0] in_image, missing, hit;
  logic [COLUMNS-1:0][REL_BITS:0] key, later;
  localparam logic [REL_BITS:0] FIRST = 1, LAST = 2;
  wire wide = COLUMNS % 2 == 1 && desc.stride_w == 8'd2;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] from;
  logic first_pass;
  logic [PLACE_BITS-1:0] seek, split;
  logic [REL_BITS:0] seek_key;
  logic [31:0] segment_tile;

  logic [COLUMNS-1:0] now_in_image;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] now_from;
  logic [COLUMNS-1:0][REL_BITS:0] now_key;
  for (genvar j = 0; j < COLUMNS; j++) begin : gen_column
    wire [PLACE_BITS:0] sum = (PLACE_BITS+1)'(place[j]) + (PLACE_BITS+1)'(tap.place);
    wire carry = sum >= (PLACE_BITS+1)'(COLUMNS);
    assign now_in_image[j] = tap_y >= lo_y[j] && tap_y < hi_y[j] && tap_x >= lo_x[j]
                         && tap_x < hi_x[j];
    assign now_from[j] = carry ? PLACE_BITS'(sum - (PLACE_BITS+1)'(COLUMNS)) : sum[PLACE_BITS-1:0];
    assign now_key[j] = (REL_BITS+1)'(rel[j]) + (REL_BITS+1)'(carry);
    assign later[j] = key[j] - seek_key;
    assign hit[j] = missing[j] && (wide ? !(later[j][0] ^ from[j][0] ^ split[0])
                  && (later[j] < LAST || (later[j] == LAST && from[j] < split))
                  : later[j] == '0 || (later[j] == FIRST && from[j] < split));
  end

  always_comb begin
    seek = '0;
    for (int j = COLUMNS - 1; j >= 0; j--) if (missing[j]) seek = PLACE_BITS'(j);
  end

  logic [COLUMNS-1:0] of_first, of_second, of_third;
  for (genvar j = 0; j < COLUMNS; j++) begin : gen_tiles
    assign of_first[j] = hit[j] && later[j] == '0;
    assign of_second[j] = hit[j] && later[j] == FIRST;
    assign of_third[j] = hit[j] && later[j] == LAST;
  end

  wire more_segments = segment != last_segment;
  // A pass is made as soon as the one before it is taken.
  wire room = !pass_valid || pass_ready;
  wire make = state == PASS && room;
  wire make_closer = state == CLOSE && room;
  logic opening;
  // No other pass of the block will come, as far as is known when a pass is made.
  wire closes_now = (missing & ~hit) == '0 && !more_segments && block_end;
  wire closed = (make && closes_now) || make_closer;

  assign idle = state == IDLE && !pass_valid;
  assign columns_done = closed && group_end && last_group;

  always_ff @(posedge clk) begin
    case (state)
      IDLE:
      if (start) begin
        state <= TILE;
        tiles_left <= desc.tiles;
      end
      TILE:
      if (columns_valid) begin
        state <= GROUP;
        group <= 17'd0;
      end
      GROUP: begin
        state <= RUN;
        channels <= (channels_left < 17'(group_rows)) ? channels_left[8:0] : group_rows;
        channel <= 9'd0;
        filled <= 9'd0;
        tap_y <= 8'd0;
        tap_x <= 8'd0;
        tap <= '0;
        second <= 1'b0;
        opening <= 1'b1;
      end
      RUN: begin
        state <= EVALUATE;
        rows <= (channels - channel < block_rows - filled) ? channels - channel
              : block_rows - filled;
        segment <= '0;
        first_pass <= 1'b1;
      end
      EVALUATE: begin
        state <= SEEK;
        segment_tile <= base_tile + tap.tile;
      end
      SEEK:
      if (missing != '0 || (first_pass && !more_segments)) begin
        state <= PASS;
      end else if (more_segments) begin
        state <= EVALUATE;
        segment <= segment + 1'b1;
      end else if (block_end) begin
        state <= CLOSE;
      end else begin
        state <= RUN;
      end
      PASS:
      if (make) begin
        state <= SEEK;
        first_pass <= 1'b0;
        opening <= 1'b0;
      end
      CLOSE: ;
      default: state <= IDLE;
    endcase

    // The block is complete: on to the next one, group or tile.
    if (closed) begin
      opening <= 1'b1;
      filled <= 9'd0;
      if (!group_end) begin
        state <= RUN;
      end else if (!last_group) begin
        state <= GROUP;
        group <= group + 17'(channels);
      end else begin
        state <= (tiles_left == 31'd1) ? IDLE : TILE;
        tiles_left <= tiles_left - 31'd1;
      end
    end

    // A run is over: on to the next one of the group.
    if ((state == SEEK && missing == '0 && !first_pass && !more_segments && !block_end)
        || (closed && !group_end)) begin
      if (!closed) filled <= filled + rows;
      if (tap_end) begin
        channel <= 9'd0;
        second <= is_add;
        if (!is_add) begin
          tap <= tap_next;
          tap_x <= row_end ? 8'd0 : tap_x + 8'd1;
          if (row_end) tap_y <= tap_y + 8'd1;
        end
      end else begin
        channel <= channel + rows;
      end
    end
    if (rst) state <= IDLE;
  end

  always_ff @(posedge clk) begin
    if (state == EVALUATE) begin
      in_image <= now_in_image;
      from <= now_from;
      key <= now_key;
    end
    if (state == SEEK) begin
      seek_key <= key[seek];
      split <= from[seek];
    end
    if (make) missing <= missing & ~hit;
    for (int j = 0; j < COLUMNS; j++)
      if (state == EVALUATE) missing[j] <= now_in_image[j] && column_segment[j] == segment;
  end

  always_ff @(posedge clk) begin
    if (pass_valid && pass_ready) pass_valid <= 1'b0;
    if (make) begin
      pass_valid <= 1'b1;
      pass_mask <= hit | (first_pass ? ~in_image : '0);
      pass_outside <= ~in_image;
      pass_from <= from;
      pass_tiles <= {of_third != '0, of_second != '0, of_first != '0};
      pass_wide <= wide;
      pass_tile <= segment_tile + 32'(seek_key);
      pass_split <= split;
      pass_second <= second;
      pass_group <= group;
      pass_channels <= channels;
      pass_channel <= channel;
      pass_rows <= rows;
      pass_to <= filled;
      pass_closes <= closes_now;
      pass_opens <= opening;
    end
    if (make_closer) begin
      pass_valid <= 1'b1;
      pass_mask <= '0;
      pass_tiles <= 3'd0;
      pass_rows <= 9'd0;
      pass_closes <= 1'b1;
      pass_opens <= 1'b0;
    end
    if (rst) pass_valid <= 1'b0;
  end

endmodule
