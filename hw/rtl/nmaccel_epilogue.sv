// SPDX-License-Identifier: MIT
// From complete sums to result rows: reads the accumulators of each result, adds bias, scales,
// rounds and clamps, or does what pools and additions need, and gives the rows as dense beats.
//
//   tokens      takes results and reads their rows, as far as there is room for their beats
//   scales      an average's scale of each column
//   beats       from rows to groups of LANES columns
//   requantize  8-bit results; wide: 32-bit results
//   fifo, pack  what waits to be taken; closes gaps where a beat is larger than the unit of a row
//
// A beat is there LATENCY + RD_LATENCY + 4 clocks after its row was asked for. Then a beat per
// clock, with no gap between rows; of additions one in two clocks, as their inputs cannot come
// faster. A result's rows follow those of the one before, if that had rows enough to be read for 6
// clocks; one clock is lost there if a row has only one beat. An average's first result of a tile
// waits until all before it is gone, and then for the columns' scales.
//
// A result is passed on before its first beat is offered. One without rows, or with a fault, is
// only passed on. bank_free follows each result, once its rows, if any, have been read.
module nmaccel_epilogue #(
    parameter int COLUMNS    = 64,
    parameter int DATA_BYTES = 16,
    parameter int RD_LATENCY = 3,   // at least 2
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    input wire [2*nmaccel_pkg::DESC_BITS-1:0] desc,  // nmaccel_pkg::desc_t of both

    input  wire                      res_valid,
    output logic                     res_ready,
    input wire nmaccel_pkg::result_t res,
    output logic                     bank_free,

    output logic                   rd_valid,
    output logic                   rd_bank,
    output logic [            8:0] rd_row,
    input  wire  [32*COLUMNS-1:0]  rd_data,
    output logic [            9:0] par_rd_addr,  // {descriptor, row}
    input  wire  [           63:0] par_rd_data,  // {scale, bias}, one clock later
    output logic [PLACE_BITS+5:0]  in_rd_addr,   // {descriptor, tile modulo 32, column}
    input  wire  [           15:0] in_rd_data,   // one clock later

    output logic                      tok_valid,
    input  wire                       tok_ready,
    output nmaccel_pkg::result_t      tok,
    output logic                      beat_valid,
    input  wire                       beat_ready,
    output logic [8*DATA_BYTES-1:0]   beat
);

  localparam int LANES = DATA_BYTES;
  localparam int GROUPS = (COLUMNS + LANES - 1) / LANES;
  localparam int GROUP_BITS = (GROUPS > 1) ? $clog2(GROUPS) : 1;
  localparam int LANE_BITS = $clog2(LANES);
  localparam int BYTE_BITS = $clog2(LANES + 1);

  // Words of 16 bytes of a row of 32-bit results.
  localparam int WIDE_WORDS = (COLUMNS + 3) / 4;
  localparam int BEAT_WORDS = DATA_BYTES / 16;
  localparam int WIDE_BEATS = (WIDE_WORDS + BEAT_WORDS - 1) / BEAT_WORDS;
  localparam int SHORT_WORDS = WIDE_WORDS % BEAT_WORDS;

  // From a beat's operands to its bytes, as nmaccel_requantize has it; and one clock to choose.
  localparam int LATENCY = 2 + nmaccel_f32_pkg::FROM_INT_CLOCKS + nmaccel_f32_pkg::MULTIPLY_CLOCKS +
      nmaccel_f32_pkg::ADD_CLOCKS + nmaccel_f32_pkg::TO_S8_CLOCKS;

  // A row is asked for only when its beats fit, so that nothing of this ever waits: room for all
  // that is under way at full speed.
  localparam int ROOM = 2 ** $clog2(WIDE_BEATS + LATENCY + RD_LATENCY + 8);
  localparam int TOKENS = 4;

  logic passed_valid, passed_ready;
  nmaccel_fifo #(
      .WIDTH($bits(res)),
      .DEPTH(TOKENS)
  ) u_tokens_passed (
      .clk,
      .rst,
      .in_valid(passed_valid),
      .in_ready(passed_ready),
      .in_data(res),
      .out_valid(tok_valid),
      .out_ready(tok_ready),
      .out_data(tok),
      .count()
  );

  logic row_end, row_desc;
  logic [10:0] row_columns;
  logic beat_taken;
  logic [47:0] pool_offset;
  logic scales_start, scales_divide, scales_done;
  logic [5:0] scales_tile;
  logic [10:0] scales_columns;
  logic [31:0] scales_scale;
  nmaccel_epilogue_tokens #(
      .BEATS(GROUPS),
      .WIDE_BEATS(WIDE_BEATS),
      .ROOM(ROOM)
  ) u_tokens (
      .clk,
      .rst,
      .desc,
      .res_valid,
      .res_ready,
      .res,
      .passed_valid,
      .passed_ready,
      .row_end,
      .row_valid(rd_valid),
      .row_bank(rd_bank),
      .row_desc,
      .row(rd_row),
      .row_columns,
      .beat_taken,
      .pool_offset,
      .scales_start,
      .scales_tile,
      .scales_columns,
      .scales_scale,
      .scales_divide,
      .scales_done
  );

  logic column_we;
  logic [PLACE_BITS-1:0] column;
  nmaccel_f32_pkg::number_t column_scale;
  nmaccel_epilogue_scales #(
      .COLUMNS(COLUMNS)
  ) u_scales (
      .clk,
      .rst,
      .start(scales_start),
      .tile(scales_tile),
      .columns(scales_columns),
      .scale(scales_scale),
      .divide(scales_divide),
      .done(scales_done),
      .in_rd_addr,
      .in_rd_data,
      .we(column_we),
      .column,
      .column_scale
  );

  // What is known of a row that is on its way.
  logic [RD_LATENCY-1:0] valid_on_way, end_on_way;
  always_ff @(posedge clk) begin
    valid_on_way <= rst ? '0 : {valid_on_way[RD_LATENCY-2:0], rd_valid};
    end_on_way <= rst ? '0 : {end_on_way[RD_LATENCY-2:0], row_end};
  end
  assign bank_free = end_on_way[RD_LATENCY-1];

  logic soon_desc, came_desc, came_end;
  logic [8:0] soon_row;
  logic [10:0] soon_columns, came_columns;
  nmaccel_delay #(
      .WIDTH (21),
      .CLOCKS(RD_LATENCY - 1)
  ) u_soon (
      .clk,
      .d({row_desc, rd_row, row_columns}),
      .q({soon_desc, soon_row, soon_columns})
  );
  always_ff @(posedge clk) begin
    came_desc <= soon_desc;
    came_columns <= soon_columns;
  end
  assign came_end = end_on_way[RD_LATENCY-1];

  logic operands_valid, operands_end, operands_short, add, average, wide;
  logic [1:0] part;
  logic [BYTE_BITS-1:0] operands_bytes;
  logic [GROUP_BITS-1:0] group;
  logic [32*LANES-1:0] values;
  logic [31:0] offset_even, offset_odd, scale_even, scale_odd, min, max;
  logic [7:0] zero;
  nmaccel_epilogue_beats #(
      .COLUMNS(COLUMNS),
      .LANES(LANES),
      .WIDE_BEATS(WIDE_BEATS)
  ) u_beats (
      .clk,
      .rst,
      .desc,
      .pool_offset,
      .row_valid(valid_on_way[RD_LATENCY-1]),
      .row_end(came_end),
      .row_desc(came_desc),
      .row_columns(came_columns),
      .row_data(rd_data),
      .soon_valid(valid_on_way[RD_LATENCY-2]),
      .soon_desc,
      .soon_row,
      .par_rd_addr,
      .par_rd_data,
      .beat_valid(operands_valid),
      .beat_end(operands_end),
      .beat_short(operands_short),
      .beat_bytes(operands_bytes),
      .add,
      .average,
      .wide,
      .part,
      .group,
      .values,
      .offset_even,
      .offset_odd,
      .scale_even,
      .scale_odd,
      .zero,
      .min,
      .max
  );

  logic [8*LANES-1:0] bytes_results, wide_results;
  nmaccel_requantize #(
      .LANES (LANES),
      .GROUPS(GROUPS)
  ) u_requantize (
      .clk,
      .values,
      .offset_even,
      .offset_odd,
      .scale_even,
      .scale_odd,
      .zero,
      .min(min[7:0]),
      .max(max[7:0]),
      .add,
      .half(part[0]),
      .by_column(average),
      .group,
      .results(bytes_results),
      .column_we,
      .column_group(GROUP_BITS'(column >> LANE_BITS)),
      .column_lane(LANE_BITS'(column)),
      .column_scale
  );
  nmaccel_epilogue_wide #(
      .LANES(LANES),
      .LATENCY(LATENCY)
  ) u_wide (
      .clk,
      .values,
      .part,
      .bias(offset_even),
      .min,
      .max,
      .results(wide_results)
  );

  logic [LATENCY-1:0] valid_in_work;
  always_ff @(posedge clk)
    valid_in_work <= rst ? '0 : {valid_in_work[LATENCY-2:0], operands_valid};

  logic wide_early, done_wide, done_end, done_short;
  logic [BYTE_BITS-1:0] bytes_early;
  logic [LANES-1:0] exists;
  nmaccel_delay #(
      .WIDTH (1 + BYTE_BITS),
      .CLOCKS(LATENCY - 1)
  ) u_bytes (
      .clk,
      .d({wide, operands_bytes}),
      .q({wide_early, bytes_early})
  );
  nmaccel_delay #(
      .WIDTH (2),
      .CLOCKS(LATENCY + 1)
  ) u_marks (
      .clk,
      .d({operands_end, operands_short}),
      .q({done_end, done_short})
  );
  logic done_valid;
  logic [8*LANES-1:0] done;
  always_ff @(posedge clk) begin
    done_wide <= wide_early;
    for (int i = 0; i < LANES; i++) begin
      exists[i] <= BYTE_BITS'(i) < bytes_early;
      done[8*i+:8] <= !exists[i] ? 8'd0 : done_wide ? wide_results[8*i+:8] : bytes_results[8*i+:8];
    end
    done_valid <= valid_in_work[LATENCY-1] && !rst;
  end

  logic waiting_valid, waiting_ready, waiting_end, waiting_short;
  logic [8*LANES-1:0] waiting;
  nmaccel_fifo #(
      .WIDTH(8 * LANES + 2),
      .DEPTH(ROOM)
  ) u_waiting (
      .clk,
      .rst,
      .in_valid(done_valid),
      .in_ready(),
      .in_data({done_end, done_short, done}),
      .out_valid(waiting_valid),
      .out_ready(waiting_ready),
      .out_data({waiting_end, waiting_short, waiting}),
      .count()
  );
  assign beat_taken = waiting_valid && waiting_ready;

  logic packed_valid, packed_ready, packed_end;
  generate
    if (SHORT_WORDS == 0) begin : g_whole
      wire unused = waiting_short;
      assign packed_valid = waiting_valid;
      assign waiting_ready = packed_ready;
      assign packed_end = waiting_end;
      assign beat = waiting;
    end else begin : g_pack
      nmaccel_epilogue_pack #(
          .WORDS(BEAT_WORDS),
          .SHORT_WORDS(SHORT_WORDS)
      ) u_pack (
          .clk,
          .rst,
          .in_valid(waiting_valid),
          .in_ready(waiting_ready),
          .in_short(waiting_short),
          .in_end(waiting_end),
          .in_data(waiting),
          .out_valid(packed_valid),
          .out_ready(packed_ready),
          .out_end(packed_end),
          .out_data(beat)
      );
    end
  endgenerate

  // Results with beats that were passed on, and whose beats were not all taken: at most one in each
  // entry of the FIFO, and two more.
  localparam int OPEN_BITS = $clog2(ROOM + TOKENS);
  logic [OPEN_BITS-1:0] open;
  wire opens = tok_valid && tok_ready && tok.rows != 10'd0 && tok.fault.code == 4'd0;
  wire closes = beat_valid && beat_ready && packed_end;
  assign beat_valid = packed_valid && open != '0;
  assign packed_ready = beat_ready && open != '0;
  always_ff @(posedge clk) open <= rst ? '0 : open + OPEN_BITS'(opens) - OPEN_BITS'(closes);

endmodule
