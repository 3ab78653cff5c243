#!/bin/sh
# SPDX-License-Identifier: MIT
# Unpack XRT of Debian's trixie-backports, and all that it runs with, into a directory of its own.
# Nothing is installed, no script of a package runs, and no root rights are needed.
#
# usage: make-root.sh DIRECTORY (it must not exist; needs apt with sources of Debian)
set -eu

here=$(dirname "$0")

die()
{
	echo "xrt: $*" >&2
	exit 1
}

[ $# = 1 ] || die "usage: make-root.sh DIRECTORY"
root=$1
[ ! -e "$root" ] || die "$root exists already; remove it first"
[ "$(uname -m)" = x86_64 ] || die "XRT is for x86_64 alone; this is $(uname -m)"
for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null || die "$tool is missing: these packages are Debian's"
done

# The archive that this machine takes its own packages from, or else Debian's own.
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
	'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keys" ] || die "the keys of Debian's archive are missing:" \
	"apt-get install debian-archive-keyring"

new=$root.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM HUP

# apt with lists and packages of its own, and the machine's settings for all else, such as proxies.
apt=$(mkdir -p "$new" && cd "$new" && pwd)/apt
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/none"
: >"$apt/status"
printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" trixie \
	"$keys" "$mirror" trixie-backports >"$apt/sources.list"
cat >"$apt/preferences" <<'END'
Package: libxrt* src:xrt
Pin: release n=trixie-backports
Pin-Priority: 900
END
cat >"$apt/apt.conf" <<END
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false"; // a mirror that is a copy of some day
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/none";
Dir::Etc::preferences "$apt/preferences";
Dir::Etc::preferencesparts "$apt/none";
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
END
# Who could become another user to download could not write here then.
[ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";' >>"$apt/apt.conf"

APT_CONFIG=$apt/apt.conf
export APT_CONFIG
apt-get --quiet update
# shellcheck disable=SC2046 # one argument each
apt-get --quiet --yes --download-only install $(sed 's/#.*//' "$here/packages.txt")
# For its headers; what it depends on is for development.
(cd "$apt/cache/archives" && apt-get --quiet download libxrt-dev uuid-dev)
for deb in "$apt"/cache/archives/*.deb; do
	echo "unpacking ${deb##*/}"
	dpkg-deb --extract "$deb" "$new"
done
# What is neither library, loader, header nor xclbinutil only takes space.
(cd "$new" && rm -rf apt etc var usr/sbin usr/share usr/lib/python3*)
find "$new/usr/lib" -name '*.a' -delete
mv "$new" "$root"
