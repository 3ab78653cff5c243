#!/bin/sh
# SPDX-License-Identifier: MIT
# Can the proofs fail? Each error of the list in the file mutants must be found by its proof. One that
# the tools cannot read, or that leaves the file as it is, counts as not found.
#
# usage: mutants.sh    (environment: as for prove.sh)
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# found PROOF FILE COMMAND
found()
{
	rm -rf "$work/rtl"
	mkdir "$work/rtl" && cp -r "$here" "$here"/../*.sv "$work/rtl" || return 1
	sed -e "$3" "$here/../$2" >"$work/rtl/$2" || return 1
	if cmp -s "$here/../$2" "$work/rtl/$2"; then
		echo "    $2 is as it was"
		return 1
	fi
	SRC=$work/rtl V=1 "$here/prove.sh" "$1" >"$work/log" 2>&1 </dev/null
	# ABC and yosys-smtbmc say so when they have a counterexample.
	grep -qE 'was asserted in frame|Assert failed in' "$work/log"
}

if "$here/prove.sh" --tools | grep .; then
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
passed=0
failed=0
while IFS='|' read -r proof file command; do
	case $proof in
	'#'* | '') continue ;;
	esac
	if found "$proof" "$file" "$command"; then
		passed=$((passed + 1))
		echo "ok    $proof finds $command"
	else
		failed=$((failed + 1))
		echo "FAIL  $proof does not find $command in $file"
	fi
done <"$here/mutants"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
