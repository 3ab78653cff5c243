#!/bin/sh
# SPDX-License-Identifier: MIT
# In a new root: both kernels, with their headers and modules, and the kernel's own selftests.
#
# usage: kernels.sh ROOT
set -eu

root=$1
source_name=linux-source-6.12

# kernel_of SUITE: the version that the suite's meta package stands for now.
kernel_of()
{
	chroot "$root" apt-cache show "linux-headers-amd64/$1" |
		sed -n 's/^Depends:.*linux-headers-\([0-9][^ ,]*-amd64\).*/\1/p' | head -n 1
}

# The packages of an image that the headers have not brought along. That of 7.3 is in two, and in a
# third that is empty.
image_packages()
{
	if chroot "$root" apt-cache show "linux-binary-$1" >/dev/null 2>&1; then
		echo "linux-binary-$1 linux-modules-$1"
	else
		echo "linux-image-$1"
	fi
}

# image_of VERSION: its bzImage, as a path in the root.
image_of()
{
	for image in "/boot/vmlinuz-$1" "/usr/lib/modules/$1/vmlinuz"; do
		if [ -s "$root$image" ]; then
			echo "$image"
			return
		fi
	done
	return 1
}

# Unpacked only: what installs an image also wants to make an initramfs for this machine.
unpack_image()
{
	mkdir -p "$root/var/tmp/deb"
	# shellcheck disable=SC2046 # a list of packages
	chroot "$root" sh -c 'cd /var/tmp/deb && apt-get download -qq "$@"' sh \
		$(image_packages "$1") >&2
	for deb in "$root"/var/tmp/deb/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"
	done
	rm -rf "$root/var/tmp/deb"
	chroot "$root" depmod "$1"
}

# add NAME VERSION. QEMU boots the uncompressed vmlinux sooner than the bzImage.
add()
{
	echo "vm: kernel $1 is $2" >&2
	chroot "$root" apt-get install -y -qq --no-install-recommends "linux-headers-$2" >&2
	image_of "$2" >/dev/null || unpack_image "$2"
	mkdir -p "$root/opt/kernel/$1"
	chroot "$root" "/usr/src/$source_name/scripts/extract-vmlinux" "$(image_of "$2")" \
		>"$root/opt/kernel/$1/vmlinux"
	echo "$2" >"$root/opt/kernel/$1/version"
}

# The archive stays: the debug kernel is built from it.
unpack_selftests()
{
	tar -xf "$root/usr/src/$source_name.tar.xz" -C "$root/usr/src" \
		"$source_name/tools/testing/selftests" "$source_name/tools/include" \
		"$source_name/tools/scripts" "$source_name/tools/build" \
		"$source_name/tools/arch/x86/include" "$source_name/scripts"
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
unpack_selftests
add 6.12 "$stable"
add 7.3 "$newest"
