# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # the other files use or set these
# Everything that a guest needs, built inside the lab's root: tools, card, tests, module, initramfs.
#
# The stage is an overlay on the cached root. When it is done it is mounted no longer, and each
# guest gets an overlay of its own on top of both.

ksft_sources=/usr/src/linux-source-6.12/tools/testing/selftests

# overlay MOUNT_POINT UPPER LOWER...
overlay()
{
	local at=$1 upper=$2 IFS=:
	shift 2
	mkdir -p "$at" "$upper/up" "$upper/work"
	mount -t overlay nmaccel-lab -o "lowerdir=$*,upperdir=$upper/up,workdir=$upper/work" "$at" ||
		skip "overlay mounts are not permitted here; the lab needs them"
}

# bind FROM TO [ro]
bind()
{
	mkdir -p "$2"
	mount --bind "$1" "$2"
	[ "${3:-}" != ro ] || mount -o remount,bind,ro "$2"
}

in_stage()
{
	chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# build NAME COMMAND...: in the stage, with a log. `check` must have everything; a person who wants
# to run one thing can do so while another is broken.
build()
{
	local log=$out/build-$1.log
	shift
	if ! in_stage "$@" >"$log" 2>&1 </dev/null; then
		grep -nE 'error:|Error [0-9]|not found|No rule|undefined' "$log" | head -n 15 >&2 || true
		note "not everything could be built: $*; log: $log"
		[ "$verb" != check ] || return 1
	fi
}

build_user_space()
{
	build user make -k -j"$(nproc)" -C /nmaccel/src BUILD=/nmaccel/build vm-programs
}

build_engine()
{
	[ "$engine" = rtl ] || return 0
	build engine make -j"$(nproc)" -C /nmaccel/src -f hw/Makefile BUILD=/nmaccel/build \
		/nmaccel/build/hw/card/engine-rtl-4_128_16.so
}

build_kselftests()
{
	local at=/nmaccel/build/kselftests
	local args=(-C /nmaccel/src/selftests/driver "KSFT=$ksft_sources" "OUTPUT=$at/driver")
	: >"$work/kselftests"
	[ -e "$tree/selftests/driver/Makefile" ] || return 0
	in_stage mkdir -p $at/driver
	build kselftests make -k -j"$(nproc)" "${args[@]}"
	in_stage make -s "${args[@]}" emit_tests | sed 's/^.*://' >"$work/kselftests"
	in_stage cp -a $ksft_sources/kselftest $at/
	cp "$tree/selftests/driver/settings" "$work/root$at/driver/"
}

# Into the stage itself, so that a guest is not disturbed by the next build of these objects.
copy_programs()
{
	mkdir -p "$work/programs"
	tar -C "$work/root/nmaccel/build" --exclude='*.o' --exclude='*.d' --exclude='*.a' -cf - . |
		tar -C "$work/programs" -xf -
}

build_programs()
{
	local lock objects=$cache/build-$root_hash-$build_name
	mkdir -p "$objects"
	exec {lock}>"$objects.lock"
	flock -n "$lock" || { note "waiting for another build of these objects"; flock "$lock"; }
	bind "$objects" "$work/root/nmaccel/build"
	if [ -z "$no_build" ]; then
		build_user_space
		build_engine
		build_kselftests
	fi
	[ -x "$work/root/nmaccel/build/hw/card/nmaccel-card" ] ||
		die "there is no card without nmaccel-card; log: $out/build-user.log"
	copy_programs
	umount "$work/root/nmaccel/build"
	exec {lock}>&-
	cp -a "$work/programs/." "$work/root/nmaccel/build/"
	rm -rf "$work/programs"
}

# As a person installs it: see docs/driver.md. Only `check` does so each time; for others the module
# that dkms made of the same sources will do.
install_module()
{
	local source=$work/root/usr/src/nmaccel-1.0.0 at=$work/root/lib/modules/$release/updates/dkms made
	mkdir -p "$source"
	cp -a "$driver"/{Kbuild,dkms.conf,driver,uapi} "$source/"
	printf 'options nmaccel hang_ms=%s\n' "$hang_ms" >"$work/root/etc/modprobe.d/nmaccel-lab.conf"
	made=$cache/modules/$release-$root_hash-$(cd "$source" && find . -type f | sort | xargs cat |
		sha256sum | cut -c 1-12)
	if [ "$verb" = check ] || [ ! -d "$made" ]; then
		dkms_install
		[ "$kernel" != debug ] || build_kunit "$at"
		mkdir -p "$cache/modules"
		rm -rf "$made.$$"
		cp -a "$at" "$made.$$"
		mv -T "$made.$$" "$made" 2>/dev/null || rm -rf "$made.$$"
	else
		mkdir -p "$at"
		cp -a "$made/." "$at/"
		in_stage depmod "$release"
	fi
}

dkms_install()
{
	local log=$out/dkms.log
	if ! in_stage sh -exc "dkms add nmaccel/1.0.0
			dkms build nmaccel/1.0.0 -k $release
			dkms install nmaccel/1.0.0 -k $release" >"$log" 2>&1; then
		tail -n 30 "$work"/root/var/lib/dkms/nmaccel/1.0.0/build/make.log >>"$log" 2>/dev/null || true
		tail -n 40 "$log" >&2
		die "dkms could not install the module for $release; log: $log"
	fi
}

# build_kunit DIR: the tests inside the kernel, which are no part of what dkms installs.
build_kunit()
{
	build kunit sh -exc "cp -a /usr/src/nmaccel-1.0.0 /nmaccel/kunit
		make -C /lib/modules/$release/build M=/nmaccel/kunit -j$(nproc) modules"
	cp "$work/root/nmaccel/kunit/nmaccel_kunit.ko" "$1/"
	rm -rf "$work/root/nmaccel/kunit"
	in_stage depmod "$release"
}

# The root file system comes over 9p, which the stock kernels have as modules.
make_initramfs()
{
	local dir=$work/root/nmaccel/initramfs module files
	mkdir -p "$dir"/{bin,lib,dev,proc,sys,mnt}
	cp "$work/root/usr/bin/busybox" "$dir/bin/"
	install -m 755 "$here/guest/init" "$dir/init"
	files=$(in_stage sh -ec "for m in virtio_pci 9pnet_virtio 9p; do
		modprobe -S $release --show-depends \$m; done" | awk '$1 == "insmod" && !seen[$2]++ { print $2 }')
	for module in $files; do
		case $module in
		*.xz) xz -dc "$work/root$module" ;;
		*.zst) zstd -qdc "$work/root$module" ;;
		*) cat "$work/root$module" ;;
		esac >"$dir/lib/$(basename "${module%%.ko*}").ko"
		basename "${module%%.ko*}" >>"$dir/modules"
	done
	touch "$dir/modules"
	in_stage sh -c 'cd /nmaccel/initramfs && find . | cpio --quiet -o -H newc | gzip -1' \
		>"$work/initramfs.gz"
	mv "$work/initramfs.gz" "$work/root/nmaccel/initramfs.gz"
	rm -rf "$dir"
}

