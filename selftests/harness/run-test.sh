#!/bin/sh
# SPDX-License-Identifier: MIT
# Run one test program, count its tests, and print a line about it, with its output if one failed.
#
# usage: run-test.sh DIR TEST
#
# Only run-tests.sh calls it, which tells what a test may print and what the environment does. DIR is
# of this run: the counts are appended to DIR/counts, one line for each test program.
set -u

dir=$1
test=$2
TEST_TIMEOUT=${TEST_TIMEOUT:-1800}
WRAPPER=${WRAPPER:-}
log=$dir/$$.log

# Sets passed, failed, skipped, counted from $log; counted is 0 if the output has no count.
count_tests()
{
	counted=0
	eval "$(awk '
		/^[ \t]*(not )?ok[ \t].*# *SKIP/ { skipped++; seen++; next }
		/^ok([ \t]|$)/ { passed++; seen++ }
		/^not ok([ \t]|$)/ { failed++; seen++ }
		/^1\.\.[0-9]+/ { planned += substr($1, 4); plans++ }
		/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
			last = 1; p = $1; f = $3; s = $5
		}
		END {
			if (last) { passed = p; failed = f; skipped = s; seen = p + f + s }
			else if (plans && seen < planned) failed += planned - seen
			printf "passed=%d failed=%d skipped=%d counted=%d\n",
			       passed, failed, skipped, seen
		}' "$log")"
}

# Corrects the counts by the exit status $1 of test $2, and sets why if that needs words.
judge()
{
	why=
	if [ "$1" -eq 124 ]; then
		why="did not end within $TEST_TIMEOUT s"
		failed=$((failed + 1))
	elif [ "$counted" -eq 0 ]; then
		case $2:$1 in
		*.sh:0) passed=1 ;;
		*.sh:77) skipped=1 why="skipped: $(tail -n 1 "$log")" ;;
		*.sh:*) failed=1 why="exit status $1" ;;
		*) failed=$((failed + 1)) why="exit status $1, and it named no test that ran" ;;
		esac
	elif [ "$1" -gt 128 ]; then
		failed=$((failed + 1))
		why="killed by signal $(($1 - 128))"
	elif [ "$1" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
		why="exit status $1, though no test failed"
	elif [ "$1" -eq 0 ] && [ "$failed" -ne 0 ]; then
		why="exit status 0, though tests failed"
	fi
}

# What was printed, in the words of the test where one failed.
report()
{
	if [ "$failed" -ne 0 ]; then
		verdict=FAIL
	elif [ "$passed" -eq 0 ]; then
		verdict=skip
	else
		verdict=ok
	fi
	if [ "$verdict" = FAIL ] || [ -n "${V:-}" ]; then
		sed 's/^/    /' "$log"
	else
		sed -n 's/.*# *SKIP */    skipped: /p' "$log"
	fi
	printf '%-4s %4d passed' "$verdict" "$passed"
	[ "$failed" -eq 0 ] || printf ', %d failed' "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '  %4d s  %s%s\n' "$seconds" "$test" "${why:+ ($why)}"
}

case $test in
/*) program=$test ;;
*) program=./$test ;;
esac
begin=$(date +%s)
# shellcheck disable=SC2086 # a wrapper has arguments
case $test in
*.sh) timeout --foreground -k 10 "$TEST_TIMEOUT" sh "$program" >"$log" 2>&1 </dev/null ;;
*) timeout --foreground -k 10 "$TEST_TIMEOUT" $WRAPPER "$program" >"$log" 2>&1 </dev/null ;;
esac
status=$?
count_tests
judge "$status" "$test"
seconds=$(($(date +%s) - begin))
# Others run at the same time: reports come whole.
report >"$dir/$$.report"
flock "$dir/lock" cat "$dir/$$.report"
echo "$passed $failed $skipped" >>"$dir/counts"
rm -f "$log" "$dir/$$.report"
