// SPDX-License-Identifier: MIT
// From exact sums to signed bytes: clamp(round(fp32(value + offset) * scale) + zero, min, max), the
// sum modulo 2^32, one rounding each of fp32() and of the product, in LANES lanes.
//
// An addition takes the values 256 a + b of signed bytes and gives round((a + even offset) * even
// scale + (b + odd offset) * odd scale). It uses two lanes for a value, and so comes twice, in
// clocks one after the other, with half 0 and 1; its results come with the second.
//
// LATENCY clocks; takes something in each of them.
module nmaccel_requantize #(
    parameter int LANES  = 16,
    parameter int GROUPS = 4,   // of columns that the lanes take in turn
    localparam int GROUP_BITS = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = $clog2(LANES)
) (
    input wire clk,

    input wire [32*LANES-1:0] values,
    input wire [        31:0] offset_even,
    input wire [        31:0] offset_odd,
    input wire [        31:0] scale_even,
    input wire [        31:0] scale_odd,
    input wire [         7:0] zero,
    input wire [         7:0] min,
    input wire [         7:0] max,
    input wire                add,
    input wire                half,

    // Instead of those scales, that of the column itself.
    input wire                  by_column,
    input wire [GROUP_BITS-1:0] group,

    output logic [8*LANES-1:0] results,

    // The columns' scales are written while nothing that needs them is under way.
    input wire                            column_we,
    input wire [          GROUP_BITS-1:0] column_group,
    input wire [           LANE_BITS-1:0] column_lane,
    input wire nmaccel_f32_pkg::number_t  column_scale
);

  localparam int SCALE = 1 + nmaccel_f32_pkg::FROM_INT_CLOCKS;
  localparam int PRODUCT = SCALE + nmaccel_f32_pkg::MULTIPLY_CLOCKS;
  localparam int TOTAL = PRODUCT + nmaccel_f32_pkg::ADD_CLOCKS;
  localparam int RESULT = TOTAL + nmaccel_f32_pkg::TO_S8_CLOCKS;
  localparam int NUMBER_BITS = nmaccel_f32_pkg::NUMBER_BITS;

  // What all lanes share, in time.
  logic add_product, add_result;
  nmaccel_delay #(
      .CLOCKS(PRODUCT)
  ) u_add_product (
      .clk,
      .d(add),
      .q(add_product)
  );
  nmaccel_delay #(
      .CLOCKS(RESULT - PRODUCT)
  ) u_add_result (
      .clk,
      .d(add_product),
      .q(add_result)
  );

  logic [7:0] zero_odd, zero_even;
  nmaccel_delay #(
      .WIDTH (8),
      .CLOCKS(PRODUCT + 2)
  ) u_zero_odd (
      .clk,
      .d(zero),
      .q(zero_odd)
  );
  nmaccel_delay #(
      .WIDTH (8),
      .CLOCKS(TOTAL - PRODUCT)
  ) u_zero_even (
      .clk,
      .d(zero_odd),
      .q(zero_even)
  );

  logic [15:0] limits_odd, limits_even;
  nmaccel_delay #(
      .WIDTH (16),
      .CLOCKS(PRODUCT + 3)
  ) u_limits_odd (
      .clk,
      .d({min, max}),
      .q(limits_odd)
  );
  nmaccel_delay #(
      .WIDTH (16),
      .CLOCKS(TOTAL - PRODUCT)
  ) u_limits_even (
      .clk,
      .d(limits_odd),
      .q(limits_even)
  );

  // Scales: a clock for their class, and one for the choice.
  logic [NUMBER_BITS-1:0] even, odd, even_due, odd_due;
  always_ff @(posedge clk) begin
    even <= nmaccel_f32_pkg::unpack(scale_even);
    odd <= nmaccel_f32_pkg::unpack(scale_odd);
  end
  nmaccel_delay #(
      .WIDTH (2 * NUMBER_BITS),
      .CLOCKS(SCALE - 2)
  ) u_scales (
      .clk,
      .d({even, odd}),
      .q({even_due, odd_due})
  );

  logic by_column_due;
  logic [GROUP_BITS-1:0] group_due;
  nmaccel_delay #(
      .WIDTH (1 + GROUP_BITS),
      .CLOCKS(SCALE - 1)
  ) u_group (
      .clk,
      .d({by_column, group}),
      .q({by_column_due, group_due})
  );

  logic [LANES*NUMBER_BITS-1:0] scales;
  generate
    for (genvar lane = 0; lane < LANES; lane++) begin : g_scale
      (* ram_style = "distributed" *) logic [NUMBER_BITS-1:0] memory [2**GROUP_BITS];
      always_ff @(posedge clk) begin
        if (column_we && column_lane == LANE_BITS'(lane)) memory[column_group] <= column_scale;
        scales[NUMBER_BITS*lane+:NUMBER_BITS] <= by_column_due ? memory[group_due] :
            lane % 2 == 0 ? even_due : odd_due;
      end
    end

    for (genvar pair = 0; pair < LANES / 2; pair++) begin : g_pair
      nmaccel_requantize_pair u_pair (
          .clk,
          .value_0(values[64*pair+:32]),
          .value_1(values[64*pair+32+:32]),
          .offset_0(offset_even),
          .offset_1(offset_odd),
          .add,
          .half,
          .scale_0(scales[2*NUMBER_BITS*pair+:NUMBER_BITS]),
          .scale_1(scales[2*NUMBER_BITS*pair+NUMBER_BITS+:NUMBER_BITS]),
          .add_product,
          .zero_0(zero_even),
          .min_0(limits_even[15:8]),
          .max_0(limits_even[7:0]),
          .zero_1(zero_odd),
          .min_1(limits_odd[15:8]),
          .max_1(limits_odd[7:0]),
          .add_result,
          .result_0(results[16*pair+:8]),
          .result_1(results[16*pair+8+:8])
      );
    end
  endgenerate

endmodule
