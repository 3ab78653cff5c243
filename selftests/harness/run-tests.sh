#!/bin/sh
# SPDX-License-Identifier: MIT
# Run test programs, JOBS at a time, and count their tests.
#
# usage: run-tests.sh TEST...
#
# A program tells its tests by TAP lines ("ok", "not ok", "# SKIP"), which cmocka prints, or by a
# last line 'N passed, N failed[, N skipped]'. A script test-*.sh that prints neither is one test:
# exit 0 is a pass, 77 a skip whose last line says why, all else a failure. A program that ends
# otherwise than its tests say (a crash, a sanitizer's report, no test at all) is a failure more.
#
# Environment: JOBS, 1 if unset; V=1 shows the output of passing tests too; TEST_TIMEOUT is when a
# test counts as hanging, in seconds; WRAPPER is put in front of each program; SAN=tsan, asan as for
# make.
set -u

JOBS=${JOBS:-1}
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
export WRAPPER

passed=0
failed=0
skipped=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-test.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

: >"$dir/counts"
[ $# -eq 0 ] || printf '%s\0' "$@" |
	xargs -0 -n 1 -P "$JOBS" sh "${0%/*}/run-test.sh" "$dir" || echo "The test runner itself failed." >&2
# One line for each test that was run to its end; one that is missing failed.
eval "$(awk -v tests=$# '{ p += $1; f += $2; s += $3 }
	END { printf "passed=%d failed=%d skipped=%d\n", p, f + tests - NR, s }' "$dir/counts")"
if [ $((passed + failed)) -eq 0 ]; then
	echo "No test ran." >&2
	failed=1
fi
if [ "$skipped" -ne 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
