# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the scripts of this directory share; they read it by ".".

top=nmaccel_engine
here=$(cd "$(dirname "$0")" && pwd) || exit 1
tree=$(cd "$here/../../.." && pwd) || exit 1
# shellcheck disable=SC2034 # for the scripts
source=$tree/hw/hls/vitis/$top.cpp

# The build, as hw/hls/src/config.h has it; another one: LANES=16 BLOCK_ROWS=256 COLUMNS=32.
LANES=${LANES:-8}
BLOCK_ROWS=${BLOCK_ROWS:-256}
COLUMNS=${COLUMNS:-64}
# shellcheck disable=SC2034 # for the scripts
cflags="-I$tree/uapi -DNMACCEL_ENGINE_LANES=$LANES -DNMACCEL_ENGINE_BLOCK_ROWS=$BLOCK_ROWS -DNMACCEL_ENGINE_COLUMNS=$COLUMNS"

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# need_vitis: v++ of AMD's Vitis, 2023.2 or later (it reads HLS options by --mode hls).
need_vitis()
{
	command -v v++ >/dev/null || die "there is no v++ on PATH. This step needs AMD Vitis 2023.2 or" \
		"later: install it and source its settings64.sh. Nothing was made."
}

# board_file BOARD: its configuration
board_file()
{
	[ -f "$here/$1.cfg" ] || die "there is no board '$1'; there are: $(cd "$here" && echo *.cfg)"
	echo "$here/$1.cfg"
}

# platform BOARD: the platform that its configuration names, or what PLATFORM does
platform()
{
	config=$(board_file "$1") || exit 1
	echo "${PLATFORM:-$(sed -n 's/^# platform: //p' "$config")}"
}

# manifest DIRECTORY WHAT FILE...: MANIFEST, which tells what the directory holds and what of
manifest()
{
	dir=$1
	what=$2
	shift 2
	for file; do
		[ -s "$dir/$file" ] || die "v++ ended, but there is no $dir/$file"
	done
	{
		echo "what: $what"
		echo "build: $LANES lanes, $BLOCK_ROWS block rows, $COLUMNS columns"
		echo "source: $(git -C "$tree" describe --always --dirty 2>/dev/null || echo unknown)"
		echo "tool: $(v++ --version 2>/dev/null | grep -i -m 1 'v++' || echo v++ of unknown version)"
		for file; do
			echo "file: $(cd "$dir" && sha256sum "$file")"
		done
	} >"$dir/MANIFEST"
	cat "$dir/MANIFEST"
}
