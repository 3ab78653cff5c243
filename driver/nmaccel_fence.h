/* SPDX-License-Identifier: GPL-2.0-only */
/* What an engine signals. It never leaves the scheduler, whose own fence user space gets. */
#ifndef __NMACCEL_FENCE_H__
#define __NMACCEL_FENCE_H__

#include <linux/dma-fence.h>

struct nmaccel_device;
struct nmaccel_fence;

/* NULL: out of memory. For a file that is open, so that the module is there to be taken. */
struct nmaccel_fence *nmaccel_fence_alloc(struct nmaccel_device *ndev);

/* One that has not been started, or NULL. */
void nmaccel_fence_free(struct nmaccel_fence *fence);

/* From here on it is a fence, counted by dma_fence_get() and dma_fence_put(). */
struct dma_fence *nmaccel_fence_start(struct nmaccel_fence *fence, const char *timeline,
				      u64 context, u64 seqno);

#endif /* __NMACCEL_FENCE_H__ */
