#!/bin/sh
# SPDX-License-Identifier: MIT
# The command on real XRT in software emulation: both cards, two builds of the engine, and what is said
# when the card or its .xclbin is no good.
#
# Environment: BUILD, where `make xrt-emu` has put everything.
set -u
. selftests/harness/tap.sh

BUILD=${BUILD:-$PWD/build}
export BUILD
nmaccel=$BUILD/nmaccel
small=$BUILD/hw/xrt/nmaccel_engine.emu-small.xclbin
plan=examples/fashion/models/mlp-8of128.plan
dir=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-xrt-test.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT

on_xrt()
{
	selftests/xrt/on-xrt.sh "$@"
}

# says TEXT COMMAND...: it succeeds, and prints the text
says()
{
	says_text=$1
	shift
	"$@" >"$dir/text" 2>&1
	says_status=$?
	cat "$dir/text"
	[ "$says_status" = 0 ] && grep -qF -e "$says_text" "$dir/text"
}

# refuses STATUS TEXT COMMAND...: it ends with that status, and says why
refuses()
{
	refuses_status=$1
	refuses_text=$2
	shift 2
	"$@" >"$dir/text" 2>&1
	set -- $?
	cat "$dir/text"
	[ "$1" = "$refuses_status" ] && grep -qF -e "$refuses_text" "$dir/text"
}

# with_fault FAULT COMMAND...: the card gets it; what hangs is to be found soon
with_fault()
{
	fault=$1
	shift
	NMACCEL_EMU_FAULT=$fault NMACCEL_XRT_TIMEOUT_MS=1000 LIMIT=60 "$@"
}

# Two processes, a card each, at once.
both_at_once()
{
	on_xrt "$nmaccel" validate --memory 1 xrt0 >"$dir/first" 2>&1 &
	on_xrt "$nmaccel" validate --memory 1 xrt1 >"$dir/second" 2>&1
	set -- $?
	wait $!
	set -- "$1" $?
	cat "$dir/first" "$dir/second"
	[ "$1 $2" = '0 0' ]
}

# What the library takes for XRT is what XRT's headers say.
prototypes()
{
	# shellcheck disable=SC2046 # options of the compiler
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -Wno-cast-function-type -Iuapi -Ilibnmaccel/include \
		$(hw/xrt/tools.sh cflags) -idirafter libnmaccel/src -c -o "$dir/prototypes.o" \
		hw/xrt/tests/prototypes.c
}

# A card that dies takes the process with it, by XRT's own hand; it must end, and say so.
dies()
{
	! with_fault die:4 on_xrt "$nmaccel" validate --memory 1 xrt0 >"$dir/text" 2>&1
	set -- $?
	cat "$dir/text"
	[ "$1" = 0 ] && grep -qF 'exited unexpectedly' "$dir/text"
}

# The runs after one that hangs are refused at once. XRT aborts the program at its end, as it cannot
# end the run.
hangs()
{
	with_fault hang:4 on_xrt "$nmaccel" validate --memory 1 xrt0 >"$dir/text" 2>&1
	cat "$dir/text"
	grep -qF 'has made no progress for 1000 ms' "$dir/text" &&
		grep -qF 'an engine of it hangs; reset the card' "$dir/text" &&
		grep -qE '^[0-9]+ passed, [1-9][0-9]* failed' "$dir/text"
}

head -c 5000 "$small" >"$dir/cut.xclbin"
head -c 5000 README.md >"$dir/text.xclbin"

try "prototypes, numbers and file format are those of XRT's headers" prototypes
try "info lists the first card" says 'xrt0: emulated' on_xrt "$nmaccel" info
try "info lists the second card" says 'xrt1: emulated' on_xrt "$nmaccel" info
try "info on another .xclbin" says '4 slots a step, blocks of 128, 16 columns, 1 engines' \
	on_xrt "$nmaccel" info -B "xrt1,$small"
try "validate on both cards at once" both_at_once
try "validate on a small engine" says ' 0 failed' on_xrt "$nmaccel" validate --memory 1 "xrt0,$small"
try "bench of a plan" on_xrt "$nmaccel" bench --repeat 3 -B xrt "$plan"
try "no third card" refuses 5 'XRT finds 2 cards' on_xrt "$nmaccel" validate xrt2
try "no .xclbin" refuses 5 'name one by NMACCEL_XCLBIN' \
	env NMACCEL_XCLBIN=/nowhere/a.xclbin selftests/xrt/on-xrt.sh "$nmaccel" validate xrt0
try "a file that is none" refuses 5 'not an .xclbin file' \
	on_xrt "$nmaccel" validate "xrt0,$dir/text.xclbin"
try "a file that is cut" refuses 5 'copy it again' on_xrt "$nmaccel" validate "xrt0,$dir/cut.xclbin"
try "a job without a record is told" refuses 3 'ended the run without a valid record' \
	with_fault status:4 on_xrt "$nmaccel" validate --memory 1 xrt0
try "a bus that refuses is told" refuses 3 'NMACCEL_FAULT_BUS' \
	with_fault refuse:20 on_xrt "$nmaccel" validate --memory 1 xrt0
try "an engine that hangs is told, and the card is lost" hangs
try "a card whose process is killed ends the program" dies
tap_end
