#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine's source is what HLS tools take: C and C++ at once, without what they cannot build.
set -u
. selftests/harness/tap.sh

top=hw/hls/src/nmaccel_engine.c

# compiles COMPILER LANGUAGE STANDARD OPTION... FILE
compiles()
{
	compiler=$1 language=$2 standard=$3
	shift 3
	"$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Werror -Wshadow -Wvla \
		-Wno-unused-label -Wno-unknown-pragmas -Iuapi -fsyntax-only "$@"
}

# builds COMPILER LANGUAGE STANDARD LANES BLOCK_ROWS COLUMNS
builds()
{
	compiles "$1" "$2" "$3" -DNMACCEL_ENGINE_LANES="$4" -DNMACCEL_ENGINE_BLOCK_ROWS="$5" \
		-DNMACCEL_ENGINE_COLUMNS="$6" "$top"
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

# Pragmas stand where UG1399 wants them; pragmas.awk says the rules.
pragmas_are_in_place()
{
	! awk -f hw/hls/tests/pragmas.awk hw/hls/src/*.[ch] | grep .
}

# misplaced FILE SED: the rules find the breach that the sed script makes in a copy of the source.
misplaced()
{
	copy=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-source.XXXXXX") || return 1
	cp hw/hls/src/*.[ch] "$copy"
	sed -i "$2" "$copy/$1"
	! cmp -s "hw/hls/src/$1" "$copy/$1" && awk -f hw/hls/tests/pragmas.awk "$copy"/*.[ch] | grep -q .
	found=$?
	rm -rf "$copy"
	return "$found"
}

# interface MODE: the interface pragmas of that mode
interface()
{
	grep "^#pragma HLS interface mode=$1 " "$top"
}

# The rules of UG1399 for interfaces: a memory port has a base register, and all registers are in one
# block with those of the function's start and end.
interface_is_regular()
{
	! grep '^#pragma HLS interface ' "$top" | grep -vE 'mode=(m_axi|s_axilite) ' &&
		! interface m_axi | grep -vE ' offset=slave bundle=[a-z]+ depth=[0-9]+$' &&
		[ "$(interface s_axilite | sed 's/.* bundle=//' | sort -u)" = control ] &&
		[ "$(interface s_axilite | wc -l)" = "$(ports | wc -w)" ]
}

# offsets: the registers that s_axilite gives to the arguments, as "ARGUMENT OFFSET": from 0x10 in their
# order; 64 bits take two words and a reserved third, 32 bits one and a reserved second.
offsets()
{
	sed -n 's/^.*nmaccel_engine(\(.*\))$/\1/p' "$top" | tr ',' '\n' | awk '
		BEGIN { at = 16 }
		{
			name = $NF
			wide = $0 ~ /\*/ || $0 ~ /u?int64_t/
			if (!wide && $0 !~ /u?int32_t/) { print "unknown type: " $0; exit }
			sub(/^\*/, "", name)
			print name, at
			at += wide ? 12 : 8
		}'
}

# contract MACRO: its value in the contract, in decimal
contract()
{
	echo $(($(printf '#include "drm/nmaccel_hw.h"\n%s\n' "$1" | "${CC:-cc}" -Iuapi -E -P -xc - | tail -n 1)))
}

# NMACCEL_REG_<ARGUMENT>_LO and _HI are those registers.
offsets_are_the_contract()
{
	offsets | while read -r name at; do
		upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
		if [ "$(contract "NMACCEL_REG_${upper}_LO")" != "$at" ] ||
			[ "$(contract "NMACCEL_REG_${upper}_HI")" != $((at + 4)) ]; then
			echo "$name is at $at, not at NMACCEL_REG_${upper}_LO"
		fi
	done | grep . && return 1
	[ "$(offsets | wc -l)" = 2 ]
}

# A partition has a type, a factor where its type takes one, and a dimension that the array has.
partitions_are_whole()
{
	! grep '^#pragma HLS array_partition ' "$top" | while read -r _ _ _ options; do
		name=$(echo "$options" | sed 's/^variable=\([a-z_]*\).*/\1/')
		dims=$(sed -n "s/^.*static [a-z0-9_]* $name\(\[.*\]\);/\1/p" "$top" | tr -dc '[' | wc -c)
		dim=$(echo "$options" | sed -n 's/.* dim=\([0-9]*\).*/\1/p')
		case $options in
		*' type=complete') ;;
		*' type=cyclic factor='*[0-9]) ;;
		*) echo "$options" ;;
		esac
		[ "${dim:-1}" -ge 1 ] && [ "${dim:-1}" -le "$dims" ] || echo "$options: $dims dimensions"
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
	for file in hw/hls/bambu/step.c hw/hls/bambu/kernel.c; do
		if have "$compiler"; then
			try "$file with $compiler -std=$standard" \
				compiles "$compiler" "$language" "$standard" -Ihw/hls/src "$file"
		else
			leave_out "$file with $compiler -std=$standard" "there is no $compiler"
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
try "pragmas are in place" pragmas_are_in_place
try "a loop of variable length in a pipelined one is found" \
	misplaced loader.h 's/j < NMACCEL_ENGINE_COLUMNS/j < rows/'
try "unroll for one tool only is found" misplaced step.h '0,/ENGINE_UNROLL_NEXT/s/ENGINE_UNROLL_NEXT//'
try "pipeline behind a statement is found" \
	misplaced stream.h 's/^\t\ttotal += counts.r.;/&\n\t\tENGINE_PIPELINE/'
try "pipeline outside a loop is found" misplaced bus.h 's/^\tuint32_t i;/&\n\tENGINE_PIPELINE/'
try "a partition behind a statement is found" \
	misplaced nmaccel_engine.c 's/^\tstatic struct engine_table table;/&\n\ttable.count = 0;/'
try "an unknown pragma is found" misplaced add.h 's/^\tuint32_t j;/&\n#pragma HLS dataflow/'
try "interfaces are regular" interface_is_regular
try "registers of the arguments are those of the contract" offsets_are_the_contract
try "partitions are whole" partitions_are_whole
tap_end
