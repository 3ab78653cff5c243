// SPDX-License-Identifier: MIT
// The accumulators of some columns: two banks of ROWS rows. Takes the sums of one step a clock, with
// the step's control in the same clock, and adds them to the accumulators of its row, or keeps the
// larger ones; what a step needs of its row is asked for before:
//
//   two clocks before  read_row   the row, at the bank's memory
//   one clock before   read_zero  it counts as 0: nothing was added to it yet
//   with the sums      step_from  where the row's value is: in what its bank gave, or still on its
//                                 way, as the result of the step one or two clocks before
//
// A step three clocks later gets it from the memory again. rd_data is the value of a bank three
// clocks after its read_row, out_bank says in the clock before which. Both banks can be read in one
// clock, one by steps and one for rd_data.
//
// NEGATE: the sums of odd columns come negated and so are the accumulators; rd_data negates again.
//
// Maxima are compared in SUM_BITS, so a row's steps are all maxima or all sums.
module nmaccel_acc #(
    parameter  int COLUMNS  = 16,
    parameter  int SUM_BITS = 19,
    parameter  bit NEGATE   = 1'b1,
    parameter  int ROWS     = 512,
    localparam int ROW_BITS = $clog2(ROWS)
) (
    input  wire                         clk,
    input  wire  [      32*COLUMNS-1:0] sums,         // within SUM_BITS
    input  wire  [                 1:0] step_write,  // to this bank
    input  wire  [        ROW_BITS-1:0] step_row,
    input  wire  [                 1:0] step_from,   // bank 0, bank 1, the last step, that before
    input  wire                         step_max,
    input  wire  [      2*ROW_BITS-1:0] read_row,    // of each bank
    input  wire  [                 1:0] read_zero,
    input  wire                         out_bank,
    output logic [      32*COLUMNS-1:0] rd_data
);

  localparam int WIDTH = 32 * COLUMNS;

  logic [WIDTH-1:0] result, last, before_last;

  always_ff @(posedge clk) begin
    last <= result;
    before_last <= last;
  end

  genvar i;
  generate
    for (i = 0; i < 2; i++) begin : g_bank
      (* ram_style = "block" *) logic [WIDTH-1:0] memory[ROWS];
      logic [WIDTH-1:0] fetched, value;

      always_ff @(posedge clk) begin
        if (step_write[i]) memory[step_row] <= result;
        fetched <= memory[read_row[ROW_BITS*i+:ROW_BITS]];
        if (read_zero[i]) value <= '0;
        else value <= fetched;
      end
    end

    for (i = 0; i < COLUMNS; i++) begin : g_column
      localparam bit NEGATED = NEGATE && i % 2 == 1;

      logic [31:0] sum, value, out;
      logic signed [SUM_BITS-1:0] sum_low, value_low;
      logic take_sum;

      assign sum = sums[32*i+:32];
      assign sum_low = sum[SUM_BITS-1:0];
      assign value_low = value[SUM_BITS-1:0];

      always_comb begin
        case (step_from)
          2'd0: value = g_bank[0].value[32*i+:32];
          2'd1: value = g_bank[1].value[32*i+:32];
          2'd2: value = last[32*i+:32];
          default: value = before_last[32*i+:32];
        endcase
      end

      if (NEGATED) begin : g_min
        assign take_sum = sum_low < value_low;
      end else begin : g_max
        assign take_sum = sum_low > value_low;
      end

      assign result[32*i+:32] = !step_max ? sum + value : take_sum ? sum : value;

      assign out = out_bank ? g_bank[1].value[32*i+:32] : g_bank[0].value[32*i+:32];
      always_ff @(posedge clk) rd_data[32*i+:32] <= NEGATED ? -out : out;
    end
  endgenerate

endmodule
