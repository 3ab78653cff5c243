#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Build the lab's debug kernel: Debian's source of 6.12 with the checkers of debug-kernel.config.
#
# usage: debug-kernel.sh OUTDIR (in the lab's root file system, which has all that it takes)
#
# OUTDIR gets bzImage, config, lib/modules/VERSION, build (what a module needs to be compiled; the
# link in lib/modules/VERSION points to it), and last of all version, which says that the rest is
# complete.
set -eu -o pipefail

die()
{
	echo "debug-kernel: $*" >&2
	exit 1
}

[ $# = 1 ] || die "usage: debug-kernel.sh OUTDIR"
here=$(cd "$(dirname "$0")" && pwd)
fragment=$here/debug-kernel.config
mkdir -p "$1"
out=$(cd "$1" && pwd)
name=linux-source-6.12
source=$out/$name
objects=$out/objects

unpack_source()
{
	[ -e "/usr/src/$name.tar.xz" ] ||
		die "/usr/src/$name.tar.xz is missing: apt-get install $name"
	# Not the largest directories that no x86 machine without a display needs.
	tar -C "$out" --exclude="$name/drivers/gpu/drm/amd/include/asic_reg" \
		--exclude="$name/arch/*/boot/dts" -xf "/usr/src/$name.tar.xz"
	# The driver's own Kconfig selects the helpers that it needs; the driver is compiled later.
	mkdir "$source/drivers/accel/nmaccel"
	cp "$here/../../driver/Kconfig" "$source/drivers/accel/nmaccel/Kconfig"
	sed -i '/^source .*qaic/a source "drivers/accel/nmaccel/Kconfig"' \
		"$source/drivers/accel/Kconfig"
}

kernel_make()
{
	make -C "$source" O="$objects" "$@"
}

# An option that Kconfig drops would be a checker that nobody misses.
check_config()
{
	local line option failed=

	while read -r line; do
		case $line in
		CONFIG_*)
			grep -qxF -- "$line" "$objects/.config" || failed=1
			;;
		'# CONFIG_'*' is not set')
			option=${line#'# '}
			! grep -q "^${option% is not set}=" "$objects/.config" || failed=1
			;;
		*)
			continue
			;;
		esac
		[ -z "$failed" ] || die "debug-kernel.config: '$line' has no effect in this source"
	done <"$fragment"
}

configure()
{
	mkdir -p "$objects"
	kernel_make tinyconfig
	(cd "$source" && scripts/kconfig/merge_config.sh -m -O "$objects" "$objects/.config" \
		"$fragment")
	kernel_make olddefconfig
	check_config
}

install_kernel()
{
	local version

	version=$(kernel_make -s kernelrelease)
	kernel_make -s INSTALL_MOD_PATH="$out" modules_install
	rm -f "$out/lib/modules/$version"/{build,source}
	ln -s "$out/build" "$out/lib/modules/$version/build"
	kernel_make -s run-command KBUILD_RUN_COMMAND="+\$(srctree)/scripts/package/install-extmod-build $out/build"
	cp "$objects/.config" "$out/build/.config"
	cp "$objects/.config" "$out/config"
	cp "$objects/arch/x86/boot/bzImage" "$out/bzImage"
	rm -rf "$source" "$objects"
	echo "$version" >"$out/version.new"
	mv "$out/version.new" "$out/version"
}

# What a broken-off build has left.
rm -rf "${out:?}"/{version,bzImage,config,build,lib,objects,"$name"}
unpack_source
configure
kernel_make -j"$(nproc)" bzImage modules
install_kernel
