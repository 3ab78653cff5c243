#!/bin/sh
# SPDX-License-Identifier: MIT
# The card's binary: kernel.sh's kernel, linked to a board's platform. Takes hours.
#
# usage: xclbin.sh BOARD DIRECTORY (u50, u55c or u280; DIRECTORY is that of kernel.sh)
#
# Makes in DIRECTORY:
#   nmaccel_engine.BOARD.xclbin   for XRT; how its kernels lie on the card is in BOARD.cfg
#   nmaccel_engine.BOARD.json     what the library reads in it: the build (nmaccel_xrt.h)
#   MANIFEST                      build, source, tool, checksums of kernel, binary and build
# Environment: as for kernel.sh; XCLBINUTIL, XRT's tool for binaries, if it is not on PATH (else that of
# hw/xrt/tools.sh is fetched); CC.
set -eu
# shellcheck source=hw/hls/vitis/common.sh
. "$(dirname "$0")/common.sh"

[ $# = 2 ] || die "usage: xclbin.sh BOARD DIRECTORY"
board=$1
out=$2
config=$(board_file "$board")
platform=$(platform "$board")
need_vitis
[ -s "$out/$top.$board.xo" ] || die "there is no $out/$top.$board.xo: run kernel.sh $board $out first"
v++ --link --target hw --platform "$platform" --config "$config" \
	--clock.defaultFreqHz "${MHZ:-200}000000" --save-temps --temp_dir "$out/$top.$board.link" \
	--output "$out/$top.$board.xclbin" "$out/$top.$board.xo"

# XRT has no card page, so the binary tells what the engine is. v++ does not know of it.
util()
{
	if [ -n "${XCLBINUTIL:-}" ] || command -v xclbinutil >/dev/null; then
		"${XCLBINUTIL:-xclbinutil}" "$@"
	else
		"$tree/hw/xrt/tools.sh" xclbinutil "$@"
	fi
}

describe()
{
	"${CC:-cc}" -std=c11 -I"$tree/uapi" -o "$out/describe" "$tree/hw/xrt/describe.c" &&
		"$out/describe" --board="$board" --lanes="$LANES" --block-rows="$BLOCK_ROWS" \
			--columns="$COLUMNS" --mhz="${MHZ:-200}" \
			--units="$(sed -n "s/^nk=$top:\([0-9]*\):.*/\1/p" "$config")" meta &&
		rm "$out/describe"
}

describe >"$out/$top.$board.json" || die "the build cannot be described"
[ -s "$out/$top.$board.xclbin" ] || die "v++ ended, but there is no $out/$top.$board.xclbin"
util --force --input "$out/$top.$board.xclbin" \
	--add-section "USER_METADATA:RAW:$out/$top.$board.json" \
	--output "$out/$top.$board.new.xclbin" || die "xclbinutil cannot add the build to the binary"
mv "$out/$top.$board.new.xclbin" "$out/$top.$board.xclbin"
manifest "$out" "binary for $platform at ${MHZ:-200} MHz" "$top.$board.xo" "$top.$board.xclbin" \
	"$top.$board.json"
