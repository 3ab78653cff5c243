// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "nmaccel_compat.h"
#include "nmaccel_device.h"
#include "nmaccel_fence.h"
#include "nmaccel_job.h"

struct nmaccel_fence {
	struct dma_fence base;
#ifndef HAVE_FENCE_INLINE_LOCK
	spinlock_t lock;	/* the fence's own */
	struct drm_device *drm;
	struct work_struct release_work;
#endif
	char timeline[32];
};

static const char *nmaccel_fence_driver_name(struct dma_fence *base)
{
	return "nmaccel";
}

static const char *nmaccel_fence_timeline_name(struct dma_fence *base)
{
	return container_of(base, struct nmaccel_fence, base)->timeline;
}

/*
 * The scheduler's fence keeps ours until it is freed itself, and that may be a sync_file which
 * somebody holds long after the card and all our files have gone. Kernels with inline locks forget
 * the operations of fences that have been signalled. On the others they are used up to the end:
 * ours, which are in the module, and the scheduler's, which looks into the card's structure. So
 * each fence holds both.
 */
#ifndef HAVE_FENCE_INLINE_LOCK
static void nmaccel_fence_hold(struct nmaccel_fence *fence, struct nmaccel_device *ndev)
{
	__module_get(THIS_MODULE);
	fence->drm = &ndev->drm;
	drm_dev_get(fence->drm);
	spin_lock_init(&fence->lock);
}

/* By workers of ours, for which nmaccel_job_fini() waits. */
static void nmaccel_fence_let_go(struct nmaccel_fence *fence)
{
	drm_dev_put(fence->drm);
	module_put(THIS_MODULE);
}

static spinlock_t *nmaccel_fence_lock(struct nmaccel_fence *fence)
{
	return &fence->lock;
}

static void nmaccel_fence_release_work(struct work_struct *work)
{
	struct nmaccel_fence *fence = container_of(work, struct nmaccel_fence, release_work);

	nmaccel_fence_let_go(fence);
	kfree_rcu(fence, base.rcu);
}

static void nmaccel_fence_release(struct dma_fence *base)
{
	struct nmaccel_fence *fence = container_of(base, struct nmaccel_fence, base);

	INIT_WORK(&fence->release_work, nmaccel_fence_release_work);
	nmaccel_job_free_later(&fence->release_work);
}
#else
static void nmaccel_fence_hold(struct nmaccel_fence *fence, struct nmaccel_device *ndev)
{
}

static void nmaccel_fence_let_go(struct nmaccel_fence *fence)
{
}

static spinlock_t *nmaccel_fence_lock(struct nmaccel_fence *fence)
{
	return NULL;
}
#endif

static const struct dma_fence_ops nmaccel_fence_ops = {
	.get_driver_name = nmaccel_fence_driver_name,
	.get_timeline_name = nmaccel_fence_timeline_name,
#ifndef HAVE_FENCE_INLINE_LOCK
	.release = nmaccel_fence_release,
#endif
};

static_assert(offsetof(struct nmaccel_fence, base) == 0, "dma_fence_free() frees the fence");

struct nmaccel_fence *nmaccel_fence_alloc(struct nmaccel_device *ndev)
{
	struct nmaccel_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (fence)
		nmaccel_fence_hold(fence, ndev);
	return fence;
}

void nmaccel_fence_free(struct nmaccel_fence *fence)
{
	if (!fence)
		return;
	nmaccel_fence_let_go(fence);
	kfree(fence);
}

struct dma_fence *nmaccel_fence_start(struct nmaccel_fence *fence, const char *timeline,
				      u64 context, u64 seqno)
{
	strscpy(fence->timeline, timeline);
	dma_fence_init(&fence->base, &nmaccel_fence_ops, nmaccel_fence_lock(fence), context, seqno);
	return &fence->base;
}
