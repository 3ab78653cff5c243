// SPDX-License-Identifier: MIT
// Issues steps to the core in order: a block's header (stream) and its positions (loader) are
// waited for, then its steps go out one per clock, across rows, blocks and results, when headers,
// runs, steps and a bank are there. A block without steps takes one clock.
//
// Results take the two accumulator banks in turn; a bank is cleared at least one clock before the
// result's first step, when it is free: as many bank_free as results before the last one have
// come. A result is given when CORE_LATENCY clocks have passed since its last step was on the
// core's port, without the next one waiting for that. blk_free comes BLOCK_LATENCY clocks after a
// block's last step was on that port.
//
// The first fault that the stream or the loader has found is given, in its place, as a result
// without rows; after it nothing comes. Steps and loads are counted from job_start on; blocks do
// when they begin, so that what a result says includes its own.
module nmaccel_issue #(
    parameter int LANES         = 8,
    parameter int CORE_LATENCY  = 16,  // 1 or more, as the next
    parameter int BLOCK_LATENCY = 4
) (
    input wire clk,
    input wire rst,
    input wire flush,
    input wire job_start,

    input  wire                    hdr_valid,
    output logic                   hdr_ready,
    input wire nmaccel_stream_pkg::block_t hdr,
    input wire nmaccel_pkg::fault_t hdr_fault,

    input  wire                    run_valid,
    output logic                   run_ready,
    input wire nmaccel_stream_pkg::run_t run,

    input  wire                    step_valid,
    output logic                   step_ready,
    input  wire [8*LANES-1:0]      step_values,
    input  wire [8*LANES-1:0]      step_indices,
    input  wire                    step_bad,
    input wire nmaccel_pkg::fault_t step_fault,

    input  wire                    blk_valid,
    output logic                   blk_ready,
    input wire nmaccel_pkg::fault_t blk,
    output logic                   blk_free,

    output logic                   core_valid,
    output logic [8:0]             core_row,
    output logic                   core_bank,
    output logic                   core_max,
    output logic [1:0]             core_base,     // unit of 128 rows of the block memory
    output logic [8*LANES-1:0]     core_values,
    output logic [8*LANES-1:0]     core_indices,
    output logic                   clear_valid,
    output logic                   clear_bank,

    output logic                   res_valid,
    input  wire                    res_ready,
    output nmaccel_pkg::result_t   res,
    input  wire                    bank_free
);

  // Of a result, without counters and fault.
  localparam int RESULT_BITS = 1 + 1 + 17 + 10 + 31 + 11 + 1 + 1;

  logic clear;
  always_ff @(posedge clk) clear <= rst || flush;

  // The block whose steps are issued. Runs and steps are its own when some are left.
  logic active, fire, finish, stopped, walking;
  logic some, one;  // left is not 0, is 1
  logic [17:0] left;
  logic [7:0] run_used;
  logic run_last;
  // verilator lint_off UNUSEDSIGNAL
  nmaccel_stream_pkg::block_t now;
  // verilator lint_on UNUSEDSIGNAL
  assign run_last = run_used + 8'd1 == run.steps;
  assign fire = some && run_valid && step_valid && !step_bad;
  assign finish = active && (!some || (fire && one));
  assign step_ready = some && run_valid && !step_bad;

  // The next one: what it waits for, and whether it starts a result.
  logic place, refused, loaded, lost, late, begins, fresh, bank_ready;
  logic [1:0] banks_used;
  assign place = (!active || finish) && !stopped && !walking && !clear;
  assign refused = hdr_valid && hdr_fault.code != '0 && !hdr.late;
  assign loaded = hdr_valid && !refused && blk_valid && blk.code == '0;
  assign lost = hdr_valid && !refused && blk_valid && blk.code != '0;
  assign late = place && loaded && hdr.late;
  assign bank_ready = !fresh || banks_used != 2'd2;
  assign begins = place && loaded && !hdr.late && bank_ready;
  assign hdr_ready = begins || late;
  assign blk_ready = begins || late;

  logic bank, next_bank;
  logic [1:0] unit, next_unit;
  always_ff @(posedge clk) begin
    if (fire) begin
      left <= left - 18'd1;
      some <= !one;
      one <= left == 18'd2;
    end
    if (finish) active <= 1'b0;
    if (begins || late) now <= hdr;
    if (begins) begin
      active <= 1'b1;
      left <= hdr.total;
      some <= hdr.total != '0;
      one <= hdr.total == 18'd1;
      fresh <= hdr.group_end;
      unit <= next_unit;
      next_unit <= hdr.desc_end ? 2'd0 : next_unit + (hdr.block256 ? 2'd2 : 2'd1);
      if (fresh) begin
        bank <= next_bank;
        next_bank <= !next_bank;
      end
    end
    banks_used <= banks_used + 2'(begins && fresh) - 2'(bank_free);
    if (run_valid && fire) run_used <= run_last ? 8'd0 : run_used + 8'd1;
    if (clear) begin
      active <= 1'b0;
      some <= 1'b0;
      fresh <= 1'b1;
      next_unit <= 2'd0;
      next_bank <= 1'b0;
      banks_used <= 2'd0;
      run_used <= 8'd0;
    end
  end

  always_ff @(posedge clk) begin
    core_valid <= fire && !clear;
    core_row <= run.row;
    core_bank <= bank;
    core_max <= now.largest;
    core_base <= unit;
    core_values <= step_values;
    core_indices <= step_indices;
    clear_valid <= begins && fresh;
    clear_bank <= next_bank;
  end

  // A block is counted in the clock after it began, and a result looks at that in the clock after
  // its end.
  logic [63:0] steps, loads;
  logic [17:0] more_steps;
  logic [8:0] more_loads;
  always_ff @(posedge clk) begin
    more_loads <= (begins || late) && hdr.counted ? hdr.positions : '0;
    more_steps <= begins && hdr.counted ? hdr.total : '0;
    loads <= loads + 64'(more_loads);
    steps <= steps + 64'(more_steps);
    if (job_start) begin
      steps <= '0;
      loads <= '0;
    end
  end

  // A stream that ends in a block's steps: which row has the first one that is not whole.
  logic walk_over, searching;
  logic [17:0] walk_left;
  assign walk_over = walking && (!searching || (run_valid && 18'(run.steps) > walk_left));
  assign run_ready = fire ? run_last : walking && !walk_over;
  always_ff @(posedge clk) begin
    if (walking && run_valid) walk_left <= walk_left - 18'(run.steps);
    if (walk_over) walking <= 1'b0;
    if (late) begin
      walking <= 1'b1;
      walk_left <= hdr.total;
      searching <= hdr.truncated;
    end
    if (clear) walking <= 1'b0;
  end

  // The fault. It waits for the last result to be complete.
  logic bad, report, row_known;
  nmaccel_pkg::fault_t fault;
  assign bad = some && run_valid && step_valid && step_bad;
  assign report = !stopped && (walk_over || bad || (!active && !walking && (refused || lost)));
  assign row_known = (walk_over && searching)
      || (bad && 32'(step_fault.code) == nmaccel_contract::FAULT_INDEX);
  always_ff @(posedge clk) begin
    if (report) stopped <= 1'b1;
    if (late || (report && refused)) fault <= hdr_fault;
    if (report && lost) fault <= blk;
    if (report && bad) fault <= step_fault;
    if (report && row_known) fault.detail <= 32'(run.row);
    if (clear) stopped <= 1'b0;
  end

  // Results, and which of them the core has finished.
  logic ended, drained, out_valid, out_fault;
  logic [30:0] tile;
  logic [1:0] ready;
  logic put, put_fault;
  logic [RESULT_BITS-1:0] result;
  assign ended = finish && now.group_end;
  always_ff @(posedge clk) begin
    put <= (ended || report) && !clear;
    put_fault <= report;
    result <= {
      active || walking ? now.desc : hdr.desc,
      bank,
      now.first,
      report ? 10'd0 : now.rows,
      tile,
      now.columns,
      now.tile_end && !report,
      now.desc_end && !report
    };
  end
  // verilator lint_off PINCONNECTEMPTY
  nmaccel_fifo #(
      .WIDTH(RESULT_BITS + 64 + 64 + 1),
      .DEPTH(4)
  ) results (
      .clk, .rst(clear), .in_valid(put), .in_ready(), .in_data({result, steps, loads, put_fault}),
      .out_valid, .out_ready(res_valid && res_ready),
      .out_data({res[RESULT_BITS+128+131:132], out_fault}), .count());
  // verilator lint_on PINCONNECTEMPTY
  assign res_valid = out_valid && (out_fault || ready != 2'd0);
  assign res.fault = out_fault ? fault : '0;

  logic [CORE_LATENCY-1:0] core_way;
  logic [BLOCK_LATENCY:0] block_way;
  assign drained = core_way[CORE_LATENCY-1];
  assign blk_free = block_way[BLOCK_LATENCY];
  always_ff @(posedge clk) begin
    core_way <= CORE_LATENCY'({core_way, ended});
    block_way <= (BLOCK_LATENCY + 1)'({block_way, finish});
    ready <= ready + 2'(drained) - 2'(res_valid && res_ready && !out_fault);
    if (finish && now.tile_end) tile <= now.desc_end ? '0 : tile + 31'd1;
    if (clear) begin
      core_way <= '0;
      block_way <= '0;
      ready <= 2'd0;
      tile <= '0;
    end
  end

endmodule
