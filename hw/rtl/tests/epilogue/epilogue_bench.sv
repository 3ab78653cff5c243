// SPDX-License-Identifier: MIT
// The epilogue with what its test sets of descriptors and results as plain ports.
module epilogue_bench #(
    parameter int COLUMNS    = 64,
    parameter int DATA_BYTES = 16,
    parameter int RD_LATENCY = 3,
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    // Of both descriptors; all else of them is made of noise.
    input wire         noise,
    input wire [ 5:0]  op,
    input wire [ 1:0]  wide,
    input wire [ 1:0]  count_valid,
    input wire [15:0]  kernel_h,
    input wire [15:0]  kernel_w,
    input wire [15:0]  in_zero,
    input wire [15:0]  in2_zero,
    input wire [15:0]  out_zero,
    input wire [63:0]  act_min,
    input wire [63:0]  act_max,
    input wire [63:0]  scale,
    input wire [63:0]  scale2,

    input  wire                     res_valid,
    output logic                    res_ready,
    input wire nmaccel_pkg::result_t res,
    output logic                    bank_free,

    output logic                  rd_valid,
    output logic                  rd_bank,
    output logic [           8:0] rd_row,
    input  wire  [32*COLUMNS-1:0] rd_data,
    output logic [           9:0] par_rd_addr,
    input  wire  [          63:0] par_rd_data,
    output logic [PLACE_BITS+5:0] in_rd_addr,
    input  wire  [          15:0] in_rd_data,

    output logic                     tok_valid,
    input  wire                      tok_ready,
    output nmaccel_pkg::result_t     tok,
    output logic                     beat_valid,
    input  wire                      beat_ready,
    output logic [8*DATA_BYTES-1:0]  beat
);

  nmaccel_pkg::desc_t [1:0] desc;
  always_comb begin
    for (int i = 0; i < 2; i++) begin
      desc[i] = {$bits(nmaccel_pkg::desc_t) {noise}};
      desc[i].op = op[3*i+:3];
      desc[i].wide = wide[i];
      desc[i].count_valid = count_valid[i];
      desc[i].kernel_h = kernel_h[8*i+:8];
      desc[i].kernel_w = kernel_w[8*i+:8];
      desc[i].in_zero = in_zero[8*i+:8];
      desc[i].in2_zero = in2_zero[8*i+:8];
      desc[i].out_zero = out_zero[8*i+:8];
      desc[i].act_min = act_min[32*i+:32];
      desc[i].act_max = act_max[32*i+:32];
      desc[i].scale = scale[32*i+:32];
      desc[i].scale2 = scale2[32*i+:32];
    end
  end

  nmaccel_epilogue #(
      .COLUMNS(COLUMNS),
      .DATA_BYTES(DATA_BYTES),
      .RD_LATENCY(RD_LATENCY)
  ) u_epilogue (
      .*
  );

endmodule