find_kernel()
{
	hang_ms=4000
	effort=100
	if [ "$kernel" = debug ]; then
		hang_ms=15000
		effort=20
		stage_debug_kernel
		return
	fi
	if [ "$engine" = rtl ]; then
		hang_ms=15000
		effort=10
	fi
	release=$(cat "$root/opt/kernel/$kernel/version")
	image=/opt/kernel/$kernel/vmlinux
}

# The debug kernel is built once for each version of its script, inside the stage.
stage_debug_kernel()
{
	local lock versions
	# shellcheck disable=SC2016 # dpkg-query expands it
	versions=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}\n' linux-source-6.12 gcc)
	debug_dir=$cache/debug-$(hash_of "$here"/debug-kernel* "$tree/driver/Kconfig" - <<<"$versions")
	exec {lock}>"$debug_dir.lock"
	flock -n "$lock" || { note "another lab builds the debug kernel; waiting"; flock "$lock"; }
	if [ ! -s "$debug_dir/version" ]; then
		note "building the debug kernel, which takes some minutes; log: $out/build-kernel.log"
		rm -rf "$debug_dir"
		mkdir -p "$debug_dir"
		bind "$debug_dir" "$work/root/nmaccel/kernel"
		in_stage /nmaccel/src/selftests/vm/debug-kernel.sh /nmaccel/kernel \
			>"$out/build-kernel.log" 2>&1 </dev/null || {
			tail -n 30 "$out/build-kernel.log" >&2
			die "the debug kernel could not be built; log: $out/build-kernel.log"
		}
		umount "$work/root/nmaccel/kernel"
	fi
	exec {lock}>&-
	bind "$debug_dir" "$work/root/nmaccel/kernel" ro
	release=$(cat "$debug_dir/version")
	image=/nmaccel/kernel/bzImage
	cp -a "$debug_dir/lib/modules/$release" "$work/root/lib/modules/"
}

# dkms leaves a process behind that would keep the mounts busy.
unmount_stage()
{
	local process
	for process in /proc/[0-9]*; do
		if [ "$(readlink "$process/root")" = "$work/root" ]; then
			kill -KILL "${process#/proc/}"
		fi
	done
	for _ in {1..50}; do
		umount "$work/root/dev" 2>/dev/null && break
		sleep 0.1
	done
	[ "$kernel" != debug ] || umount "$work/root/nmaccel/kernel"
	umount "$work/root/proc" "$work/root"
}

open_stage()
{
	mount -t tmpfs -o mode=755 nmaccel-lab "$work"
	overlay "$work/root" "$work/stage" "$root"
	mkdir -p "$work"/root/nmaccel/{src,build,out,run}
	mount -t proc proc "$work/root/proc"
	bind /dev "$work/root/dev"
	# A copy, as somebody may edit the tree while tests run.
	tar -C "$tree" --exclude=./build --exclude=./.git -cf - . | tar -C "$work/root/nmaccel/src" -xf -
}

build_stage()
{
	local begin=$SECONDS
	open_stage
	find_kernel
	build_programs
	install_module
	make_initramfs
	[ "$verb" != check ] || check_dkms
	unmount_stage
	note "kernel $release: programs and module built in $((SECONDS - begin)) s"
}
