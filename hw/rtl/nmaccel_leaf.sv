// SPDX-License-Identifier: MIT
// Some columns of the datapath: their block memory, products and accumulators, and registers for
// what is the same in all leaves. Inputs come a clock before their units want them.
module nmaccel_leaf #(
    parameter  int LANES      = 8,
    parameter  int DEPTH      = 4,
    parameter  bit PACK       = 1'b1,
    parameter  int COLUMNS    = 16,
    parameter  int ROWS       = 512,
    localparam int ROW_BITS   = $clog2(ROWS),
    localparam int START_BITS = LANES / DEPTH * (PACK ? 15 + $clog2(DEPTH) : 1)
) (
    input  wire                   clk,
    input  wire  [   COLUMNS-1:0] wr_mask,
    input  wire  [           8:0] wr_row,
    input  wire  [ 8*COLUMNS-1:0] wr_data,
    input  wire  [   9*LANES-1:0] address,
    input  wire  [   8*LANES-1:0] values,
    input  wire  [START_BITS-1:0] start,
    input  wire  [2*ROW_BITS-1:0] read_row,
    input  wire  [           1:0] read_zero,
    input  wire  [           1:0] write,
    input  wire  [  ROW_BITS-1:0] row,
    input  wire  [           1:0] from,
    input  wire                   max,
    input  wire                   out_bank,
    output logic [32*COLUMNS-1:0] rd_data
);

  logic [COLUMNS-1:0] mask_here;
  logic [8*COLUMNS-1:0] wr_data_here;

  always_ff @(posedge clk) begin
    mask_here <= wr_mask;
    wr_data_here <= wr_data;
  end

  logic [8:0] wr_row_here;
  logic [9*LANES-1:0] address_here;
  logic [8*LANES-1:0] values_here;
  logic [START_BITS-1:0] start_here;
  logic [2*ROW_BITS-1:0] read_row_here;
  logic [1:0] read_zero_here, write_here, from_here;
  logic [ROW_BITS-1:0] row_here;
  logic max_here, out_bank_here;

  // Tools make one of equal registers that they need not keep.
  (* keep *)
  always_ff @(posedge clk) begin
    wr_row_here <= wr_row;
    address_here <= address;
    values_here <= values;
    start_here <= start;
    read_row_here <= read_row;
    read_zero_here <= read_zero;
    write_here <= write;
    row_here <= row;
    from_here <= from;
    max_here <= max;
    out_bank_here <= out_bank;
  end

  logic [LANES*8*COLUMNS-1:0] operands;

  nmaccel_block #(
      .LANES  (LANES),
      .DEPTH  (DEPTH),
      .COLUMNS(COLUMNS)
  ) block (
      .clk    (clk),
      .wr_mask(mask_here),
      .wr_row (wr_row_here),
      .wr_data(wr_data_here),
      .rd_row (address_here),
      .rd_data(operands)
  );

  logic [32*COLUMNS-1:0] sums;

  genvar c, i;
  generate
    for (c = 0; c < COLUMNS; c += PACK ? 2 : 1) begin : g_column
      localparam bit TWO = PACK && c + 1 < COLUMNS;

      logic [8*LANES-1:0] a, b;
      logic [31:0] minus_sum_b;

      for (i = 0; i < LANES; i++) begin : g_lane
        assign a[8*i+:8] = operands[8*(COLUMNS*i+c)+:8];
        if (TWO) begin : g_b
          assign b[8*i+:8] = operands[8*(COLUMNS*i+c+1)+:8];
        end else begin : g_no_b
          assign b[8*i+:8] = '0;
        end
      end

      nmaccel_dot #(
          .LANES(LANES),
          .DEPTH(DEPTH),
          .PACK (PACK)
      ) dot (
          .clk        (clk),
          .values     (values_here),
          .a          (a),
          .b          (b),
          .start      (start_here),
          .sum_a      (sums[32*c+:32]),
          .minus_sum_b(minus_sum_b)
      );

      if (TWO) begin : g_sum_b
        assign sums[32*(c+1)+:32] = minus_sum_b;
      end else begin : g_no_sum_b
        logic unused;

        assign unused = &minus_sum_b;
      end
    end
  endgenerate

  nmaccel_acc #(
      .COLUMNS (COLUMNS),
      .SUM_BITS(16 + $clog2(LANES)),
      .NEGATE  (PACK),
      .ROWS    (ROWS)
  ) acc (
      .clk       (clk),
      .sums      (sums),
      .step_write(write_here),
      .step_row  (row_here),
      .step_from (from_here),
      .step_max  (max_here),
      .read_row  (read_row_here),
      .read_zero (read_zero_here),
      .out_bank  (out_bank_here),
      .rd_data   (rd_data)
  );

endmodule
