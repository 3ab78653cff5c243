// SPDX-License-Identifier: MIT
// From rows to runs, one a clock without a gap between rows_t.
module nmaccel_stream_runs (
    input wire clk,
    input wire rst,

    input  wire                       rows_valid,
    output logic                      rows_ready,
    input wire nmaccel_stream_pkg::rows_t rows,

    output logic                      run_valid,
    input  wire                       run_ready,
    output nmaccel_stream_pkg::run_t  run
);

  // The lowest bit that is set.
  function automatic logic [3:0] lowest(input logic [15:0] mask);
    lowest = 4'd0;
    for (int i = 15; i >= 0; i = i - 1) begin
      if (mask[i]) lowest = 4'(i);
    end
  endfunction

  // Counts: those that are left, and the first of them. A walk: the row, and the steps left.
  logic walking;
  logic [4:0] base;
  logic [15:0] mask, mask_next;
  logic [3:0] place;
  logic [127:0] counts;
  logic [8:0] channels, row, row_next, left;
  nmaccel_stream_pkg::walk_t walk;
  assign walk = rows.counts[18:0];
  assign mask_next = mask & (mask - 16'd1);
  assign row_next = row + 9'd1 == channels ? 9'd0 : row + 9'd1;

  logic last, load;
  assign last = walking ? left == 9'd1 : mask_next == 16'd0;
  assign rows_ready = !run_valid || (run_ready && last);
  assign load = rows_valid && rows_ready;

  assign run.row = walking ? row : {base, place};
  assign run.steps = walking ? 8'd1 : counts[8*place+:8];

  always_ff @(posedge clk) begin
    if (run_valid && run_ready) begin
      run_valid <= !last;
      mask <= mask_next;
      place <= lowest(mask_next);
      left <= left - 9'd1;
      if (walking) row <= row_next;
    end
    if (load) begin
      run_valid <= 1'b1;
      walking <= rows.walk;
      base <= rows.base;
      mask <= rows.mask;
      place <= lowest(rows.mask);
      counts <= rows.counts;
      if (rows.walk) begin
        channels <= walk.channels;
        left <= walk.steps;
        if (walk.restart) row <= 9'd0;
      end
    end
    if (rst) run_valid <= 1'b0;
  end

endmodule
