#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints models of the block memories of a 7-series part, of which yosys has none: RAMB36E1 and
# RAMB18E1 as yosys uses them, that is without output registers and cascades, on one clock.
#
# Written from the ports' description in UG473: a port's address counts bits; a word of 9 is a byte and
# its parity bit; in mode SDP port A reads and port B writes, both over the data of A (low) and B.
set -eu

cat <<'END'
// SPDX-License-Identifier: MIT
/* verilator lint_off DECLFILENAME */
/* verilator lint_off WIDTH */
/* verilator lint_off UNUSED */
module nmaccel_ramb #(
  parameter BYTES = 4096,
  parameter SDP = 0,
  parameter READ_WIDTH_A = 0, parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0, parameter WRITE_WIDTH_B = 0,
  parameter WRITE_FIRST_A = 0, parameter WRITE_FIRST_B = 0,
  parameter NO_CHANGE_A = 0, parameter NO_CHANGE_B = 0,
  parameter [8*BYTES-1:0] INIT = 0, parameter [BYTES-1:0] INITP = 0,
  parameter [71:0] INIT_A = 0, parameter [71:0] INIT_B = 0,
  parameter [71:0] SRVAL_A = 0, parameter [71:0] SRVAL_B = 0
) (
  input clk_a, input clk_b, input en_a, input en_b, input rst_a, input rst_b,
  input [14:0] addr_a, input [14:0] addr_b,
  input [7:0] we_a, input [7:0] we_b,
  input [63:0] di_a, input [63:0] di_b, input [7:0] dip_a, input [7:0] dip_b,
  output reg [63:0] do_a, output reg [63:0] do_b, output reg [7:0] dop_a, output reg [7:0] dop_b
);
  reg [7:0] bytes[0:BYTES-1];
  reg parity[0:BYTES-1];
  integer i;

  initial begin
    for (i = 0; i < BYTES; i = i + 1) begin
      bytes[i] = INIT[8*i+:8];
      parity[i] = INITP[i];
    end
    do_a = INIT_A[63:0];
    dop_a = INIT_A[71:64];
    do_b = INIT_B[63:0];
    dop_b = INIT_B[71:64];
  end

  // Bytes of a word; a word below a byte is a part of one.
  function integer count(input integer width);
    count = width < 18 ? 1 : width / 9;
  endfunction

  function integer mask(input integer width);
    mask = width >= 9 ? 255 : (1 << width) - 1;
  endfunction

  function [14:0] first(input [14:0] addr, input integer width);
    first = (addr >> 3) & ~(count(width) - 1);
  endfunction

  function [2:0] shift(input [14:0] addr, input integer width);
    shift = width >= 9 ? 0 : addr[2:0] & ~(width - 1);
  endfunction

  function [7:0] merge(input [7:0] old, input [7:0] now, input [2:0] by, input integer width);
    merge = (old & ~(mask(width) << by)) | ((now & mask(width)) << by);
  endfunction

  // Both ports read what was there before the clock; with WRITE_FIRST, a port its own data.
  initial if ((WRITE_FIRST_A && READ_WIDTH_A != 0 && READ_WIDTH_A != WRITE_WIDTH_A) ||
      (WRITE_FIRST_B && READ_WIDTH_B != 0 && READ_WIDTH_B != WRITE_WIDTH_B)) $stop;
  // Both ports are on one clock, or have none.
  wire clk = clk_a | clk_b;
END
# What a port reads, then what it writes.
read_port()
{
	cat <<END
    if (en_$1 && READ_WIDTH_$2 != 0 && !(NO_CHANGE_$2 && we_$1 != 0)) begin
      for (i = 0; i < count(READ_WIDTH_$2); i = i + 1) begin
        if (WRITE_FIRST_$2 && we_$1[i]) begin
          do_$1[8*i+:8] <= di_$1[8*i+:8] & mask(READ_WIDTH_$2);
          dop_$1[i] <= dip_$1[i];
        end else begin
          do_$1[8*i+:8] <= (bytes[first(addr_$1, READ_WIDTH_$2)+i]
              >> shift(addr_$1, READ_WIDTH_$2)) & mask(READ_WIDTH_$2);
          dop_$1[i] <= parity[first(addr_$1, READ_WIDTH_$2)+i];
        end
      end
    end
    if (en_$1 && rst_$1) begin
      do_$1 <= SRVAL_$2[63:0];
      dop_$1 <= SRVAL_$2[71:64];
    end
END
}
write_port()
{
	cat <<END
    if (en_$1 && WRITE_WIDTH_$2 != 0) begin
      for (i = 0; i < count(WRITE_WIDTH_$2); i = i + 1) if (we_$1[i]) begin
        bytes[first(addr_$1, WRITE_WIDTH_$2)+i] = merge(bytes[first(addr_$1, WRITE_WIDTH_$2)+i],
            di_$1[8*i+:8], shift(addr_$1, WRITE_WIDTH_$2), WRITE_WIDTH_$2);
        if (WRITE_WIDTH_$2 >= 9) parity[first(addr_$1, WRITE_WIDTH_$2)+i] = dip_$1[i];
      end
    end
END
}
echo '  always @(posedge clk) begin'
read_port a A
read_port b B
write_port a A
write_port b B
echo '  end'
echo endmodule

