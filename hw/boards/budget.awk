# SPDX-License-Identifier: MIT
# Rows of area.awk against the ceilings of a budget: first the budget, then the rows. What exceeds its
# ceiling, or has none, is an error.
FNR == 1 { file++ }
/^#/ || NF == 0 { next }
file == 1 && $1 == "unit" { columns = split($0, name); next }
file == 1 { for (i = 2; i <= columns; i++) ceiling[$1, i] = $i; units[$1]; next }
{
	if (!($1 in units)) {
		printf "boards: %s has no budget in hw/boards/area.budget\n", $1
		failed = 1
	}
	for (i = 2; i <= columns; i++)
		if ($1 in units && $i > ceiling[$1, i]) {
			printf "boards: %s takes %s %s; its budget is %s (hw/boards/area.budget)\n", \
				$1, $i, name[i], ceiling[$1, i]
			failed = 1
		}
	delete units[$1]
	rows++
}
END {
	for (u in units) {
		printf "boards: %s of hw/boards/area.budget was not synthesised\n", u
		failed = 1
	}
	if (failed)
		exit 1
	printf "%d units within their budget\n", rows
}
