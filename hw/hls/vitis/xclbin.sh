#!/bin/sh
# SPDX-License-Identifier: MIT
# The card's binary: kernel.sh's kernel, linked to a board's platform. Takes hours.
#
# usage: xclbin.sh BOARD DIRECTORY (u50, u55c or u280; DIRECTORY is that of kernel.sh)
#
# Makes in DIRECTORY:
#   nmaccel_engine.BOARD.xclbin   for XRT; how its kernels lie on the card is in BOARD.cfg
#   MANIFEST                      build, source, tool, checksums of kernel and binary
# Environment: as for kernel.sh.
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
manifest "$out" "binary for $platform at ${MHZ:-200} MHz" "$top.$board.xo" "$top.$board.xclbin"
