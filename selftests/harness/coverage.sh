#!/bin/sh
# SPDX-License-Identifier: MIT
# Line coverage of the given sources after a test run, for each and in total; fails below FLOOR.
#
# usage: BUILD=... CC=... FLOOR=90 coverage.sh SOURCE...
#
# Only libnmaccel/src counts. Kernels for an instruction set that this CPU lacks cannot run here:
# they are named and left out.
set -u

BUILD=${BUILD:?where the objects are}
FLOOR=${FLOOR:-90}
case ${CC:-cc} in
*clang*) GCOV=${GCOV:-llvm-cov gcov} ;;
*) GCOV=${GCOV:-gcov} ;;
esac

cpu_has()
{
	grep -qw "$1" /proc/cpuinfo
}

cannot_run()
{
	case $1 in
	*_avx2.c) ! cpu_has avx2 ;;
	*_avx512.c) ! cpu_has avx512_vnni ;;
	*) false ;;
	esac
}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-cov.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

for source; do
	case $source in
	libnmaccel/src/*) ;;
	*) continue ;;
	esac
	if cannot_run "$source"; then
		echo "left out: $source (this CPU has no such instructions)"
		continue
	fi
	notes=$BUILD/${source%.c}.gcno
	# shellcheck disable=SC2086 # llvm-cov gcov is two words
	if ! $GCOV -n -o "$BUILD/$(dirname "$source")" "$notes" >"$tmp/out" 2>"$tmp/err"; then
		cat "$tmp/err" >&2
		echo "coverage: $GCOV cannot read $notes" >&2
		exit 1
	fi
	# A file's two lines: File 'path', then Lines executed:95.24% of 42.
	awk -v source="$source" -v q="'" '
		$0 ~ "^File " { mine = index($0, source q) > 0 }
		mine && sub(/^Lines executed:/, "") {
			split($0, part, "% of ")
			printf "%s %d %d\n", source, part[1] * part[2] / 100 + 0.5, part[2]
			found = 1
			mine = 0
		}
		END { if (!found) printf "%s 0 0\n", source }' "$tmp/out" >>"$tmp/lines"
done

[ -s "$tmp/lines" ] || {
	echo "coverage: no source of libnmaccel/src was measured" >&2
	exit 1
}
awk -v floor="$FLOOR" '
	{
		covered += $2
		lines += $3
		printf "%6.1f %%  %5d of %5d lines  %s\n", $3 ? 100 * $2 / $3 : 100, $2, $3, $1
	}
	END {
		percent = lines ? 100 * covered / lines : 0
		printf "%6.1f %%  %5d of %5d lines  libnmaccel/src in total; the floor is %s %%\n",
		       percent, covered, lines, floor
		exit percent < floor
	}' "$tmp/lines" || {
	echo "coverage: below the floor of $FLOOR %; the files above with the least want tests" >&2
	exit 1
}
