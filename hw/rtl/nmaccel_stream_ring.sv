// SPDX-License-Identifier: MIT
// A ring of 512 beats in block memory, addressed by words: one bank for each word of a beat, so
// that dense beats of any number of words are written behind each other, and any words side by
// side are read at once.
//
// Per clock one beat is written, and read are one word for the counts and STEP_WORDS words for the
// steps. Where both need one bank the steps go first. If steps need all banks the counts do, and
// the words behind them are read along and kept. Data is there RING_LATENCY clocks after the read
// was taken.
//
// Words may be read from the second clock after commit on, which says that what was written so far
// is good: committed is the index of the first word that is not.
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
    output logic                   count_ready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0]  count_index,
    // verilator lint_on UNUSEDSIGNAL
    output logic [127:0]           count_data,

    // verilator lint_off UNUSEDSIGNAL
    input  wire                    step_read,
    // verilator lint_on UNUSEDSIGNAL
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

  logic [IB-1:0] written;
  logic [LANE_BITS-1:0] put_lane;
  logic [ROW_BITS-1:0] put_row;
  assign put_lane = written[LANE_BITS-1:0] & LANE_MASK;
  assign put_row = written[SHIFT+:ROW_BITS];

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

  // STEP_WORDS words from one place on, and if single one more word from another.
  // verilator lint_off UNUSEDSIGNAL
  logic [IB-1:0] place;
  // verilator lint_on UNUSEDSIGNAL
  logic single;
  logic [LANE_BITS-1:0] lane, lane_1, lane_2, count_lane;
  logic [ROW_BITS-1:0] row, count_row;
  assign lane = place[LANE_BITS-1:0] & LANE_MASK;
  assign row = place[SHIFT+:ROW_BITS];
  assign count_lane = count_index[LANE_BITS-1:0] & LANE_MASK;
  assign count_row = count_index[SHIFT+:ROW_BITS];

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
      logic [ROW_BITS-1:0] write_row, read_row;
      logic [127:0] write_data, fetched;
      assign {write_next, word} = ({1'b0, BANK} - {1'b0, put_lane}) & {1'b1, LANE_MASK};
      assign {read_next, unused} = {1'b0, BANK} - {1'b0, lane};
      assign read_row = (single && count_lane == BANK) ? count_row : row + ROW_BITS'(read_next);
      always_ff @(posedge clk) begin
        write <= put_valid && WORD_BITS'(word) < put_words;
        write_row <= put_row + ROW_BITS'(write_next);
        write_data <= put_data[128*word+:128];
      end
      always_ff @(posedge clk) begin
        if (write) memory[write_row] <= write_data;
        fetched <= memory[read_row];
        out[128*b+:128] <= fetched;
      end
    end

    for (genvar w = 0; w < STEP_WORDS; w = w + 1) begin : g_word
      logic [LANE_BITS-1:0] bank;
      assign bank = (lane_2 + LANE_BITS'(w)) & LANE_MASK;
      always_ff @(posedge clk) step_data[128*w+:128] <= out[128*bank+:128];
    end
  endgenerate

  always_ff @(posedge clk) begin
    lane_1 <= lane;
    lane_2 <= lane_1;
  end

  generate
    if (STEP_WORDS < WORDS) begin : g_beside
      logic [LANE_BITS-1:0] apart, count_lane_1, count_lane_2;
      assign apart = (count_lane - step_index[LANE_BITS-1:0]) & LANE_MASK;
      assign place = step_index;
      assign step_ready = 1'b1;
      assign count_ready = !(step_read && apart < LANE_BITS'(STEP_WORDS));
      assign single = count_read && count_ready;
      always_ff @(posedge clk) begin
        count_lane_1 <= count_lane;
        count_lane_2 <= count_lane_1;
        count_data <= out[128*count_lane_2+:128];
      end
    end else begin : g_instead
      // The words behind the last one that was read for the counts: from when on, how many are
      // good, and which of them comes next.
      logic [IB-1:0] kept_index, ahead;
      logic [WORD_BITS-1:0] kept, good, next, next_1, next_2, next_3;
      logic again;
      logic [128*WORDS-1:0] keep;
      logic fill_1, fill_2, fill_3;
      assign again = WORDS > 1 && kept != '0 && kept_index == count_index;
      assign ahead = committed - count_index;
      assign good = ahead >= IB'(WORDS) ? WORD_BITS'(WORDS) : ahead[WORD_BITS-1:0];
      assign place = count_read && !again ? count_index : step_index;
      assign step_ready = !(count_read && !again);
      assign count_ready = 1'b1;
      assign single = 1'b0;
      always_ff @(posedge clk) begin
        if (count_read) begin
          kept_index <= count_index + IB'(1);
          kept <= (again ? kept : good) - WORD_BITS'(1);
          next <= again ? next + WORD_BITS'(1) : WORD_BITS'(1);
        end
        next_1 <= next;
        next_2 <= next_1;
        next_3 <= next_2;
        fill_1 <= count_read && !again;
        fill_2 <= fill_1;
        fill_3 <= fill_2;
        if (fill_3) keep <= step_data;
        if (rst) kept <= '0;
      end
      assign count_data = fill_3 ? step_data[127:0] : keep[128*next_3+:128];
    end
  endgenerate

endmodule
