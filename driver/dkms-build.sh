#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dkms runs this before its own make, which then finds nothing left to do. A build that fails here
# ends with dkms's status for "not for this kernel": dkms reports the kernel as skipped, and the
# installation of a kernel package, which has called it, is not left half done.
#
# usage: dkms-build.sh KERNEL_SOURCE_DIR (in the directory of the copy that is to be built)
set -u

kernel=$1
set -- -C "$kernel" "M=$PWD" "-j$(nproc)"
if grep -qs '^CONFIG_CC_IS_CLANG=y' "$kernel/include/config/auto.conf"; then
	set -- "$@" LLVM=1
fi
make "$@" modules && exit 0
cat <<END

nmaccel: the module cannot be built for the kernel of $kernel; the reason stands above.
nmaccel: this kernel is left out. A newer nmaccel may know it; after that, or when the cause has
nmaccel: been removed: dkms autoinstall
END
exit 77
