# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For scripts that hold several tests: read it by ".", call try for each, end with tap_end.

tap_count=0
tap_failed=0

# try NAME COMMAND...: one test, passed if the command succeeds; its output is shown if not.
try()
{
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_count - $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $tap_name"
		printf '%s\n' "$tap_output" | sed 's/^/# /'
	fi
}

# leave_out NAME WHY: a test that cannot run here.
leave_out()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count # SKIP $1: $2"
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

tap_end()
{
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
