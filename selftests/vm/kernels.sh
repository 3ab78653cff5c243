#!/bin/sh
# SPDX-License-Identifier: MIT
# In a new root: install the headers of both kernels, unpack their images below /opt/kernel.
# An image that were installed would want an initramfs generator, and the lab makes its own.
#
# usage: kernels.sh ROOT
set -eu

root=$1

# kernel_of SUITE: the version that the suite's meta package stands for now.
kernel_of()
{
	chroot "$root" apt-cache show "linux-headers-amd64/$1" |
		sed -n 's/^Depends:.*linux-headers-\([0-9][^ ,]*-amd64\).*/\1/p' | head -n 1
}

# add NAME VERSION
add()
{
	echo "vm: kernel $1 is $2" >&2
	chroot "$root" apt-get install -y -qq --no-install-recommends "linux-headers-$2" >&2
	mkdir -p "$root/opt/kernel/$1" "$root/var/tmp/deb"
	# 7.3 has its image in two packages and a third that is empty.
	if chroot "$root" apt-cache show "linux-binary-$2" >/dev/null 2>&1; then
		set -- "$1" "$2" "linux-binary-$2" "linux-modules-$2"
	else
		set -- "$1" "$2" "linux-image-$2"
	fi
	name=$1
	version=$2
	shift 2
	chroot "$root" sh -c 'cd /var/tmp/deb && apt-get download -qq "$@"' sh "$@" >&2
	for deb in "$root"/var/tmp/deb/*.deb; do
		dpkg-deb -x "$deb" "$root/opt/kernel/$name"
	done
	rm -rf "$root/var/tmp/deb"
	echo "$version" >"$root/opt/kernel/$name/version"
}

stable=$(kernel_of trixie)
newest=$(kernel_of trixie-backports)
case $stable in
6.12.*) ;;
*) echo "vm: trixie's kernel should be 6.12, and is '$stable'" >&2; exit 1 ;;
esac
case $newest in
7.3.*) ;;
*) echo "vm: the kernel of trixie-backports should be 7.3, and is '$newest'" >&2; exit 1 ;;
esac
add 6.12 "$stable"
add 7.3 "$newest"
