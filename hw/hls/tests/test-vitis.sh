#!/bin/sh
# SPDX-License-Identifier: MIT
# The scripts for AMD's tools, as far as that can be seen without them: a stand-in for v++ notes how it
# is called and makes the file that it is asked for. What the real one says is not tested by this.
set -u
. selftests/harness/tap.sh

scripts=$PWD/hw/hls/vitis
top=nmaccel_engine
dir=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-vitis.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/none" "$dir/fake"
for tool in sh dirname basename sed grep git sha256sum mkdir cat ls env; do
	ln -s "$(command -v "$tool")" "$dir/none/$tool"
done

cat >"$dir/fake/v++" <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo 'stand-in for v++ v0.0'; exit; }
for word; do echo "$word"; done >"$V_LOG"
while [ $# -gt 0 ]; do
	case $1 in
	--hls.package.output.file | --output) [ -n "${V_LAZY:-}" ] || echo made >"$2" ;;
	esac
	shift
done
exit "${V_STATUS:-0}"
END
# The section goes behind what there is, so that a test sees both.
cat >"$dir/fake/xclbinutil" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--input) input=$2 ;;
	--add-section) section=$2 ;;
	--output) output=$2 ;;
	esac
	shift
done
[ -z "${X_STATUS:-}" ] || exit "$X_STATUS"
{ cat "$input"; echo "${section%:*}"; cat "${section##*:}"; } >"$output"
END
chmod +x "$dir/fake/v++" "$dir/fake/xclbinutil"

# without SCRIPT ARGUMENT...: it fails, tells of v++, and makes nothing
without()
{
	rm -rf "$dir/out"
	script=$1
	shift
	if PATH=$dir/none sh "$scripts/$script" "$@" "$dir/out" >"$dir/text" 2>&1; then
		echo "$script succeeded without v++"
		return 1
	fi
	cat "$dir/text"
	grep -q "$script: there is no v++ on PATH" "$dir/text" && grep -q 'Nothing was made' "$dir/text" &&
		[ ! -e "$dir/out" ]
}

# with SCRIPT ARGUMENT...: run it with the stand-in, whose arguments go to $dir/call
with()
{
	script=$1
	shift
	V_LOG=$dir/call PATH=$dir/fake:$PATH sh "$scripts/$script" "$@" 2>&1
}

# called OPTION VALUE: so the stand-in was called
called()
{
	awk -v option="$1" -v value="$2" '
		seen && $0 == value { found = 1 }
		{ seen = $0 == option }
		END { if (!found) print "not called with " option " " value; exit !found }' "$dir/call"
}

# compiles: the source that was given is C++ with the flags that were given, and has the top function
compiles()
{
	source=$(awk 'seen { print } { seen = $0 == "--hls.syn.file" }' "$dir/call")
	flags=$(awk 'seen { print } { seen = $0 == "--hls.syn.cflags" }' "$dir/call")
	# shellcheck disable=SC2086 # flags
	c++ -std=c++14 -Wno-unknown-pragmas -Wno-unused-label $flags -c -o "$dir/top.o" "$source" &&
		nm "$dir/top.o" | grep -q " T $top\$"
}

whole_manifest()
{
	grep -q "^build: $1\$" "$dir/out/MANIFEST" && (cd "$dir/out" && sed -n 's/^file: //p' MANIFEST |
		sha256sum -c) && [ "$(grep -c '^file: ' "$dir/out/MANIFEST")" = "$2" ]
}

kernel()
{
	rm -rf "$dir/out"
	with kernel.sh "$1" "$dir/out" && called --platform "$2" && called --hls.syn.top "$top" &&
		called --hls.flow_target vitis && called --hls.package.output.format xo &&
		called --freqhz 200000000 && compiles &&
		whole_manifest '8 lanes, 256 block rows, 64 columns' 1
}

xclbin()
{
	with xclbin.sh "$1" "$dir/out" && called --platform "$2" && called --config "$scripts/$1.cfg" &&
		called --output "$dir/out/$top.$1.xclbin" &&
		[ "$(tail -n 1 "$dir/call")" = "$dir/out/$top.$1.xo" ] &&
		whole_manifest '8 lanes, 256 block rows, 64 columns' 3 && tells_build "$1"
}

