#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ask the kernel's own compiler, with the kernel's own flags, which interfaces there are.
#
# usage: conftest.sh HEADER OBJTREE COMPILER [FLAG...], as Kbuild calls it; writes HEADER, unless that
# is there already and says that it is of the same kernel, compiler and flags.
set -u

header=$1
objtree=$2
shift 2

asked=$({
	cat "$0" "$objtree/include/generated/utsrelease.h" "$objtree/include/config/auto.conf"
	"$1" --version
	echo "$*"
} 2>/dev/null | cksum)
[ "$(sed -n 's|^/\* asked: \(.*\) \*/$|\1|p' "$header" 2>/dev/null)" != "$asked" ] || exit 0

work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-conftest.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

source_of()
{
	cat <<END
#include <linux/dma-fence.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/gpu_scheduler.h>
#define SAME(a, ...) _Static_assert(__builtin_types_compatible_p(typeof(a), __VA_ARGS__), "differs")
void nmaccel_probe(void);
void nmaccel_probe(void)
{
	$1
}
END
}

# A broken tool chain must not look like a kernel that has nothing.
source_of ';' >"$work/canary.c"
if ! "$@" -c -o "$work/canary.o" "$work/canary.c" 2>"$work/errors"; then
	cat "$work/errors" >&2
	echo "nmaccel: this kernel's headers or compiler cannot build a DRM driver, see above." >&2
	echo "nmaccel: it takes Linux 6.12 or later with CONFIG_DRM_ACCEL, and the compiler that" >&2
	echo "nmaccel: built the kernel." >&2
	exit 1
fi

{
	echo '/* SPDX-License-Identifier: GPL-2.0-only */'
	echo "/* asked: $asked */"
	while IFS='|' read -r name text; do
		[ -n "$name" ] || continue
		source_of "$text" >"$work/$name.c"
		if "$@" -c -o "$work/$name.o" "$work/$name.c" 2>/dev/null; then
			echo "#define HAVE_$name 1"
		fi
	done <<'END'
FENCE_INLINE_LOCK|struct dma_fence f; (void)f.inline_lock;
GEM_HUGE_MNT|SAME(drm_gem_huge_mnt_create, int(struct drm_device *, const char *));
SCHED_INIT_ARGS|SAME(drm_sched_init, int(struct drm_gpu_scheduler *, const struct drm_sched_init_args *));
SCHED_INIT_NUM_RQS|struct drm_sched_init_args a = { .num_rqs = 1 }; (void)a;
SCHED_JOB_INIT_CLIENT_ID|SAME(drm_sched_job_init, int(struct drm_sched_job *, struct drm_sched_entity *, u32, void *, u64));
SCHED_STAT_NO_HANG|enum drm_gpu_sched_stat s = DRM_GPU_SCHED_STAT_NO_HANG; (void)s;
DRIVER_DATE|struct drm_driver d = { .date = "" }; (void)d;
IMPORT_NS_IDENT|MODULE_IMPORT_NS(DMA_BUF);
WQ_PERCPU|unsigned int f = WQ_PERCPU; (void)f;
END
} >"$header.new" && mv -f "$header.new" "$header"
