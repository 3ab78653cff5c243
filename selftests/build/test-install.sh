#!/bin/sh
# SPDX-License-Identifier: MIT
# An installed copy serves a stranger: examples/hello is built against it by pkg-config and by
# CMake, shared and static, and runs; uninstall leaves nothing.
set -u
. selftests/harness/tap.sh

BUILD=${BUILD:?the build directory}
CC=${CC:-cc}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-install.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
prefix=$tmp/usr
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"

# What is built was built with flags that only the caller knows: "-o all" leaves it as it is.
install_copy()
{
	make -s -o all install BUILD="$BUILD" CC="$CC" PREFIX="$prefix"
}

# Into a staging directory, as packages are made: no file of it may name that directory.
install_staged()
{
	make -s -o all install BUILD="$BUILD" CC="$CC" PREFIX=/usr DESTDIR="$tmp/stage" \
		LIBDIR=/usr/lib/some-triplet &&
		[ -e "$tmp/stage/usr/lib/some-triplet/libnmaccel.so.0" ] &&
		! grep -rlF "$tmp/stage" "$tmp/stage/usr/lib/some-triplet/pkgconfig" \
			"$tmp/stage/usr/lib/some-triplet/cmake"
}

runs()
{
	LD_LIBRARY_PATH=$prefix/lib "$1"
}

needs_library()
{
	readelf -d "$1" | grep -q 'NEEDED.*libnmaccel\.so\.0'
}

# shellcheck disable=SC2046 # pkg-config prints many arguments
by_pkg_config()
{
	mkdir -p "$tmp/pc" &&
		$CC -std=c11 $(pkg-config --cflags nmaccel) examples/hello/layer.c \
			-o "$tmp/pc/layer" $(pkg-config --libs nmaccel) &&
		$CC -std=c11 $(pkg-config --cflags nmaccel) examples/hello/hello.c \
			-o "$tmp/pc/hello" $(pkg-config --libs nmaccel) &&
		needs_library "$tmp/pc/layer" && runs "$tmp/pc/layer"
}

# The rest of the system's libraries may stay shared: only ours is named as an archive.
# shellcheck disable=SC2046
by_pkg_config_static()
{
	libs=$(pkg-config --static --libs nmaccel | sed 's/-lnmaccel/-l:libnmaccel.a/')
	# shellcheck disable=SC2086
	$CC -std=c11 $(pkg-config --cflags nmaccel) examples/hello/layer.c \
		-o "$tmp/pc/layer-static" $libs &&
		! needs_library "$tmp/pc/layer-static" && "$tmp/pc/layer-static"
}

by_cmake()
{
	cmake -S examples/hello -B "$tmp/cmake" -DCMAKE_C_COMPILER="$CC" \
		-DCMAKE_PREFIX_PATH="$prefix" &&
		cmake --build "$tmp/cmake" &&
		needs_library "$tmp/cmake/layer" && runs "$tmp/cmake/layer" &&
		! needs_library "$tmp/cmake/layer-static" && "$tmp/cmake/layer-static"
}

cmake_refuses()
{
	mkdir -p "$tmp/wish" &&
		printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(wish C)' \
			'find_package(nmaccel 99.0 REQUIRED)' >"$tmp/wish/CMakeLists.txt" &&
		! cmake -S "$tmp/wish" -B "$tmp/wish/build" -DCMAKE_PREFIX_PATH="$prefix"
}

uninstall_copy()
{
	make -s uninstall BUILD="$BUILD" PREFIX="$prefix" &&
		! find "$prefix" ! -type d | grep .
}

command_runs()
{
	"$prefix/bin/nmaccel" info
}

try "make install" install_copy
try "make install DESTDIR=" install_staged
try "the installed command runs" command_runs
if have pkg-config; then
	try "build by pkg-config" by_pkg_config
	try "build by pkg-config, static" by_pkg_config_static
else
	leave_out "build by pkg-config" "there is no pkg-config"
fi
if have cmake; then
	try "build by CMake, shared and static" by_cmake
	try "CMake refuses another version" cmake_refuses
else
	leave_out "build by CMake" "there is no cmake"
fi
try "make uninstall" uninstall_copy
tap_end
