/* SPDX-License-Identifier: GPL-2.0-only */
/* What an engine signals. It never leaves the scheduler, whose own fence user space gets. */
#ifndef __NMACCEL_FENCE_H__
#define __NMACCEL_FENCE_H__

#include <linux/dma-fence.h>

struct nmaccel_engine;
struct nmaccel_fence;

/* NULL: out of memory. */
struct nmaccel_fence *nmaccel_fence_alloc(void);

/* One that has not been started. */
void nmaccel_fence_free(struct nmaccel_fence *fence);

/* From here on it is a fence, counted by dma_fence_get() and dma_fence_put(). */
struct dma_fence *nmaccel_fence_start(struct nmaccel_fence *fence, struct nmaccel_engine *engine);

#endif /* __NMACCEL_FENCE_H__ */
