#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine's source is what HLS tools take: C and C++ at once, without what they cannot build.
set -u
. selftests/harness/tap.sh

top=hw/hls/src/nmaccel_engine.c

# builds COMPILER LANGUAGE STANDARD LANES BLOCK_ROWS COLUMNS
builds()
{
	"$1" -x "$2" -std="$3" -pedantic -Wall -Wextra -Werror -Wshadow -Wvla -Wno-unused-label \
		-Wno-unknown-pragmas -Iuapi -fsyntax-only -DNMACCEL_ENGINE_LANES="$4" \
		-DNMACCEL_ENGINE_BLOCK_ROWS="$5" -DNMACCEL_ENGINE_COLUMNS="$6" "$top"
}

refuses()
{
	! builds "${CC:-cc}" c c11 "$@" 2>/dev/null
}

# without_comments: the source with comments and strings taken out, as FILE:LINE: TEXT
without_comments()
{
	for file in hw/hls/src/*.[ch]; do
		"${CC:-cc}" -fpreprocessed -dD -E -P "$file" 2>/dev/null | sed "s,^,$file: ,"
	done
}

has_no()
{
	! without_comments | grep -E "$1"
}

loops_have_labels()
{
	! awk '
		FNR == 1 { label = 0 }
		/^[ \t]*(for|while) \(/ { if (!label) print FILENAME ":" FNR ": " $0 }
		/^[ \t]*ENGINE_UNROLL_NEXT$/ { next }
		{ label = /^[ \t]*[A-Z][A-Z0-9_]*:$/ }' hw/hls/src/*.[ch] | grep .
}

# A label names one loop in reports, so no two loops share one.
labels_are_unique()
{
	! grep -hoE '^[[:space:]]*[A-Z][A-Z0-9_]*:$' hw/hls/src/*.[ch] | tr -d '[:blank:]' | sort | uniq -d |
		grep .
}

# Functions stand before their callers, so recursion could only be direct.
does_not_recurse()
{
	! awk '
		/^static .*[ *]engine_[a-z0-9_]+\(/ {
			match($0, /engine_[a-z0-9_]+\(/)
			name = substr($0, RSTART, RLENGTH)
			next
		}
		/^}/ { name = "" }
		name != "" && index($0, " " name) { print FILENAME ":" FNR ": " $0 }' hw/hls/src/*.[ch] |
		grep .
}

# ports: those that the interface pragmas name, each once
ports()
{
	sed -n 's/^#pragma HLS interface .*port=\([a-z_]*\).*/\1/p' "$top" | sort -u | tr '\n' ' '
}

interface_is_whole()
{
	test "$(ports)" = 'job mem return '
}

# An interface pragma with another argument than the function has would be taken for the last one.
ports_are_arguments()
{
	grep -q '^.*nmaccel_engine(struct nmaccel_word \*mem, uint64_t job)$' "$top"
}

# partitioned: the arrays of the partition pragmas are those that the top function declares
partitions_are_arrays()
{
	! sed -n 's/^#pragma HLS array_partition variable=\([a-z_]*\).*/\1/p' "$top" |
		while read -r name; do
			grep -qE "static [a-z0-9_]+ $name\\[" "$top" || echo "no array '$name'"
		done | grep .
}

for compiler in gcc clang g++ clang++; do
	case $compiler in
	*++) language=c++ standard=c++17 ;;
	*) language=c standard=c11 ;;
	esac
	for build in '8 256 64' '8 128 64' '4 128 16' '16 256 32' '32 256 49' '8 256 1'; do
		name="engine $build with $compiler -std=$standard"
		if have "$compiler"; then
			# shellcheck disable=SC2086 # three arguments
			try "$name" builds "$compiler" "$language" "$standard" $build
		else
			leave_out "$name" "there is no $compiler"
		fi
	done
done

try "5 lanes are refused" refuses 5 256 64
try "64 block rows are refused" refuses 8 64 64
try "no column is refused" refuses 8 256 0
try "no allocation, assertion, jump or library call" \
	has_no '\<(malloc|calloc|realloc|free|alloca|assert|goto|memcpy|memset|printf|abort)\>'
try "no pointer casts" has_no '\((const )?(struct )?[a-z_0-9]+ \*+\)'
try "no function pointers" has_no '[^f]\(\*[a-z_0-9]*\)'
try "no forward declarations" has_no ': static [^={]*\);$'
try "no recursion" does_not_recurse
try "every loop has a label" loops_have_labels
try "pragmas name all ports of the top function" interface_is_whole
try "and these are its arguments" ports_are_arguments
try "partition pragmas name arrays" partitions_are_arrays
try "labels are unique" labels_are_unique
tap_end
