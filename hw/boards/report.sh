#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tools said about a board: area after synthesis and after packing, clocks.
#
# usage: report.sh DIRECTORY
set -eu

cd "$1"
# Counts of yosys, of the flattened design. A RAMB18 is half a RAMB36.
awk '
	/=== / { delete n }
	NF == 2 && $1 ~ /^[0-9]+$/ && $2 ~ /^[A-Z]/ { n[$2] = $1 }
	NF == 2 && $2 ~ /^[0-9]+$/ && $1 ~ /^[A-Z]/ { n[$1] = $2 }
	END {
		for (c in n) {
			if (c ~ /^LUT[1-6]$/) lut += n[c]
			if (c ~ /^FD/) ff += n[c]
		}
		memory = 4 * n["RAM32M"] + 4 * n["RAM64M"] + 2 * n["RAM32X1D"] + 2 * n["RAM64X1D"]
		printf "synthesis: %d LUT, %d LUT as RAM, %d LUT as shift register, %d FF, %d carry, ", \
			lut, memory, n["SRL16E"] + n["SRLC32E"], ff, n["CARRY4"]
		printf "%g RAMB36, %d DSP\n", n["RAMB36E1"] + n["RAMB18E1"] / 2, n["DSP48E1"]
	}' board.stat
echo "placed (used, there are):"
sed -n 's/^Info:[[:blank:]]*\([A-Z0-9_]*:\) *\([1-9][0-9]*\)\/ *\([0-9]*\) .*/\1 \2 \3/p' board.nextpnr.log |
	grep -v PSEUDO | awk '{ printf "  %-20s %6d %7d\n", $1, $2, $3 }'
grep 'Max frequency' board.nextpnr.log | tail -n "$(grep 'Max frequency' board.nextpnr.log |
	sed "s/.*clock '\([^']*\)'.*/\1/" | sort -u | wc -l)" | sed 's/^[^:]*: */  /'
echo "Not timed: paths through DSP48E1 (no model), hold times are not mended, LUT and FF delays are stubs."
