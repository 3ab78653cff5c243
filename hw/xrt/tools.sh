#!/bin/sh
# SPDX-License-Identifier: MIT
# XRT as Debian trixie-backports has it, on a system with an older one or none: unpacked into a cached
# directory, and run with the loader and the C library that it is built for. Nothing is installed.
#
# usage: tools.sh root                  print where it is
#        tools.sh run PROGRAM ARG...    run a program of this system with that XRT's libraries
#        tools.sh xclbinutil ARG...     the tool for .xclbin files
#        tools.sh cflags                print the compiler's options for XRT's headers
#
# The process is the program: no shell stays. If something that it needs is not set, run sets it, so
# that the program finds the emulated cards of `make -C hw/xrt`: XCL_EMULATION_MODE, XILINX_VITIS,
# EMCONFIG_PATH (in BUILD/hw/xrt), USER, SDACCEL_EM_RUN_DIR (in BUILD/hw/xrt/run).
# NMACCEL_CACHE names the cache; NMACCEL_XRT_ROOT a root to use instead of the cached one.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
cache=${NMACCEL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nmaccel}
hash=$(cat "$here/root/make-root.sh" "$here/root/packages.txt" | sha256sum | cut -c 1-12)
root=${NMACCEL_XRT_ROOT:-$cache/xrt-$hash}
lib=usr/lib/x86_64-linux-gnu
loader=usr/lib64/ld-linux-x86-64.so.2

die()
{
	echo "xrt: $*" >&2
	exit 1
}

root_is_whole()
{
	for file in $loader $lib/libc.so.6 $lib/libxrt_coreutil.so.2 $lib/libxrt_swemu.so.2 \
		usr/bin/xclbinutil usr/include/xrt/xrt_device.h; do
		[ -s "$root/$file" ] || return 1
	done
}

build_root()
{
	echo "xrt: unpacking XRT; log: $cache/xrt.log" >&2
	rm -rf "$root"
	"$here/root/make-root.sh" "$root" >"$cache/xrt.log" 2>&1 || {
		tail -n 20 "$cache/xrt.log" >&2
		die "XRT could not be unpacked; see above, and $cache/xrt.log"
	}
	root_is_whole || die "what was unpacked lacks a part; see $cache/xrt.log"
	# Those of older scripts go. What runs in one keeps the files that it has open.
	for other in "$cache"/xrt-*; do
		case $other in
		"$root" | "$root".lock) ;;
		*) rm -rf "$other" ;;
		esac
	done
}

need_root()
{
	! root_is_whole || return 0
	[ -z "${NMACCEL_XRT_ROOT:-}" ] || die "NMACCEL_XRT_ROOT=$root holds no XRT"
	mkdir -p "$cache" || die "cannot write to the cache; name another place by NMACCEL_CACHE=DIR"
	(
		flock 9
		root_is_whole || build_root
	) 9>"$root.lock"
}

# in_root PROGRAM ARG...: its C library must come first, and what it does not have is this system's.
in_root()
{
	exec "$root/$loader" --library-path \
		"$root/$lib:${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/lib:/usr/lib/x86_64-linux-gnu:/lib/x86_64-linux-gnu" \
		--argv0 "$@"
}

run()
{
	program=$(command -v "$1") || die "there is no program $1"
	name=$1
	shift
	out=${BUILD:-$tree/build}
	case $out in
	/*) out=$out/hw/xrt ;;
	*) out=$tree/$out/hw/xrt ;;
	esac
	# Set, but empty: real cards.
	export XCL_EMULATION_MODE="${XCL_EMULATION_MODE-sw_emu}"
	[ -n "$XCL_EMULATION_MODE" ] || unset XCL_EMULATION_MODE
	export XILINX_VITIS="${XILINX_VITIS:-$out/vitis}"
	export EMCONFIG_PATH="${EMCONFIG_PATH:-$out}"
	export USER="${USER:-$(id -un)}"
	# XRT's own choice would be beside the loader, as that is the executable.
	export SDACCEL_EM_RUN_DIR="${SDACCEL_EM_RUN_DIR:-$out/run}"
	[ -z "${XCL_EMULATION_MODE:-}" ] || mkdir -p "$SDACCEL_EM_RUN_DIR"
	in_root "$name" "$program" "$@"
}

case ${1:-}:$# in
root:1)
	need_root
	echo "$root"
	;;
cflags:1)
	need_root
	echo "-isystem $root/usr/include/xrt -isystem $root/usr/include"
	;;
run:1 | xclbinutil:1)
	die "usage: tools.sh root | run PROGRAM... | xclbinutil ARG... | cflags"
	;;
run:*)
	shift
	need_root
	run "$@"
	;;
xclbinutil:*)
	shift
	need_root
	in_root xclbinutil "$root/usr/bin/xclbinutil" "$@"
	;;
*)
	die "usage: tools.sh root | run PROGRAM... | xclbinutil ARG... | cflags"
	;;
esac
