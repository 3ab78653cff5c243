#!/bin/sh
# SPDX-License-Identifier: MIT
# What the engine's test reaches: a table of the jobs' bins, and of lines, by module.
#
# usage: coverage.sh TEST DIR
#
# TEST is built with RTL_COVERAGE; reports go to DIR. Fails if the test does, if a bin is not hit, or if
# fewer lines than FLOOR per cent are run.
#
# Environment: NMACCEL_JOBS, random jobs of a kind; NMACCEL_SEED, 1 if unset, so that what is hit is
# always the same; FLOOR.
set -u

test=$1
dir=$2
FLOOR=${FLOOR:-97.0}

NMACCEL_JOBS=${NMACCEL_JOBS:-150} NMACCEL_SEED=${NMACCEL_SEED:-1} NMACCEL_COVERAGE=$dir/bins \
	NMACCEL_LINES=$dir/lines.dat "$test" >"$dir/log" 2>&1
status=$?
[ -s "$dir/bins" ] && [ -s "$dir/lines.dat" ] || {
	tail -n 30 "$dir/log"
	echo "0 passed, 1 failed"
	exit 1
}
verilator_coverage --write-info "$dir/lines.info" "$dir/lines.dat" >"$dir/lines.log" 2>&1 || {
	cat "$dir/lines.log"
	echo "0 passed, 1 failed"
	exit 1
}
passed=0
failed=0

# verdict STATUS WHAT
verdict()
{
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok    $2"
	else
		failed=$((failed + 1))
		echo "FAIL  $2"
	fi
}

cat "$dir/bins"
echo
awk -F '[:,]' '
	/^SF:/ { file = $2; sub(".*/", "", file); sub("\\.sv$", "", file) }
	/^DA:/ { lines[file]++; hit[file] += $3 > 0; all++; all_hit += $3 > 0 }
	END {
		for (file in lines)
			printf "%-32s %4d of %4d lines  %5.1f %%\n", file, hit[file], lines[file],
				100 * hit[file] / lines[file] | "sort"
		close("sort")
		printf "%-32s %4d of %4d lines  %5.1f %%\n", "total", all_hit, all, 100 * all_hit / all
	}' "$dir/lines.info" | tee "$dir/lines"
echo
tail -n 40 "$dir/log" | grep '^not ok' | sed 's/^/    /'
verdict "$status" "the test, $(awk '{ n += $3 == "" ? 0 : 1 } END { print n }' "$dir/bins") bins"
unhit=$(grep -c UNHIT "$dir/bins")
verdict "$unhit" "bins that no job hit: $unhit"
total=$(awk '$1 == "total" { print $(NF - 1) }' "$dir/lines")
awk -v total="$total" -v floor="$FLOOR" 'BEGIN { exit !(total >= floor) }'
verdict $? "lines: $total %, no less than $FLOOR %"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
