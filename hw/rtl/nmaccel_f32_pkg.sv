// SPDX-License-Identifier: MIT
// fp32 inside the epilogue. The units are pipelines without a stall, one result per clock.
//
// Subnormals count as zeros: a scale or product below 2^-126 is, after at most 2^31 of it, far
// below one half, and moves no tie, as it is less than half an ulp of any value that does not round
// to 0.
package nmaccel_f32_pkg;

  // An fp32 number with its class; normal if none of the first three is set, and then with a
  // leading one before the fraction. A zero has exponent and fraction 0, an infinity has exponent
  // 255; its fraction and all else of a NaN say nothing.
  typedef struct packed {
    logic        nan;
    logic        inf;
    logic        zero;
    logic        sign;
    logic [7:0]  exponent;
    logic [22:0] fraction;
  } number_t;

  localparam int NUMBER_BITS = 35;

  // Latencies, in clocks.
  localparam int NORMALIZE_CLOCKS = 4;
  localparam int FROM_INT_CLOCKS = 1 + NORMALIZE_CLOCKS;
  localparam int MULTIPLY_CLOCKS = 5;
  localparam int ADD_CLOCKS = 5 + NORMALIZE_CLOCKS + 1;
  localparam int TO_S8_CLOCKS = 4;

  function automatic logic [NUMBER_BITS-1:0] unpack(input logic [31:0] bits);
    unpack = {
      &bits[30:23] && |bits[22:0],
      &bits[30:23] && ~|bits[22:0],
      ~|bits[30:23],
      bits[31:23],
      bits[22:0] & {23{|bits[30:23]}}
    };
  endfunction

endpackage
