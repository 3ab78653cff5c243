// SPDX-License-Identifier: MIT
// The scales of a tile's columns for an average: scale, or scale / count, or 0 for a column that
// has nothing inside the image. Four clocks a column, and a division where a column has not the
// count of the division before.
module nmaccel_epilogue_scales #(
    parameter int COLUMNS = 64,
    localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1
) (
    input wire clk,
    input wire rst,

    input  wire         start,
    input  wire  [ 5:0] tile,     // these four stay until done
    input  wire  [10:0] columns,  // at least 1
    input  wire  [31:0] scale,
    input  wire         divide,
    output logic        done,     // pulse, no earlier than the last write

    output logic [PLACE_BITS+5:0] in_rd_addr,
    input  wire  [          15:0] in_rd_data,

    output logic                           we,
    output logic [         PLACE_BITS-1:0] column,
    output nmaccel_f32_pkg::number_t       column_scale
);

  typedef enum logic [2:0] { IDLE, FETCH, LOOK, CHOOSE, DIVIDE } state_t;
  state_t state;

  logic [15:0] count, last_count;
  logic last_valid, same;
  logic division_start, division_done;
  nmaccel_f32_pkg::number_t number, quotient;

  nmaccel_f32_divide u_divide (
      .clk,
      .rst,
      .start(division_start),
      .scale(number),
      .count,
      .done(division_done),
      .quotient
  );

  wire ready = count == 16'd0 || !divide || (last_valid && same);
  wire last = 11'(column) == columns - 11'd1;

  assign in_rd_addr = {tile, column};
  assign division_start = state == CHOOSE && !ready;
  assign we = (state == CHOOSE && ready) || division_done;

  always_comb begin
    if (count == 16'd0) begin
      column_scale = '0;
      column_scale.zero = 1'b1;
    end else column_scale = divide ? quotient : number;
  end

  always_ff @(posedge clk) begin
    number <= nmaccel_f32_pkg::unpack(scale);
    if (state == LOOK) begin
      count <= in_rd_data;
      same <= in_rd_data == last_count;
    end
    if (division_start) last_count <= count;

    if (state == IDLE) last_valid <= 1'b0;
    else if (division_start) last_valid <= 1'b1;

    if (state == IDLE) column <= '0;
    else if (we) column <= column + PLACE_BITS'(1);

    done <= we && last;
    case (state)
      IDLE: if (start) state <= FETCH;
      FETCH: state <= LOOK;
      LOOK: state <= CHOOSE;
      CHOOSE: state <= !ready ? DIVIDE : last ? IDLE : FETCH;
      DIVIDE: if (division_done) state <= last ? IDLE : FETCH;
      default: state <= IDLE;
    endcase
    if (rst) begin
      state <= IDLE;
      done <= 1'b0;
    end
  end

endmodule
