// SPDX-License-Identifier: MIT
// A signed 32-bit integer as sign and 1.fraction * 2^lead, rounded once. FROM_INT_CLOCKS clocks.
module nmaccel_f32_from_int (
    input  wire         clk,
    input  wire  [31:0] value,
    output logic        sign,
    output logic        zero,
    output logic [ 5:0] lead,
    output logic [22:0] fraction
);

  logic [31:0] size;
  always_ff @(posedge clk) size <= (value ^ {32{value[31]}}) + 32'(value[31]);

  nmaccel_f32_normalize u_normalize (
      .clk,
      .value(size),
      .zero,
      .lead,
      .fraction
  );

  nmaccel_delay #(
      .CLOCKS(nmaccel_f32_pkg::FROM_INT_CLOCKS)
  ) u_sign (
      .clk,
      .d(value[31]),
      .q(sign)
  );

endmodule
