/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_JOB_H__
#define __NMACCEL_JOB_H__

#include <linux/dma-fence.h>
#include <linux/workqueue.h>

#include <drm/drm_gem.h>
#include <drm/gpu_scheduler.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_mem.h"

struct nmaccel_ctx;
struct nmaccel_device;
struct nmaccel_engine;

/* What the engine signals; never leaves the driver and the scheduler. */
struct nmaccel_fence {
	struct dma_fence base;
	spinlock_t lock;	/* the fence's own */
	char timeline[20];
};

struct nmaccel_job {
	struct drm_sched_job base;
	struct nmaccel_device *ndev;
	struct nmaccel_ctx *ctx;
	struct nmaccel_fence *fence;	/* allocated with the job, initialised when it runs */
	struct dma_fence *running;	/* the same, then, with a reference of the job */
	struct work_struct free_work;
	u64 number;			/* in the context */

	/* Written before the job is queued, then read-only; in @mem. */
	struct nmaccel_mem mem;
	struct nmaccel_hw_job *hw;
	struct nmaccel_hw_record *record;
	struct nmaccel_hw_buffer *table;
	struct nmaccel_hw_desc *descs;
	u32 n_descs;
	u32 n_buffers;
	struct drm_gem_object **objs;	/* n_buffers, referenced */
	struct nmaccel_mem *pages;	/* n_buffers; page lists of this job alone */

	u64 seq;			/* of the run under way; engine's lock */
	bool awake;			/* holds a runtime PM reference */
};

static inline struct nmaccel_job *to_nmaccel_job(struct drm_sched_job *base)
{
	return container_of(base, struct nmaccel_job, base);
}

/* Memory for so many descriptors and buffers. */
struct nmaccel_job *nmaccel_job_alloc(struct nmaccel_ctx *ctx, u32 n_descs, u32 n_buffers);

/* From any context that may sleep or not: the rest is done by a worker. */
void nmaccel_job_free(struct nmaccel_job *job);

struct dma_fence *nmaccel_job_start_fence(struct nmaccel_job *job, struct nmaccel_engine *engine);

/* The end of a job on an engine, in interrupts too; @record NULL: the engine has left none. */
void nmaccel_job_finish(struct nmaccel_job *job, struct nmaccel_engine *engine, int error,
			u64 run_ns, const struct nmaccel_hw_record *record);

/* The end of a job that never ran. */
void nmaccel_job_drop(struct nmaccel_job *job, int error);

int nmaccel_job_init(void);
void nmaccel_job_fini(void);

#endif /* __NMACCEL_JOB_H__ */
