// SPDX-License-Identifier: MIT
// The control unit: takes a job, checks its header, its buffer table and its descriptors, and
// publishes each descriptor with all that follows from it as a context. What is checked, and in which
// order, is the program of the micro-coded machine in it (micro/program.c).
//
// start, a pulse that comes while no job is under way, takes the job. flush is there one clock later:
// whoever keeps something of a job, or counts contexts, starts anew; desc_retired is then 0, and
// retire_fault low.
//
// A job that has none of the marks of one, or cannot be read, ends with the pulse job_none: no record
// is written, and nothing else happens. Every other job has job_end, and before it, if the header's
// fields are good, job_begin, for the first record. Both are hand-shakes; record_addr, job_seq and
// job_descs are there from before the first of them until the next start.
//
// Contexts are published in turn to desc0 and desc1: context n is there from desc_count = n + 1 on
// (modulo 4), until desc_retired (modulo 4) says so too. The next one is checked when it has a place:
// while the one before runs. retire_fault says that a descriptor, or the job's first record, ended in
// a fault, which the retire unit then knows: no more contexts are published, and none of those that
// are need be retired.
//
// job_end comes when all contexts are retired, or there is retire_fault. Then job_fault.code is 0, or
// what is wrong with the descriptor after the last one published, or with the job; the rest of
// job_fault means nothing when code is 0. A fault that the retire unit itself finds until it writes
// the last record, as when the bus refuses the first one, goes first.
//
// Reads of the next descriptor may be under way whenever a job is; none are with job_end, job_none.
module nmaccel_ctl #(
    parameter     PROGRAM = "nmaccel_micro.mem",  // file for $readmemb
    parameter int DATA_BYTES = 16,
    parameter int COLUMNS = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int MAX_ROWS = 512
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire                      start,
    input  wire  [63:0]              job_addr,      // with start, and for 20 clocks
    output logic                     flush,
    // Read client.
    output logic                     req_valid,
    input  wire                      req_ready,
    output nmaccel_pkg::mem_req_t    req,
    input  wire                      rsp_valid,
    input  wire  [8*DATA_BYTES-1:0]  rsp_data,
    input  wire                      rsp_last,
    input  wire                      rsp_error,
    // Contexts.
    output nmaccel_pkg::desc_t       desc0,
    output nmaccel_pkg::desc_t       desc1,
    output logic [1:0]               desc_count,
    input  wire  [1:0]               desc_retired,
    // The job.
    output logic                     job_begin_valid,
    input  wire                      job_begin_ready,
    output logic                     job_end_valid,
    input  wire                      job_end_ready,
    output logic [63:0]              record_addr,
    output logic [63:0]              job_seq,
    output logic [16:0]              job_descs,
    output nmaccel_pkg::fault_t      job_fault,
    input  wire                      retire_fault,
    output logic                     job_none
);

  logic out_valid;
  logic [6:0] out_register;
  logic [63:0] out_data;
  logic sync_valid, sync_ready, sync_flag;
  logic [2:0] sync_what;
  logic fail_valid;
  logic [3:0] fail_code;
  logic [7:0] fail_detail;

  nmaccel_micro #(
      .PROGRAM(PROGRAM), .DATA_BYTES(DATA_BYTES), .COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS),
      .MAX_ROWS(MAX_ROWS)
  ) micro (
      .clk, .rst, .start, .job_addr, .req_valid, .req_ready, .req, .rsp_valid, .rsp_data, .rsp_last,
      .rsp_error, .out_valid, .out_register, .out_data, .sync_valid, .sync_what, .sync_ready,
      .sync_flag, .fail_valid, .fail_code, .fail_detail
  );

  nmaccel_context context0 (
      .clk, .valid(out_valid && !desc_count[0]), .which(out_register), .data(out_data),
      .desc(desc0)
  );

  nmaccel_context context1 (
      .clk, .valid(out_valid && desc_count[0]), .which(out_register), .data(out_data),
      .desc(desc1)
  );

  // What the program waits for, or tells.

  logic [1:0] unretired;

  assign unretired = desc_count - desc_retired;
  assign job_begin_valid = sync_valid && sync_what == nmaccel_micro_isa::SYNC_BEGIN;
  assign job_end_valid = sync_valid && sync_what == nmaccel_micro_isa::SYNC_END;

  always_comb begin
    case (sync_what)
      nmaccel_micro_isa::SYNC_SLOT: sync_ready = retire_fault || unretired < 2'd2;
      nmaccel_micro_isa::SYNC_DRAIN: sync_ready = retire_fault || unretired == 2'd0;
      nmaccel_micro_isa::SYNC_BEGIN: sync_ready = job_begin_ready;
      nmaccel_micro_isa::SYNC_END: sync_ready = job_end_ready;
      default: sync_ready = 1'b1;
    endcase
  end
  assign sync_flag = retire_fault;

  always_ff @(posedge clk) begin
    flush <= start && !rst;
    job_none <= sync_valid && sync_what == nmaccel_micro_isa::SYNC_NONE && !rst;
    if (rst || start) desc_count <= 2'd0;
    else if (sync_valid && sync_what == nmaccel_micro_isa::SYNC_PUBLISH && !retire_fault)
      desc_count <= desc_count + 2'd1;
  end

  // Registers of the job.

  always_ff @(posedge clk) begin
    if (out_valid) begin
      case (out_register)
        nmaccel_micro_isa::OUT_SEQ: job_seq <= out_data;
        nmaccel_micro_isa::OUT_RECORD: record_addr <= out_data;
        nmaccel_micro_isa::OUT_N_DESCS: job_descs <= out_data[16:0];
        nmaccel_micro_isa::OUT_FAULT_CODE: job_fault.code <= out_data[3:0];
        nmaccel_micro_isa::OUT_FAULT_BUFFER: job_fault.buffer <= out_data[31:0];
        nmaccel_micro_isa::OUT_FAULT_OFFSET: job_fault.offset <= out_data;
        default: ;
      endcase
    end
    if (fail_valid) begin
      job_fault.code <= fail_code;
      job_fault.detail <= {24'd0, fail_detail};
    end
  end

endmodule
