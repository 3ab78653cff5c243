// SPDX-License-Identifier: MIT
// The end of things: results that are in memory become progress, the record is kept current, and a
// job ends with its first fault or without one.
//
// The record is written in two parts, the one with the state last, each when the one before is
// answered. Results that come meanwhile are told of by the next record: it may tell of several column
// tiles at once. A descriptor is retired when the record tells of it.
module nmaccel_retire #(
    parameter int DATA_BYTES = 16
) (
    input wire clk,
    input wire rst,

    // From the control unit.
    input  wire                     job_begin_valid,
    output logic                    job_begin_ready,
    input  wire                     job_end_valid,
    output logic                    job_end_ready,
    input  wire [63:0]              record_addr,
    input  wire [63:0]              job_seq,
    input  wire [16:0]              job_descs,
    input wire nmaccel_pkg::fault_t job_fault,
    input  wire                     job_start,  // begin anew
    output logic [1:0]              desc_stored,
    output logic [1:0]              desc_retired,
    output logic                    retire_fault,

    // Results, and when they are in memory.
    input  wire                      tok_valid,
    output logic                     tok_ready,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::result_t tok,
    // verilator lint_on UNUSEDSIGNAL
    input  wire [9:0]                tok_bursts,
    input  wire [9:0]                bursts_done,
    input wire nmaccel_pkg::fault_t  refused,

    // Before the last record: nothing else may be on its way.
    output logic halt,
    input  wire  quiet,
    output logic done,  // pulse

    output logic                    req_valid,
    input  wire                     req_ready,
    output nmaccel_pkg::mem_req_t   req,
    output logic                    data_valid,
    input  wire                     data_ready,
    output logic [8*DATA_BYTES-1:0] data,
    input  wire                     written,
    input  wire                     written_error
);

  localparam int BEAT_WORDS = DATA_BYTES / 16;
  localparam int BEATS = (3 + BEAT_WORDS - 1) / BEAT_WORDS;  // of the three words that go first

  // What the record says.
  logic [31:0] descs_done;
  logic [63:0] tiles_done, steps, loads;
  nmaccel_pkg::fault_t fault;
  wire failed = fault.code != 4'd0;
  assign retire_fault = failed;

  typedef enum logic [2:0] { NONE, BEGIN, RUN, DRAIN, END, LAST } state_t;
  state_t state;

  // The record under way.
  typedef enum logic [2:0] { REST, REST_DATA, REST_WAIT, STATE, STATE_DATA, STATE_WAIT } part_t;
  part_t part;
  logic writing;
  logic dirty;     // there is more to tell than the record under way tells
  logic retiring;  // of the end of a descriptor
  logic [1:0] beat_number;
  logic [3:0][127:0] image;
  logic [31:0] image_state;
  wire begin_record = !writing && (state == BEGIN || (state == RUN && dirty && !failed)
                    || (state == END && quiet));
  wire record_over = writing && written && (part == STATE_WAIT || written_error);
  wire record_refused = writing && written && written_error;

  wire in_memory = 10'(bursts_done - tok_bursts) < 10'd512;
  wire take = state == RUN && tok_valid && (in_memory || refused.code != 4'd0) && !retiring && !failed;
  wire take_good = take && in_memory && tok.fault.code == 4'd0;
  assign tok_ready = take;

  assign job_begin_ready = state == NONE;
  assign job_end_ready = state == LAST && record_over;
  // What was begun when halt came is seen by quiet some clocks later.
  logic [1:0] drained;
  always_ff @(posedge clk) drained <= (state == DRAIN) ? drained + 2'd1 : 2'd0;
  assign halt = state == DRAIN || state == END || state == LAST;

  always_ff @(posedge clk) begin
    case (state)
      NONE:
      if (job_begin_valid) state <= BEGIN;
      else if (job_end_valid) state <= DRAIN;
      BEGIN: if (begin_record) state <= RUN;
      RUN: if (job_end_valid && !writing && !(dirty && !failed)) state <= DRAIN;
      DRAIN: if (drained == 2'd3) state <= END;
      END: if (begin_record) state <= LAST;
      LAST: if (record_over) state <= NONE;
      default: state <= NONE;
    endcase
    done <= state == LAST && record_over;
    if (rst || job_start) begin
      state <= NONE;
      done <= 1'b0;
    end
  end

  // The first fault. A fault's descriptor is the one under way.
  always_ff @(posedge clk) begin
    if (!failed) begin
      if (record_refused) begin
        fault.code <= nmaccel_contract::FAULT_BUS[3:0];
        fault.buffer <= nmaccel_contract::NO_BUFFER;
        fault.detail <= 32'd0;
        fault.offset <= record_addr;
      end else if (take && !in_memory) begin
        fault <= refused;
      end else if (take && tok.fault.code != 4'd0) begin
        fault <= tok.fault;
      end else if ((state == RUN || state == NONE) && job_end_valid && !writing) begin
        fault <= job_fault;
      end
    end
    if (rst || job_start) fault.code <= 4'd0;
  end

  always_ff @(posedge clk) begin
    if (begin_record) dirty <= 1'b0;
    if (take) begin
      steps <= tok.steps;
      loads <= tok.loads;
    end
    if (take_good) begin
      if (tok.tile_end) begin
        tiles_done <= tiles_done + 64'd1;
        dirty <= 1'b1;
      end
      if (tok.desc_end) begin
        descs_done <= descs_done + 32'd1;
        desc_stored <= desc_stored + 2'd1;
        retiring <= 1'b1;
        // The last one's is with the result.
        if (17'(descs_done + 32'd1) == job_descs) dirty <= 1'b0;
      end
    end
    if (retiring && !dirty && !writing && !begin_record) begin
      retiring <= 1'b0;
      desc_retired <= desc_retired + 2'd1;
    end
    if (rst || job_start) begin
      dirty <= 1'b0;
      retiring <= 1'b0;
      descs_done <= 32'd0;
      tiles_done <= 64'd0;
      steps <= 64'd0;
      loads <= 64'd0;
      desc_stored <= 2'd0;
      desc_retired <= 2'd0;
    end
  end

  // The record, as it is when it begins to be written.
  assign image_state = (state != END) ? nmaccel_contract::JOB_RUNNING
                     : failed ? nmaccel_contract::JOB_FAULT : nmaccel_contract::JOB_DONE;
  always_ff @(posedge clk)
    if (begin_record) begin
      image[0] <= {descs_done, image_state, job_seq};
      image[1] <= {steps, tiles_done};
      image[2] <= failed ? {descs_done, 28'd0, fault.code, loads} : {64'd0, loads};
      image[3] <= failed ? {fault.offset, fault.detail, fault.buffer} : 128'd0;
    end

  always_ff @(posedge clk) begin
    if (begin_record) begin
      writing <= 1'b1;
      part <= REST;
    end else if (writing) begin
      case (part)
        REST: if (req_ready) part <= REST_DATA;
        REST_DATA: if (data_ready && beat_number == 2'(BEATS - 1)) part <= REST_WAIT;
        REST_WAIT: if (written) begin
          part <= STATE;
          if (written_error) writing <= 1'b0;
        end
        STATE: if (req_ready) part <= STATE_DATA;
        STATE_DATA: if (data_ready) part <= STATE_WAIT;
        default: if (written) writing <= 1'b0;
      endcase
    end
    beat_number <= (part == REST_DATA) ? beat_number + 2'(data_ready) : 2'd0;
    if (rst) writing <= 1'b0;
  end

  assign req_valid = writing && (part == REST || part == STATE);
  assign req.addr = record_addr + ((part == REST) ? 64'd16 : 64'd0);
  assign req.words = (part == REST) ? 7'd3 : 7'd1;
  assign data_valid = writing && (part == REST_DATA || part == STATE_DATA);
  if (BEAT_WORDS >= 3) begin : gen_whole
    assign data = (part == REST_DATA) ? (8*DATA_BYTES)'(image[3:1]) : (8*DATA_BYTES)'(image[0]);
  end else begin : gen_parts
    wire [1:0] first = 2'd1 + 2'(32'(beat_number) * BEAT_WORDS);
    for (genvar i = 0; i < BEAT_WORDS; i++) begin : gen_word
      wire [1:0] from = first + 2'(i);  // past the third it does not matter
      assign data[128*i+:128] = (part == REST_DATA) ? image[from] : image[0];
    end
  end

endmodule
