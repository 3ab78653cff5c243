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
struct nmaccel_fence;

struct nmaccel_job {
	struct drm_sched_job base;
	struct nmaccel_device *ndev;
	struct nmaccel_ctx *ctx;
	struct nmaccel_fence *fence;	/* allocated with the job, started when it runs */
	struct dma_fence *running;	/* the same, then, with a reference of the job */
	struct work_struct free_work;
	u64 number;			/* in the context */
	u64 charged;			/* bytes, to the context's user */

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

	u64 seq;			/* of the run under way; engine's lock, as the next */
	u64 run_ns;			/* of the runs that were stopped */
	u32 retries;			/* by engines that did not take it; reset_lock */
	u32 first;			/* descriptors that earlier runs have finished */
	u64 steps;			/* of those runs, as the next */
	u64 loads;
	bool awake;			/* holds a runtime PM reference */
};

static inline struct nmaccel_job *to_nmaccel_job(struct drm_sched_job *base)
{
	return container_of(base, struct nmaccel_job, base);
}

/* Memory for so many descriptors and buffers. */
struct nmaccel_job *nmaccel_job_alloc(struct nmaccel_ctx *ctx, u32 n_descs, u32 n_buffers);

/* The job needs an allocation of that size; -ENOSPC: the user's limit is reached. */
int nmaccel_job_charge(struct nmaccel_job *job, size_t size);

/* From any context that may sleep or not: the rest is done by a worker. */
void nmaccel_job_free(struct nmaccel_job *job);

/* What else may drop the last reference to a card, in a context that may not sleep. */
void nmaccel_job_free_later(struct work_struct *work);

struct dma_fence *nmaccel_job_start_fence(struct nmaccel_job *job, struct nmaccel_engine *engine);

/* The fence of a job that never runs, signalled. The caller's reference is the only one. */
struct dma_fence *nmaccel_job_refuse_fence(struct nmaccel_job *job, int error);

/*
 * Its engine has been reset. The descriptors that it has finished are not run again: a later one
 * may have written what they read. With the engine's lock.
 */
void nmaccel_job_advance(struct nmaccel_job *job);

/* The end of a job on an engine, in interrupts too; @record NULL: the engine has left none. */
void nmaccel_job_finish(struct nmaccel_job *job, struct nmaccel_engine *engine, int error,
			u64 run_ns, const struct nmaccel_hw_record *record);

/* The end of a job that never ran. */
void nmaccel_job_drop(struct nmaccel_job *job, int error);

int nmaccel_job_init(void);
void nmaccel_job_fini(void);

#endif /* __NMACCEL_JOB_H__ */
