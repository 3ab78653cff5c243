// SPDX-License-Identifier: MIT
// The weight stream: for each column tile of each descriptor its blocks, as block headers, runs
// of steps of one row, and steps; and each convolution's parameters before its first block.
// Starts on a descriptor as soon as it is published.
//
//   walk   what is to be read, in order
//   fetch  reads it, translated and far ahead
//   ring   what has been read
//   parse  counts to blocks; blocks of pools and additions
//   runs   counts to runs
//   steps  steps from the ring; steps of pools and additions
//
// Runs and steps of a block may come before or after its header. Gives one step and one run per
// clock, across rows, blocks, tiles and descriptors, when memory delivers. A block's counts are
// scanned while the steps of the one before are given: with rows / 16 + 10 steps in a block it
// costs nothing, unless the memory port is the limit.
//
// A fault is met where the bad byte would have been used: in the header (hdr_fault.code is not
// 0), or in a step (step_bad, step_fault says which). Nothing comes after it.
//
// flush forgets all. No translation or read may be under way then, and desc_count is 0 after it.
module nmaccel_stream #(
    parameter int LANES      = 8,
    parameter int COLUMNS    = 64,
    parameter int DATA_BYTES = 16,
    localparam int WORD_BITS = $clog2(DATA_BYTES / 16 + 1)
) (
    input wire clk,
    input wire rst,
    input wire flush,

    input wire nmaccel_pkg::desc_t desc0,       // descriptor contexts, used in turn
    input wire nmaccel_pkg::desc_t desc1,
    input wire [1:0]               desc_count,  // published so far, modulo 4

    output logic                   xlat_valid,
    input  wire                    xlat_ready,
    output nmaccel_pkg::xlat_req_t xlat,
    input  wire                    xlat_rsp_valid,
    input wire nmaccel_pkg::xlat_rsp_t xlat_rsp,

    output logic                   req_valid,
    input  wire                    req_ready,
    output nmaccel_pkg::mem_req_t  req,
    input  wire                    rsp_valid,
    input  wire [8*DATA_BYTES-1:0] rsp_data,
    input  wire [WORD_BITS-1:0]    rsp_words,
    input  wire                    rsp_last,
    input  wire                    rsp_error,

    output logic                   par_we,
    output logic [9:0]             par_addr,  // descriptor context, row
    output logic [63:0]            par_data,  // scale, bias

    output logic                   hdr_valid,
    input  wire                    hdr_ready,
    output nmaccel_stream_pkg::block_t hdr,
    output nmaccel_pkg::fault_t    hdr_fault,

    output logic                   run_valid,
    input  wire                    run_ready,
    output nmaccel_stream_pkg::run_t run,

    output logic                   step_valid,
    input  wire                    step_ready,
    output logic [8*LANES-1:0]     step_values,
    output logic [8*LANES-1:0]     step_indices,
    output logic                   step_bad,
    output nmaccel_pkg::fault_t    step_fault
);

  localparam int IB = nmaccel_stream_pkg::INDEX_BITS;
  localparam int WORDS = DATA_BYTES / 16;
  localparam int GROUP_WORDS = LANES > 8 ? LANES / 8 : 1;
  localparam int READ_WORDS = GROUP_WORDS < WORDS ? GROUP_WORDS : WORDS;
  // A block's counts fit twice, and what comes after rows_room was seen.
  localparam int ROWS_DEPTH = 64 + 8;

  logic clear;
  always_ff @(posedge clk) clear <= rst || flush;

  // Memory to ring.

  logic region_valid, region_ready, region_cut, commit, fault_valid;
  nmaccel_pkg::port_t region_port;
  logic [59:0] region_at, region_words;
  nmaccel_pkg::fault_t fault;
  logic [IB-1:0] freed, committed;
  nmaccel_stream_walk walk (
      .clk, .rst(clear), .desc0, .desc1, .desc_count, .region_valid, .region_ready, .region_port,
      .region_at, .region_words, .region_cut);
  nmaccel_stream_fetch #(
      .CAPACITY(512 * WORDS)
  ) fetch (
      .clk, .rst(clear), .region_valid, .region_ready, .region_port, .region_at, .region_words,
      .region_cut, .xlat_valid, .xlat_ready, .xlat, .xlat_rsp_valid, .xlat_rsp, .req_valid,
      .req_ready, .req, .rsp_valid, .rsp_last, .rsp_error, .freed, .commit, .fault_valid, .fault);

  logic count_read, count_ready, step_read, step_read_ready;
  logic [IB-1:0] count_index, step_index;
  logic [127:0] count_data;
  logic [128*READ_WORDS-1:0] step_data;
  nmaccel_stream_ring #(
      .DATA_BYTES(DATA_BYTES),
      .STEP_WORDS(READ_WORDS)
  ) ring (
      .clk, .rst(clear), .put_valid(rsp_valid && !fault_valid), .put_words(rsp_words),
      .put_data(rsp_data), .commit, .committed, .count_read, .count_ready, .count_index,
      .count_data, .step_read, .step_ready(step_read_ready), .step_index, .step_data);

  // A fault is met when those before it have been seen, through committed and what follows it.
  logic [2:0] fault_way;
  logic broken;
  assign broken = fault_way[2];
  always_ff @(posedge clk) begin
    fault_way <= {fault_way[1:0], fault_valid};
    if (clear) fault_way <= '0;
  end

  // Ring to blocks, runs and steps.

  localparam int ROWS_BITS = $clog2(ROWS_DEPTH + 1);
  logic rows_valid, rows_room, scan_valid, scan_ready;
  nmaccel_stream_pkg::rows_t rows, scan;
  logic [ROWS_BITS-1:0] rows_filled;
  logic steps_valid, steps_ready, steps_idle, step_streams;
  nmaccel_stream_pkg::steps_t steps;
  logic block_valid, block_ready, block_faulty, hdr_faulty;
  nmaccel_stream_pkg::block_t block;
  nmaccel_pkg::fault_t block_fault;
  nmaccel_stream_parse #(
      .LANES(LANES),
      .COLUMNS(COLUMNS)
  ) parse (
      .clk, .rst(clear), .desc0, .desc1, .desc_count, .committed, .broken, .broken_fault(fault),
      .count_read, .count_ready, .count_index, .count_data, .par_we, .par_addr, .par_data,
      .rows_valid, .rows_room, .rows, .steps_valid, .steps_ready, .steps, .block_valid,
      .block_ready, .block, .block_faulty, .fault(block_fault));
  assign rows_room = rows_filled <= ROWS_BITS'(ROWS_DEPTH - 8);

  // verilator lint_off PINCONNECTEMPTY
  nmaccel_fifo #(
      .WIDTH(nmaccel_stream_pkg::ROWS_BITS),
      .DEPTH(ROWS_DEPTH),
      .BLOCK(1'b0)
  ) scanned (
      .clk, .rst(clear), .in_valid(rows_valid), .in_ready(), .in_data(rows),
      .out_valid(scan_valid), .out_ready(scan_ready), .out_data(scan), .count(rows_filled));
  nmaccel_fifo #(
      .WIDTH(nmaccel_stream_pkg::BLOCK_BITS + 1),
      .DEPTH(16)
  ) headers (
      .clk, .rst(clear), .in_valid(block_valid), .in_ready(block_ready),
      .in_data({block, block_faulty}), .out_valid(hdr_valid), .out_ready(hdr_ready),
      .out_data({hdr, hdr_faulty}), .count());

  logic next_valid, next_ready;
  nmaccel_stream_pkg::run_t next;
  nmaccel_stream_runs runs (
      .clk, .rst(clear), .rows_valid(scan_valid), .rows_ready(scan_ready), .rows(scan),
      .run_valid(next_valid), .run_ready(next_ready), .run(next));
  nmaccel_fifo #(
      .WIDTH(nmaccel_stream_pkg::RUN_BITS),
      .DEPTH(16)
  ) found (
      .clk, .rst(clear), .in_valid(next_valid), .in_ready(next_ready), .in_data(next),
      .out_valid(run_valid), .out_ready(run_ready), .out_data(run), .count());
  // verilator lint_on PINCONNECTEMPTY

  nmaccel_stream_steps #(
      .LANES(LANES),
      .DATA_BYTES(DATA_BYTES)
  ) reader (
      .clk, .rst(clear), .steps_valid, .steps_ready, .steps, .idle(steps_idle), .committed, .broken,
      .broken_fault(fault), .read(step_read), .read_ready(step_read_ready),
      .read_index(step_index), .read_streams(step_streams), .read_data(step_data), .step_valid,
      .step_ready, .step_values, .step_indices, .step_bad, .fault(step_fault));

  always_comb begin
    hdr_fault = block_fault;
    if (!hdr_faulty) hdr_fault.code = 4'd0;
  end

  // What steps and parse have left behind. They part when a block with steps is passed on.
  always_ff @(posedge clk) begin
    if (step_streams) freed <= step_index;
    else if (steps_idle) freed <= count_index;
    if (clear) freed <= '0;
  end

endmodule
