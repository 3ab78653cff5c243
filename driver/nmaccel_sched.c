// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cleanup.h>
#include <linux/moduleparam.h>
#include <linux/pm_runtime.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "nmaccel_compat.h"
#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_job.h"
#include "nmaccel_reset.h"
#include "nmaccel_sched.h"

static unsigned int hang_ms = 5000;
module_param(hang_ms, uint, 0644);
MODULE_PARM_DESC(hang_ms, "A job that finishes no column tile for so long has hung (5000); cards read it when they are bound");

static struct nmaccel_engine *to_nmaccel_engine(struct drm_gpu_scheduler *sched)
{
	return container_of(sched, struct nmaccel_engine, sched);
}

static int nmaccel_sched_may_run(struct nmaccel_job *job)
{
	if (READ_ONCE(job->ndev->lost))
		return -ENODEV;
	if (READ_ONCE(job->ctx->closed))
		return -ESRCH;
	if (READ_ONCE(job->ctx->banned))
		return -ECANCELED;
	return 0;
}

static struct dma_fence *nmaccel_sched_run_job(struct drm_sched_job *base)
{
	struct nmaccel_job *job = to_nmaccel_job(base);
	struct nmaccel_engine *engine = to_nmaccel_engine(base->sched);
	struct nmaccel_device *ndev = job->ndev;
	struct dma_fence *fence;
	int idx, ret;

	if (!drm_dev_enter(&ndev->drm, &idx)) {
		nmaccel_job_drop(job, -ENODEV);
		return nmaccel_job_refuse_fence(job, -ENODEV);
	}
	ret = nmaccel_sched_may_run(job);
	if (!ret && pm_runtime_resume_and_get(ndev->drm.dev) < 0) {
		nmaccel_reset_check(ndev);
		ret = -ENODEV;
	}
	if (ret) {
		drm_dev_exit(idx);
		nmaccel_job_drop(job, ret);
		return nmaccel_job_refuse_fence(job, ret);
	}
	job->awake = true;
	fence = nmaccel_job_start_fence(job, engine);
	nmaccel_engine_run(engine, job);
	/* The card may have been lost in between: then nobody else ends this job. */
	if (READ_ONCE(ndev->lost))
		nmaccel_engine_fail(engine, job, -ENODEV);
	drm_dev_exit(idx);
	return fence;
}

static enum drm_gpu_sched_stat nmaccel_sched_timedout_job(struct drm_sched_job *base)
{
	struct nmaccel_job *job = to_nmaccel_job(base);
	int idx;

	/* After an unplug the fence has been signalled. */
	if (drm_dev_enter(&job->ndev->drm, &idx)) {
		nmaccel_reset_examine(to_nmaccel_engine(base->sched), job);
		drm_dev_exit(idx);
	}
	/*
	 * Whatever became of the job, its fence tells; the scheduler has only to keep its books. It
	 * may be started again for that.
	 */
	guard(mutex)(&job->ndev->sched_lock);
	return nmaccel_sched_keep(base);
}

static void nmaccel_sched_free_job(struct drm_sched_job *base)
{
	struct nmaccel_job *job = to_nmaccel_job(base);

	/* One whose context was closed before its turn: its fence needs ours all the same. */
	if (job->fence)
		nmaccel_sched_set_parent(base, nmaccel_job_refuse_fence(job, -ESRCH));
	drm_sched_job_cleanup(base);
	nmaccel_job_free(job);
}

static const struct drm_sched_backend_ops nmaccel_sched_ops = {
	.run_job = nmaccel_sched_run_job,
	.timedout_job = nmaccel_sched_timedout_job,
	.free_job = nmaccel_sched_free_job,
};

/*
 * The scheduler's worker picks an entity, and when it then takes the first of several jobs, it
 * sorts the entity in again, even one that drm_sched_entity_fini() has taken out in between. So the
 * worker stands still meanwhile.
 */
static void nmaccel_sched_drop_busy(struct nmaccel_device *ndev, struct drm_sched_entity *entity)
{
	struct drm_gpu_scheduler *sched = entity->rq->sched;

	guard(mutex)(&ndev->sched_lock);
	drm_sched_wqueue_stop(sched);
	drm_sched_entity_fini(entity);
	drm_sched_wqueue_start(sched);
}

/* Most have nothing to do, and all others would be held up for each of them. */
void nmaccel_sched_drop_entity(struct nmaccel_device *ndev, struct drm_sched_entity *entity,
			       bool idle)
{
	if (idle)
		drm_sched_entity_fini(entity);
	else
		nmaccel_sched_drop_busy(ndev, entity);
}

static void nmaccel_sched_teardown(struct drm_device *drm, void *arg)
{
	struct nmaccel_device *ndev = to_nmaccel_device(drm);

	while (ndev->n_scheds)
		drm_sched_fini(ndev->sched_list[--ndev->n_scheds]);
	destroy_workqueue(ndev->timeout_wq);
}

int nmaccel_sched_setup(struct nmaccel_device *ndev)
{
	long timeout = msecs_to_jiffies(clamp(READ_ONCE(hang_ms), 10u, 3600000u));
	u32 i;
	int ret;

	ndev->hang_ns = jiffies_to_nsecs(timeout);
	ndev->timeout_wq = alloc_ordered_workqueue("nmaccel-timeout", WQ_MEM_RECLAIM);
	if (!ndev->timeout_wq)
		return -ENOMEM;
	ret = drmm_add_action_or_reset(&ndev->drm, nmaccel_sched_teardown, NULL);
	if (ret)
		return ret;
	for (i = 0; i < ndev->card.engines; i++) {
		struct nmaccel_engine *engine = &ndev->engines[i];

		ret = nmaccel_sched_init(&engine->sched, &nmaccel_sched_ops, ndev->timeout_wq,
					 timeout, engine->name, ndev->drm.dev);
		if (ret)
			return ret;
		ndev->sched_list[ndev->n_scheds++] = &engine->sched;
	}
	return 0;
}
