/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that we build for. conftest.sh asks the compiler what this
 * kernel has (HAVE_*): stable series take over interfaces of later ones, so that a version tells
 * nothing.
 */
#ifndef __NMACCEL_COMPAT_H__
#define __NMACCEL_COMPAT_H__

#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/gpu_scheduler.h>

#include "nmaccel_conftest.h"

#ifndef HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

/* The fence beneath that of a job, which keeps it; see nmaccel_fence.c. */
static inline void nmaccel_sched_set_parent(struct drm_sched_job *job, struct dma_fence *fence)
{
#ifndef HAVE_FENCE_INLINE_LOCK
	/* As the scheduler itself does it for a job that runs. */
	smp_store_release(&job->s_fence->parent, fence);
#else
	dma_fence_put(fence);
#endif
}

#ifndef HAVE_SCHED_STAT_NO_HANG
/* The scheduler has taken the job off its list and does not put it back by itself. */
static inline enum drm_gpu_sched_stat nmaccel_sched_keep(struct drm_sched_job *job)
{
	struct drm_gpu_scheduler *sched = job->sched;

	drm_sched_wqueue_stop(sched);
	spin_lock(&sched->job_list_lock);
	list_add(&job->list, &sched->pending_list);
	spin_unlock(&sched->job_list_lock);
	drm_sched_wqueue_start(sched);
	return DRM_GPU_SCHED_STAT_NOMINAL;
}
#else
static inline enum drm_gpu_sched_stat nmaccel_sched_keep(struct drm_sched_job *job)
{
	return DRM_GPU_SCHED_STAT_NO_HANG;
}
#endif

static inline int nmaccel_sched_init(struct drm_gpu_scheduler *sched,
				     const struct drm_sched_backend_ops *ops,
				     struct workqueue_struct *timeout_wq, long timeout,
				     const char *name, struct device *dev)
{
#ifdef HAVE_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.timeout_wq = timeout_wq,
#ifdef HAVE_SCHED_INIT_NUM_RQS
		.num_rqs = DRM_SCHED_PRIORITY_COUNT,
#endif
		.credit_limit = 1,
		.timeout = timeout,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, NULL, DRM_SCHED_PRIORITY_COUNT, 1, 0, timeout,
			      timeout_wq, NULL, name, dev);
#endif
}

static inline int nmaccel_sched_job_init(struct drm_sched_job *job,
					 struct drm_sched_entity *entity, void *owner,
					 struct drm_file *file)
{
#ifdef HAVE_SCHED_JOB_INIT_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, owner, file->client_id);
#else
	return drm_sched_job_init(job, entity, 1, owner);
#endif
}

#endif /* __NMACCEL_COMPAT_H__ */
