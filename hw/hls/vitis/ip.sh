#!/bin/sh
# SPDX-License-Identifier: MIT
# The engine as IP for Vivado, to be put into a PCIe shell of our own.
#
# usage: ip.sh PART DIRECTORY (such as xc7a200tfbg484-2)
#
# Makes in DIRECTORY:
#   nmaccel_engine.PART.zip   IP catalogue entry: s_axi_control (registers), m_axi_gmem (memory),
#                             interrupt, ap_clk, ap_rst_n
#   MANIFEST                  build, source, tool, checksum
# Environment: LANES, BLOCK_ROWS, COLUMNS (the build), MHZ (125).
set -eu
# shellcheck source=hw/hls/vitis/common.sh
. "$(dirname "$0")/common.sh"

[ $# = 2 ] || die "usage: ip.sh PART DIRECTORY"
part=$1
out=$2
need_vitis
mkdir -p "$out"
v++ --compile --mode hls --part "$part" --work_dir "$out/$top.$part.work" \
	--hls.flow_target vivado --hls.clock "${MHZ:-125}MHz" \
	--hls.syn.top "$top" --hls.syn.file "$source" --hls.syn.cflags "$cflags" \
	--hls.syn.interface.m_axi_addr64 1 \
	--hls.package.output.format ip_catalog --hls.package.output.file "$out/$top.$part.zip"
manifest "$out" "IP for $part at ${MHZ:-125} MHz" "$top.$part.zip"
