#!/bin/sh
# SPDX-License-Identifier: MIT
# What hw/hls/bambu/check.sh makes of what Bambu and Verilator do, without them: stand-ins compile the
# same C for the host. That the real Bambu makes right Verilog of it is not tested by this.
set -u
. selftests/harness/tap.sh

check=$PWD/hw/hls/bambu/check.sh
dir=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-bambu.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/none" "$dir/fake/mdpi" "$dir/mutant"
for tool in sh dirname sed grep cat rm mkdir; do
	ln -s "$(command -v "$tool")" "$dir/none/$tool"
done
cp -r hw/hls/src hw/hls/*.h "$dir/mutant"
sed -i 's/sums\[j\] += value \* x/& + 1/' "$dir/mutant/src/step.h"

# The test bench tells the size of each array that the kernel gets.
cat >"$dir/fake/mdpi/mdpi_user.h" <<'END'
#define m_param_alloc(index, bytes) printf("array %d\n", index)
END

# B_STATUS is its exit status; B_SAYS what its simulation says; B_LAZY makes no Verilog, B_SILENT a test
# bench without a line of its own.
cat >"$dir/fake/bambu" <<'END'
#!/bin/sh
source=$1 flags='' bench='' top=''
for word; do
	case $word in
	-I*) flags="$flags $word" ;;
	--top-fname=*) top=${word#*=} ;;
	--generate-tb=*) bench=${word#*=} ;;
	--tb-extra-gcc-options=*) flags="$flags ${word#*=}" ;;
	esac
done
[ -n "${B_LAZY:-}" ] || echo "module $top; endmodule" >"$top.v"
echo "$source $flags" >"$top.call"
[ -n "$bench" ] || exit "${B_STATUS:-0}"
mkdir -p HLS_output/simulation
# shellcheck disable=SC2086 # flags
cc -w $flags -I"$(dirname "$0")" -o host "$source" "$bench" && ./host >HLS_output/simulation/testbench.log
[ -z "${B_SILENT:-}" ] || sed -i /mismatches/d HLS_output/simulation/testbench.log
echo "${B_SAYS:-}"
echo 'Sim: Testbench returned: 0'
echo '  Average execution                   : 1234 cycles'
exit "${B_STATUS:-0}"
END

# The step behind the shim's functions, two clocks late. V_SLOW: it takes a row every other clock.
cat >"$dir/fake/shim.c" <<'END'
#include <stdlib.h>
#include "shim.h"

void nmaccel_step(uint64_t values, uint64_t indices, const uint64_t *, const uint64_t *, const uint64_t *,
		  const uint64_t *, const uint64_t *, const uint64_t *, const uint64_t *, const uint64_t *,
		  int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *);

struct shim_dut {
	const uint64_t *block;
	struct shim_out stages[2];
};

struct shim_dut *shim_create(const uint64_t block[SHIM_ROWS])
{
	struct shim_dut *dut = calloc(1, sizeof(*dut));

	dut->block = block;
	return dut;
}

void shim_destroy(struct shim_dut *dut)
{
	free(dut);
}

void shim_clock(struct shim_dut *dut, const struct shim_in *in, struct shim_out *out)
{
	const uint64_t *b = dut->block;
	struct shim_out *stage = dut->stages;
	int32_t *s = stage[0].sums;
	bool busy = getenv("V_SLOW") && stage[0].done;

	*out = stage[1];
	stage[1] = stage[0];
	stage[0].done = in->start && !busy;
	nmaccel_step(in->values, in->indices, b, b, b, b, b, b, b, b, s, s + 1, s + 2, s + 3, s + 4, s + 5,
		     s + 6, s + 7);
}
END

cat >"$dir/fake/verilator" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	-o) program=$2; shift ;;
	-CFLAGS) flags=$2; shift ;;
	*.o) object=$1 ;;
	esac
	shift
done
read -r source more <nmaccel_step.call
# shellcheck disable=SC2086 # flags
cc -O1 -w $flags $more -o "$program" "$source" "${0%/*}/shim.c" "$object"
END
chmod +x "$dir/fake/bambu" "$dir/fake/verilator"

# checked LAST-LINE STATUS [VARIABLE=VALUE...]: run it with the stand-ins
checked()
{
	line=$1
	want=$2
	shift 2
	env PATH="$dir/fake:$PATH" "$@" "$check" "$dir/out" >"$dir/text" 2>&1
	status=$?
	cat "$dir/text"
	[ "$status" -eq "$want" ] && [ "$(tail -n 1 "$dir/text")" = "$line" ]
}

# told LINE: it stands in what the last run said
told()
{
	grep -qx "$1" "$dir/text"
}

passes()
{
	checked '2 passed, 0 failed' 0 && told 'ok    step' && told 'ok    kernel' &&
		told '    clock after clock: .* a result in 100000 of 100000 clocks.*: mismatches 0 of 800000' &&
		told '    .* rows of .* steps: mismatches 0 of 512' && told '    in all 1234 cycles' &&
		[ "$(grep -c '^array [01235]$' "$dir/out/kernel/HLS_output/simulation/testbench.log")" = 5 ]
}

# kernel_fails VARIABLE=VALUE: and the step does not
kernel_fails()
{
	checked '1 passed, 1 failed' 1 "$@" && told 'FAIL  kernel: .*'
}

# without TOOL PATH: what is missing is skipped, is said, and makes nothing
without()
{
	rm -rf "$dir/out"
	PATH=$2 sh "$check" "$dir/out" >"$dir/text" 2>&1
	status=$?
	cat "$dir/text"
	[ "$status" -eq 0 ] && told "skipped: there is no $1" &&
		[ "$(tail -n 1 "$dir/text")" = '0 passed, 0 failed, 1 skipped' ] && [ ! -e "$dir/out" ]
}

bambu_alone()
{
	mkdir "$dir/alone"
	cp "$dir/fake/bambu" "$dir/alone"
	without verilator "$dir/alone:$dir/none"
}

try "a right result passes" passes
try "without bambu the check is skipped" without bambu "$dir/none"
try "without verilator, too" bambu_alone
try "a wrong product is found in both" checked '0 passed, 2 failed' 1 SRC="$dir/mutant"
try "a step that loses rows is found" checked '1 passed, 1 failed' 1 V_SLOW=1
try "Bambu's gold reference is heard, whatever else it says" \
	kernel_fails B_SAYS='error: mismatch with respect to gold reference'
try "a bench that says nothing is no pass" kernel_fails B_SILENT=1
try "Bambu's exit status counts" checked '0 passed, 2 failed' 1 B_STATUS=1
try "no Verilog is no pass" checked '0 passed, 2 failed' 1 B_LAZY=1
tap_end
