#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Build the root file system of the FPGA tools: Debian forky, the first release that has them all.
#
# usage: make-root.sh DIRECTORY (it must not exist; needs root, mmdebstrap, and apt sources of Debian)
set -eu -o pipefail

here=$(dirname "$0")

die()
{
	echo "boards: $*" >&2
	exit 1
}

[ $# = 1 ] || die "usage: make-root.sh DIRECTORY"
root=$1
[ ! -e "$root" ] || die "$root exists already; remove it first"
[ "$(id -u)" = 0 ] || die "building the root file system needs root (chroot and device nodes)"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: apt-get install mmdebstrap"

# The archive that this machine takes its own packages from, or else Debian's own.
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
	'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keys" ] || die "the keys of Debian's archive are missing:" \
	"apt-get install debian-archive-keyring"
packages=$(sed 's/#.*//' "$here/packages.txt" | tr -s ' \t\n' ',' | sed 's/^,//; s/,$//')

new=$root.new
rm -rf "$new"
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM HUP

# A mirror that is a copy of some day may be past its Valid-Until.
mmdebstrap --quiet --variant=apt --mode=root "--keyring=$keys" \
	--aptopt='APT::Install-Recommends "false"' \
	--aptopt='Acquire::Check-Valid-Until "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--include="$packages" \
	forky "$new" "$mirror"
mkdir -p "$new/build"
mv "$new" "$root"
