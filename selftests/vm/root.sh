#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Build the lab's root file system: Debian trixie with QEMU, compiler, dkms, and two kernels.
#
# usage: root.sh DIRECTORY (it must not exist; needs root, mmdebstrap, and apt sources of Debian)
set -eu -o pipefail

here=$(dirname "$0")

die()
{
	echo "vm: $*" >&2
	exit 1
}

[ $# = 1 ] || die "usage: root.sh DIRECTORY"
root=$1
[ ! -e "$root" ] || die "$root exists already; remove it first"
[ "$(id -u)" = 0 ] || die "building the root file system needs root (chroot and device nodes)"
command -v mmdebstrap >/dev/null ||
	die "mmdebstrap is missing: apt-get install mmdebstrap"

# The archive that this machine takes its own packages from.
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
	'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
keyring=()
if [ -z "$mirror" ]; then
	# Not a Debian system: Debian's own archive, if its keys are there.
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -e "$keys" ] || die "apt knows no Debian archive here. Add one to /etc/apt and run" \
		"apt-get update, or (Ubuntu) install debian-archive-keyring"
	mirror=http://deb.debian.org/debian
	keyring=("--keyring=$keys")
fi
packages=$(sed 's/#.*//' "$here/packages.txt" | tr -s ' \n' ',' | sed 's/^,//; s/,$//')

new=$root.new
rm -rf "$new"
trap 'rm -rf "$new" "$root.list"' EXIT
trap 'exit 130' INT TERM HUP

printf 'deb %s trixie main\ndeb %s trixie-backports main\n' "$mirror" "$mirror" >"$root.list"

# The 6.12 headers bring their image, whose initramfs nobody needs.
# Backports first, as its QEMU brings libraries that the headers' tools must agree with.
# shellcheck disable=SC2016 # the hooks expand $1
mmdebstrap --quiet --variant=apt --mode=root "${keyring[@]}" \
	--aptopt='APT::Install-Recommends "false"' \
	--setup-hook='mkdir -p "$1/etc/apt/preferences.d"
		printf "Package: *\nPin: release n=trixie-backports\nPin-Priority: 600\n" \
			>"$1/etc/apt/preferences.d/backports"
		mkdir -p "$1/etc/dpkg/dpkg.cfg.d"
		echo path-exclude=/etc/kernel/postinst.d/initramfs-tools >"$1/etc/dpkg/dpkg.cfg.d/lab"' \
	--include="$packages" \
	--customize-hook="$here/kernels.sh \"\$1\"" \
	trixie "$new" "$root.list"
mv "$new" "$root"
