// SPDX-License-Identifier: MIT
// The sum of two columns in base C. Combinational.
module nmaccel_advance #(
    parameter int COLUMNS = 64
) (
    input  wire nmaccel_pkg::position_t from,
    input  wire nmaccel_pkg::position_t by,
    output nmaccel_pkg::position_t to
);

  wire [10:0] place = 11'(from.place) + 11'(by.place);
  wire carry = place >= 11'(COLUMNS);

  assign to.tile = from.tile + by.tile + 32'(carry);
  assign to.place = carry ? 10'(place - 11'(COLUMNS)) : place[9:0];

endmodule
