#!/bin/sh
# SPDX-License-Identifier: MIT
# Run the C simulation's tests, and tell how many jobs they have compared.
#
# usage: csim.sh TEST... (programs and scripts, as for selftests/harness/run-tests.sh)
set -u

log=$(mktemp "${TMPDIR:-/tmp}/nmaccel-csim.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

V=1 SAN=asan selftests/harness/run-tests.sh "$@" >"$log"
status=$?
awk -v failed=$status '
	/^ +[0-9]+ jobs compared/ { jobs += $1 }
	/^[0-9]+ passed, [0-9]+ failed/ { print jobs " jobs compared in all" }
	failed || /^ +[0-9]+ jobs / || /^[^ ]/ { print }' "$log"
exit $status
