#!/bin/sh
# SPDX-License-Identifier: MIT
# Prove with CBMC what the harnesses of this directory say, JOBS at a time.
#
# usage: prove.sh [NAME...] (all that close if none is named; a name is that of a harness, NAME.c)
#
# Each harness tells in its first comment what it proves, within what bounds, and with what options of
# CBMC: "Replace: f:g" puts stub g in the place of function f. Beyond that all of CBMC's checks of
# accesses, sums, shifts and conversions are on, and a loop that is not followed to its end is an error.
#
# A proof that takes longer than SECONDS_EACH counts as failed: it shows nothing.
#
# Environment: CBMC, the directory of cbmc, goto-cc and goto-instrument, unless they are on PATH or
# where tool.sh puts them; TOP, where uapi lies; JOBS; SECONDS_EACH (300); SRC, the directory whose src/
# is proved, by default ../ of this one; V=1 shows what CBMC says of each property.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=${TOP:-$(cd "$here/../../.." && pwd)} || exit 1
JOBS=${JOBS:-1}
SECONDS_EACH=${SECONDS_EACH:-300}
SRC=${SRC:-$here/..}
checks='--bounds-check --pointer-check --pointer-overflow-check --signed-overflow-check
	--unsigned-overflow-check --conversion-check --undefined-shift-check --div-by-zero-check
	--unwinding-assertions --slice-formula'

# field NAME FILE: the words after "NAME:" in the first comment, of all such lines
field()
{
	sed -n "/^ \\*\\/\$/q; s/^ \\* $1: //p" "$2" | tr '\n' ' '
}

# claims FILE: the first comment, but for what is meant for this script
claims()
{
	sed -n '/^ \*\/$/q; /^ \* \(Replace\|Options\): /d; s/^ \* \(.*\)/    \1/p' "$1"
}

# prove_one NAME: the whole of one proof, in a directory of its own
prove_one()
{
	name=$1
	dir=$work/$name
	mkdir -p "$dir"
	replace=
	for pair in $(field Replace "$here/$name.c"); do
		replace="$replace --replace-calls $pair"
	done
	options=$(field Options "$here/$name.c")
	begin=$(date +%s)
	# shellcheck disable=SC2086 # lists of options
	{
		"$tools/goto-cc" -std=c11 -D__CPROVER__ -I "$top/uapi" -I "$SRC/src" --function harness \
			-o "$dir/all.gb" "$here/$name.c" &&
			{ [ -z "$replace" ] && cp "$dir/all.gb" "$dir/proof.gb" ||
				"$tools/goto-instrument" $replace "$dir/all.gb" "$dir/proof.gb"; } &&
			timeout "$SECONDS_EACH" "$tools/cbmc" $checks $options "$dir/proof.gb"
	} >"$dir/log" 2>&1 </dev/null
	status=$?
	seconds=$(($(date +%s) - begin))
	checked=$(sed -n 's/^\*\* \([0-9]*\) of \([0-9]*\) failed.*/\2/p' "$dir/log")
	[ "$status" -ne 0 ] || [ -n "$checked" ] || status=1
	{
		if [ "$status" -eq 0 ]; then
			echo "ok    $name: $checked properties, $seconds s"
			claims "$here/$name.c"
		else
			echo "FAIL  $name: exit status $status, $seconds s"
			[ "$status" -ne 124 ] || echo "    not closed in $SECONDS_EACH s"
			grep -E ': FAILURE$|[Ee]rror' "$dir/log" | sed 's/^/    /'
			[ "$checked" ] || tail -n 20 "$dir/log" | sed 's/^/    /'
		fi
		[ -z "${V:-}" ] || grep -E ': (SUCCESS|FAILURE|UNKNOWN)$' "$dir/log" | sed 's/^/    /'
	} >"$dir/report"
	flock "$work/lock" cat "$dir/report"
	echo "$status" >"$dir/status"
}

if [ "${1:-}" = --one ]; then
	work=$2
	tools=$3
	prove_one "$4"
	exit 0
fi

tools=$("$here/tool.sh") || {
	echo 'skipped: there is no cbmc'
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
}
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-proof.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Those that close; "add conv operands row stream tap" do not in two minutes, and show nothing yet.
[ $# -ne 0 ] || set -- port pool job page loader epilogue steps fetch columns desc window numeric word
export SECONDS_EACH SRC
for name; do
	[ -f "$here/$name.c" ] || {
		echo "prove.sh: there is no proof $name in $here" >&2
		exit 2
	}
done
printf '%s\0' "$@" | xargs -0 -n 1 -P "$JOBS" "$0" --one "$work" "$tools"
passed=$(cat "$work"/*/status 2>/dev/null | grep -cx 0)
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
