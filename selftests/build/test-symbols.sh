#!/bin/sh
# SPDX-License-Identifier: MIT
# The shared library exports what nmaccel.h declares, under its version, and nothing else.
set -u
. selftests/harness/tap.sh

BUILD=${BUILD:?the build directory}
library=$BUILD/libnmaccel.so
tmp=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-symbols.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT

# A declaration is NMACCEL_API ... nmaccel_name(, over one or more lines.
${CC:-cc} -E -P -D__attribute__'(x)=NMACCEL_MARK' libnmaccel/include/nmaccel.h \
	-o "$tmp/header.i"
tr '\n' ' ' <"$tmp/header.i" | tr ';' '\n' | grep NMACCEL_MARK |
	grep -o 'nmaccel_[a-z0-9_]* *(' | tr -d ' (' | LC_ALL=C sort -u >"$tmp/declared"
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' |
	sed 's/@.*//' | LC_ALL=C sort -u >"$tmp/exported"
sed -n 's/^[ \t]*\(nmaccel_[a-z0-9_]*\);$/\1/p' libnmaccel/libnmaccel.map |
	LC_ALL=C sort >"$tmp/mapped"

same()
{
	[ -s "$1" ] && diff -u "$1" "$2"
}

versioned()
{
	! nm -D --defined-only --with-symbol-versions "$library" | awk '$2 != "A"' |
		grep -v '@@ *NMACCEL_[0-9]'
}

soname()
{
	readelf -d "$library" | grep -q 'SONAME.*\[libnmaccel\.so\.0\]'
}

# A program that links statically shares its name space with every inner name of ours.
prefixed()
{
	! nm -g --defined-only "$BUILD/libnmaccel.a" | awk 'NF == 3 { print $3 }' |
		grep -v -e '^nmaccel_' -e '^__odr_asan'
}

try "the map names each declared function" same "$tmp/declared" "$tmp/mapped"
try "each declared function is exported, nothing else" same "$tmp/declared" "$tmp/exported"
try "each exported function has a version" versioned
try "the library has its soname" soname
try "all global names of the static library begin with nmaccel_" prefixed
tap_end
