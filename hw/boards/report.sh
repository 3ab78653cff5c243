#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tools said about a board: area after synthesis and after packing, clocks.
#
# usage: report.sh DIRECTORY
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
printf '%-34s %7s %7s %7s %7s %7s %7s %5s\n' synthesis: LUT LUTRAM SRL FF CARRY4 RAMB36 DSP48
awk -v name= -f "$here/area.awk" board.stat
echo "placed (used, there are):"
sed -n 's/^Info:[[:blank:]]*\([A-Z0-9_]*:\) *\([1-9][0-9]*\)\/ *\([0-9]*\) .*/\1 \2 \3/p' board.nextpnr.log |
	grep -v PSEUDO | awk '{ printf "  %-20s %6d %7d\n", $1, $2, $3 }'
grep 'Max frequency' board.nextpnr.log | tail -n "$(grep 'Max frequency' board.nextpnr.log |
	sed "s/.*clock '\([^']*\)'.*/\1/" | sort -u | wc -l)" | sed 's/^[^:]*: */  /'
echo "Not timed: paths through DSP48E1 (no model), hold times are not mended, LUT and FF delays are stubs."
