// SPDX-License-Identifier: MIT
// nmaccel_acc, with the control that its comment asks for: the accumulators of one row, any one, are
// what a plain sum or maximum of its steps is, whichever steps and reads come between. 4 rows here; the
// first column's sums come as they are, the second's negated.
module nmaccel_acc_check #(
    parameter int SUM_BITS = 4
) (
    input wire                  clk,
    input wire                  step,
    input wire                  step_bank,
    input wire [           1:0] step_row,
    input wire                  step_fresh,
    input wire                  step_max,
    input wire [2*SUM_BITS-1:0] step_sums,
    input wire                  read,
    input wire                  read_bank,
    input wire [           1:0] read_row
);

  (* anyconst *) wire [2:0] watched;  // bank, row

  // Steps in the two clocks before their sums, with them, and in the two clocks after.
  logic [4:1] later = 4'd0;
  logic [4:0] valid;
  logic [11:0] later_place;
  logic [14:0] places;
  logic [1:0] later_fresh, later_max;
  logic [2:0] fresh, max, now;

  assign valid = {later, step};
  assign places = {later_place, step_bank, step_row};
  assign fresh = {later_fresh, step_fresh};
  assign max = {later_max, step_max && !step_fresh};
  assign now = places[8:6];

  always_ff @(posedge clk) begin
    later <= valid[3:0];
    later_place <= places[11:0];
    later_fresh <= fresh[1:0];
    later_max <= max[1:0];
  end

  function automatic logic same(input int i);
    same = valid[i] && places[3*i+:3] == now;
  endfunction

  logic [1:0] from;
  assign from = fresh[2] ? {1'b0, now[2]} : same(3) ? 2'd2 : same(4) ? 2'd3 :
      {1'b0, now[2]};

  // A read takes the place of a step of the other bank; none of its own bank's is under way.
  logic reads, waits_for;
  assign waits_for = (valid[0] && step_bank == read_bank) || (valid[1] && places[5] == read_bank) ||
      (valid[2] && now[2] == read_bank);
  assign reads = read && !waits_for;

  logic [3:0] rows;
  logic was_read = 1'b0, was_bank = 1'b0, bank_2 = 1'b0;
  assign rows = {reads && read_bank ? read_row : step_row, reads && !read_bank ? read_row : step_row};
  always_ff @(posedge clk) begin
    was_read <= reads;
    was_bank <= read_bank;
    bank_2 <= was_bank;
  end

  logic [63:0] sums, rd_data;
  logic signed [31:0] sum_a, sum_b;
  assign sum_a = 32'($signed(step_sums[SUM_BITS-1:0]));
  assign sum_b = 32'($signed(step_sums[2*SUM_BITS-1:SUM_BITS]));
  assign sums = {sum_b, sum_a};

  nmaccel_acc #(
      .COLUMNS (2),
      .SUM_BITS(SUM_BITS),
      .NEGATE  (1'b1),
      .ROWS    (4)
  ) dut (
      .clk,
      .sums,
      .step_write({valid[2] && now[2], valid[2] && !now[2]}),
      .step_row(now[1:0]),
      .step_from(from),
      .step_max(max[2]),
      .read_row(rows),
      .read_zero({was_read && was_bank ? 1'b0 : fresh[1], was_read && !was_bank ? 1'b0 : fresh[1]}),
      .out_bank(bank_2),
      .rd_data
  );

  // ---- The row that is watched. Its first step is a fresh one, and its maxima are not mixed with sums.

  logic known = 1'b0, maxima;
  logic signed [31:0] want_a, want_b;

  logic here;
  assign here = valid[2] && now == watched;

  logic begun = 1'b0, kind;  // when steps are asked for
  always_ff @(posedge clk) begin
    if (step && {step_bank, step_row} == watched) begin
      assume (step_fresh || (begun && kind == step_max));
      begun <= 1'b1;
      kind <= step_max;
    end
  end

  function automatic logic signed [31:0] larger(input signed [31:0] one, input signed [31:0] other);
    larger = one > other ? one : other;
  endfunction

  always_ff @(posedge clk) begin
    if (here) begin
      known <= 1'b1;
      maxima <= max[2];
      want_a <= fresh[2] ? sum_a : max[2] ? larger(want_a, sum_a) : want_a + sum_a;
      want_b <= fresh[2] ? -sum_b : max[2] ? larger(want_b, -sum_b) : want_b - sum_b;
    end
  end

  logic [2:0] due = 3'd0;
  logic [191:0] expected;
  always_ff @(posedge clk) begin
    due <= {due[1:0], reads && known && {read_bank, read_row} == watched};
    expected <= {expected[127:0], want_b, want_a};
    if (due[2]) assert (rd_data == expected[191:128]);
  end

  logic [1:0] steps = 2'd0;
  always_ff @(posedge clk) begin
    if (here && fresh[2]) steps <= 2'd0;
    else if (here && steps != 2'd3) steps <= steps + 2'd1;
    cover (due[2] && steps == 2'd3 && rd_data[31:0] == 32'd9 && maxima == 1'b0);
    cover (due[2] && steps == 2'd2 && max[2]);
  end

endmodule
