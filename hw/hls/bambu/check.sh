#!/bin/sh
# SPDX-License-Identifier: MIT
# Synthesise the engine's step, and a small whole kernel with it, by PandA-Bambu, and simulate the
# Verilog.
#
# usage: check.sh DIRECTORY (for what is made; what is there of an earlier run is removed)
#
# step: the pipelined function in Verilator (step_bench.c): a result each clock, each one as the model
# and sums of the bench's own have it. kernel: Bambu's simulation with kernel_tb.c, which has its own
# sums, too. That simulation's own verdict is not enough: it ends with "Testbench returned: 0" after
# wrong results as well.
#
# Environment: BAMBU, VERILATOR, CC; COMPILER, DEVICE and PERIOD (ns) for Bambu; SRC, the directory whose
# src/ is checked, by default ../ of this one.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(cd "$here/../../.." && pwd) || exit 1
src=$(cd "${SRC:-$here/..}/src" && pwd) || exit 1
BAMBU=${BAMBU:-bambu}
VERILATOR=${VERILATOR:-verilator}
COMPILER=${COMPILER:-I386_CLANG16}
DEVICE=${DEVICE:-xc7a100t-1csg324-VVD}
PERIOD=${PERIOD:-10}
passed=0
failed=0

# logged LOG COMMAND...: its output goes there, and its end is shown if it fails
logged()
{
	log=$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 20 "$log"
		return 1
	}
}

# synthesise NAME OPTION...: nmaccel_NAME.v from NAME.c. Without INFER Bambu ignores what is said of ports.
synthesise()
{
	name=$1
	shift
	"$BAMBU" "$here/$name.c" --top-fname="nmaccel_$name" --compiler="$COMPILER" --device="$DEVICE" \
		--clock-period="$PERIOD" --generate-interface=INFER -O2 -I"$src" -I"$top/uapi" "$@" &&
		[ -s "nmaccel_$name.v" ]
}

bench()
{
	"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Wno-unused-label -Wno-unknown-pragmas -I"$src" -I"$top/uapi" \
		-c -o step_bench.o "$here/step_bench.c" &&
		"$VERILATOR" --cc --exe --build -O3 -Wno-fatal -Wno-lint -Wno-style --Mdir verilated \
			--prefix Vdut --top-module nmaccel_step -CFLAGS "-I$here" -o "$PWD/step_bench" \
			"$PWD/nmaccel_step.v" "$here/shim.cpp" "$PWD/step_bench.o"
}

# compared COUNT LOG: so many lines tell that all is right, and none that something is wrong; shows them
compared()
{
	grep ': mismatches [0-9]* of ' "$2" 2>/dev/null || {
		echo "$2 says nothing of results"
		return 1
	}
	[ "$(grep -c ': mismatches [0-9]* of ' "$2")" = "$1" ] &&
		[ "$(grep -c ': mismatches 0 of [1-9][0-9]*$' "$2")" = "$1" ]
}

check_step()
{
	logged bambu.log synthesise step && logged verilator.log bench || return 1
	./step_bench >step_bench.log 2>&1
	status=$?
	compared 2 step_bench.log && [ "$status" -eq 0 ]
}

check_kernel()
{
	logged bambu.log synthesise kernel --generate-tb="$here/kernel_tb.c" \
		--tb-extra-gcc-options="-DBAMBU_TB" --simulate --simulator=VERILATOR
	status=$?
	compared 1 HLS_output/simulation/testbench.log || return 1
	sed -n 's/^ *Average execution *: /in all /p' bambu.log
	[ "$status" -eq 0 ] &&
		! grep -m 1 'mismatch with respect to gold reference' bambu.log HLS_output/simulation/*.log
}

# check NAME: in a directory of its own, which is where Bambu writes to
check()
{
	mkdir -p "$out/$1" || exit 1
	if text=$(cd "$out/$1" && "check_$1"); then
		passed=$((passed + 1))
		echo "ok    $1"
	else
		failed=$((failed + 1))
		echo "FAIL  $1: see $out/$1"
	fi
	[ -z "$text" ] || printf '%s\n' "$text" | sed 's/^/    /'
}

if [ $# -ne 1 ]; then
	sed -n 's/^# usage: /usage: /p' "$0" >&2
	exit 2
fi
for tool in "$BAMBU" "$VERILATOR"; do
	command -v "$tool" >/dev/null || {
		echo "skipped: there is no $tool"
		echo '0 passed, 0 failed, 1 skipped'
		exit 0
	}
done
mkdir -p "$1" && out=$(cd "$1" && pwd) || exit 1
rm -rf "$out/step" "$out/kernel"
check step
check kernel
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
