#!/bin/sh
# SPDX-License-Identifier: MIT
# Run test programs one after the other and count their tests.
#
# usage: run-tests.sh TEST...
#
# A program tells its tests by TAP lines ("ok", "not ok", "# SKIP"), which cmocka prints, or by a
# last line 'N passed, N failed[, N skipped]'. A script test-*.sh that prints neither is one test:
# exit 0 is a pass, 77 a skip whose last line says why, all else a failure. A program that ends
# otherwise than its tests say (a crash, a sanitizer's report, no test at all) is a failure more.
#
# Environment: V=1 shows the output of passing tests too; TEST_TIMEOUT is when a test counts as
# hanging, in seconds; WRAPPER is put in front of each program; SAN=tsan, asan as for make.
set -u

TEST_TIMEOUT=${TEST_TIMEOUT:-1800}
V=${V:-}
SAN=${SAN:-}
WRAPPER=${WRAPPER:-}

unset MAKEFLAGS MAKELEVEL MFLAGS
CMOCKA_MESSAGE_OUTPUT=TAP
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
export CMOCKA_MESSAGE_OUTPUT ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

# The sanitizers' shadow memory has a fixed place, which address randomisation may take.
if [ -n "$SAN" ] && setarch -R true 2>/dev/null; then
	WRAPPER="setarch -R $WRAPPER"
fi

total_passed=0
total_failed=0
total_skipped=0
log=$(mktemp "${TMPDIR:-/tmp}/nmaccel-test.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

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

for test; do
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

	if [ "$failed" -ne 0 ]; then
		verdict=FAIL
	elif [ "$passed" -eq 0 ]; then
		verdict=skip
	else
		verdict=ok
	fi
	if [ "$verdict" = FAIL ] || [ -n "$V" ]; then
		sed 's/^/    /' "$log"
	else
		sed -n 's/.*# *SKIP */    skipped: /p' "$log"
	fi
	printf '%-4s %4d passed' "$verdict" "$passed"
	[ "$failed" -eq 0 ] || printf ', %d failed' "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '  %4d s  %s%s\n' "$seconds" "$test" "${why:+ ($why)}"

	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
done

if [ $((total_passed + total_failed)) -eq 0 ]; then
	echo "No test ran." >&2
	total_failed=1
fi
if [ "$total_skipped" -ne 0 ]; then
	echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
else
	echo "$total_passed passed, $total_failed failed"
fi
[ "$total_failed" -eq 0 ]
