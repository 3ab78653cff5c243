#!/bin/sh
# SPDX-License-Identifier: MIT
# Real XRT in software emulation with our model as the device: jobs, and faults that are asked for. Each
# client has a session of its own, as XRT kills the whole process group when the model dies.
#
# Environment: BUILD, where `make xrt-emu` has put everything.
set -u
. selftests/harness/tap.sh

tools=$PWD/hw/xrt/tools.sh
BUILD=${BUILD:-$PWD/build}
export BUILD
here=$BUILD/hw/xrt
large="$here/nmaccel_engine.emu.xclbin 0 8 256 64 2"
second="$here/nmaccel_engine.emu.xclbin 1 8 256 64 2"
small="$here/nmaccel_engine.emu-small.xclbin 0 4 128 16 1"
dir=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-xrt.XXXXXX") || exit 1
# XRT's sockets are in /tmp/USER, and some stay.
USER=${dir##*/}
SDACCEL_EM_RUN_DIR=$dir/run
export USER SDACCEL_EM_RUN_DIR
trap 'rm -rf "$dir" "/tmp/$USER"' EXIT

# client FAULT CARD CASE: its output goes to $dir/text as well
client()
{
	# shellcheck disable=SC2086 # a card is several words
	NMACCEL_EMU_FAULT=$1 LD_PRELOAD=$here/brisk.so setsid --wait timeout -s KILL "${LIMIT:-120}" \
		"$tools" run "$here/tests/client" $2 "$3" >"$dir/text" 2>&1
	status=$?
	cat "$dir/text"
	return "$status"
}

# refused CARD CASE: the bus tells what it has refused
refused()
{
	client "${3:-}" "$1" "$2" && grep -q 'unit 1: refused to' "$dir/text"
}

# XRT ends the whole group with the device.
dies()
{
	! client die:1 "$large" start && grep -q '^starts$' "$dir/text" &&
		grep -q 'exited unexpectedly' "$dir/text"
}

# XRT waits for ever for a device that is gone without a signal.
exits()
{
	LIMIT=5 client exit:1 "$large" start
	[ $? = 137 ] && grep -q '^starts$' "$dir/text"
}

hangs()
{
	client hang:2 "$large" hang && grep -q '^hangs$' "$dir/text"
}

# loads_not FAULT: what is no fault is told with the choices, and nothing is loaded
loads_not()
{
	client "$1" "$small" copy
	[ $? = 2 ] && grep -q "NMACCEL_EMU_FAULT='$1' is not.*hang die exit status refuse" "$dir/text"
}

# An .xclbin whose BITSTREAM describes nothing.
not_ours()
{
	"$tools" xclbinutil --force --input "$here/nmaccel_engine.emu.xclbin" \
		--replace-section "BITSTREAM:RAW:$tools" --output "$dir/other.xclbin" >"$dir/text" 2>&1 ||
		return 1
	client '' "$dir/other.xclbin 0 8 256 64 2" copy
	[ $? = 2 ] && grep -q 'describes no nmaccel device' "$dir/text"
}

# What the library reads is what the program of describe.c says.
metadata()
{
	"$tools" xclbinutil --force --input "$here/nmaccel_engine.emu.xclbin" \
		--dump-section "USER_METADATA:RAW:$dir/meta" >"$dir/text" 2>&1 &&
		"$here/nmaccel-xrt-describe" --units=2 meta | cmp - "$dir/meta"
}

try "the .xclbin tells its build" metadata
try "jobs on both compute units, with the model's bytes" client '' "$large" jobs
try "jobs on the second device" client '' "$second" jobs
try "jobs on the small build" client '' "$small" jobs
try "one run, started again and again" client '' "$large" again
try "a buffer of several messages" client '' "$large" copy
try "an address outside of XRT's buffers is refused" refused "$large" wild
try "refuse:3 refuses the third access" refused "$large" refuse refuse:3
try "status:1 leaves rubbish in the first job's record alone" client status:1 "$large" status
try "hang:2 lets the second start hang" hangs
try "die:1 kills the device at the first start" dies
try "exit:1 ends it without a signal" exits
for text in burn:1 hang hang:0 'hang:1,' :1 hang:x die:1,burn:2; do
	try "NMACCEL_EMU_FAULT=$text is refused" loads_not "$text"
done
try "an .xclbin of somebody else is refused" not_ours
tap_end
