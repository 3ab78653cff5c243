// SPDX-License-Identifier: MIT
// The rows of steps and reads: which are used, where a step finds its row's value, and from that the
// control of nmaccel_acc, in the clocks in which it wants it less one (for the leaves' registers).
//
// The sums of a step of clock 0 are there in clock AT_SUM, which is what read_* are ahead of. read_*
// serve reads too: their value comes in clock 4, and rd_data in clock 5.
module nmaccel_rows #(
    parameter  int ROWS     = 512,
    parameter  int AT_SUM   = 12,
    localparam int ROW_BITS = $clog2(ROWS)
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   step_valid,
    input  wire                   step_bank,
    input  wire  [  ROW_BITS-1:0] step_row,
    input  wire                   step_max,
    input  wire                   clear_valid,
    input  wire                   clear_bank,
    input  wire                   rd_valid,
    input  wire                   rd_bank,
    input  wire  [  ROW_BITS-1:0] rd_row,
    output logic                  rd_data_valid,
    output logic [           1:0] busy,
    // See nmaccel_acc.
    output logic [2*ROW_BITS-1:0] read_row,
    output logic [           1:0] read_zero,
    output logic [           1:0] write,
    output logic [  ROW_BITS-1:0] row,
    output logic [           1:0] from,
    output logic                  max,
    output logic                  out_bank
);

  // A number at the end of a name is the clock in which it is valid.

  localparam int PLACE = ROW_BITS + 2;

  logic [PLACE-1:0] step_1, step_2, step_3, step_4;  // valid, bank, row
  logic max_1, max_2, max_3;
  logic used_1, fresh_2, fresh_3;
  logic [1:0] from_3;
  logic clear_1, clear_bank_1;

  logic rd_valid_1, rd_bank_1, rd_used_1;
  logic [ROW_BITS-1:0] rd_row_1;

  always_ff @(posedge clk) begin
    step_1 <= {step_valid, step_bank, step_row};
    max_1 <= step_max;
    {clear_1, clear_bank_1} <= {clear_valid, clear_bank};
    {rd_valid_1, rd_bank_1, rd_row_1} <= {rd_valid, rd_bank, rd_row};
  end

  nmaccel_used #(
      .ROWS(ROWS)
  ) used (
      .clk        (clk),
      .rst        (rst),
      .clear_valid(clear_1),
      .clear_bank (clear_bank_1),
      .step_valid (step_1[PLACE-1]),
      .step_bank  (step_1[PLACE-2]),
      .step_row   (step_1[ROW_BITS-1:0]),
      .step_used  (used_1),
      .rd_bank    (rd_bank_1),
      .rd_row     (rd_row_1),
      .rd_used    (rd_used_1)
  );

  // The value of a row is in its bank, unless a step of the two clocks before has it.
  always_ff @(posedge clk) begin
    step_2  <= step_1;
    max_2   <= max_1;
    fresh_2 <= !used_1;
    step_3  <= step_2;
    step_4  <= step_3;
    fresh_3 <= fresh_2;
    // A row's first sum is its maximum whatever it is.
    max_3   <= max_2 && !fresh_2;
    if (fresh_2) from_3 <= {1'b0, step_2[PLACE-2]};
    else if (step_2 == step_3) from_3 <= 2'd2;
    else if (step_2 == step_4) from_3 <= 2'd3;
    else from_3 <= {1'b0, step_2[PLACE-2]};
  end

  // Reading, two clocks before the sums; a read takes the place of a step of the other bank.

  logic [ROW_BITS-1:0] step_read_row;
  logic step_read_fresh;

  nmaccel_delay #(
      .WIDTH (ROW_BITS),
      .CLOCKS(AT_SUM - 7)
  ) to_read_row (
      .clk(clk),
      .d  (step_3[ROW_BITS-1:0]),
      .q  (step_read_row)
  );

  nmaccel_delay #(
      .CLOCKS(AT_SUM - 6)
  ) to_read_zero (
      .clk(clk),
      .d  (fresh_3),
      .q  (step_read_fresh)
  );

  always_ff @(posedge clk) begin
    for (int b = 0; b < 2; b++) begin
      read_row[ROW_BITS*b+:ROW_BITS] <= rd_valid && rd_bank == 1'(b) ? rd_row : step_read_row;
      read_zero[b] <= rd_valid_1 && rd_bank_1 == 1'(b) ? !rd_used_1 : step_read_fresh;
    end
  end

  nmaccel_delay #(
      .CLOCKS(2)
  ) to_out_bank (
      .clk(clk),
      .d  (rd_bank_1),
      .q  (out_bank)
  );

  nmaccel_delay #(
      .CLOCKS(4)
  ) to_rd_data (
      .clk(clk),
      .d  (rd_valid_1),
      .q  (rd_data_valid)
  );

  // With the sums.

  logic valid_sum, bank_sum;

  nmaccel_delay #(
      .WIDTH (PLACE + 3),
      .CLOCKS(AT_SUM - 4)
  ) to_sum (
      .clk(clk),
      .d  ({step_3, from_3, max_3}),
      .q  ({valid_sum, bank_sum, row, from, max})
  );

  assign write = {valid_sum && bank_sum, valid_sum && !bank_sum};

  // A read of a step's result may come AT_SUM - 1 clocks after the step.

  localparam int LEFT_BITS = $clog2(AT_SUM - 1);

  logic [2*LEFT_BITS-1:0] left;

  always_ff @(posedge clk) begin
    for (int b = 0; b < 2; b++) begin
      if (rst) left[LEFT_BITS*b+:LEFT_BITS] <= '0;
      else if (step_valid && step_bank == 1'(b))
        left[LEFT_BITS*b+:LEFT_BITS] <= LEFT_BITS'(AT_SUM - 2);
      else if (busy[b]) left[LEFT_BITS*b+:LEFT_BITS] <= left[LEFT_BITS*b+:LEFT_BITS] - 1'b1;
    end
  end

  assign busy = {left[2*LEFT_BITS-1:LEFT_BITS] != '0, left[LEFT_BITS-1:0] != '0};

`ifndef SYNTHESIS
  always_ff @(posedge clk) assert (rst || !rd_valid || !busy[rd_bank]);
`endif

endmodule
