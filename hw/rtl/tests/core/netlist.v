// SPDX-License-Identifier: MIT
// The core as a netlist against vectors: +vectors=FILE, a line of bits for each clock.
`timescale 1ns / 1ps
module netlist;

  parameter LANES = 8;
  parameter COLUMNS = 3;
  parameter CLOCKS = 1500;
  // Clocks at the beginning whose outputs are not known yet.
  parameter RESET_CLOCKS = 32;

  localparam IN = 1 + COLUMNS + 9 + 8 * COLUMNS + 1 + 9 + 1 + 1 + 2 + 16 * LANES + 2 + 2 + 9;
  localparam OUT = 1 + 32 * COLUMNS + 2;

  reg [OUT+IN-1:0] vectors[0:CLOCKS-1];
  reg [1023:0] file;

  reg clk, rst;
  reg [COLUMNS-1:0] wr_mask;
  reg [8:0] wr_row;
  reg [8*COLUMNS-1:0] wr_data;
  reg step_valid, step_bank, step_max;
  reg [8:0] step_row;
  reg [1:0] step_base;
  reg [8*LANES-1:0] step_indices, step_values;
  reg clear_valid, clear_bank, rd_valid, rd_bank;
  reg [8:0] rd_row;

  wire rd_data_valid;
  wire [32*COLUMNS-1:0] rd_data;
  wire [1:0] busy;
  reg expected_valid;
  reg [32*COLUMNS-1:0] expected_data;
  reg [1:0] expected_busy;

  nmaccel_core core (
      .clk(clk),
      .rst(rst),
      .wr_mask(wr_mask),
      .wr_row(wr_row),
      .wr_data(wr_data),
      .step_valid(step_valid),
      .step_row(step_row),
      .step_bank(step_bank),
      .step_max(step_max),
      .step_base(step_base),
      .step_indices(step_indices),
      .step_values(step_values),
      .clear_valid(clear_valid),
      .clear_bank(clear_bank),
      .rd_valid(rd_valid),
      .rd_bank(rd_bank),
      .rd_row(rd_row),
      .rd_data_valid(rd_data_valid),
      .rd_data(rd_data),
      .busy(busy)
  );

  integer i, reads;

  initial begin
    reads = 0;
    if (!$value$plusargs("vectors=%s", file)) $stop;
    $readmemb(file, vectors);
    for (i = 0; i < CLOCKS; i = i + 1) begin
      clk = 0;
      {expected_busy, expected_data, expected_valid, rd_row, rd_bank, rd_valid, clear_bank,
       clear_valid, step_values, step_indices, step_base, step_max, step_bank, step_row, step_valid,
       wr_data, wr_row, wr_mask, rst} = vectors[i];
      #5;
      if (i >= RESET_CLOCKS && ({busy, rd_data_valid} !== {expected_busy, expected_valid} ||
          (expected_valid && rd_data !== expected_data))) begin
        $display("clock %0d: %b %h, expected %b %h", i, {busy, rd_data_valid}, rd_data,
                 {expected_busy, expected_valid}, expected_data);
        $stop;
      end
      if (expected_valid) reads = reads + 1;
      clk = 1;
      #5;
    end
    if (reads == 0) $stop;
    $display("%0d clocks, %0d reads: as expected", CLOCKS, reads);
    $finish;
  end

endmodule
