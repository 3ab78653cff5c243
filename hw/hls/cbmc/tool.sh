#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Print the directory of cbmc, goto-cc and goto-instrument, version 6.
#
# CBMC names it. Else those on PATH are taken, and else Debian trixie's, which older systems do not
# have: apt fetches and verifies its packages, and they are unpacked into the cache, to run with their
# own C library. That needs no rights. NMACCEL_CACHE names the cache.
set -eu -o pipefail

packages='cbmc minisat libc6 libgcc-s1 libstdc++6 zlib1g'
version=6.6.0
cache=${NMACCEL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nmaccel}
root=$cache/cbmc-$version

die()
{
	echo "cbmc: $*" >&2
	exit 1
}

# version_of DIRECTORY: what its cbmc says
version_of()
{
	[ -x "$1/cbmc" ] && [ -x "$1/goto-cc" ] && [ -x "$1/goto-instrument" ] || return 1
	"$1/cbmc" --version 2>/dev/null
}

# The archive that this machine takes its own packages from, or Debian's own.
mirror()
{
	local uri
	# shellcheck disable=SC2016 # apt expands it
	uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
	echo "${uri:-http://deb.debian.org/debian}"
}

# apt of its own, beside that of the system: apt DIRECTORY ARGUMENT...
apt()
{
	local dir=$1
	shift
	apt-get -q -o Dir="$dir" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
		-o Dir::State::lists="$dir/lists" -o APT::Architecture=amd64 \
		-o APT::Architectures=amd64 -o APT::Sandbox::User= "$@"
}

fetch()
{
	local dir=$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg program deb
	mkdir -p "$dir/etc/apt/"{apt.conf.d,preferences.d,trusted.gpg.d} "$dir/lists/partial" \
		"$dir/cache/archives/partial" "$dir/debs" "$dir/root/bin"
	: >"$dir/status"
	echo "deb [signed-by=$keys] $(mirror) trixie main" >"$dir/etc/apt/sources.list"
	apt "$dir" update
	# shellcheck disable=SC2086 # a list of packages
	(cd "$dir/debs" && apt "$dir" download $packages)
	for deb in "$dir"/debs/*.deb; do
		dpkg-deb -x "$deb" "$dir/root"
	done
	for program in cbmc goto-cc goto-instrument; do
		cat >"$dir/root/bin/$program" <<END
#!/bin/sh
root=\$(dirname "\$(dirname "\$0")")
exec "\$root/usr/lib64/ld-linux-x86-64.so.2" \\
	--library-path "\$root/usr/lib/x86_64-linux-gnu:\$root/usr/lib" "\$root/usr/bin/$program" "\$@"
END
		chmod +x "$dir/root/bin/$program"
	done
	rm -f "$dir"/root/usr/bin/{goto-analyzer,goto-synthesizer,goto-diff,goto-harness,crangler}
	rm -f "$dir"/root/usr/bin/{goto-inspect,memory-analyzer,symtab2gb}
	version_of "$dir/root/bin" | grep "^$version " || {
		echo "Debian trixie's cbmc is not $version, or does not run."
		return 1
	}
}

if [ -n "${CBMC:-}" ]; then
	version_of "$CBMC" >/dev/null || die "$CBMC has no cbmc, goto-cc and goto-instrument that run"
	echo "$CBMC"
	exit
fi
on_path=$(command -v cbmc || true)
if [ -n "$on_path" ] && version_of "$(dirname "$on_path")" | grep -q '^6\.'; then
	dirname "$on_path"
	exit
fi
mkdir -p "$cache" || die "cannot write to the cache; name another place by NMACCEL_CACHE=DIR"
exec {lock}>"$root.lock"
flock "$lock"
if ! version_of "$root/bin" >/dev/null; then
	echo "cbmc: fetching version $version of Debian trixie; log: $cache/cbmc.log" >&2
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
		die "there is no apt here. Install CBMC 6, and put it on PATH or name its directory by CBMC"
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		die "Debian's keys are missing: apt-get install debian-archive-keyring"
	rm -rf "$root" "$root.new"
	trap 'rm -rf "$root.new"' EXIT
	fetch "$root.new" >"$cache/cbmc.log" 2>&1 || {
		tail -n 20 "$cache/cbmc.log" >&2
		die "it could not be had; see above. Install CBMC 6, and put it on PATH or name its directory by CBMC"
	}
	mv "$root.new/root" "$root"
fi
echo "$root/bin"
