#!/bin/sh
# SPDX-License-Identifier: MIT
# The test runner counts what it is told, and nothing that goes wrong counts as a pass.
set -u
. selftests/harness/tap.sh

runner=$PWD/selftests/harness/run-tests.sh
tmp=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-runner.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
# What make gives to this test must not reach the runner under test.
unset V SAN WRAPPER TEST_TIMEOUT JOBS

# program NAME LINE...: a program of these lines.
program()
{
	file=$tmp/$1
	shift
	{
		echo '#!/bin/sh'
		printf '%s\n' "$@"
	} >"$file"
	chmod +x "$file"
}

# each_at_once N: with N at a time, programs that wait for each other pass.
each_at_once()
{
	rm -rf "$tmp/meet"
	mkdir "$tmp/meet"
	JOBS=$1 TEST_TIMEOUT=20 sh "$runner" "$tmp/meets" "$tmp/meets-too" >"$tmp/meet/out"
	cat "$tmp/meet/out"
	[ "$(tail -n 1 "$tmp/meet/out")" = '4 passed, 0 failed' ] &&
		[ "$(wc -l <"$tmp/meet/out")" -eq 3 ]
}

# expect STATUS LAST-LINE NAME...: run these programs, look at exit status and last line.
expect()
{
	want_status=$1
	want_line=$2
	shift 2
	paths=
	for name; do
		paths="$paths $tmp/$name"
	done
	# shellcheck disable=SC2086
	output=$(TEST_TIMEOUT=2 sh "$runner" $paths 2>&1)
	status=$?
	printf '%s\nexit status %d\n' "$output" "$status"
	[ "$status" -eq "$want_status" ] && [ "$(printf '%s\n' "$output" | tail -n 1)" = "$want_line" ]
}

program good 'echo 1..2' 'echo ok 1 - a' 'echo ok 2 - b'
program two-groups 'echo 1..1' 'echo ok 1 - a' 'echo 1..1' 'echo ok 1 - b'
program bad 'echo 1..2' 'echo ok 1 - a' 'echo not ok 2 - b' 'exit 1'
program skips 'echo 1..2' 'echo ok 1 - a' 'echo "not ok 2 # SKIP b"'
program dies 'echo 1..2' 'echo ok 1 - a' 'kill -SEGV $$'
program leaks 'echo 1..1' 'echo ok 1 - a' 'exit 23'
program stops 'echo 1..3' 'echo ok 1 - a'
program lies 'echo 1..2' 'echo ok 1 - a' 'echo not ok 2 - b'
program silent 'exit 0'
program hangs 'echo 1..1' 'echo ok 1 - a' 'exec sleep 60'
program counts 'echo "40 passed, 0 failed, 2 skipped"'
program counts-bad 'echo "40 passed, 1 failed"' 'exit 1'
for name in meets meets-too; do
	program $name 'echo 1..2; echo ok 1 - a' "touch $tmp/meet/$name" \
		"until [ -e $tmp/meet/meets ] && [ -e $tmp/meet/meets-too ]; do sleep 0.1; done" \
		'echo ok 2 - b'
done
program test-pass.sh 'exit 0'
program test-fail.sh 'exit 1'
program test-skip.sh 'echo no card' 'exit 77'

try "TAP is counted" expect 0 '2 passed, 0 failed' good
try "groups add up" expect 0 '2 passed, 0 failed' two-groups
try "a failed test fails" expect 1 '1 passed, 1 failed' bad
try "a skipped test is no pass" expect 0 '1 passed, 0 failed, 1 skipped' skips
try "death by a signal fails" expect 1 '1 passed, 2 failed' dies
try "an exit status without a failed test fails" expect 1 '1 passed, 1 failed' leaks
try "fewer tests than planned fail" expect 1 '1 passed, 2 failed' stops
try "a failed test fails, whatever the exit status" expect 1 '1 passed, 1 failed' lies
try "a program without a test fails" expect 1 '0 passed, 1 failed' silent
try "a program that hangs fails" expect 1 '1 passed, 1 failed' hangs
try "a last line with counts is read" expect 0 '40 passed, 0 failed, 2 skipped' counts
try "its failures fail" expect 1 '40 passed, 1 failed' counts-bad
try "a script is one test" expect 0 '1 passed, 0 failed' test-pass.sh
try "a script's failure" expect 1 '0 passed, 1 failed' test-fail.sh
try "a skipped script beside a test" expect 0 '2 passed, 0 failed, 1 skipped' good test-skip.sh
try "only skipped tests fail" expect 1 '0 passed, 1 failed, 1 skipped' test-skip.sh
try "no test at all fails" expect 1 '0 passed, 1 failed'
try "a program that is not there fails" expect 1 '0 passed, 1 failed' nothing
try "one bad apple" expect 1 '43 passed, 1 failed, 2 skipped' good bad counts
try "two at a time" each_at_once 2
tap_end
