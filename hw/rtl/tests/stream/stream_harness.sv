// SPDX-License-Identifier: MIT
// The stream and the issue unit, joined, for the tests: the descriptors' fields that they look at
// in 64 bits each, structs as their fields, and a gate in each queue between the two (0 holds
// it).
module stream_harness #(
    parameter int LANES         = 8,
    parameter int COLUMNS       = 64,
    parameter int DATA_BYTES    = 16,
    parameter int CORE_LATENCY  = 16,
    parameter int BLOCK_LATENCY = 4,
    localparam int FIELDS = 21,
    localparam int WORD_BITS = $clog2(DATA_BYTES / 16 + 1)
) (
    input wire clk,
    input wire rst,
    input wire flush,
    input wire job_start,

    // verilator lint_off UNUSEDSIGNAL
    input wire [64*FIELDS-1:0] fields0,
    input wire [64*FIELDS-1:0] fields1,
    // verilator lint_on UNUSEDSIGNAL
    input wire [1:0]           desc_count,

    output logic        xlat_valid,
    input  wire         xlat_ready,
    output logic [63:0] xlat_addr,
    output logic [63:0] xlat_size,
    output logic        xlat_paged,
    output logic [4:0]  xlat_page_shift,
    output logic [7:0]  xlat_index,
    output logic [63:0] xlat_offset,
    output logic [6:0]  xlat_words,
    input  wire         xlat_rsp_valid,
    input  wire  [63:0] xlat_rsp_addr,
    input  wire  [6:0]  xlat_rsp_words,
    input  wire  [3:0]  xlat_rsp_fault,

    output logic        req_valid,
    input  wire         req_ready,
    output logic [63:0] req_addr,
    output logic [6:0]  req_words,
    input  wire         rsp_valid,
    input  wire [8*DATA_BYTES-1:0] rsp_data,
    input  wire [WORD_BITS-1:0]    rsp_words,
    input  wire         rsp_last,
    input  wire         rsp_error,

    output logic        par_we,
    output logic [9:0]  par_addr,
    output logic [63:0] par_data,

    input  wire         hdr_gate,
    input  wire         run_gate,
    input  wire         step_gate,
    output logic        hdr_taken,
    output logic        hdr_desc,
    output logic        hdr_counted,
    output logic        hdr_block256,
    output logic        hdr_largest,
    output logic        hdr_late,
    output logic        hdr_truncated,
    output logic [8:0]  hdr_positions,
    output logic [17:0] hdr_total,
    output logic        hdr_group_end,
    output logic        hdr_tile_end,
    output logic        hdr_desc_end,
    output logic [16:0] hdr_first,
    output logic [9:0]  hdr_rows,
    output logic [10:0] hdr_columns,
    output logic        run_taken,
    output logic [8:0]  run_row,
    output logic [7:0]  run_steps,
    output logic        step_taken,
    output logic [8*LANES-1:0] step_values,
    output logic [8*LANES-1:0] step_indices,

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

  nmaccel_pkg::desc_t desc0, desc1;

  // verilator lint_off UNUSEDSIGNAL
  function automatic nmaccel_pkg::port_t port_of(input logic [64*5-1:0] fields);
    port_of.addr = fields[0+:64];
    port_of.size = fields[64+:64];
    port_of.paged = fields[128];
    port_of.page_shift = fields[192+:5];
    port_of.index = fields[256+:8];
  endfunction

  function automatic nmaccel_pkg::desc_t desc_of(input logic [64*FIELDS-1:0] fields);
    desc_of = '0;
    desc_of.op = fields[0+:3];
    desc_of.block256 = fields[64];
    desc_of.weights = port_of(fields[64*2+:64*5]);
    desc_of.params = port_of(fields[64*7+:64*5]);
    desc_of.in_ch = fields[64*12+:17];
    desc_of.out_ch = fields[64*13+:17];
    desc_of.weights_offset = fields[64*14+:64];
    desc_of.weights_end = fields[64*15+:64];
    desc_of.params_offset = fields[64*16+:64];
    desc_of.tiles = fields[64*17+:31];
    desc_of.last_columns = fields[64*18+:11];
    desc_of.kernel_h = fields[64*19+:8];
    desc_of.kernel_w = fields[64*20+:8];
  endfunction
  // verilator lint_on UNUSEDSIGNAL

  assign desc0 = desc_of(fields0);
  assign desc1 = desc_of(fields1);

  nmaccel_pkg::xlat_req_t xlat;
  nmaccel_pkg::xlat_rsp_t xlat_rsp;
  nmaccel_pkg::mem_req_t req;
  assign xlat_addr = xlat.port.addr;
  assign xlat_size = xlat.port.size;
  assign xlat_paged = xlat.port.paged;
  assign xlat_page_shift = xlat.port.page_shift;
  assign xlat_index = xlat.port.index;
  assign xlat_offset = xlat.offset;
  assign xlat_words = xlat.words;
  assign xlat_rsp = {xlat_rsp_addr, xlat_rsp_words, xlat_rsp_fault};
  assign req_addr = req.addr;
  assign req_words = req.words;

  logic hdr_valid, hdr_ready, run_valid, run_ready, step_valid, step_ready, step_bad;
  nmaccel_stream_pkg::block_t hdr;
  nmaccel_stream_pkg::run_t run;
  nmaccel_pkg::fault_t hdr_fault, step_fault, blk;
  nmaccel_pkg::result_t res;

  nmaccel_stream #(
      .LANES(LANES),
      .COLUMNS(COLUMNS),
      .DATA_BYTES(DATA_BYTES)
  ) stream (
      .clk, .rst, .flush, .desc0, .desc1, .desc_count, .xlat_valid, .xlat_ready, .xlat,
      .xlat_rsp_valid, .xlat_rsp, .req_valid, .req_ready, .req, .rsp_valid, .rsp_data, .rsp_words,
      .rsp_last, .rsp_error, .par_we, .par_addr, .par_data, .hdr_valid,
      .hdr_ready(hdr_ready && hdr_gate), .hdr, .hdr_fault, .run_valid,
      .run_ready(run_ready && run_gate), .run, .step_valid, .step_ready(step_ready && step_gate),
      .step_values, .step_indices, .step_bad, .step_fault);

  assign blk = {blk_code, blk_buffer, blk_detail, blk_offset};
  nmaccel_issue #(
      .LANES(LANES),
      .CORE_LATENCY(CORE_LATENCY),
      .BLOCK_LATENCY(BLOCK_LATENCY)
  ) issue (
      .clk, .rst, .flush, .job_start, .hdr_valid(hdr_valid && hdr_gate), .hdr_ready, .hdr,
      .hdr_fault, .run_valid(run_valid && run_gate), .run_ready, .run,
      .step_valid(step_valid && step_gate), .step_ready, .step_values, .step_indices, .step_bad,
      .step_fault, .blk_valid, .blk_ready, .blk, .blk_free, .core_valid, .core_row, .core_bank,
      .core_max, .core_base, .core_values, .core_indices, .clear_valid, .clear_bank, .res_valid,
      .res_ready, .res, .bank_free);

  assign hdr_taken = hdr_valid && hdr_gate && hdr_ready;
  assign hdr_desc = hdr.desc;
  assign hdr_counted = hdr.counted;
  assign hdr_block256 = hdr.block256;
  assign hdr_largest = hdr.largest;
  assign hdr_late = hdr.late;
  assign hdr_truncated = hdr.truncated;
  assign hdr_positions = hdr.positions;
  assign hdr_total = hdr.total;
  assign hdr_group_end = hdr.group_end;
  assign hdr_tile_end = hdr.tile_end;
  assign hdr_desc_end = hdr.desc_end;
  assign hdr_first = hdr.first;
  assign hdr_rows = hdr.rows;
  assign hdr_columns = hdr.columns;
  assign run_taken = run_valid && run_gate && run_ready;
  assign run_row = run.row;
  assign run_steps = run.steps;
  assign step_taken = step_valid && step_gate && step_ready;

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
