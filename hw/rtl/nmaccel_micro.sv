// SPDX-License-Identifier: MIT
// A small micro-coded machine: an accumulator A, operands B from a data memory, and a program in a
// ROM (micro/program.c; micro/isa.h says what an instruction does). It reads memory, writes registers
// outside of it, and waits for what is outside of it.
//
// An instruction takes 3 clocks, 9 if it branches. It is fetched in the first three, its operand is
// read in the next three, and it is executed in the last three, so that three are under way:
//
//   phase 0   the operand's address             the operation, for as long as it takes
//   phase 1   the operand's word                A is compared with B, or with an immediate
//   phase 2   the operand out of the word       the decision; A goes out
//
// Some operations stay in phase 0: SHR takes 2 clocks and one for each bit, MUL 2 and one for each bit
// of A, DIV up to 50, READ and SYNC until they are answered.
module nmaccel_micro #(
    parameter     PROGRAM = "nmaccel_micro.mem",  // file for $readmemb
    parameter int DATA_BYTES = 16,
    parameter int COLUMNS = 64,
    parameter int BLOCK_ROWS = 256,
    parameter int MAX_ROWS = 512
) (
    input  wire                          clk,
    input  wire                          rst,
    input  wire                          start,       // a pulse; the machine then runs until it halts
    input  wire  [63:0]                  job_addr,    // with start, and for 20 clocks
    // Read client: at most 16 words, one request at a time.
    output logic                         req_valid,
    input  wire                          req_ready,
    output nmaccel_pkg::mem_req_t        req,
    input  wire                          rsp_valid,
    input  wire  [8*DATA_BYTES-1:0]      rsp_data,
    input  wire                          rsp_last,
    input  wire                          rsp_error,
    // A pulse; the data is there with it.
    output logic                         out_valid,
    output logic [6:0]                   out_register,
    output logic [63:0]                  out_data,
    // A request to the outside, which takes it with a flag as the answer.
    output logic                         sync_valid,
    output logic [2:0]                   sync_what,
    input  wire                          sync_ready,
    input  wire                          sync_flag,
    // A pulse: what was found.
    output logic                         fail_valid,
    output logic [3:0]                   fail_code,
    output logic [7:0]                   fail_detail
);

  localparam int PC_BITS = nmaccel_micro_isa::PC_BITS;
  localparam int INSN_BITS = nmaccel_micro_isa::INSN_BITS;
  localparam int WORD_BITS = $clog2(nmaccel_micro_isa::WORDS);
  localparam int TEMP_BITS = $clog2(nmaccel_micro_isa::TEMPS);
  localparam int READ_SHIFT = nmaccel_micro_isa::READ_SHIFT;
  localparam int BEAT_WORDS = DATA_BYTES / 8;
  // Bytes of a channel of one column tile.
  localparam int PITCH_S8 = (COLUMNS + 15) / 16 * 16;
  localparam int PITCH_S32 = (4 * COLUMNS + 15) / 16 * 16;

  // The instruction whose operand is read, and the one that is executed.
  nmaccel_micro_isa::insn_t next, now;
  logic next_valid, now_valid;

  logic running;
  logic [2:0] phase;
  logic done;   // phase 0: the operation ends in this clock
  logic taken;  // phase 2: the program does not go on with the next instruction

  logic [63:0] a, b, rest;
  logic [7:0] x;
  logic flag;

  // Fetch.

  logic [PC_BITS-1:0] pc;
  logic [INSN_BITS-1:0] rom[1 << PC_BITS];
  logic [INSN_BITS-1:0] fetched;

  initial $readmemb(PROGRAM, rom);
  always_ff @(posedge clk) fetched <= rom[pc];

  always_ff @(posedge clk) begin
    if (rst || start) phase <= 3'b001;
    else if (!phase[0] || done) phase <= {phase[1:0], phase[2]};

    if (rst) running <= 1'b0;
    else if (start) running <= 1'b1;
    else if (halt) running <= 1'b0;

    if (rst || start) begin
      pc <= nmaccel_micro_isa::PC_START;
      next_valid <= 1'b0;
      now_valid <= 1'b0;
    end else if (phase[2]) begin
      if (!taken) pc <= pc + 1'b1;
      else pc <= now.fail ? nmaccel_micro_isa::PC_FAULT : now.target;
      next_valid <= !taken;
      now_valid <= running && next_valid && !taken;
    end
    if (phase[2]) begin
      next <= fetched;
      now <= next;
    end
  end

  // The operand.

  logic [63:0] word, operand, known;
  logic [31:0] half;

  nmaccel_micro_memory #(
      .DATA_BYTES(DATA_BYTES)
  ) memory (
      .clk, .write(rsp_valid), .write_word(read_to), .write_data(rsp_data),
      .temp_write(execute && now.op == nmaccel_micro_isa::OP_STORE),
      .temp_number(now.addr[TEMP_BITS-1:0]), .temp_data(a),
      .read_word(next.indexed ? {1'b1, x, next.addr[1:0]} : WORD_BITS'(next.addr)),
      .read_temp(next.addr[6]), .read_data(word)
  );

  always_comb begin
    case (next.addr[2:0])
      nmaccel_micro_isa::HARD_FLAG: known = {63'd0, flag};
      nmaccel_micro_isa::HARD_REST: known = rest;
      nmaccel_micro_isa::HARD_JOB: known = job_addr;
      nmaccel_micro_isa::HARD_COLUMNS: known = 64'(COLUMNS);
      nmaccel_micro_isa::HARD_PITCH_S8: known = 64'(PITCH_S8);
      nmaccel_micro_isa::HARD_PITCH_S32: known = 64'(PITCH_S32);
      nmaccel_micro_isa::HARD_MAX_ROWS: known = 64'(MAX_ROWS);
      default: known = 64'(BLOCK_ROWS);
    endcase
    half = next.kind[0] ? word[63:32] : word[31:0];
    case (next.kind)
      nmaccel_micro_isa::KIND_LO, nmaccel_micro_isa::KIND_HI: operand = {32'd0, half};
      nmaccel_micro_isa::KIND_SLO, nmaccel_micro_isa::KIND_SHI: operand = {{32{half[31]}}, half};
      nmaccel_micro_isa::KIND_WORD: operand = word;
      nmaccel_micro_isa::KIND_HARD: operand = known;
      default: operand = {32'd0, next.imm};
    endcase
  end

  // The operation.

  logic execute, halt, alu_done, lost, less, less_signed, equal;
  logic [63:0] number;

  nmaccel_micro_alu #(
      .COLUMNS(COLUMNS)
  ) alu (
      .clk, .phase, .next_op(next.op), .valid(now_valid), .operand, .number, .a,
      .b, .rest, .done(alu_done), .lost, .less, .less_signed, .equal
  );

  always_ff @(posedge clk) begin
    if (phase[2]) begin
      number <= {32'd0, next.imm};
      if (next.cond == nmaccel_micro_isa::COND_LTS || next.cond == nmaccel_micro_isa::COND_GTS)
        number[63:32] <= {32{next.imm[31]}};
      if (next.kind == nmaccel_micro_isa::KIND_IMM || next.kind == nmaccel_micro_isa::KIND_IMM_HI)
        number <= 64'd0;
    end
  end

  always_comb begin
    case (now.op)
      nmaccel_micro_isa::OP_READ: done = answered;
      nmaccel_micro_isa::OP_SYNC: done = sync_ready;
      default: done = alu_done;
    endcase
    if (!now_valid) done = 1'b1;
  end

  assign execute = phase[0] && now_valid && done;
  assign halt = execute && now.op == nmaccel_micro_isa::OP_HALT;

  always_ff @(posedge clk) begin
    if (execute && now.op == nmaccel_micro_isa::OP_INDEX) x <= b[7:0];

    if (execute) begin
      case (now.op)
        nmaccel_micro_isa::OP_SHR: flag <= lost;
        nmaccel_micro_isa::OP_READ: flag <= refused;
        nmaccel_micro_isa::OP_SYNC: flag <= sync_flag;
        default: ;
      endcase
    end
  end

  // Outside.

  logic asked, answered, refused;
  logic [WORD_BITS-1:0] read_to;

  assign req_valid = phase[0] && now_valid && now.op == nmaccel_micro_isa::OP_READ && !asked;
  assign req.addr = a;
  assign req.words = 7'(b[READ_SHIFT+:5]);
  assign sync_valid = phase[0] && now_valid && now.op == nmaccel_micro_isa::OP_SYNC;
  assign sync_what = now.imm[2:0];

  always_ff @(posedge clk) begin
    if (execute) asked <= 1'b0;
    else if (req_valid && req_ready) asked <= 1'b1;
    answered <= rsp_valid && rsp_last;
    refused <= rsp_error;
    if (!asked) read_to <= b[WORD_BITS-1:0];
    else if (rsp_valid) read_to <= read_to + WORD_BITS'(BEAT_WORDS);

    out_valid <= phase[1] && now_valid && now.out != nmaccel_micro_isa::OUT_NOWHERE;
    out_register <= now.out;
    out_data <= a;
  end

  // The decision.

  logic holds, unused;

  assign unused = &{1'b0, now.indexed, b};

  always_comb begin
    case (now.cond)
      nmaccel_micro_isa::COND_EQ: holds = equal;
      nmaccel_micro_isa::COND_LTU: holds = less;
      nmaccel_micro_isa::COND_GTU: holds = !less && !equal;
      nmaccel_micro_isa::COND_LTS: holds = less_signed;
      nmaccel_micro_isa::COND_GTS: holds = !less_signed && !equal;
      nmaccel_micro_isa::COND_FLAG: holds = flag;
      default: holds = 1'b0;
    endcase
  end
  assign taken = phase[2] && now_valid && holds != now.invert;

  // The number of the field's byte in its struct, which starts at a multiple of 32 words.
  assign fail_valid = taken && now.fail;
  assign fail_code = now.target[3:0];
  assign fail_detail = {now.addr[4:0], now.kind[0], 2'b00};

endmodule
