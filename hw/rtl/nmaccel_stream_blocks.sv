// SPDX-License-Identifier: MIT
// The blocks of one column tile, in order: channel groups, and in each of them its positions
// (taps x channels) in blocks of block rows. Of an addition a group is half as many channels, and
// they are there twice.
//
// start computes what is the same for all tiles, in about 20 clocks (idle); then restart is
// before the first block of a tile and next after each. What is said about the block is there in
// the clock after either. desc must keep still from start on.
module nmaccel_stream_blocks (
    input wire clk,
    input wire rst,

    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL

    input  wire         start,
    output logic        idle,
    input  wire         restart,
    input  wire         next,

    output logic [8:0]  positions,
    output logic [16:0] first,        // channel of the group
    output logic [8:0]  channels,     // of the group
    output logic        group_start,  // the group's first block
    output logic        group_end,
    output logic        tile_end
);

  logic add;
  logic [3:0] group_shift;
  logic [8:0] block_rows, group_rows;
  assign add = 32'(desc.op) == nmaccel_contract::OP_ADD;
  assign group_shift = 4'd7 + 4'(desc.block256) - 4'(add);
  assign block_rows = desc.block256 ? 9'd256 : 9'd128;
  assign group_rows = add ? block_rows >> 1 : block_rows;

  // Two products, a bit of the multiplier per clock: kernel_h * kernel_w, the taps, and that times
  // the channels of a last group that is not whole.
  logic [3:0] bits_left;
  logic second;
  logic [23:0] multiplicand, product, sum, taps, last_positions;
  logic [7:0] multiplier, last_channels;
  assign last_channels = desc.in_ch[7:0] & 8'(group_rows - 9'd1);
  assign sum = product + (multiplier[0] ? multiplicand : 24'd0);
  assign idle = bits_left == 4'd0;

  always_ff @(posedge clk) begin
    multiplicand <= multiplicand << 1;
    multiplier <= multiplier >> 1;
    product <= sum;
    if (start) begin
      multiplicand <= add ? 24'd2 : 24'(desc.kernel_w);
      multiplier <= add ? 8'd1 : desc.kernel_h;
      product <= 24'd0;
      second <= 1'b0;
      bits_left <= 4'd8;
    end else if (!idle) begin
      bits_left <= bits_left - 4'd1;
      if (bits_left == 4'd1) begin
        second <= 1'b1;
        if (second) last_positions <= sum;
        else begin
          taps <= sum;
          multiplicand <= sum;
          multiplier <= last_channels;
          product <= 24'd0;
          bits_left <= 4'd8;
        end
      end
    end
    if (rst) bits_left <= 4'd0;
  end

  // The walk.
  logic [16:0] channels_left;
  logic [23:0] positions_left, whole_positions;
  logic last_group, last_whole, first_whole;
  assign whole_positions = taps << group_shift;
  assign last_group = channels_left <= 17'(group_rows);
  assign first_whole = desc.in_ch >= 17'(group_rows);
  assign last_whole = channels_left >= {7'd0, group_rows, 1'b0};  // the next group is whole

  assign positions = group_end ? positions_left[8:0] : block_rows;
  assign channels = last_group ? channels_left[8:0] : group_rows;
  assign group_end = positions_left <= 24'(block_rows);
  assign tile_end = group_end && last_group;

  always_ff @(posedge clk) begin
    if (restart) begin
      first <= 17'd0;
      channels_left <= desc.in_ch;
      positions_left <= first_whole ? whole_positions : last_positions;
      group_start <= 1'b1;
    end else if (next) begin
      group_start <= group_end;
      if (group_end) begin
        first <= first + 17'(group_rows);
        channels_left <= channels_left - 17'(group_rows);
        positions_left <= last_whole ? whole_positions : last_positions;
      end else positions_left <= positions_left - 24'(block_rows);
    end
  end

endmodule
