// SPDX-License-Identifier: MIT
// Adds up the counts of a block, 16 a clock, and passes those on that are not all zero.
//
// A word's rows leave one clock after it came; the total is there, and done for one clock, three
// clocks after the last word came.
module nmaccel_stream_counts (
    input wire clk,
    input wire rst,

    input  wire         in_valid,
    input  wire         in_first,  // word of the block
    input  wire         in_last,
    input  wire [127:0] in_data,
    input  wire [15:0]  in_rows,   // which bytes of the last word are counts, the others being zero

    output logic        rows_valid,
    output nmaccel_stream_pkg::rows_t rows,

    output logic        done,
    output logic [17:0] total,
    output logic [15:0] padding    // which bytes of the last word should be zero and are not
);

  logic [15:0] used;
  generate
    for (genvar i = 0; i < 16; i = i + 1) begin : g_used
      assign used[i] = in_data[8*i+:8] != 8'd0;
    end
  endgenerate

  // Sums of 4, of 16, of all.
  logic first_1, last_1, valid_1, first_2, last_2, valid_2;
  logic [39:0] fours;
  logic [11:0] sixteen;
  generate
    for (genvar i = 0; i < 4; i = i + 1) begin : g_fours
      always_ff @(posedge clk) begin
        fours[10*i+:10] <= (10'(in_data[32*i+:8]) + 10'(in_data[32*i+8+:8])) +
            (10'(in_data[32*i+16+:8]) + 10'(in_data[32*i+24+:8]));
      end
    end
  endgenerate

  always_ff @(posedge clk) begin
    valid_1 <= in_valid;
    first_1 <= in_first;
    last_1 <= in_last;
    valid_2 <= valid_1;
    first_2 <= first_1;
    last_2 <= last_1;
    sixteen <= (12'(fours[9:0]) + 12'(fours[19:10])) + (12'(fours[29:20]) + 12'(fours[39:30]));
    done <= valid_2 && last_2;
    if (valid_2) total <= (first_2 ? 18'd0 : total) + 18'(sixteen);
    if (in_valid) padding <= in_last ? used & ~in_rows : 16'd0;
    if (rst) begin
      valid_1 <= 1'b0;
      valid_2 <= 1'b0;
      done <= 1'b0;
    end
  end

  logic [4:0] word;
  always_ff @(posedge clk) begin
    rows_valid <= in_valid && used != 16'd0;
    rows.walk <= 1'b0;
    rows.mask <= used;
    rows.counts <= in_data;
    rows.base <= in_first ? 5'd0 : word;
    if (in_valid) word <= (in_first ? 5'd0 : word) + 5'd1;
    if (rst) rows_valid <= 1'b0;
  end

endmodule
