#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The FPGA tools, in a cached root file system that is built when it is missing.
#
# usage: tools.sh root                    print where it is
#        tools.sh run DIRECTORY COMMAND   run COMMAND in the root, in DIRECTORY
# Both need root rights, for a chroot with mounts of its own. NMACCEL_CACHE names the cache.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${NMACCEL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nmaccel}
hash=$(cat "$here/root/make-root.sh" "$here/root/packages.txt" | sha256sum | cut -c 1-12)
root=$cache/fpga-$hash

die()
{
	echo "boards: $*" >&2
	exit 1
}

root_is_whole()
{
	local file
	for file in usr/bin/{yosys,nextpnr-himbaechel-xilinx,xc7frames2bit,bitread} \
		usr/share/nextpnr/himbaechel/xilinx/chipdb-xc7a{100t,200t}.bin \
		usr/share/prjxray/database/artix7/xc7a{100t,200t}/tilegrid.json; do
		[ -s "$root/$file" ] || return 1
	done
	[ -d "$root/build" ]
}

build_root()
{
	echo "boards: building the root of the FPGA tools; log: $cache/fpga.log" >&2
	rm -rf "$root"
	"$here/root/make-root.sh" "$root" >"$cache/fpga.log" 2>&1 || {
		tail -n 20 "$cache/fpga.log" >&2
		die "the root could not be built; see above, and $cache/fpga.log"
	}
	root_is_whole || die "the new root lacks a part; see $cache/fpga.log"
}

# Roots of older scripts go, unless something runs in one.
prune_roots()
{
	local other lock
	for other in "$cache"/fpga-*.lock; do
		[ "$other" != "$root.lock" ] || continue
		exec {lock}<"$other"
		! flock -n "$lock" || rm -rf "${other%.lock}" "${other%.lock}.new" "$other"
		exec {lock}<&-
	done
}

# Whoever uses the root holds its lock shared.
hold_root()
{
	local lock
	mkdir -p "$cache" || die "cannot write to the cache; name another place by NMACCEL_CACHE=DIR"
	exec {lock}>"$root.lock"
	flock -s "$lock"
	root_is_whole && return
	flock -u "$lock"
	flock "$lock"
	root_is_whole || build_root
	prune_roots
	flock -s "$lock"
}

run()
{
	local from
	from=$(cd "$1" && pwd)
	shift
	# yosys looks for its files from /proc/self/exe. The mounts end with the command.
	unshare --mount --propagation private --pid --fork --kill-child \
		"$0" --inside "$root" "$from" "$@"
}

if [ "${1:-}" = --inside ]; then
	root=$2
	mount --bind "$3" "$root/build"
	mount -t proc proc "$root/proc"
	shift 3
	exec chroot "$root" env -i -C /build PATH=/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
fi

[ "$(id -u)" = 0 ] || die "the tools run in a chroot with mounts, which needs root: sudo $0 $*"
case ${1:-}:$# in
root:1)
	hold_root
	echo "$root"
	;;
run:[3-9] | run:[1-9][0-9])
	shift
	hold_root
	run "$@"
	;;
*)
	die "usage: tools.sh root | run DIRECTORY COMMAND..."
	;;
esac
