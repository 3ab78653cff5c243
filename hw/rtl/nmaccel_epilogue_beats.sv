// SPDX-License-Identifier: MIT
// From accumulator rows to the operands of beats: the columns of each, one group after the other,
// with all numbers that belong to them. The first is there two clocks after the row has come.
module nmaccel_epilogue_beats #(
    parameter int COLUMNS = 64,
    parameter int LANES = 16,
    parameter int WIDE_BEATS = 16,
    localparam int GROUPS = (COLUMNS + LANES - 1) / LANES,
    localparam int GROUP_BITS = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    localparam int BYTE_BITS = $clog2(LANES + 1)
) (
    input wire clk,
    input wire rst,

    input wire [2*nmaccel_pkg::DESC_BITS-1:0] desc,  // nmaccel_pkg::desc_t of both
    input wire [47:0]                    pool_offset,

    // A row comes; in the clock before, which one.
    input  wire                   row_valid,
    input  wire                   row_end,
    input  wire                   row_desc,
    input  wire  [          10:0] row_columns,
    input  wire  [32*COLUMNS-1:0] row_data,
    input  wire                   soon_valid,
    input  wire                   soon_desc,
    input  wire  [           8:0] soon_row,
    output logic [           9:0] par_rd_addr,
    input  wire  [          63:0] par_rd_data,

    output logic                  beat_valid,   // all of a beat's columns have come
    output logic                  beat_end,     // of a result
    output logic                  beat_short,   // a 32-bit row's last
    output logic [BYTE_BITS-1:0]  beat_bytes,   // that are in columns which exist
    output logic                  add,
    output logic                  average,
    output logic                  wide,
    output logic [          1:0]  part,         // of a group: half or quarter
    output logic [GROUP_BITS-1:0] group,
    output logic [  32*LANES-1:0] values,
    output logic [          31:0] offset_even,
    output logic [          31:0] offset_odd,
    output logic [          31:0] scale_even,
    output logic [          31:0] scale_odd,
    output logic [           7:0] zero,
    output logic [          31:0] min,
    output logic [          31:0] max
);

  localparam int DESC_BITS = nmaccel_pkg::DESC_BITS;
  localparam logic [31:0] ONE = 32'h3f800000;
  localparam int LAST_PART = (WIDE_BEATS - 1) % 4;
  localparam int LAST_GROUP = (WIDE_BEATS - 1) / 4;

  always_ff @(posedge clk) if (soon_valid) par_rd_addr <= {soon_desc, soon_row};

  // verilator lint_off UNUSEDSIGNAL
  nmaccel_pkg::desc_t selected;
  // verilator lint_on UNUSEDSIGNAL
  assign selected = row_desc ? desc[DESC_BITS+:DESC_BITS] : desc[0+:DESC_BITS];

  wire [2:0] op = selected.op;
  wire is_add = op == nmaccel_contract::OP_ADD[2:0];
  wire is_max = op == nmaccel_contract::OP_POOL_MAX[2:0];
  wire is_average = op == nmaccel_contract::OP_POOL_AVG[2:0];

  // The row under way. Its own clocks are over when the next one comes.
  logic [GROUPS*32*LANES-1:0] row;
  logic row_conv, row_add, row_average, row_wide, row_last;
  logic [23:0] row_offset_even;
  logic [8:0] row_offset_odd;
  logic [31:0] row_scale_even, row_scale_odd;
  logic [7:0] row_zero;
  logic [31:0] row_min, row_max;
  always_ff @(posedge clk) begin
    if (row_valid) begin
      row <= (GROUPS * 32 * LANES)'(row_data);
      row_last <= row_end;
      row_conv <= op == nmaccel_contract::OP_CONV[2:0];
      row_add <= is_add;
      row_average <= is_average;
      row_wide <= selected.wide;
      // A pool's maximum is a byte already: 1 times it.
      row_offset_even <= is_add ? -{{16{selected.in_zero[7]}}, selected.in_zero} :
          is_average ? pool_offset[24*row_desc+:24] : 24'd0;
      row_offset_odd <= -{selected.in2_zero[7], selected.in2_zero};
      row_scale_even <= is_max ? ONE : selected.scale;
      row_scale_odd <= is_max ? ONE : selected.scale2;
      row_zero <= is_max ? 8'd0 : selected.out_zero;
      row_min <= selected.act_min;
      row_max <= selected.act_max;
    end
  end

  // Where in it.
  logic active;
  logic [GROUP_BITS-1:0] now_group;
  logic [1:0] now_part;
  logic [12:0] bytes_left;

  wire group_over = now_part == (row_wide ? 2'd3 : row_add ? 2'd1 : 2'd0);
  wire beat_over = !row_add || now_part[0];
  wire row_over = row_wide ?
      now_group == GROUP_BITS'(LAST_GROUP) && now_part == 2'(LAST_PART) :
      now_group == GROUP_BITS'(GROUPS - 1) && group_over;

  always_ff @(posedge clk) begin
    if (row_valid) begin
      now_group <= '0;
      now_part <= 2'd0;
      bytes_left <= selected.wide ? {row_columns, 2'd0} : {2'd0, row_columns};
    end else begin
      if (group_over) now_group <= now_group + GROUP_BITS'(1);
      now_part <= group_over ? 2'd0 : now_part + 2'd1;
      if (beat_over) bytes_left <= bytes_left > 13'(LANES) ? bytes_left - 13'(LANES) : 13'd0;
    end
    active <= !rst && (row_valid || (active && !row_over));
  end

  always_ff @(posedge clk) begin
    beat_valid <= !rst && active && beat_over;
    beat_end <= row_last && row_over;
    beat_short <= row_wide && row_over;
    beat_bytes <= bytes_left > 13'(LANES) ? BYTE_BITS'(LANES) : BYTE_BITS'(bytes_left);
    add <= row_add;
    average <= row_average;
    wide <= row_wide;
    part <= now_part;
    group <= now_group;
    values <= row[32*LANES*now_group+:32*LANES];
    offset_even <= row_conv ? par_rd_data[31:0] : {{8{row_offset_even[23]}}, row_offset_even};
    offset_odd <= row_conv ? par_rd_data[31:0] :
        row_add ? {{23{row_offset_odd[8]}}, row_offset_odd} :
        {{8{row_offset_even[23]}}, row_offset_even};
    scale_even <= row_conv ? par_rd_data[63:32] : row_scale_even;
    scale_odd <= row_conv ? par_rd_data[63:32] : row_scale_odd;
    zero <= row_zero;
    min <= row_min;
    max <= row_max;
  end

endmodule
