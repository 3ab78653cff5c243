#!/bin/sh
# SPDX-License-Identifier: MIT
# An .xclbin for XRT's software emulation. xclbinutil makes it; no vendor tool is needed.
#
# usage: xclbin.sh DESCRIBE FILE OPTION... (DESCRIBE is the program of describe.c, OPTION its options)
#
# What goes into it stays in FILE.parts. XCLBINUTIL: the tool, instead of the one of tools.sh.
set -eu

[ $# -ge 2 ] || {
	echo "usage: xclbin.sh DESCRIBE FILE OPTION..." >&2
	exit 1
}
describe=$1
out=$2
shift 2
here=$(dirname "$0")
parts=$out.parts
mkdir -p "$parts"
for section in meta bitstream mem_topology ip_layout connectivity embedded; do
	"$describe" "$@" $section >"$parts/$section"
done

util()
{
	if [ -n "${XCLBINUTIL:-}" ]; then
		"$XCLBINUTIL" "$@"
	else
		"$here/tools.sh" xclbinutil "$@"
	fi
}

# XRT gives the BITSTREAM to the model as a file.
util --force --target sw_emu --key-value SYS:PlatformVBNV:nmaccel_emu_emulated_0_1 \
	--add-section "BITSTREAM:RAW:$parts/bitstream" \
	--add-section "EMBEDDED_METADATA:RAW:$parts/embedded" \
	--add-section "MEM_TOPOLOGY:JSON:$parts/mem_topology" \
	--add-section "IP_LAYOUT:JSON:$parts/ip_layout" \
	--add-section "CONNECTIVITY:JSON:$parts/connectivity" \
	--add-section "USER_METADATA:RAW:$parts/meta" \
	--output "$out.new" >"$parts/log" 2>&1 || {
	cat "$parts/log" >&2
	exit 1
}
mv "$out.new" "$out"
