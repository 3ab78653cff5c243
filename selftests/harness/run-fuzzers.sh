#!/bin/sh
# SPDX-License-Identifier: MIT
# Run libFuzzer programs for FUZZ_TIME seconds each; every program is one test.
#
# usage: FUZZ_TIME=30 BUILD=... run-fuzzers.sh PROGRAM...
#
# Seeds come from the directory corpus/NAME beside the fuzzer's source, or, where the build makes
# them, beside the program; there may be none. What a fuzzer finds stays in $BUILD: corpus/NAME, and
# crashes/NAME-* with the input that broke it.
set -u

FUZZ_TIME=${FUZZ_TIME:-30}
BUILD=${BUILD:?where the fuzzers are}
passed=0
failed=0
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS
randomised=
if setarch -R true 2>/dev/null; then
	randomised="setarch -R"
fi

mkdir -p "$BUILD/crashes" || exit 1
for program; do
	name=${program##*/}
	dir=$(realpath -m --relative-to="$BUILD" "$program")
	seeds=$(dirname "$dir")/corpus/$name
	[ -d "$seeds" ] || seeds=$BUILD/$seeds
	[ -d "$seeds" ] || seeds=
	mkdir -p "$BUILD/corpus/$name"
	log=$BUILD/crashes/$name.log
	# shellcheck disable=SC2086 # no seeds, or no setarch: no argument
	if $randomised "$program" -max_total_time="$FUZZ_TIME" -timeout=25 -rss_limit_mb=4096 \
		-artifact_prefix="$BUILD/crashes/$name-" -print_final_stats=1 \
		"$BUILD/corpus/$name" $seeds >"$log" 2>&1; then
		passed=$((passed + 1))
		verdict=ok
	else
		failed=$((failed + 1))
		verdict=FAIL
		sed 's/^/    /' "$log"
		echo "    again: $program <the input named above>"
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-4s %9s inputs in %s s  %s\n' "$verdict" "${runs:-0}" "$FUZZ_TIME" "$name"
done

if [ $((passed + failed)) -eq 0 ]; then
	echo "There is no fuzzer to run." >&2
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
