// SPDX-License-Identifier: MIT
// A scale divided by a count from 1 to 65535, one rounding; a subnormal quotient is a zero. Bit by
// bit: up to 44 clocks from start to done, and then quotient stays until the next start.
module nmaccel_f32_divide (
    input  wire                           clk,
    input  wire                           rst,
    input  wire                           start,
    input  wire nmaccel_f32_pkg::number_t scale,  // stays until done
    input  wire [15:0]                    count,
    output logic                          done,   // pulse
    output nmaccel_f32_pkg::number_t      quotient
);

  localparam int DIGITS = 26;

  typedef enum logic [1:0] { IDLE, ALIGN, DIGIT, ROUND } state_t;
  state_t state;

  logic [15:0] divisor;
  logic [3:0] shifts;
  logic [4:0] digits_left;
  logic [24:0] remainder;
  logic [DIGITS-1:0] digits;

  // Both are in [1, 2): the remainder is always below twice the divisor, and so 25 bits hold the
  // difference with its sign.
  wire [24:0] difference = remainder - {1'b0, divisor, 8'd0};
  wire fits = !difference[24];

  always_ff @(posedge clk) begin
    case (state)
      IDLE: begin
        divisor <= count;
        shifts <= 4'd0;
        if (start) state <= ALIGN;
      end
      ALIGN: begin
        remainder <= {2'b01, scale.fraction};
        digits_left <= 5'(DIGITS - 1);
        if (divisor[15]) state <= DIGIT;
        else begin
          divisor <= divisor << 1;
          shifts <= shifts + 4'd1;
        end
      end
      DIGIT: begin
        digits <= {digits[DIGITS-2:0], fits};
        remainder <= fits ? {difference[23:0], 1'b0} : {remainder[23:0], 1'b0};
        digits_left <= digits_left - 5'd1;
        if (digits_left == 5'd0) state <= ROUND;
      end
      ROUND: state <= IDLE;
    endcase
    if (rst) state <= IDLE;
  end

  // The quotient is in (1/2, 2). Rounding has no carry: a quotient of 24 by 16 bits that is below a
  // power of two is so by more than half an ulp.
  wire one = digits[DIGITS-1];
  wire half = one ? digits[1] : digits[0];
  wire rest = (one && digits[0]) || remainder != 25'd0;
  wire [22:0] kept = one ? digits[24:2] : digits[23:1];
  wire [22:0] fraction = kept + 23'(half && (kept[0] || rest));
  wire signed [9:0] exponent = $signed({2'd0, scale.exponent}) - 10'sd15 +
      $signed({6'd0, shifts}) - (one ? 10'sd0 : 10'sd1);
  wire zero = scale.zero || (!scale.inf && exponent <= 10'sd0);

  always_ff @(posedge clk) begin
    done <= state == ROUND && !rst;
    if (state == ROUND) begin
      quotient.nan <= scale.nan;
      quotient.inf <= scale.inf;
      quotient.zero <= zero;
      quotient.sign <= scale.sign;
      quotient.exponent <= scale.inf ? 8'd255 : zero ? 8'd0 : exponent[7:0];
      quotient.fraction <= zero ? 23'd0 : fraction;
    end
  end

endmodule
