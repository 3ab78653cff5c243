#!/bin/sh
# SPDX-License-Identifier: MIT
# Of the VM lab, what needs no virtual machine: its command line, its matrix, how it reads KTAP.
set -u
. selftests/harness/tap.sh

vm=selftests/vm
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-test-lab.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# exits_with STATUS WORD...: the lab, on this command line.
exits_with()
{
	want=$1
	shift
	"$vm"/lab "$@" >"$work/out" 2>&1
	status=$?
	cat "$work/out"
	[ "$status" = "$want" ]
}

wrong_usage()
{
	exits_with 2 && exits_with 2 frobnicate && exits_with 2 run && exits_with 2 run 5.10 -- true &&
		exits_with 2 run 6.12 && exits_with 2 check 6.12 -- true &&
		exits_with 2 run 6.12 --cards 3 -- true && exits_with 2 run 6.12 --cards 0 -- true &&
		exits_with 2 run 6.12 --engines 16 -- true &&
		exits_with 2 run 6.12 --engines x -- true &&
		exits_with 2 run 6.12 --memory 1 -- true && exits_with 2 run 6.12 --timeout -- true &&
		exits_with 2 run 6.12 --build ../x -- true &&
		exits_with 2 run 6.12 --driver /nowhere -- true &&
		exits_with 2 check 6.12 --no-build && exits_with 2 root twice &&
		exits_with 0 help
}

cells()
{
	sed 's/#.*//; /^[[:blank:]]*$/d' "$vm"/matrix
}

all_cells_once()
{
	[ "$(cells | awk '{ print $1, $2, $3, $4 }' | sort -u | wc -l)" = 16 ] &&
		[ "$(cells | wc -l)" = 16 ] &&
		! cells | grep -vE '^[12] [24] (on|off)[[:blank:]]msix?[[:blank:]](all|stock)$'
}

# Every pair of settings of two different columns, 24 in all.
debug_pairs()
{
	cells | awk '$5 == "all" {
		for (i = 1; i <= 4; i++)
			for (j = i + 1; j <= 4; j++)
				if (!seen[i, $i, j, $j]++)
					pairs++
	} END { print pairs " of 24 pairs"; exit pairs != 24 }'
}

named_programs_exist()
{
	! sed 's/#.*//; /^[[:blank:]]*$/d' "$vm"/matrix-programs | while read -r program cards once; do
		case $cards:$once in
		[12]: | [12]:once) ;;
		*) echo "matrix-programs: $program needs 1 or 2 cards, not '$cards'" ;;
		esac
		[ -e "selftests/driver/$program.c" ] || echo "matrix-programs: no selftests/driver/$program.c"
	done | grep .
}

user_programs_are_well_formed()
{
	! sed 's/#.*//; /^[[:blank:]]*$/d' "$vm"/user-programs |
		grep -vE '^[a-z-]+ (all|stock|debug): [^ ]'
}

# counts_of TEXT WANTED: passed, failed, skipped.
counts_of()
{
	rm -f "$work/counts" "$work/skips"
	printf '%b' "$1" | awk -v counts="$work/counts" -v skips="$work/skips" -f "$vm"/ktap.awk
	echo "counts $(cat "$work/counts"), wanted $2"
	[ "$(cat "$work/counts")" = "$2" ]
}

all_passed()
{
	counts_of 'TAP version 13\n1..2\n# 1..2\n# ok 1 a.b\n# ok 2 a.c\nok 1 selftests: driver: a\nok 2 user: d\n' '3 0 0'
}

one_failed()
{
	counts_of '1..1\n# 1..2\n# not ok 1 a.b\n# ok 2 a.c\nnot ok 1 selftests: driver: a # exit=1\n' '1 1 0'
}

skipped_with_reason()
{
	counts_of '1..2\n# 1..1\n# ok 1 a.b # SKIP one card\nok 1 selftests: driver: a # SKIP\nok 2 user: d # SKIP no d\n' '0 0 2' &&
		grep -qx 'one card' "$work/skips" && grep -qx 'no d' "$work/skips"
}

# A program that crashes after its first test; one that is killed before it; one that says nothing.
broken_off()
{
	counts_of '1..1\n# 1..3\n# ok 1 a.b\nnot ok 1 selftests: driver: a # exit=139\n' '1 1 0' &&
		counts_of '1..1\nnot ok 1 selftests: driver: a # TIMEOUT 45 seconds\n' '0 1 0' &&
		counts_of '1..1\n# 1..3\n# ok 1 a.b\nok 1 selftests: driver: a\n' '1 1 0'
}

guest_died()
{
	counts_of '1..2\n# 1..1\n# ok 1 a.b\nok 1 selftests: driver: a\n# 1..1\n' '1 1 0' &&
		counts_of '' '0 1 0'
}

# All passed, and still the program failed: its process was killed, or a sanitizer spoke.
failed_after_its_tests()
{
	counts_of '1..1\n# 1..1\n# ok 1 a.b\nnot ok 1 selftests: driver: a # exit=1\n' '1 1 0'
}

try "wrong usage exits with 2, help with 0" wrong_usage
try "the matrix has every cell once" all_cells_once
try "on the debug kernel every pair of settings is covered" debug_pairs
try "matrix-programs names programs that exist" named_programs_exist
try "user-programs: name, kernels, command" user_programs_are_well_formed
try "KTAP: all passed" all_passed
try "KTAP: one failed" one_failed
try "KTAP: skips and their reasons" skipped_with_reason
try "KTAP: a program broken off has failed" broken_off
try "KTAP: a guest that died has failed" guest_died
try "KTAP: a bad exit after good tests is a failure" failed_after_its_tests
tap_end
