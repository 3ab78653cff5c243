#!/bin/sh
# SPDX-License-Identifier: MIT
# Each function of nmaccel.h is called by the tests in selftests/api, so that a new one cannot go
# without a test of its misuse.
set -u
. selftests/harness/tap.sh

header=libnmaccel/include/nmaccel.h

# A call, or a declaration, is a name before a parenthesis; comments mention some without one.
names()
{
	grep -ho 'nmaccel_[a-z0-9_]*(' "$@" | tr -d '(' | LC_ALL=C sort -u
}

all_called()
{
	names selftests/api/*.[ch] >"$tmp/called"
	names "$header" >"$tmp/declared"
	[ "$(wc -l <"$tmp/declared")" -gt 50 ] && ! LC_ALL=C comm -23 "$tmp/declared" \
		"$tmp/called" | grep .
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-functions.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

try "selftests/api calls each function of nmaccel.h" all_called
tap_end
