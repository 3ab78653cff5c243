# SPDX-License-Identifier: MIT
# From yosys' `stat` of a flattened design to one row of a table: name (-v name=) and what it takes of
# a 7-series part. A RAMB18 is half a RAMB36; a LUT memory takes a LUT for each bit of its width, or
# two where it has two ports.
#
# The first field of a cell's line is its name with yosys 0.23, its number since 0.5x.
/=== / { split("", n) }
NF == 2 && $1 ~ /^[0-9]+$/ && $2 ~ /^[A-Z]/ { n[$2] += $1 }
NF == 2 && $2 ~ /^[0-9]+$/ && $1 ~ /^[A-Z]/ { n[$1] += $2 }
END {
	for (c in n) {
		if (c ~ /^(LUT[1-6]|INV)$/) lut += n[c]
		if (c ~ /^FD/) ff += n[c]
		if (c ~ /^SRL/) srl += n[c]
		if (c ~ /^RAM(32|64)M$/) ram += 4 * n[c]
		if (c ~ /^RAM(32|64)X1D$/) ram += 2 * n[c]
		if (c ~ /^RAM128X1D$/) ram += 4 * n[c]
	}
	printf "%-34s %7d %7d %7d %7d %7d %7g %5d\n", name, lut, ram, srl, ff, n["CARRY4"], \
		n["RAMB36E1"] + n["RAMB18E1"] / 2, n["DSP48E1"]
}
