#!/bin/sh
# SPDX-License-Identifier: MIT
# Is what the given make goals need installed? Names each missing thing with its Debian package.
#
# usage: CC=... PKG_CONFIG=... deps-check.sh GOAL...
set -u

missing=0

# need WHAT PACKAGE COMMAND...: the command's success tells that it is there.
need()
{
	what=$1
	package=$2
	shift 2
	if ! "$@" >/dev/null 2>&1; then
		echo "missing: $what. On Debian and Ubuntu: apt-get install $package" >&2
		missing=1
	fi
}

have()
{
	command -v "$1"
}

# shellcheck disable=SC2317 # need calls it by name
has_header()
{
	echo "$1" | tr ' ' '\n' | sed 's/.*/#include <&>/' | ${CC:-cc} -E -xc -
}

CC=${CC:-cc}
PKG_CONFIG=${PKG_CONFIG:-pkg-config}

case ${CC%% *} in
*clang*) package=clang ;;
*) package=gcc ;;
esac
need "the C compiler ${CC%% *}" "$package" have "${CC%% *}"
need "the archiver ${AR:-ar}" binutils have "${AR:-ar}"
need "the C library's headers" libc6-dev has_header "stdio.h"
need "pkg-config" pkg-config have "$PKG_CONFIG"
if have "$PKG_CONFIG" >/dev/null; then
	need "json-c (reads .plan files)" libjson-c-dev "$PKG_CONFIG" --exists json-c
	need "libdrm (speaks to the kernel driver)" libdrm-dev "$PKG_CONFIG" --exists libdrm
	need "libpci (finds cards)" libpci-dev "$PKG_CONFIG" --exists libpci
	need "zlib (reads .gz files)" zlib1g-dev "$PKG_CONFIG" --exists zlib
	need "libzip (reads .npz files)" libzip-dev "$PKG_CONFIG" --exists libzip
	need "protobuf-c (reads ONNX files)" libprotobuf-c-dev "$PKG_CONFIG" --exists libprotobuf-c
fi
need "protoc-c (makes the ONNX reader)" protobuf-c-compiler have protoc-c
need "onnx.proto (describes ONNX files)" libonnx-dev test -e /usr/include/onnx/onnx.proto

for goal; do
	case $goal in
	check | coverage | valgrind | xrt-emu-check)
		need "cmocka (unit tests)" libcmocka-dev has_header \
			"stdarg.h stddef.h setjmp.h stdint.h cmocka.h"
		;;
	esac
	case $goal in
	fuzz) need "clang (fuzzers)" "clang libclang-rt-dev" have clang ;;
	valgrind) need "valgrind" valgrind have valgrind ;;
	esac
done
exit $missing
