#!/bin/sh
# SPDX-License-Identifier: MIT
# The figures: every file that is promised is made, pictures are XML, and the tables of
# docs/performance.md are what the model says now. BUILD is where the program is.
set -u
. selftests/harness/tap.sh

BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

made()
{
	"$BUILD/hw/model/figures" "$work/figures" >"$work/list" &&
		[ "$(wc -l <"$work/list")" -eq 13 ] && while read -r file; do
		[ -s "$file" ] || { echo "$file is empty"; return 1; }
	done <"$work/list"
}

refuses()
{
	"$BUILD/hw/model/figures" 2>/dev/null
	[ $? -eq 2 ] && ! "$BUILD/hw/model/figures" "$work/no/such/place" 2>"$work/err" &&
		grep -q 'No such file' "$work/err"
}

# If this fails, hw/model/paste-tables.sh makes it right again; then look at what the text says of them.
tables()
{
	[ "$(grep -c '^### [a-z]' docs/performance.md)" -ge 10 ] &&
		! grep '^### [a-z]' docs/performance.md | grep -vxF -f "$work/figures/tables.md" &&
		sh hw/model/paste-tables.sh "$work/figures/tables.md" docs/performance.md |
		diff docs/performance.md -
}

pictures()
{
	xmllint --noout "$work"/figures/*.svg
}

try "all figures are made" made
try "wrong usage is refused" refuses
try "the tables of docs/performance.md are the model's" tables
if have xmllint; then
	try "pictures are XML" pictures
else
	leave_out "pictures are XML" "there is no xmllint"
fi
tap_end
