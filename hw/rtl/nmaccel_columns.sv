// SPDX-License-Identifier: MIT
// The windows of the output columns of one column tile: for each column which taps lie inside the
// image, and the input column of its corner. One column a clock (with dilation, one tap of one
// column), worked out ahead while the tile before is in use.
//
// A tap (i, j) of column c is inside if lo_y <= i < hi_y and lo_x <= j < hi_x. It then reads input
// column corner + (distance of the tap), the corner being (base(segment) + rel, place) in base C.
// Corners that lie too far apart for the few bits of rel are in different segments.
module nmaccel_columns #(
    parameter int COLUMNS  = 64,
    parameter int REL_BITS = 5,
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    input wire                   start,  // a descriptor begins; desc stays until its last tile is done
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL

    output logic                                valid,  // a tile's columns are there
    input  wire                                 done,   // and no longer needed
    output logic [COLUMNS-1:0][            7:0] lo_y,
    output logic [COLUMNS-1:0][            7:0] hi_y,
    output logic [COLUMNS-1:0][            7:0] lo_x,
    output logic [COLUMNS-1:0][            7:0] hi_x,
    output logic [COLUMNS-1:0][ PLACE_BITS-1:0] place,
    output logic [COLUMNS-1:0][   REL_BITS-1:0] rel,
    output logic [COLUMNS-1:0][ PLACE_BITS-1:0] segment,
    output logic [ PLACE_BITS-1:0]              last_segment,
    input  wire  [ PLACE_BITS-1:0]              base_segment,
    output logic [           31:0]              base_tile,

    // How many taps of each column are inside, for the epilogue.
    output logic                  inside_we,
    output logic [PLACE_BITS+4:0] inside_addr,  // {tile modulo 32, column}
    output logic [          15:0] inside_data
);

  typedef enum logic [1:0] { IDLE, WALK, COUNT, FULL } state_t;
  state_t state;

  // A corner's coordinate: at most 2^30 steps of 255.
  localparam int COORD_BITS = 40;

  logic [30:0] tiles_left;
  logic [4:0] tile;
  logic [PLACE_BITS-1:0] column;
  logic [30:0] pixel_x, pixel_y;
  logic signed [COORD_BITS-1:0] x, y;
  nmaccel_pkg::position_t corner;

  wire dilated = desc.dilation_h != 8'd1 || desc.dilation_w != 8'd1;
  wire last_tile = tiles_left == 31'd1;
  wire exists = !last_tile || 11'(column) < desc.last_columns;

  // Taps below 0 and below the image's size, without dilation by two subtractions.
  function automatic [7:0] below_zero(input logic signed [COORD_BITS-1:0] at);
    below_zero = at[COORD_BITS-1] ? 8'(-at) : 8'd0;
  endfunction
  function automatic [7:0] below_size(input logic signed [COORD_BITS-1:0] at, input [30:0] size,
                                      input [7:0] kernel);
    logic signed [COORD_BITS-1:0] room;
    room = $signed(COORD_BITS'(size)) - at;
    below_size = (room <= 0) ? 8'd0
               : (room >= $signed(COORD_BITS'(kernel))) ? kernel : room[7:0];
  endfunction

  // With dilation by counting.
  logic [7:0] tap, count_lo_y, count_hi_y, count_lo_x, count_hi_x;
  logic signed [COORD_BITS-1:0] tap_y, tap_x;
  wire counted = state == COUNT && tap >= desc.kernel_h && tap >= desc.kernel_w;

  wire push = (state == WALK && !(exists && dilated)) || counted;
  wire row_end = pixel_x == desc.out_w - 31'd1;
  wire image_end = row_end && pixel_y == desc.out_h - 31'd1;
  nmaccel_pkg::position_t hop, moved;
  assign hop = image_end ? desc.next_image : row_end ? desc.next_y : desc.next_x;
  nmaccel_advance #(.COLUMNS(COLUMNS)) advance (.from(corner), .by(hop), .to(moved));

  wire signed [COORD_BITS-1:0] first_x = -$signed(COORD_BITS'(desc.pad_left));
  wire signed [COORD_BITS-1:0] first_y = -$signed(COORD_BITS'(desc.pad_top));

  wire staged_out;
  wire take = state == FULL && !staged_out && (!valid || done);

  always_ff @(posedge clk) begin
    case (state)
      IDLE:
      if (start) begin
        state <= WALK;
        tiles_left <= desc.tiles;
        tile <= 5'd0;
        column <= '0;
        pixel_x <= 31'd0;
        pixel_y <= 31'd0;
        x <= first_x;
        y <= first_y;
        corner <= desc.corner;
      end
      WALK: if (!push) state <= COUNT;
      COUNT: if (counted) state <= WALK;
      FULL:
      if (take) begin
        state <= last_tile ? IDLE : WALK;
        tiles_left <= tiles_left - 31'd1;
        tile <= tile + 5'd1;
      end
    endcase
    if (push) begin
      column <= (column == PLACE_BITS'(COLUMNS - 1)) ? '0 : column + 1'b1;
      if (column == PLACE_BITS'(COLUMNS - 1)) state <= FULL;
    end
    if (push && exists) begin
      corner <= moved;
      pixel_x <= row_end ? 31'd0 : pixel_x + 31'd1;
      x <= row_end ? first_x : x + $signed(COORD_BITS'(desc.stride_w));
      if (row_end) begin
        pixel_y <= image_end ? 31'd0 : pixel_y + 31'd1;
        y <= image_end ? first_y : y + $signed(COORD_BITS'(desc.stride_h));
      end
    end
    if (rst) state <= IDLE;
  end

  always_ff @(posedge clk) begin
    if (state == WALK) begin
      tap <= 8'd0;
      tap_y <= y;
      tap_x <= x;
      count_lo_y <= 8'd0;
      count_hi_y <= 8'd0;
      count_lo_x <= 8'd0;
      count_hi_x <= 8'd0;
    end else begin
      tap <= tap + 8'd1;
      tap_y <= tap_y + $signed(COORD_BITS'(desc.dilation_h));
      tap_x <= tap_x + $signed(COORD_BITS'(desc.dilation_w));
      if (tap < desc.kernel_h) begin
        if (tap_y < 0) count_lo_y <= count_lo_y + 8'd1;
        if (tap_y < $signed(COORD_BITS'(desc.in_h))) count_hi_y <= count_hi_y + 8'd1;
      end
      if (tap < desc.kernel_w) begin
        if (tap_x < 0) count_lo_x <= count_lo_x + 8'd1;
        if (tap_x < $signed(COORD_BITS'(desc.in_w))) count_hi_x <= count_hi_x + 8'd1;
      end
    end
  end

  // The column on its way into the chain of the next tile.
  logic staged, staged_inside;
  logic [7:0] staged_lo_y, staged_hi_y, staged_lo_x, staged_hi_x;
  logic [PLACE_BITS-1:0] staged_place, staged_segment, staged_column;
  logic [REL_BITS-1:0] staged_rel;
  logic [4:0] staged_tile;

  logic [31:0] base;
  logic [PLACE_BITS-1:0] current;
  wire [31:0] distance = corner.tile - base;
  // The largest rel is one less than its bits hold, as a tap may carry into the next tile.
  wire far = column == '0 || distance >= 32'((1 << REL_BITS) - 1);
  wire [PLACE_BITS-1:0] here = (column == '0) ? '0 : current + PLACE_BITS'(far);
  assign staged_out = staged;

  always_ff @(posedge clk) begin
    staged <= push && !rst;
    staged_inside <= push && exists && !rst;
    staged_lo_y <= dilated ? count_lo_y : below_zero(y);
    staged_hi_y <= !exists ? 8'd0 : dilated ? count_hi_y : below_size(y, desc.in_h, desc.kernel_h);
    staged_lo_x <= dilated ? count_lo_x : below_zero(x);
    staged_hi_x <= dilated ? count_hi_x : below_size(x, desc.in_w, desc.kernel_w);
    staged_place <= corner.place[PLACE_BITS-1:0];
    staged_rel <= far ? '0 : distance[REL_BITS-1:0];
    staged_column <= column;
    staged_tile <= tile;
    if (push && exists) begin
      if (far) base <= corner.tile;
      current <= here;
      staged_segment <= here;
    end
  end

  logic [COLUMNS-1:0][7:0] next_lo_y, next_hi_y, next_lo_x, next_hi_x;
  logic [COLUMNS-1:0][PLACE_BITS-1:0] next_place, next_segment;
  logic [COLUMNS-1:0][REL_BITS-1:0] next_rel;

  always_ff @(posedge clk) begin
    if (staged) begin
      next_lo_y <= {staged_lo_y, next_lo_y[COLUMNS-1:1]};
      next_hi_y <= {staged_hi_y, next_hi_y[COLUMNS-1:1]};
      next_lo_x <= {staged_lo_x, next_lo_x[COLUMNS-1:1]};
      next_hi_x <= {staged_hi_x, next_hi_x[COLUMNS-1:1]};
      next_place <= {staged_place, next_place[COLUMNS-1:1]};
      next_segment <= {staged_segment, next_segment[COLUMNS-1:1]};
      next_rel <= {staged_rel, next_rel[COLUMNS-1:1]};
    end
    if (take) begin
      lo_y <= next_lo_y;
      hi_y <= next_hi_y;
      lo_x <= next_lo_x;
      hi_x <= next_hi_x;
      place <= next_place;
      segment <= next_segment;
      rel <= next_rel;
      last_segment <= current;
    end
    valid <= take || (valid && !done);
    if (rst) valid <= 1'b0;
  end

  // Bases of the segments, of the tile in use and of the next.
  logic [31:0] bases[2*(1<<PLACE_BITS)];
  logic filling;
  always_ff @(posedge clk) begin
    if (push && exists && far) bases[{filling, here}] <= corner.tile;
    if (take) filling <= !filling;
    if (rst) filling <= 1'b0;
  end
  assign base_tile = bases[{!filling, base_segment}];

  wire [7:0] inside_y = (staged_hi_y > staged_lo_y) ? staged_hi_y - staged_lo_y : 8'd0;
  wire [7:0] inside_x = (staged_hi_x > staged_lo_x) ? staged_hi_x - staged_lo_x : 8'd0;
  always_ff @(posedge clk) begin
    inside_we <= staged_inside;
    inside_addr <= {staged_tile, staged_column};
    inside_data <= 16'(inside_y) * 16'(inside_x);
  end

endmodule
