// SPDX-License-Identifier: MIT
// The steps of blocks, in order and without a gap: reads them from the ring, or makes them up for
// pools and additions.
//
// Bad indices and padding are found here, in the order in which a reader finds them that fetches
// WINDOW steps of a block at once: what is wrong with a window's memory or padding comes before
// the first bad index in it. The first step that meets a fault is given with bad set, and fault
// says which; no step comes after it. (The row that a bad index is in is not known here.)
//
// One step per clock; the first one of a block is there 7 clocks after its words. A step of more
// words than a beat takes a clock for each beat.
module nmaccel_stream_steps #(
    parameter int LANES      = 8,
    parameter int DATA_BYTES = 16,
    parameter int DEPTH      = 32,
    parameter int WINDOW     = 64,
    localparam int GROUP_WORDS = LANES > 8 ? LANES / 8 : 1,
    localparam int READ_WORDS  = GROUP_WORDS < DATA_BYTES / 16 ? GROUP_WORDS : DATA_BYTES / 16
) (
    input wire clk,
    input wire rst,

    input  wire                    steps_valid,
    output logic                   steps_ready,
    input wire nmaccel_stream_pkg::steps_t steps,
    output logic                   idle,       // none waits or is read

    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0]  committed,
    input  wire                    broken,  // committed stays: the next word met broken_fault
    input wire nmaccel_pkg::fault_t broken_fault,
    output logic                   read,
    input  wire                    read_ready,
    output logic [nmaccel_stream_pkg::INDEX_BITS-1:0] read_index,
    output logic                   read_streams,  // all before read_index has been read
    input  wire [128*READ_WORDS-1:0] read_data,

    output logic                   step_valid,
    input  wire                    step_ready,
    output logic [8*LANES-1:0]     step_values,
    output logic [8*LANES-1:0]     step_indices,
    output logic                   step_bad,
    output nmaccel_pkg::fault_t    fault
);

  localparam int IB = nmaccel_stream_pkg::INDEX_BITS;
  localparam int GROUP_STEPS = LANES < 8 ? 8 / LANES : 1;
  localparam int GROUP_BITS = 128 * GROUP_WORDS;
  localparam int STEP_BYTES = 2 * LANES;
  localparam int READS = GROUP_WORDS / READ_WORDS;
  localparam int WINDOW_BITS = $clog2(WINDOW / GROUP_STEPS);
  localparam int WAY = nmaccel_stream_pkg::RING_LATENCY;
  // Groups that may be on their way when the FIFO says that it is full.
  localparam int COUNT_BITS = $clog2(DEPTH + 1);
  localparam int LATE = WAY + 4;

  // Blocks that wait, and where in the buffer those are whose steps are on their way.

  logic wait_valid, wait_take, next_valid, next_take, next_there, place_take, steps_put;
  logic [1:0] wait_kind, next_kind;
  logic [IB-1:0] wait_index, next_index;
  logic [17:0] wait_total, next_total;
  logic [8:0] wait_positions, next_positions;
  logic [59:0] first_at;
  logic [7:0] first_buffer;
  // verilator lint_off PINCONNECTEMPTY
  nmaccel_fifo #(
      .WIDTH(nmaccel_stream_pkg::STEPS_BITS - 60 - 8),
      .DEPTH(8)
  ) waiting (
      .clk, .rst, .in_valid(steps_valid), .in_ready(steps_ready),
      .in_data({steps.kind, steps.index, steps.total, steps.positions}),
      .out_valid(wait_valid), .out_ready(wait_take),
      .out_data({wait_kind, wait_index, wait_total, wait_positions}), .count());
  assign steps_put = steps_valid && steps_ready;
  nmaccel_fifo #(
      .WIDTH(60 + 8),
      .DEPTH(20)
  ) places (
      .clk, .rst,
      .in_valid(steps_put && steps.kind == nmaccel_stream_pkg::KIND_STREAM), .in_ready(),
      .in_data({steps.at, steps.buffer}), .out_valid(), .out_ready(place_take),
      .out_data({first_at, first_buffer}), .count());
  // verilator lint_on PINCONNECTEMPTY

  // The first of them, and whether the words of its first read are there.
  logic [IB-1:0] next_ahead;
  assign wait_take = !next_valid || next_take;
  assign next_ahead = committed - next_index;
  assign next_there = next_valid && !next_ahead[IB-1] && next_ahead >= IB'(READ_WORDS);
  always_ff @(posedge clk) begin
    if (wait_take) begin
      next_valid <= wait_valid;
      next_kind <= wait_kind;
      next_index <= wait_index;
      next_total <= wait_total;
      next_positions <= wait_positions;
    end
    if (rst) next_valid <= 1'b0;
  end

  // The block whose steps are read.

  logic active, streams, there, room, lost, move, group_move, last, halted, fresh;
  logic [1:0] kind;
  logic [17:0] left, next_groups;
  logic odd;
  logic [8:0] positions, number;
  logic [1:0] reads_left;
  logic [WINDOW_BITS-1:0] window;
  logic [IB-1:0] ahead;
  logic [COUNT_BITS-1:0] filled;

  assign streams = kind == nmaccel_stream_pkg::KIND_STREAM;
  assign next_groups = (GROUP_STEPS > 1 && next_kind == nmaccel_stream_pkg::KIND_STREAM)
      ? 18'(19'(next_total) + 19'd1 >> 1) : next_total;
  assign read = active && streams && room && there;
  assign lost = active && streams && room && !there && broken;
  assign move = (read && read_ready) || (active && !streams && room) || lost;
  assign group_move = move && (reads_left == '0 || !streams || lost);
  assign last = left == 18'd1;
  assign next_take = !halted && !lost && (!active || (group_move && last));
  assign idle = !active && !next_valid && !wait_valid;
  assign read_streams = active && streams;

  // The late signals come last: how much is there is counted from before this clock's read.
  assign ahead = committed - read_index;

  always_ff @(posedge clk) begin
    there <= !ahead[IB-1] && (move ? ahead >= IB'(2 * READ_WORDS) : ahead >= IB'(READ_WORDS));
    if (move) read_index <= read_index + IB'(READ_WORDS);
    if (next_take) begin
      there <= next_there;
      read_index <= next_index;
    end
    room <= filled <= COUNT_BITS'(DEPTH - LATE);
    if (move) reads_left <= group_move ? 2'(READS - 1) : reads_left - 2'd1;
    if (group_move) begin
      left <= left - 18'd1;
      number <= number + 9'd1;
      window <= window + WINDOW_BITS'(1);
      fresh <= 1'b0;
    end
    if (next_take) begin
      active <= next_valid;
      kind <= next_kind;
      left <= next_groups;
      odd <= next_total[0] || next_kind != nmaccel_stream_pkg::KIND_STREAM;
      positions <= next_positions;
      number <= 9'd0;
      window <= '0;
      fresh <= 1'b1;
    end
    if (lost) begin
      halted <= 1'b1;
      active <= 1'b0;
    end
    if (rst) begin
      active <= 1'b0;
      halted <= 1'b0;
      reads_left <= 2'(READS - 1);
    end
  end

  // The way through the ring.

  typedef struct packed {
    logic       valid;
    logic       lost;
    logic       ends;       // the group's last read
    logic [1:0] kind;
    logic       fresh;      // the block's first group
    logic       single;     // only the first step of it is one
    logic       judged;     // the window's last group
    logic [8:0] positions;
    logic [8:0] number;
  } way_t;
  way_t start, way_1, way_2, way_3, group_way;
  // verilator lint_off UNUSEDSIGNAL
  way_t check_way;
  // verilator lint_on UNUSEDSIGNAL
  always_comb begin
    start.valid = move;
    start.lost = lost;
    start.ends = group_move;
    start.kind = kind;
    start.fresh = fresh;
    start.single = GROUP_STEPS > 1 && odd && (last || !streams);
    start.judged = last || window == '1;
    start.positions = positions;
    start.number = number;
  end

  logic [GROUP_BITS-1:0] group;
  always_ff @(posedge clk) begin
    way_1 <= start;
    way_2 <= way_1;
    way_3 <= way_2;
    group_way <= way_3;
    group_way.valid <= way_3.valid && way_3.ends;
    if (rst) begin
      way_1.valid <= 1'b0;
      way_2.valid <= 1'b0;
      way_3.valid <= 1'b0;
      group_way <= '0;  // whole, so that it is not the slow end of a shift register
    end
  end
  generate
    if (READS > 1) begin : g_gather
      always_ff @(posedge clk) begin
        if (way_3.valid) group <= {read_data, group[GROUP_BITS-1:128*READ_WORDS]};
      end
    end else begin : g_whole
      always_ff @(posedge clk) group <= read_data;
    end
  endgenerate

  // The checks. A step made up: values 1 0 0 0 and index i, or 127 127 2 1 and i i i n + i.

  logic [GROUP_BITS-1:0] made, check;
  logic [LANES*GROUP_STEPS-1:0] outside, wrong;
  logic [7:0] padding;
  logic adds;
  assign adds = group_way.kind == nmaccel_stream_pkg::KIND_ADD;
  always_comb begin
    made = '0;
    made[31:0] = adds ? 32'h01027f7f : 32'h00000001;
    made[8*LANES+:8] = group_way.number[7:0];
    if (adds) begin
      made[8*LANES+8+:16] = {2{group_way.number[7:0]}};
      made[8*LANES+24+:8] = group_way.number[7:0] + group_way.positions[8:1];
    end
  end
  generate
    for (genvar s = 0; s < GROUP_STEPS; s = s + 1) begin : g_step
      for (genvar i = 0; i < LANES; i = i + 1) begin : g_lane
        localparam int BYTE = s * STEP_BYTES + LANES + i;
        assign outside[s*LANES+i] = {1'b0, group[8*BYTE+:8]} >= group_way.positions &&
            !(group_way.single && s > 0);
      end
    end
  endgenerate

  logic streamed;
  assign streamed = group_way.kind == nmaccel_stream_pkg::KIND_STREAM;
  always_ff @(posedge clk) begin
    check_way <= group_way;
    check <= streamed ? group : made;
    wrong <= streamed && !group_way.lost ? outside : '0;
    padding <= '0;
    if (GROUP_STEPS > 1 && streamed && group_way.single && !group_way.lost) begin
      for (int i = 0; i < 8; i = i + 1) padding[i] <= group[64+8*i+:8] != 8'd0;
    end
    if (rst) check_way <= '0;
  end

  // The judgement, of the window's first bad index at its end. check_way goes no further then.
  // Where that is, is added up in the two clocks after.

  logic found, pending, over, judge, judge_2, judged, stopped;
  logic [59:0] at, at_now, bad_at, bad_word;
  logic [7:0] buffer, buffer_now, bad_buffer, bad_padding;
  logic [17:0] groups, groups_now, bad_groups;
  logic [LANES*GROUP_STEPS-1:0] bad;
  logic bad_lost;
  assign place_take = check_way.valid && check_way.fresh && !stopped &&
      check_way.kind == nmaccel_stream_pkg::KIND_STREAM;
  assign at_now = check_way.fresh ? first_at : at;
  assign buffer_now = check_way.fresh ? first_buffer : buffer;
  assign groups_now = check_way.fresh ? 18'd0 : groups;
  assign found = wrong != '0;
  assign over = check_way.lost || padding != '0 || ((found || pending) && check_way.judged);
  assign stopped = judge || judged;

  always_ff @(posedge clk) begin
    judge <= 1'b0;
    judge_2 <= judge;
    bad_word <= bad_at + 60'(bad_groups) * 60'(GROUP_WORDS);
    if (judge) judged <= 1'b1;
    if (check_way.valid && !stopped) begin
      at <= at_now;
      buffer <= buffer_now;
      groups <= groups_now + 18'd1;
      if (!pending || padding != '0) begin
        bad_at <= at_now;
        bad_groups <= groups_now;
        bad_buffer <= buffer_now;
        bad <= wrong;
      end
      pending <= pending || found;
      bad_lost <= check_way.lost;
      bad_padding <= padding;
      judge <= over;
    end
    if (rst) begin
      judge <= 1'b0;
      judge_2 <= 1'b0;
      judged <= 1'b0;
      pending <= 1'b0;
    end
  end

  // Bytes of a group that the fault is at.
  logic [5:0] bad_byte, padding_byte;
  logic bad_second;
  always_comb begin
    bad_byte = 6'd0;
    for (int s = GROUP_STEPS - 1; s >= 0; s = s - 1) begin
      for (int i = LANES - 1; i >= 0; i = i - 1) begin
        if (bad[s*LANES+i]) bad_byte = 6'(s * STEP_BYTES + LANES + i);
      end
    end
    padding_byte = 6'd8;
    for (int i = 7; i >= 0; i = i - 1) begin
      if (bad_padding[i]) padding_byte = 6'(8 + i);
    end
    bad_second = bad[LANES-1:0] == '0 && bad_padding == '0 && !bad_lost;
  end

  always_ff @(posedge clk) begin
    if (judge_2) begin
      fault.code <= nmaccel_contract::FAULT_INDEX[3:0];
      fault.buffer <= 32'(bad_buffer);
      fault.detail <= 32'd0;
      fault.offset <= {bad_word, 4'd0} + 64'(bad_byte);
      if (bad_padding != '0) begin
        fault.code <= nmaccel_contract::FAULT_PADDING[3:0];
        fault.offset <= {bad_word, 4'd0} + 64'(padding_byte);
      end
      if (bad_lost) fault <= broken_fault;
    end
  end

  // Out: groups, cut into steps.

  localparam int OUT_BITS = GROUP_STEPS + 1 + GROUP_BITS;
  logic put, out_valid, out_ready, out_single, half;
  logic [GROUP_STEPS-1:0] out_bad, put_bad;
  logic [GROUP_BITS-1:0] out;
  assign put = judge_2 || (check_way.valid && !stopped && !over && !pending && !found);
  always_comb begin
    put_bad = '0;
    put_bad[GROUP_STEPS-1] = judge_2 && bad_second;
    if (judge_2 && (GROUP_STEPS == 1 || !bad_second)) put_bad[0] = 1'b1;
  end
  // verilator lint_off PINCONNECTEMPTY
  nmaccel_fifo #(
      .WIDTH(OUT_BITS),
      .DEPTH(DEPTH)
  ) done (
      .clk, .rst, .in_valid(put), .in_ready(),
      .in_data({put_bad, check_way.single && !judge_2, check}),
      .out_valid, .out_ready, .out_data({out_bad, out_single, out}), .count(filled));
  // verilator lint_on PINCONNECTEMPTY

  assign step_valid = out_valid;
  generate
    if (GROUP_STEPS > 1) begin : g_halves
      assign step_values = half ? out[8*STEP_BYTES+:8*LANES] : out[0+:8*LANES];
      assign step_indices = half ? out[8*(STEP_BYTES+LANES)+:8*LANES] : out[8*LANES+:8*LANES];
      assign step_bad = half ? out_bad[GROUP_STEPS-1] : out_bad[0];
      assign out_ready = step_ready && (half || out_single);
    end else begin : g_steps
      assign step_values = out[0+:8*LANES];
      assign step_indices = out[8*LANES+:8*LANES];
      assign step_bad = out_bad[0];
      assign out_ready = step_ready;
    end
  endgenerate
  always_ff @(posedge clk) begin
    if (step_valid && step_ready) half <= !half && !out_single;
    if (rst) half <= 1'b0;
  end

endmodule
