#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine as a Vitis kernel for an Alveo card.
#
# usage: kernel.sh BOARD DIRECTORY (u50, u55c or u280)
#
# Makes in DIRECTORY:
#   nmaccel_engine.BOARD.xo   kernel for v++ --link
#   MANIFEST                  build, source, tool, checksum
# Environment: LANES, BLOCK_ROWS, COLUMNS (the build), MHZ (200), PLATFORM (instead of the board's).
set -eu
# shellcheck source=hw/hls/vitis/common.sh
. "$(dirname "$0")/common.sh"

[ $# = 2 ] || die "usage: kernel.sh BOARD DIRECTORY"
board=$1
out=$2
platform=$(platform "$board")
need_vitis
mkdir -p "$out"
v++ --compile --mode hls --platform "$platform" --freqhz "${MHZ:-200}000000" \
	--work_dir "$out/$top.$board.work" \
	--hls.flow_target vitis --hls.syn.top "$top" --hls.syn.file "$source" \
	--hls.syn.cflags "$cflags" \
	--hls.package.output.format xo --hls.package.output.file "$out/$top.$board.xo"
manifest "$out" "kernel for $platform at ${MHZ:-200} MHz" "$top.$board.xo"
