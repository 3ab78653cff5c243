// SPDX-License-Identifier: MIT
// The sequencer of a self-test: reads the header (struct selftest_header in selftest.h) at the start of
// the memory, clears the result, starts engine 0 as a driver would, waits for ap_done and for its
// interrupt, and compares. A start pulse while it is busy is lost.
//
// cycles counts from the write of ap_start to the interrupt. bad counts words that differ; first is
// the address of the first of them.
module nmaccel_selftest (
    input  wire         clk,
    input  wire         rst,
    input  wire         start,
    output logic        busy,
    output logic [1:0]  verdict,
    output logic [31:0] cycles,
    output logic [31:0] bad,
    output logic [31:0] first,
    input  wire         interrupt,
    // the memory's door
    output logic        door_valid,
    output logic        door_write,
    output logic [31:0] door_addr,
    input  wire         door_done,
    input  wire  [31:0] door_rdata,
    // registers; all writes to the memory are of zeros
    output logic        reg_valid,
    output logic        reg_write,
    output logic [15:0] reg_addr,
    output logic [31:0] reg_wdata,
    input  wire         reg_done,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [31:0] reg_rdata
    // verilator lint_on UNUSEDSIGNAL
);

  localparam logic [1:0] NONE = 2'd0;
  localparam logic [1:0] PASS = 2'd1;
  localparam logic [1:0] FAIL = 2'd2;
  localparam logic [1:0] HUNG = 2'd3;

  localparam int HEADER_WORDS = 6;
  localparam int SETUP_WRITES = 7;
  localparam int CLEANUP_WRITES = 2;

  typedef enum logic [3:0] {
    IDLE,
    HEADER,
    CHECK,
    CLEAR,
    SETUP,
    WAIT,
    CLEANUP,
    RESULT,
    EXPECTED,
    FINISH
  } state_t;

  state_t state;
  logic [31:0] index, got;
  // As they come, the oldest ends up on top.
  logic [32*HEADER_WORDS-1:0] header;
  wire [31:0] magic = header[32*5+:32];
  wire [31:0] job = header[32*4+:32];
  wire [31:0] result = header[32*3+:32];
  wire [31:0] expected = header[32*2+:32];
  wire [31:0] words = header[32*1+:32];
  wire [31:0] limit = header[32*0+:32];

  assign busy = state != IDLE;

  logic counting, seen_interrupt, seen_done;

  // ---- what is asked for in each state

  assign door_valid = !door_done &&
      (state == HEADER || state == CLEAR || state == RESULT || state == EXPECTED);
  assign door_write = state == CLEAR;
  always_comb begin
    door_addr = {index[29:0], 2'b00};
    if (state == CLEAR || state == RESULT) door_addr = result + {index[29:0], 2'b00};
    if (state == EXPECTED) door_addr = expected + {index[29:0], 2'b00};
  end

  assign reg_valid = !reg_done && (state == SETUP || state == WAIT || state == CLEANUP);
  assign reg_write = state != WAIT;
  always_comb begin
    reg_addr = 16'(nmaccel_contract::REG_CTRL);
    reg_wdata = 32'd1;
    if (state == SETUP) begin
      case (index[2:0])
        3'd0: {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_MEM_LO), 32'd0};
        3'd1: {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_MEM_HI), 32'd0};
        3'd2: {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_JOB_LO), job};
        3'd3: {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_JOB_HI), 32'd0};
        3'd4: reg_addr = 16'(nmaccel_contract::REG_IER);
        3'd5: reg_addr = 16'(nmaccel_contract::REG_GIER);
        default: ;
      endcase
    end else if (state == CLEANUP) begin
      // A bit of ISR toggles when 1 is written.
      if (index[0]) {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_GIER), 32'd0};
      else {reg_addr, reg_wdata} = {16'(nmaccel_contract::REG_ISR), 31'd0, seen_interrupt};
    end
  end

  // ---- the steps

  wire last_word = index + 1'b1 == words;

  always_ff @(posedge clk) begin
    if (rst) begin
      state <= IDLE;
      verdict <= NONE;
      counting <= 1'b0;
    end else begin
      case (state)
        IDLE: begin
          index <= '0;
          if (start) begin
            state <= HEADER;
            verdict <= NONE;
            cycles <= '0;
            bad <= '0;
            first <= '0;
            seen_interrupt <= 1'b0;
            seen_done <= 1'b0;
          end
        end
        HEADER:
        if (door_done) begin
          header <= {header[32*(HEADER_WORDS-1)-1:0], door_rdata};
          index <= index + 1'b1;
          if (index == HEADER_WORDS - 1) state <= CHECK;
        end
        CHECK: begin
          index <= '0;
          state <= CLEAR;
          if (magic != nmaccel_card_contract::SELFTEST_MAGIC || words == '0) begin
            bad <= '1;
            state <= FINISH;
          end
        end
        CLEAR:
        if (door_done) begin
          index <= last_word ? '0 : index + 1'b1;
          if (last_word) state <= SETUP;
        end
        SETUP:
        if (reg_done) begin
          index <= index + 1'b1;
          if (index == SETUP_WRITES - 1) begin
            counting <= 1'b1;
            state <= WAIT;
          end
        end
        WAIT: begin
          index <= '0;
          if (reg_done && reg_rdata[1]) seen_done <= 1'b1;
          if (reg_done && ((seen_done && seen_interrupt) || cycles == limit)) state <= CLEANUP;
        end
        CLEANUP:
        if (reg_done) begin
          index <= index[0] ? '0 : index + 1'b1;
          if (index == CLEANUP_WRITES - 1) state <= RESULT;
        end
        RESULT:
        if (door_done) begin
          got <= door_rdata;
          state <= EXPECTED;
        end
        EXPECTED:
        if (door_done) begin
          if (got != door_rdata) begin
            bad <= bad + 1'b1;
            if (bad == '0) first <= result + {index[29:0], 2'b00};
          end
          index <= index + 1'b1;
          state <= last_word ? FINISH : RESULT;
        end
        default: begin  // FINISH
          verdict <= bad == '0 ? PASS : FAIL;
          if (cycles == limit && bad != '1) verdict <= HUNG;
          state <= IDLE;
        end
      endcase
      if (counting) begin
        if (interrupt || cycles == limit) counting <= 1'b0;
        else cycles <= cycles + 1'b1;
        if (interrupt) seen_interrupt <= 1'b1;
      end
    end
  end

endmodule