# The build is in the binary, after what v++ has made, and is that of the card.
tells_build()
{
	[ "$(sed -n 1,2p "$dir/out/$top.$1.xclbin")" = "made
USER_METADATA:RAW" ] && sed 1,2d "$dir/out/$top.$1.xclbin" | cmp - "$dir/out/$top.$1.json" &&
		for member in '"contract": "[0-9]*\.[0-9]*"' "\"board\": \"$1\"" '"lanes": 8' \
			'"block_rows": 256' '"columns": 64' '"units": 1' '"clock_khz": 200000'; do
			grep -q "^ *$member,\$" "$dir/out/$top.$1.json" || {
				echo "no $member"
				return 1
			}
		done
}

# A binary without the build is none.
no_section()
{
	rm -rf "$dir/out"
	with kernel.sh u50 "$dir/out" && rm "$dir/out/MANIFEST" &&
		X_STATUS=1 fails with xclbin.sh u50 "$dir/out" && [ ! -e "$dir/out/MANIFEST" ]
}

ip()
{
	rm -rf "$dir/out"
	LANES=16 COLUMNS=32 with ip.sh xc7a200tfbg484-2 "$dir/out" && called --part xc7a200tfbg484-2 &&
		called --hls.syn.top "$top" && called --hls.flow_target vivado &&
		called --hls.package.output.format ip_catalog && compiles &&
		whole_manifest '16 lanes, 256 block rows, 32 columns' 1
}

# Kernels, their ports and their names are those of the source.
connectivity()
{
	config=$scripts/$1.cfg
	nk=$(sed -n 's/^nk=//p' "$config")
	name=${nk%%:*}
	instances=$(echo "${nk##*:}" | tr . '\n')
	[ "$name" = "$top" ] && [ "$(echo "$instances" | wc -l)" = "$(echo "$nk" | cut -d: -f2)" ] ||
		{ echo "nk=$nk"; return 1; }
	for instance in $instances; do
		# shellcheck disable=SC2013 # names
		for port in $(sed -n 's/^#pragma HLS interface mode=m_axi port=\([a-z_]*\) .*/\1/p' \
			"hw/hls/src/$top.c"); do
			grep -qE "^sp=$instance\\.$port:(HBM|DDR|HOST)\\[[0-9:]+\\]\$" "$config" ||
				{ echo "$instance.$port has no memory"; return 1; }
		done
		grep -qE "^slr=$instance:SLR[0-9]\$" "$config" || { echo "$instance has no SLR"; return 1; }
	done
	! grep -vE '^(#|$|\[connectivity\]$|nk=|sp=|slr=)' "$config"
}

fails()
{
	! "$@"
}

no_xo()
{
	rm -rf "$dir/out"
	fails with xclbin.sh u50 "$dir/out" >"$dir/text" && grep -q 'run kernel.sh u50' "$dir/text"
}

unknown_board()
{
	fails with kernel.sh u51 "$dir/out" >"$dir/text" && grep -q "no board 'u51'" "$dir/text"
}

v_fails()
{
	rm -rf "$dir/out"
	V_STATUS=1 fails with kernel.sh u50 "$dir/out" && [ ! -e "$dir/out/MANIFEST" ]
}

v_makes_nothing()
{
	rm -rf "$dir/out"
	V_LAZY=1 fails with kernel.sh u50 "$dir/out" && [ ! -e "$dir/out/MANIFEST" ]
}

try "kernel.sh without v++ says so" without kernel.sh u50
try "xclbin.sh without v++ says so" without xclbin.sh u50
try "ip.sh without v++ says so" without ip.sh xc7a200tfbg484-2
for board in u50 u55c u280; do
	platform=$(sed -n 's/^# platform: //p' "hw/hls/vitis/$board.cfg")
	try "$board has a platform" expr "$platform" : "xilinx_${board}_[a-z0-9_]*\$"
	try "$board.cfg connects what there is" connectivity "$board"
	try "kernel.sh $board" kernel "$board" "$platform"
	try "xclbin.sh $board" xclbin "$board" "$platform"
done
try "ip.sh, with other parameters" ip
try "xclbin.sh without a kernel says so" no_xo
try "xclbin.sh ends if the build cannot be added" no_section
try "kernel.sh refuses an unknown board" unknown_board
try "a v++ that fails leaves no manifest" v_fails
try "a v++ that makes nothing leaves none either" v_makes_nothing
tap_end
