// SPDX-License-Identifier: MIT
// A ring of 512 beats in block memory, addressed by words: one bank for each word of a beat, so that
// dense beats of any number of words are written behind each other, and any words side by side are
// read at once.
//
// Per clock one beat is written, and read are one word for the counts and STEP_WORDS words for the
// steps; where both need one bank the counts go first. Data is there RING_LATENCY clocks after the
// read was taken. Words may be read from the second clock after commit on, which says that what was
// written so far is good: committed is the index of the first word that is not.
module nmaccel_stream_ring #(
    parameter int DATA_BYTES = 16,
    parameter int STEP_WORDS = 1,
    localparam int WORD_BITS = $clog2(DATA_BYTES / 16 + 1)
) (
    input wire clk,
    input wire rst,

    input  wire                    put_valid,
    input  wire [WORD_BITS-1:0]    put_words,  // 1 .. DATA_BYTES / 16
    input  wire [8*DATA_BYTES-1:0] put_data,
    input  wire                    commit,     // with the beat of this clock
    output logic [nmaccel_stream_pkg::INDEX_BITS-1:0] committed,

    input  wire                    count_read,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0]  count_index,
    // verilator lint_on UNUSEDSIGNAL
    output logic [127:0]           count_data,

    output logic                   step_ready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0]  step_index,
    // verilator lint_on UNUSEDSIGNAL
    output logic [128*STEP_WORDS-1:0] step_data
);

  localparam int IB = nmaccel_stream_pkg::INDEX_BITS;
  localparam int WORDS = DATA_BYTES / 16;
  localparam int LANE_BITS = WORDS > 1 ? $clog2(WORDS) : 1;
  localparam int SHIFT = $clog2(WORDS);
  localparam logic [LANE_BITS-1:0] LANE_MASK = LANE_BITS'(WORDS - 1);
  localparam int ROW_BITS = 9;

  // Places: bank and row of the first word.
  logic [IB-1:0] written;
  logic [LANE_BITS-1:0] put_lane, count_lane, step_lane;
  logic [ROW_BITS-1:0] put_row, count_row, step_row;
  assign put_lane = written[LANE_BITS-1:0] & LANE_MASK;
  assign put_row = written[SHIFT+:ROW_BITS];
  assign count_lane = count_index[LANE_BITS-1:0] & LANE_MASK;
  assign count_row = count_index[SHIFT+:ROW_BITS];
  assign step_lane = step_index[LANE_BITS-1:0] & LANE_MASK;
  assign step_row = step_index[SHIFT+:ROW_BITS];

  logic commit_1;
  always_ff @(posedge clk) begin
    commit_1 <= commit;
    if (put_valid) written <= written + IB'(put_words);
    if (commit_1) committed <= written;
    if (rst) begin
      commit_1 <= 1'b0;
      written <= '0;
      committed <= '0;
    end
  end

  generate
    if (STEP_WORDS < WORDS) begin : g_some
      logic [LANE_BITS-1:0] apart;
      assign apart = (count_lane - step_lane) & LANE_MASK;
      assign step_ready = !(count_read && apart < LANE_BITS'(STEP_WORDS));
    end else begin : g_all
      assign step_ready = !count_read;
    end
  endgenerate

  logic [128*WORDS-1:0] out;
  generate
    for (genvar b = 0; b < WORDS; b = b + 1) begin : g_bank
      localparam logic [LANE_BITS-1:0] BANK = LANE_BITS'(b);

      (* ram_style = "block" *) logic [127:0] memory [2**ROW_BITS];

      // Which word of the beat the bank takes, if any; it is in the next row when that is less
      // than the first word's bank.
      // verilator lint_off UNUSEDSIGNAL
      logic [LANE_BITS-1:0] unused;
      // verilator lint_on UNUSEDSIGNAL
      logic [LANE_BITS-1:0] word;
      logic write, write_next, read_next;
      logic [ROW_BITS-1:0] write_row;
      logic [127:0] write_data;
      assign {write_next, word} = ({1'b0, BANK} - {1'b0, put_lane}) & {1'b1, LANE_MASK};
      always_ff @(posedge clk) begin
        write <= put_valid && WORD_BITS'(word) < put_words;
        write_row <= put_row + ROW_BITS'(write_next);
        write_data <= put_data[128*word+:128];
      end

      logic [ROW_BITS-1:0] read_row;
      logic [127:0] fetched;
      assign {read_next, unused} = {1'b0, BANK} - {1'b0, step_lane};
      assign read_row = (count_read && count_lane == BANK) ? count_row
          : step_row + ROW_BITS'(read_next);
      always_ff @(posedge clk) begin
        if (write) memory[write_row] <= write_data;
        fetched <= memory[read_row];
        out[128*b+:128] <= fetched;
      end
    end
  endgenerate

  logic [LANE_BITS-1:0] count_lane_1, count_lane_2, step_lane_1, step_lane_2;
  always_ff @(posedge clk) begin
    count_lane_1 <= count_lane;
    count_lane_2 <= count_lane_1;
    step_lane_1 <= step_lane;
    step_lane_2 <= step_lane_1;
    count_data <= out[128*count_lane_2+:128];
  end
  generate
    for (genvar w = 0; w < STEP_WORDS; w = w + 1) begin : g_word
      logic [LANE_BITS-1:0] bank;
      assign bank = (step_lane_2 + LANE_BITS'(w)) & LANE_MASK;
      always_ff @(posedge clk) step_data[128*w+:128] <= out[128*bank+:128];
    end
  endgenerate

endmodule
