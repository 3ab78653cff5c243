#!/bin/sh
# SPDX-License-Identifier: MIT
# Run libFuzzer programs for FUZZ_TIME seconds each, JOBS at a time; every program is one test.
#
# usage: FUZZ_TIME=30 JOBS=1 BUILD=... run-fuzzers.sh PROGRAM...
#
# Seeds come from the directory corpus/NAME beside the fuzzer's source, or, where the build makes
# them, beside the program; there may be none. What a fuzzer finds stays in $BUILD: corpus/NAME, and
# crashes/NAME-* with the input that broke it.
set -u

FUZZ_TIME=${FUZZ_TIME:-30}
BUILD=${BUILD:?where the fuzzers are}
JOBS=${JOBS:-1}
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS
randomised=
if setarch -R true 2>/dev/null; then
	randomised="setarch -R"
fi

# fuzz PROGRAM: a line about it, with its output if it failed.
fuzz()
{
	name=${1##*/}
	dir=$(realpath -m --relative-to="$BUILD" "$1")
	seeds=$(dirname "$dir")/corpus/$name
	[ -d "$seeds" ] || seeds=$BUILD/$seeds
	[ -d "$seeds" ] || seeds=
	mkdir -p "$BUILD/corpus/$name"
	log=$BUILD/crashes/$name.log
	verdict=ok
	# shellcheck disable=SC2086 # no seeds, or no setarch: no argument
	if ! $randomised "$1" -max_total_time="$FUZZ_TIME" -timeout=25 -rss_limit_mb=4096 \
		-artifact_prefix="$BUILD/crashes/$name-" -print_final_stats=1 \
		"$BUILD/corpus/$name" $seeds >"$log" 2>&1; then
		verdict=FAIL
		sed 's/^/    /' "$log"
		echo "    again: $1 <the input named above>"
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-4s %9s inputs in %s s  %s\n' "$verdict" "${runs:-0}" "$FUZZ_TIME" "$name"
}

# All take the same time: a batch begins when the one before is done.
show_batch()
{
	wait
	for file in "$BUILD/crashes"/*.report; do
		[ ! -e "$file" ] || cat "$file"
	done
	cat "$BUILD/crashes"/*.report >>"$BUILD/crashes/reports" 2>/dev/null
	rm -f "$BUILD/crashes"/*.report
}

mkdir -p "$BUILD/crashes" || exit 1
rm -f "$BUILD/crashes"/*.report
: >"$BUILD/crashes/reports"
started=0
for program; do
	fuzz "$program" >"$BUILD/crashes/${program##*/}.report" &
	started=$((started + 1))
	[ $((started % JOBS)) -ne 0 ] || show_batch
done
show_batch

passed=$(grep -c '^ok ' "$BUILD/crashes/reports")
failed=$((started - passed))
if [ "$started" -eq 0 ]; then
	echo "There is no fuzzer to run." >&2
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
