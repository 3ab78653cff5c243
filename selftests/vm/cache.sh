# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the entry script sets these
# What the lab keeps between runs: root file system, objects, the debug kernel.

# HOME of root under sudo may be that of the caller, or root's own; either will do.
cache=${NMACCEL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nmaccel}

# hash_of FILE...: of what is in them.
hash_of()
{
	cat "$@" | sha256sum | cut -c 1-12
}

root_hash=$(hash_of "$here/root.sh" "$here/kernels.sh" "$here/packages.txt")
root=$cache/root-$root_hash

# Something may have taken a part of it away, such as a cleaner of /tmp.
root_is_whole()
{
	local file
	for file in usr/bin/qemu-system-x86_64 usr/bin/busybox usr/sbin/dkms usr/bin/gcc \
		opt/kernel/{6.12,7.3}/{vmlinux,version} usr/src/linux-source-6.12.tar.xz \
		usr/src/linux-source-6.12/tools/testing/selftests/kselftest/runner.sh; do
		[ -s "$root/$file" ] || return 1
	done
}

# The lock is on a file beside the root, which a run holds shared for as long as it lasts.
ensure_root()
{
	mkdir -p "$cache" || die "cannot write to the cache; name another place by NMACCEL_CACHE=DIR"
	cache=$(cd "$cache" && pwd)
	root=$cache/root-$root_hash
	export NMACCEL_CACHE=$cache
	local lock
	exec {lock}>"$root.lock"
	if ! flock -n "$lock"; then
		root_is_whole && { exec {lock}>&-; return; }
		note "another lab builds the root file system; waiting for it"
		flock "$lock"
	fi
	if ! root_is_whole; then
		build_root
	fi
	prune_roots
	exec {lock}>&-
}

build_root()
{
	note "building the root file system, which takes some minutes; log: $cache/root.log"
	rm -rf "$root"
	"$here/root.sh" "$root" >"$cache/root.log" 2>&1 || {
		tail -n 20 "$cache/root.log" >&2
		die "the root file system could not be built; see above, and $cache/root.log"
	}
	root_is_whole || die "the new root file system lacks a part; see $cache/root.log"
	note "the root file system is in $root"
}

# Roots of older scripts go, with what was built in them, unless a lab still runs in one.
prune_roots()
{
	local other lock hash
	for other in "$cache"/root-*.lock; do
		[ "$other" != "$root.lock" ] || continue
		exec {lock}<"$other"
		if flock -n "$lock"; then
			hash=${other%.lock}
			hash=${hash##*/root-}
			rm -rf "$cache/root-$hash" "$cache/root-$hash".{new,list} "$other" \
				"$cache/build-$hash"-* "$cache/modules"/*"-$hash"-*
		fi
		exec {lock}<&-
	done
}

hold_root()
{
	exec {root_lock}<"$root.lock"
	flock -s "$root_lock"
	root_is_whole || die "the root file system has just been taken away; start again"
}
