#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel's own judges on the driver and its headers: checkpatch, kernel-doc, sparse, W=1.
#
# usage: lint.sh LINUX_SOURCE HEADERS...
#
# LINUX_SOURCE has scripts/checkpatch.pl and scripts/kernel-doc (Debian: linux-source-6.12, unpacked);
# each of HEADERS can build a module (Debian: /usr/src/linux-headers-VERSION). Builds in $TMPDIR.
set -u
cd "$(dirname "$0")/../.." || exit 1
. selftests/harness/tap.sh

if [ $# -lt 2 ]; then
	echo "usage: lint.sh LINUX_SOURCE HEADERS..." >&2
	exit 2
fi
linux=$(cd "$1" && pwd) || exit 2
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-lint.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/copy/include"
cp -r Kbuild driver uapi "$work/copy/" || exit 1

# style IGNORED FILE...: on a copy, since checkpatch keeps notes where it runs.
style()
{
	ignored=$1
	shift
	! (cd "$work/copy" && perl "$linux/scripts/checkpatch.pl" --no-tree --root=. --strict \
		--max-line-length=100 --terse --show-types ${ignored:+--ignore "$ignored"} -f "$@") 2>&1 |
		grep -v '^total: '
}

driver_style()
{
	# shellcheck disable=SC2046 # none has a blank in its name
	style '' $(find driver -maxdepth 1 -name '*.[ch]' ! -name nmaccel_trace.h)
}

# Tables of cases are written by macros that take a field's name apart.
kunit_style()
{
	style MACRO_ARG_REUSE driver/tests/nmaccel_kunit.c
}

# TRACE_EVENT() is written as nothing else is; trace events in the kernel look like this as well.
trace_style()
{
	style OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT driver/nmaccel_trace.h
}

# User space has neither BIT() nor u8, and C11's assertion is called as it is.
uapi_style()
{
	style BIT_MACRO,PREFER_KERNEL_TYPES,CAMELCASE uapi/drm/*.h
}

kernel_doc()
{
	# It prints what it finds; its status differs between kernels.
	! "$linux/scripts/kernel-doc" -none -Wall uapi/drm/*.h driver/*.[ch] 2>&1 | grep .
}

# padding BITS: a hole would differ between ABIs, or carry the kernel's memory to user space.
padding()
{
	for header in uapi/drm/*.h; do
		# The word size alone is of interest, so that no 32-bit libc need be there.
		printf '#include <%s>\n' "drm/$(basename "$header")" |
			gcc -x c -std=c11 "-m$1" -ffreestanding -Wall -Werror -Wpadded -Iuapi \
				-isystem "$work/include" -isystem /usr/include/drm \
				-isystem "/usr/include/$(gcc -print-multiarch)" \
				-isystem /usr/include/libdrm -fsyntax-only - || return 1
	done
}

# What drm.h asks of a libc.
mkdir -p "$work/include/sys"
printf '#include <stdint.h>\n' >"$work/include/sys/types.h"
printf '#define _IOC(d, t, n, s) 0\n#define _IO(t, n) 0\n#define _IOR(t, n, s) 0\n' \
	>"$work/include/sys/ioctl.h"

# build HEADERS [ARGUMENT...]: any warning fails.
build()
{
	headers=$1
	shift
	rm -rf "$work/build"
	cp -r "$work/copy" "$work/build" || return 1
	make -j"$(nproc)" -C "$headers" M="$work/build" "$@" modules >"$work/log" 2>&1 ||
		{ cat "$work/log"; return 1; }
	! grep -e 'warning:' -e 'error:' -e 'WARNING:' -A 3 "$work/log"
}

if have perl && [ -e "$linux/scripts/checkpatch.pl" ]; then
	try "checkpatch --strict on driver/" driver_style
	try "checkpatch --strict on the KUnit tests" kunit_style
	try "checkpatch --strict on the trace events" trace_style
	try "checkpatch --strict on uapi/" uapi_style
else
	leave_out "checkpatch" "no perl, or no $linux/scripts/checkpatch.pl"
fi
if [ -x "$linux/scripts/kernel-doc" ]; then
	try "kernel-doc -Wall" kernel_doc
else
	leave_out "kernel-doc" "no $linux/scripts/kernel-doc"
fi
for bits in 64 32; do
	try "no padding in uapi/ with $bits bits" padding $bits
done
for headers; do
	name=$(basename "$headers")
	try "W=1 for $name" build "$headers" W=1
	if have sparse; then
		try "sparse for $name" build "$headers" C=2 CF=-Wsparse-error
	else
		leave_out "sparse for $name" "there is no sparse"
	fi
done
tap_end
