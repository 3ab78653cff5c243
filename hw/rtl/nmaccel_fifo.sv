// SPDX-License-Identifier: MIT
// A first-word-fall-through FIFO of one clock: out_data is the oldest entry while out_valid, and
// out_ready takes it. It holds DEPTH entries, any number from 1; count says how many there are. It
// takes and gives one entry per clock.
//
// BLOCK 0: LUT memory, out_data is its output. An entry is there one clock after it was taken.
// BLOCK 1: block memory with an output register; two of the DEPTH entries are in its registers. An
// entry that finds the FIFO empty is there three clocks after it was taken.
//
// in_ready and out_valid do not depend on anything that comes in the same clock.
module nmaccel_fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 16,
    parameter bit BLOCK = DEPTH > 64,
    localparam int COUNT_BITS = $clog2(DEPTH + 1)
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   in_valid,
    output logic                  in_ready,
    input  wire  [WIDTH-1:0]      in_data,
    output logic                  out_valid,
    input  wire                   out_ready,
    output logic [WIDTH-1:0]      out_data,
    output logic [COUNT_BITS-1:0] count
);

  localparam int ADDR_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1;

  logic put, take;

  assign in_ready = count != COUNT_BITS'(DEPTH);
  assign put = in_valid && in_ready;
  assign take = out_valid && out_ready;

  always_ff @(posedge clk) begin
    if (rst) count <= '0;
    else count <= count + COUNT_BITS'(put) - COUNT_BITS'(take);
  end

  // The memory has 2^ADDR_BITS entries, so that the pointers wrap by themselves.
  logic [ADDR_BITS-1:0] write_at, read_at;
  logic advance;

  always_ff @(posedge clk) begin
    if (rst) begin
      write_at <= '0;
      read_at <= '0;
    end else begin
      write_at <= write_at + ADDR_BITS'(put);
      read_at <= read_at + ADDR_BITS'(advance);
    end
  end

  generate
    if (BLOCK) begin : g_block
      (* ram_style = "block" *) logic [WIDTH-1:0] memory [2**ADDR_BITS];
      logic [COUNT_BITS-1:0] in_memory;
      logic [WIDTH-1:0] fetched;
      logic fetched_valid, fetched_ready;

      assign fetched_ready = !out_valid || out_ready;
      assign advance = in_memory != '0 && (!fetched_valid || fetched_ready);

      always_ff @(posedge clk) begin
        if (put) memory[write_at] <= in_data;
        if (advance) fetched <= memory[read_at];
        if (fetched_ready) out_data <= fetched;
      end

      always_ff @(posedge clk) begin
        if (rst) begin
          in_memory <= '0;
          fetched_valid <= 1'b0;
          out_valid <= 1'b0;
        end else begin
          in_memory <= in_memory + COUNT_BITS'(put) - COUNT_BITS'(advance);
          fetched_valid <= advance || (fetched_valid && !fetched_ready);
          out_valid <= fetched_valid || !fetched_ready;
        end
      end
    end else begin : g_lut
      (* ram_style = "distributed" *) logic [WIDTH-1:0] memory [2**ADDR_BITS];

      assign advance = take;
      assign out_valid = count != '0;
      assign out_data = memory[read_at];

      always_ff @(posedge clk) begin
        if (put) memory[write_at] <= in_data;
      end
    end
  endgenerate

endmodule
