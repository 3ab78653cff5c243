// SPDX-License-Identifier: MIT
// The loader with a descriptor's fields as ports, for the test.
module loader_harness #(
    parameter int COLUMNS    = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int DATA_BYTES = 16,
    localparam int PLACE_BITS = $clog2(COLUMNS)
) (
    input wire clk,
    input wire rst,
    input wire [1:0] desc_count,
    input wire [1:0] desc_stored,
    input wire [2:0] op,
    input wire block256,
    input wire [63:0] in_base, in2_base,
    input wire [31:0] in_step, in2_step,
    input wire [16:0] in_ch,
    input wire [30:0] tiles,
    input wire [10:0] last_columns,
    input wire [30:0] in_h, in_w, out_h, out_w,
    input wire [7:0] kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left,
    input wire [7:0] dilation_h, dilation_w,
    input wire [7:0] in_zero,
    input wire [31:0] corner_tile, next_x_tile, next_y_tile, next_image_tile, tap_x_tile,
    input wire [31:0] tap_y_tile,
    input wire [9:0] corner_place, next_x_place, next_y_place, next_image_place, tap_x_place,
    input wire [9:0] tap_y_place,

    output logic        xlat_valid,
    input  wire         xlat_ready,
    output logic        xlat_second,
    output logic [63:0] xlat_offset,
    output logic [6:0]  xlat_words,
    input  wire         xlat_rsp_valid,
    input  wire [63:0]  xlat_addr,
    input  wire [6:0]   xlat_run,
    input  wire [3:0]   xlat_fault,

    output logic        req_valid,
    input  wire         req_ready,
    output logic [63:0] req_addr,
    output logic [6:0]  req_words,
    input  wire         rsp_valid,
    input  wire [8*DATA_BYTES-1:0] rsp_data,
    input  wire [2:0]   rsp_words,
    input  wire         rsp_last,
    input  wire         rsp_error,

    output logic [COLUMNS-1:0]   wr_mask,
    output logic [8:0]           wr_row,
    output logic [8*COLUMNS-1:0] wr_data,
    output logic                 blk_valid,
    input  wire                  blk_ready,
    output logic [3:0]           blk_fault,
    output logic [31:0]          blk_buffer,
    output logic [31:0]          blk_detail,
    output logic [63:0]          blk_offset,
    input  wire                  blk_free,
    output logic                 inside_we,
    output logic [PLACE_BITS+5:0] inside_addr,
    output logic [15:0]          inside_data
);

  nmaccel_pkg::desc_t d;
  always_comb begin
    d = '0;
    d.op = op;
    d.block256 = block256;
    d.in.index = 8'd3;
    d.in2.index = 8'd4;
    d.in_base = in_base;
    d.in2_base = in2_base;
    d.in_step = in_step;
    d.in2_step = in2_step;
    d.in_ch = in_ch;
    d.tiles = tiles;
    d.last_columns = last_columns;
    d.in_h = in_h;
    d.in_w = in_w;
    d.out_h = out_h;
    d.out_w = out_w;
    d.kernel_h = kernel_h;
    d.kernel_w = kernel_w;
    d.stride_h = stride_h;
    d.stride_w = stride_w;
    d.pad_top = pad_top;
    d.pad_left = pad_left;
    d.dilation_h = dilation_h;
    d.dilation_w = dilation_w;
    d.in_zero = in_zero;
    d.corner = {corner_tile, corner_place};
    d.next_x = {next_x_tile, next_x_place};
    d.next_y = {next_y_tile, next_y_place};
    d.next_image = {next_image_tile, next_image_place};
    d.tap_x = {tap_x_tile, tap_x_place};
    d.tap_y = {tap_y_tile, tap_y_place};
  end

  nmaccel_pkg::xlat_req_t xlat;
  nmaccel_pkg::xlat_rsp_t xlat_rsp;
  nmaccel_pkg::mem_req_t req;
  nmaccel_pkg::fault_t blk;
  assign xlat_second = xlat.port.index == 8'd4;
  assign xlat_offset = xlat.offset;
  assign xlat_words = xlat.words;
  assign xlat_rsp = {xlat_addr, xlat_run, xlat_fault};
  assign req_addr = req.addr;
  assign req_words = req.words;
  assign {blk_fault, blk_buffer, blk_detail, blk_offset} = blk;

  nmaccel_loader #(.COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS), .DATA_BYTES(DATA_BYTES)) loader (
      .desc({d, d}), .*);

endmodule
