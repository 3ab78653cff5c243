// SPDX-License-Identifier: MIT
// The data memory of the micro-coded machine: what was read for it, in words of 64 bits, and a few
// temporaries in a memory of their own.
//
// Answers of the memory system are written as they come, a whole beat a clock: each word of a beat
// has a bank. A read takes two clocks, a temporary is read in the second one and so sees what was
// written in the first.
module nmaccel_micro_memory #(
    parameter int DATA_BYTES = 16,
    localparam int WORD_BITS = $clog2(nmaccel_micro_isa::WORDS),
    localparam int TEMP_BITS = $clog2(nmaccel_micro_isa::TEMPS)
) (
    input  wire                    clk,
    input  wire                    write,       // a beat, from a multiple of its size on
    input  wire  [WORD_BITS-1:0]   write_word,
    input  wire  [8*DATA_BYTES-1:0] write_data,
    input  wire                    temp_write,
    input  wire  [TEMP_BITS-1:0]   temp_number,
    input  wire  [63:0]            temp_data,
    input  wire  [WORD_BITS-1:0]   read_word,
    input  wire                    read_temp,   // temporary read_word instead
    output logic [63:0]            read_data
);

  localparam int BANKS = DATA_BYTES / 8;
  localparam int BANK_BITS = $clog2(BANKS);
  localparam int ROWS = nmaccel_micro_isa::WORDS / BANKS;

  logic [64*BANKS-1:0] rows;
  logic [BANK_BITS-1:0] bank;
  logic temp;
  logic [TEMP_BITS-1:0] number;

  genvar i;
  generate
    for (i = 0; i < BANKS; i = i + 1) begin : banks
      logic [63:0] words[ROWS];
      logic [63:0] row;

      always_ff @(posedge clk) begin
        if (write) words[write_word[WORD_BITS-1:BANK_BITS]] <= write_data[64*i+:64];
        row <= words[read_word[WORD_BITS-1:BANK_BITS]];
      end
      assign rows[64*i+:64] = row;
    end
  endgenerate

  logic [63:0] temps[nmaccel_micro_isa::TEMPS];

  always_ff @(posedge clk) begin
    if (temp_write) temps[temp_number] <= temp_data;
  end

  always_ff @(posedge clk) begin
    bank <= read_word[BANK_BITS-1:0];
    temp <= read_temp;
    number <= read_word[TEMP_BITS-1:0];
    read_data <= temp ? temps[number] : rows[64*bank+:64];
  end

  wire unused = &{1'b0, write_word[BANK_BITS-1:0]};

endmodule
