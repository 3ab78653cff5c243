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

# section FILE TITLE: what stands below that heading, up to the next one.
section()
{
	awk -v title="$2" '/^##/ { on = $0 == title; next } on && /^\|/' "$1"
}

# Again, if this fails: make -C hw figures, and paste build/figures/tables.md.
tables()
{
	grep '^### [a-z]' docs/performance.md >"$work/titles"
	[ "$(wc -l <"$work/titles")" -ge 10 ] && while read -r title; do
		section "$work/figures/tables.md" "$title" >"$work/new"
		section docs/performance.md "$title" >"$work/old"
		[ -s "$work/new" ] && diff "$work/old" "$work/new" ||
			{ echo "the table '$title' is another one now"; return 1; }
	done <"$work/titles"
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
