// SPDX-License-Identifier: MIT
// The datapath: block memory, dot products, accumulators. One step a clock, in any order of rows and
// banks; it is never stalled, and there is nothing to wait for between steps.
//
// All of it is ordered by clocks. A step sees the writes of the block memory, the steps and the
// clears of the clocks before its own, and a clear of its own clock; it sees nothing later, nor a
// write of its own clock. A read sees the clears of the clocks before its own.
//
// A read of a bank may come when none of the bank's steps is in flight: when busy[bank] is 0, which
// it is AT_SUM - 1 clocks after the last of them and later. (In the clock of a step, busy does not
// tell of it yet.) Steps of the other bank, and steps of the same bank in the read's clock or later,
// do not matter to it. rd_data is there 5 clocks later, with rd_data_valid; one read a clock.
//
// Sums are modulo 2^32. Of a row's steps since its clear, all have step_max or none has.
//
// The columns are in leaves of LEAF, each with its own registers for what goes to all columns.
module nmaccel_core #(
    parameter  int LANES    = 8,
    parameter  int COLUMNS  = 64,
    parameter  int ROWS     = 512,
    parameter  bit PACK     = 1'b1,
    parameter  int CHAIN    = 4,            // lanes of a packed cascade: 4, or 8 with a DSP48E2
    parameter  int LEAF     = 16,           // even
    localparam int ROW_BITS = $clog2(ROWS)
) (
    input  wire                   clk,
    input  wire                   rst,
    // The block memory: some columns of a row.
    input  wire  [   COLUMNS-1:0] wr_mask,
    input  wire  [           8:0] wr_row,
    input  wire  [ 8*COLUMNS-1:0] wr_data,
    // A step: the sum of values[i] * block row ({base, 7'd0} | indices[i]).
    input  wire                   step_valid,
    input  wire  [  ROW_BITS-1:0] step_row,
    input  wire                   step_bank,
    input  wire                   step_max,
    input  wire  [           1:0] step_base,
    input  wire  [   8*LANES-1:0] step_indices,
    input  wire  [   8*LANES-1:0] step_values,
    // All rows of the bank are unused.
    input  wire                   clear_valid,
    input  wire                   clear_bank,
    // A row of accumulators; of an unused one, zeros.
    input  wire                   rd_valid,
    input  wire                   rd_bank,
    input  wire  [  ROW_BITS-1:0] rd_row,
    output logic                  rd_data_valid,
    output logic [32*COLUMNS-1:0] rd_data,
    output logic [           1:0] busy
);

  localparam int LEAVES = (COLUMNS + LEAF - 1) / LEAF;

  localparam int DEPTH = !PACK || LANES < CHAIN ? LANES : CHAIN;
  localparam int CHAINS = LANES / DEPTH;
  localparam int START_BITS = PACK ? 15 + $clog2(DEPTH) : 1;

  // A step's way, in clocks after its own.
  localparam int AT_ADDRESS = 2;  // lane 0's, at the block memory
  localparam int AT_OPERAND = AT_ADDRESS + 1;  // lane 0's, at the multiplier
  localparam int AT_VALUE = AT_OPERAND + 1;  // its value, and where its cascade starts
  localparam int AT_SUM = AT_OPERAND + DEPTH + 3 + $clog2(CHAINS);  // at the accumulators

  // Writes.

  logic [COLUMNS-1:0] wr_mask_1;
  logic [8:0] wr_row_1;
  logic [8*COLUMNS-1:0] wr_data_1;

  always_ff @(posedge clk) begin
    wr_mask_1 <= wr_mask;
    wr_row_1  <= wr_row;
    // The second of two columns is stored as the multipliers want it: see nmaccel_dot.
    for (int c = 0; c < COLUMNS; c++)
      wr_data_1[8*c+:8] <= wr_data[8*c+:8] ^ (PACK && c % 2 == 1 ? 8'h7f : 8'h00);
  end

  // Lanes: each in its clock, less one for the leaves' registers.

  logic [9*LANES-1:0] address_1, address;
  logic [8*LANES-1:0] values_1, values;

  always_ff @(posedge clk) begin
    values_1 <= step_values;
    for (int i = 0; i < LANES; i++)
      address_1[9*i+:9] <= {step_base, 7'd0} | {1'b0, step_indices[8*i+:8]};
  end

  genvar i;
  generate
    for (i = 0; i < LANES; i++) begin : g_lane
      nmaccel_delay #(
          .WIDTH (9),
          .CLOCKS(AT_ADDRESS - 2 + i % DEPTH)
      ) to_address (
          .clk(clk),
          .d  (address_1[9*i+:9]),
          .q  (address[9*i+:9])
      );

      nmaccel_delay #(
          .WIDTH (8),
          .CLOCKS(AT_VALUE - 2 + i % DEPTH)
      ) to_value (
          .clk(clk),
          .d  (values_1[8*i+:8]),
          .q  (values[8*i+:8])
      );
    end
  endgenerate

  // Where the cascades start, which is wanted with lane 0's value.

  logic [CHAINS*START_BITS-1:0] start;

  generate
    for (i = 0; i < CHAINS; i++) begin : g_start
      if (PACK) begin : g_pack
        nmaccel_start #(
            .DEPTH(DEPTH)
        ) of_values (
            .clk   (clk),
            .values(values_1[8*DEPTH*i+:8*DEPTH]),
            .start (start[START_BITS*i+:START_BITS])
        );
      end else begin : g_none
        assign start[i] = 1'b0;
      end
    end
  endgenerate

  // Rows.

  logic [2*ROW_BITS-1:0] read_row;
  logic [ROW_BITS-1:0] row;
  logic [1:0] read_zero, write, from;
  logic max, out_bank;

  nmaccel_rows #(
      .ROWS  (ROWS),
      .AT_SUM(AT_SUM)
  ) rows (
      .clk          (clk),
      .rst          (rst),
      .step_valid   (step_valid),
      .step_bank    (step_bank),
      .step_row     (step_row),
      .step_max     (step_max),
      .clear_valid  (clear_valid),
      .clear_bank   (clear_bank),
      .rd_valid     (rd_valid),
      .rd_bank      (rd_bank),
      .rd_row       (rd_row),
      .rd_data_valid(rd_data_valid),
      .busy         (busy),
      .read_row     (read_row),
      .read_zero    (read_zero),
      .write        (write),
      .row          (row),
      .from         (from),
      .max          (max),
      .out_bank     (out_bank)
  );

  generate
    for (i = 0; i < LEAVES; i++) begin : g_leaf
      localparam int FIRST = i * LEAF;
      localparam int HERE = COLUMNS - FIRST < LEAF ? COLUMNS - FIRST : LEAF;

      nmaccel_leaf #(
          .LANES  (LANES),
          .DEPTH  (DEPTH),
          .PACK   (PACK),
          .COLUMNS(HERE),
          .ROWS   (ROWS)
      ) leaf (
          .clk      (clk),
          .wr_mask  (wr_mask_1[FIRST+:HERE]),
          .wr_row   (wr_row_1),
          .wr_data  (wr_data_1[8*FIRST+:8*HERE]),
          .address  (address),
          .values   (values),
          .start    (start),
          .read_row (read_row),
          .read_zero(read_zero),
          .write    (write),
          .row      (row),
          .from     (from),
          .max      (max),
          .out_bank (out_bank),
          .rd_data  (rd_data[32*FIRST+:32*HERE])
      );
    end
  endgenerate

endmodule
