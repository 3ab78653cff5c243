#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header compiles alone and without a warning, for each language and compiler we name.
set -u
. selftests/harness/tap.sh

uapi=$(cd uapi && echo drm/*.h)
if [ ! -e /usr/include/drm/drm.h ] && [ ! -e /usr/include/libdrm/drm.h ]; then
	leave_out drm/nmaccel_accel.h "there is no drm.h (libdrm-dev)"
	uapi=$(cd uapi && echo drm/nmaccel_[hsx]*.h)
fi
headers="nmaccel.h $uapi"

# Headers of DRM drivers find drm.h beside them once they are installed; here it is where
# linux-libc-dev or libdrm-dev has put it.
# clean COMPILER LANGUAGE STANDARD HEADER [FLAG...]
clean()
{
	compiler=$1 language=$2 standard=$3 header=$4
	shift 4
	printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
		"$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Werror \
			-Ilibnmaccel/include -Iuapi -isystem /usr/include/drm \
			-isystem /usr/include/libdrm -fsyntax-only "$@" -
}

# A comment belongs to what follows it without an empty line.
documented()
{
	! awk '
		/^\/\*\*/ { comment = 1 }
		/^NMACCEL_API/ || /^(struct|enum) nmaccel_[a-z0-9_]+( \{|;)/ {
			if (!comment) print FILENAME ":" FNR ": " $0
		}
		/^$/ { comment = 0 }' libnmaccel/include/nmaccel.h | grep .
}

try "every public symbol has a comment" documented
for compiler in gcc clang g++ clang++; do
	case $compiler in
	*++) language=c++ standards='c++11 c++17 c++20' ;;
	*) language=c standards='c11 gnu17' ;;
	esac
	for standard in $standards; do
		for header in $headers; do
			name="$header with $compiler -std=$standard"
			if have "$compiler"; then
				try "$name" clean "$compiler" "$language" "$standard" "$header"
			else
				leave_out "$name" "there is no $compiler"
			fi
		done
	done
done

# A structure with a hole would carry the kernel's memory to user space, or differ between ABIs.
for header in $uapi; do
	try "$header has no padding" clean "${CC:-cc}" c c11 "$header" -Wpadded
done

tap_end
