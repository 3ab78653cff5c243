// SPDX-License-Identifier: MIT
// The issue unit with its structs as their fields, for the tests.
module issue_harness #(
    parameter int LANES         = 8,
    parameter int CORE_LATENCY  = 16,
    parameter int BLOCK_LATENCY = 4
) (
    input wire clk,
    input wire rst,
    input wire flush,
    input wire job_start,

    input  wire         hdr_valid,
    output logic        hdr_ready,
    input  wire         hdr_desc,
    input  wire         hdr_counted,
    input  wire         hdr_block256,
    input  wire         hdr_largest,
    input  wire         hdr_late,
    input  wire         hdr_truncated,
    input  wire  [8:0]  hdr_positions,
    input  wire  [17:0] hdr_total,
    input  wire         hdr_group_end,
    input  wire         hdr_tile_end,
    input  wire         hdr_desc_end,
    input  wire  [16:0] hdr_first,
    input  wire  [9:0]  hdr_rows,
    input  wire  [10:0] hdr_columns,
    input  wire  [3:0]  hdr_code,
    input  wire  [31:0] hdr_buffer,
    input  wire  [31:0] hdr_detail,
    input  wire  [63:0] hdr_offset,

    input  wire         run_valid,
    output logic        run_ready,
    input  wire  [8:0]  run_row,
    input  wire  [7:0]  run_steps,

    input  wire         step_valid,
    output logic        step_ready,
    input  wire [8*LANES-1:0] step_values,
    input  wire [8*LANES-1:0] step_indices,
    input  wire         step_bad,
    input  wire  [3:0]  step_code,
    input  wire  [31:0] step_buffer,
    input  wire  [31:0] step_detail,
    input  wire  [63:0] step_offset,

    input  wire         blk_valid,
    output logic        blk_ready,
    input  wire  [3:0]  blk_code,
    input  wire  [31:0] blk_buffer,
    input  wire  [31:0] blk_detail,
    input  wire  [63:0] blk_offset,
    output logic        blk_free,

    output logic        core_valid,
    output logic [8:0]  core_row,
    output logic        core_bank,
    output logic        core_max,
    output logic [1:0]  core_base,
    output logic [8*LANES-1:0] core_values,
    output logic [8*LANES-1:0] core_indices,
    output logic        clear_valid,
    output logic        clear_bank,

    output logic        res_valid,
    input  wire         res_ready,
    output logic        res_desc,
    output logic        res_bank,
    output logic [16:0] res_first,
    output logic [9:0]  res_rows,
    output logic [30:0] res_tile,
    output logic [10:0] res_columns,
    output logic        res_tile_end,
    output logic        res_desc_end,
    output logic [63:0] res_steps,
    output logic [63:0] res_loads,
    output logic [3:0]  res_code,
    output logic [31:0] res_buffer,
    output logic [31:0] res_detail,
    output logic [63:0] res_offset,
    input  wire         bank_free
);

  nmaccel_stream_pkg::block_t hdr;
  nmaccel_stream_pkg::run_t run;
  nmaccel_pkg::fault_t hdr_fault, step_fault, blk;
  nmaccel_pkg::result_t res;

  always_comb begin
    hdr.desc = hdr_desc;
    hdr.counted = hdr_counted;
    hdr.block256 = hdr_block256;
    hdr.largest = hdr_largest;
    hdr.late = hdr_late;
    hdr.truncated = hdr_truncated;
    hdr.positions = hdr_positions;
    hdr.total = hdr_total;
    hdr.group_end = hdr_group_end;
    hdr.tile_end = hdr_tile_end;
    hdr.desc_end = hdr_desc_end;
    hdr.first = hdr_first;
    hdr.rows = hdr_rows;
    hdr.columns = hdr_columns;
    run.row = run_row;
    run.steps = run_steps;
  end
  assign hdr_fault = {hdr_code, hdr_buffer, hdr_detail, hdr_offset};
  assign step_fault = {step_code, step_buffer, step_detail, step_offset};
  assign blk = {blk_code, blk_buffer, blk_detail, blk_offset};

  nmaccel_issue #(
      .LANES(LANES),
      .CORE_LATENCY(CORE_LATENCY),
      .BLOCK_LATENCY(BLOCK_LATENCY)
  ) issue (
      .clk, .rst, .flush, .job_start, .hdr_valid, .hdr_ready, .hdr, .hdr_fault, .run_valid,
      .run_ready, .run, .step_valid, .step_ready, .step_values, .step_indices, .step_bad,
      .step_fault, .blk_valid, .blk_ready, .blk, .blk_free, .core_valid, .core_row, .core_bank,
      .core_max, .core_base, .core_values, .core_indices, .clear_valid, .clear_bank, .res_valid,
      .res_ready, .res, .bank_free);

  assign res_desc = res.desc;
  assign res_bank = res.bank;
  assign res_first = res.first;
  assign res_rows = res.rows;
  assign res_tile = res.tile;
  assign res_columns = res.columns;
  assign res_tile_end = res.tile_end;
  assign res_desc_end = res.desc_end;
  assign res_steps = res.steps;
  assign res_loads = res.loads;
  assign res_code = res.fault.code;
  assign res_buffer = res.fault.buffer;
  assign res_detail = res.fault.detail;
  assign res_offset = res.fault.offset;

endmodule
