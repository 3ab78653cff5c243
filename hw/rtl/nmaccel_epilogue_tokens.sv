// SPDX-License-Identifier: MIT
// Takes results, passes them on, and reads their rows: one in as many clocks as its beats need,
// when there is room for all of them. The next result is taken, and what follows from it worked
// out, while the rows of the one before are read; its first row may be read two clocks after that
// one's last.
module nmaccel_epilogue_tokens #(
    parameter int BEATS = 4,        // of a row of bytes
    parameter int WIDE_BEATS = 16,  // of a row of 32-bit results
    parameter int ROOM = 64,
    localparam int COUNT_BITS = $clog2(((2 * BEATS > WIDE_BEATS) ? 2 * BEATS : WIDE_BEATS) + 1),
    localparam int ROOM_BITS = $clog2(ROOM + 1)
) (
    input wire clk,
    input wire rst,

    input wire [2*nmaccel_pkg::DESC_BITS-1:0] desc,  // nmaccel_pkg::desc_t of both

    input  wire                     res_valid,
    output logic                    res_ready,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::result_t res,
    // verilator lint_on UNUSEDSIGNAL

    // To be passed on: taken whenever a result is.
    output logic passed_valid,
    input  wire  passed_ready,

    // A row, or the end of a result without one.
    output logic        row_end,    // of a result
    output logic        row_valid,
    output logic        row_bank,
    output logic        row_desc,
    output logic [ 8:0] row,
    output logic [10:0] row_columns,

    input wire beat_taken,

    // -in_zero times the taps, of both descriptors.
    output logic [47:0] pool_offset,

    // Scales of columns; the inputs of the division stay until it is done.
    output logic        scales_start,
    output logic [ 5:0] scales_tile,
    output logic [10:0] scales_columns,
    output logic [31:0] scales_scale,
    output logic        scales_divide,
    input  wire         scales_done
);

  localparam int DESC_BITS = nmaccel_pkg::DESC_BITS;
  // The next result.
  logic next_valid, next_desc, next_bank, next_empty, next_tile_end;
  logic [9:0] next_rows;
  logic [10:0] next_columns;
  logic [5:0] next_tile;
  // Clocks since it was taken, up to 3: then all of the following is there.
  logic [1:0] next_age;
  logic next_add, next_average, next_wide;
  logic [15:0] taps;
  logic [8:0] minus_zero;

  logic take, begin_run;
  assign res_ready = !next_valid && passed_ready;
  assign take = res_valid && res_ready;
  assign passed_valid = res_valid && !next_valid;

  always_ff @(posedge clk) begin
    if (take) begin
      next_desc <= res.desc;
      next_bank <= res.bank;
      next_rows <= res.rows;
      next_columns <= res.columns;
      next_tile <= {res.desc, res.tile[4:0]};
      next_empty <= res.rows == 10'd0 || res.fault.code != 4'd0;
      next_tile_end <= res.tile_end || res.fault.code != 4'd0;
    end
    if (rst || begin_run) next_valid <= 1'b0;
    else if (take) next_valid <= 1'b1;
    if (!next_valid) next_age <= 2'd0;
    else if (next_age != 2'd3) next_age <= next_age + 2'd1;
  end

  // verilator lint_off UNUSEDSIGNAL
  nmaccel_pkg::desc_t selected;
  // verilator lint_on UNUSEDSIGNAL
  assign selected = next_desc ? desc[DESC_BITS+:DESC_BITS] : desc[0+:DESC_BITS];

  logic [7:0] kernel_h, kernel_w;
  always_ff @(posedge clk) begin
    next_add <= selected.op == nmaccel_contract::OP_ADD[2:0];
    next_average <= selected.op == nmaccel_contract::OP_POOL_AVG[2:0];
    next_wide <= selected.wide;
    scales_scale <= selected.scale;
    scales_divide <= selected.count_valid;
    minus_zero <= -{selected.in_zero[7], selected.in_zero};
    kernel_h <= selected.kernel_h;
    kernel_w <= selected.kernel_w;
    taps <= 16'(kernel_h) * 16'(kernel_w);
    if (next_age == 2'd2)
      pool_offset[24*next_desc+:24] <= 24'($signed(minus_zero) * $signed({1'b0, taps}));
  end

  // The one whose rows are read.
  logic run_valid, run_desc, run_bank, run_empty;
  logic [9:0] run_left;
  logic [8:0] run_row;
  logic [10:0] run_columns;
  logic [COUNT_BITS-1:0] run_beats, run_clocks, wait_clocks;
  logic [ROOM_BITS-1:0] room;
  logic beat_was_taken;

  // As much room as there would be then, with a sign.
  wire [ROOM_BITS:0] room_after = {1'b0, room} - (ROOM_BITS + 1)'(run_beats);
  wire go = run_valid && (run_empty || (wait_clocks == '0 && !room_after[ROOM_BITS]));
  wire go_row = go && !run_empty;
  wire go_end = go && (run_empty || run_left == 10'd1);

  logic scales_valid, scales_busy;
  wire scales_missing = next_average && !next_empty && !scales_valid;
  assign begin_run = next_valid && next_age == 2'd3 && !scales_missing && !run_valid;

  always_ff @(posedge clk) begin
    if (begin_run) begin
      run_desc <= next_desc;
      run_bank <= next_bank;
      run_empty <= next_empty;
      run_left <= next_rows;
      run_row <= 9'd0;
      run_columns <= next_columns;
      run_beats <= next_wide ? COUNT_BITS'(WIDE_BEATS) : COUNT_BITS'(BEATS);
      run_clocks <= next_wide ? COUNT_BITS'(WIDE_BEATS - 1) :
          next_add ? COUNT_BITS'(2 * BEATS - 1) : COUNT_BITS'(BEATS - 1);
    end else if (go_row) begin
      run_left <= run_left - 10'd1;
      run_row <= run_row + 9'd1;
    end
    if (go_row) wait_clocks <= run_clocks;
    else if (wait_clocks != '0) wait_clocks <= wait_clocks - COUNT_BITS'(1);
    room <= (go_row ? room_after[ROOM_BITS-1:0] : room) + ROOM_BITS'(beat_was_taken);

    run_valid <= begin_run || (run_valid && !go_end);
    if (rst) begin
      run_valid <= 1'b0;
      wait_clocks <= '0;
      room <= ROOM_BITS'(ROOM);
    end
    beat_was_taken <= beat_taken && !rst;
  end

  always_ff @(posedge clk) begin
    row_valid <= go_row && !rst;
    row_end <= go_end && !rst;
    row_bank <= run_bank;
    row_desc <= run_desc;
    row <= run_row;
    row_columns <= run_columns;
  end

  // The scales of a tile's columns are made for its first result, when nothing is under way.
  assign scales_tile = next_tile;
  assign scales_columns = next_columns;
  assign scales_start = next_valid && next_age == 2'd3 && scales_missing && !scales_busy &&
      !run_valid && room == ROOM_BITS'(ROOM);
  always_ff @(posedge clk) begin
    if (rst || scales_done) scales_busy <= 1'b0;
    else if (scales_start) scales_busy <= 1'b1;
    if (rst || (begin_run && next_tile_end)) scales_valid <= 1'b0;
    else if (scales_done) scales_valid <= 1'b1;
  end

endmodule