# One of the two: name, bytes, data bits of a port, bits of WEA and WEBWE.
memory()
{
	name=$1 bytes=$2 bits=$3 wea=$4 web=$5
	parities=$((bits / 8)) n=0
	echo "module $name #("
	while [ $n -lt $((bytes / 32)) ]; do
		printf '  parameter [255:0] INIT_%02X = 0,\n' $n
		[ $n -ge $((bytes / 256)) ] || printf '  parameter [255:0] INITP_%02X = 0,\n' $n
		n=$((n + 1))
	done
	cat <<END
  parameter [$((bits + parities - 1)):0] INIT_A = 0, parameter [$((bits + parities - 1)):0] INIT_B = 0,
  parameter [$((bits + parities - 1)):0] SRVAL_A = 0, parameter [$((bits + parities - 1)):0] SRVAL_B = 0,
  parameter RAM_MODE = "TDP", parameter DOA_REG = 0, parameter DOB_REG = 0,
  parameter READ_WIDTH_A = 0, parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0, parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "WRITE_FIRST", parameter WRITE_MODE_B = "WRITE_FIRST",
  parameter RAM_EXTENSION_A = "NONE", parameter RAM_EXTENSION_B = "NONE"
) (
  input CLKARDCLK, input CLKBWRCLK, input ENARDEN, input ENBWREN,
  input REGCEAREGCE, input REGCEB, input RSTRAMARSTRAM, input RSTRAMB,
  input RSTREGARSTREG, input RSTREGB,
  input [$((bits == 32 ? 15 : 13)):0] ADDRARDADDR, input [$((bits == 32 ? 15 : 13)):0] ADDRBWRADDR,
  input [$((bits - 1)):0] DIADI, input [$((bits - 1)):0] DIBDI,
  input [$((parities - 1)):0] DIPADIP, input [$((parities - 1)):0] DIPBDIP,
  input [$((wea - 1)):0] WEA, input [$((web - 1)):0] WEBWE,
  output [$((bits - 1)):0] DOADO, output [$((bits - 1)):0] DOBDO,
  output [$((parities - 1)):0] DOPADOP, output [$((parities - 1)):0] DOPBDOP
);
  localparam SDP = RAM_MODE == "SDP";
  localparam WIDE = $((bits * 9 / 4));  // both ports' data as one
  wire [63:0] do_a, do_b;
  wire [7:0] dop_a, dop_b;
  initial if (DOA_REG != 0 || DOB_REG != 0 || RAM_EXTENSION_A != "NONE") \$stop;
  nmaccel_ramb #(
    .BYTES($bytes), .SDP(SDP),
    .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B),
    .WRITE_WIDTH_A(WRITE_WIDTH_A), .WRITE_WIDTH_B(WRITE_WIDTH_B),
    .WRITE_FIRST_A(WRITE_MODE_A == "WRITE_FIRST" && WRITE_WIDTH_A != 0),
    .WRITE_FIRST_B(WRITE_MODE_B == "WRITE_FIRST" && WRITE_WIDTH_B != 0),
    .NO_CHANGE_A(WRITE_MODE_A == "NO_CHANGE"), .NO_CHANGE_B(WRITE_MODE_B == "NO_CHANGE"),
END
	printf '    .INIT({'
	n=$((bytes / 32))
	while [ $n -gt 0 ]; do
		n=$((n - 1))
		printf 'INIT_%02X%s' $n "$([ $n = 0 ] || echo ', ')"
	done
	printf '}),\n    .INITP({'
	n=$((bytes / 256))
	while [ $n -gt 0 ]; do
		n=$((n - 1))
		printf 'INITP_%02X%s' $n "$([ $n = 0 ] || echo ', ')"
	done
	echo '}),'
	cat <<END
    .INIT_A(place(SDP && READ_WIDTH_A == WIDE ? {INIT_B, INIT_A} : INIT_A)), .INIT_B(place(INIT_B)),
    .SRVAL_A(place(SDP && READ_WIDTH_A == WIDE ? {SRVAL_B, SRVAL_A} : SRVAL_A)),
    .SRVAL_B(place(SRVAL_B))
  ) memory (
    .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .en_a(ENARDEN), .en_b(ENBWREN),
    .rst_a(RSTRAMARSTRAM), .rst_b(RSTRAMB),
    .addr_a(ADDRARDADDR[$((bits == 32 ? 14 : 13)):0]), .addr_b(ADDRBWRADDR[$((bits == 32 ? 14 : 13)):0]),
    .we_a(WEA), .we_b(WEBWE),
    .di_a(DIADI), .dip_a(DIPADIP),
    .di_b(SDP && WRITE_WIDTH_B == WIDE ? {DIBDI, DIADI} : DIBDI),
    .dip_b(SDP && WRITE_WIDTH_B == WIDE ? {DIPBDIP, DIPADIP} : DIPBDIP),
    .do_a(do_a), .dop_a(dop_a), .do_b(do_b), .dop_b(dop_b)
  );
  assign DOADO = do_a[$((bits - 1)):0];
  assign DOPADOP = dop_a[$((parities - 1)):0];
  assign DOBDO = SDP && READ_WIDTH_A == WIDE ? do_a[$((2 * bits - 1)):$bits] : do_b[$((bits - 1)):0];
  assign DOPBDOP = SDP && READ_WIDTH_A == WIDE ? dop_a[$((2 * parities - 1)):$parities]
      : dop_b[$((parities - 1)):0];

  // Parity to the top of 72 bits.
  function [71:0] place(input [$((2 * (bits + parities) - 1)):0] value);
    if (SDP && READ_WIDTH_A == WIDE)
      place = {value[$((2 * (bits + parities) - 1)):$((2 * bits + parities))],
               value[$((bits + parities - 1)):$bits],
               value[$((2 * bits + parities - 1)):$((bits + parities))], value[$((bits - 1)):0]};
    else
      place = {value[$((bits + parities - 1)):$bits], 64'd0} | value[$((bits - 1)):0];
  endfunction
endmodule
END
}
memory RAMB36E1 4096 32 4 8
memory RAMB18E1 2048 16 2 4
