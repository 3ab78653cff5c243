// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "nmaccel_compat.h"
#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_file.h"
#include "nmaccel_job.h"
#include "nmaccel_trace.h"
#include "nmaccel_user.h"

/* The end of a job may drop the last reference to its card, which the scheduler's worker cannot. */
static struct workqueue_struct *nmaccel_free_wq;

static const char *nmaccel_fence_driver_name(struct dma_fence *base)
{
	return "nmaccel";
}

static const char *nmaccel_fence_timeline_name(struct dma_fence *base)
{
	return container_of(base, struct nmaccel_fence, base)->timeline;
}

static void nmaccel_fence_release(struct dma_fence *base)
{
	struct nmaccel_fence *fence = container_of(base, struct nmaccel_fence, base);

	kfree_rcu(fence, base.rcu);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops nmaccel_fence_ops = {
	.get_driver_name = nmaccel_fence_driver_name,
	.get_timeline_name = nmaccel_fence_timeline_name,
	.release = nmaccel_fence_release,
};

struct dma_fence *nmaccel_job_start_fence(struct nmaccel_job *job, struct nmaccel_engine *engine)
{
	struct nmaccel_fence *fence = job->fence;

	/* A scheduler's fence, and whoever holds that, keeps ours: its code must stay. */
	__module_get(THIS_MODULE);
	strscpy(fence->timeline, engine->name);
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &nmaccel_fence_ops, &fence->lock, engine->fence_context,
		       ++engine->fence_seqno);
	job->running = &fence->base;
	job->fence = NULL;
	/* One reference for the scheduler, beside the job's own. */
	return dma_fence_get(&fence->base);
}

static void nmaccel_job_store(struct nmaccel_job *job, struct nmaccel_engine *engine, int error,
			      u64 run_ns, const struct nmaccel_hw_record *record)
{
	struct nmaccel_ctx *ctx = job->ctx;
	struct drm_nmaccel_result *slot = &ctx->results[job->number % DRM_NMACCEL_RESULTS];
	unsigned long flags;

	spin_lock_irqsave(&ctx->lock, flags);
	ctx->finished++;
	if (slot->job < job->number) {
		memset(slot, 0, sizeof(*slot));
		slot->job = job->number;
		slot->error = -error;
		slot->run_ns = run_ns;
		slot->engine = engine ? engine->index : 0;
		if (record) {
			slot->steps = record->steps;
			slot->loads = record->loads;
			slot->fault = record->fault;
			slot->fault_desc = record->fault_desc;
			slot->fault_buffer = record->fault_buffer;
			slot->fault_offset = record->fault_offset;
			slot->fault_detail = record->fault_detail;
		}
	}
	spin_unlock_irqrestore(&ctx->lock, flags);
}

void nmaccel_job_finish(struct nmaccel_job *job, struct nmaccel_engine *engine, int error,
			u64 run_ns, const struct nmaccel_hw_record *record)
{
	struct dma_fence *fence = dma_fence_get(job->running);

	atomic64_add(run_ns, &job->ctx->file->run_ns);
	nmaccel_job_store(job, engine, error, run_ns, record);
	trace_nmaccel_job_done(job, engine, error, run_ns);
	if (job->awake) {
		job->awake = false;
		pm_runtime_mark_last_busy(job->ndev->drm.dev);
		pm_runtime_put_autosuspend(job->ndev->drm.dev);
	}
	if (error)
		dma_fence_set_error(fence, error);
	/* From here on the scheduler may free the job. */
	dma_fence_signal(fence);
	dma_fence_put(fence);
}

void nmaccel_job_drop(struct nmaccel_job *job, int error)
{
	nmaccel_job_store(job, NULL, error, 0, NULL);
	trace_nmaccel_job_drop(job, error);
}

static void nmaccel_job_free_work(struct work_struct *work)
{
	struct nmaccel_job *job = container_of(work, struct nmaccel_job, free_work);
	struct nmaccel_device *ndev = job->ndev;
	u32 i;

	for (i = 0; i < job->n_buffers; i++) {
		nmaccel_mem_free(&ndev->mem, &job->pages[i]);
		drm_gem_object_put(job->objs[i]);
	}
	nmaccel_mem_free(&ndev->mem, &job->mem);
	dma_fence_put(job->running);
	kfree(job->fence);
	kvfree(job->objs);
	kvfree(job->pages);
	atomic64_dec(&job->ctx->file->user->jobs);
	nmaccel_ctx_put(job->ctx);
	kfree(job);
	drm_dev_put(&ndev->drm);
	module_put(THIS_MODULE);
}

void nmaccel_job_free(struct nmaccel_job *job)
{
	INIT_WORK(&job->free_work, nmaccel_job_free_work);
	queue_work(nmaccel_free_wq, &job->free_work);
}

static int nmaccel_job_alloc_memory(struct nmaccel_job *job, u32 n_descs, u32 n_buffers)
{
	size_t table = sizeof(*job->hw) + sizeof(*job->record);
	size_t descs = table + n_buffers * sizeof(*job->table);
	int ret;

	job->objs = kvcalloc(n_buffers, sizeof(*job->objs), GFP_KERNEL);
	job->pages = kvcalloc(n_buffers, sizeof(*job->pages), GFP_KERNEL);
	job->fence = kzalloc(sizeof(*job->fence), GFP_KERNEL);
	if (!job->objs || !job->pages || !job->fence)
		return -ENOMEM;
	ret = nmaccel_mem_alloc(&job->ndev->mem, &job->mem,
				descs + n_descs * sizeof(*job->descs));
	if (ret)
		return ret;
	job->hw = job->mem.cpu;
	job->record = job->mem.cpu + sizeof(*job->hw);
	job->table = job->mem.cpu + table;
	job->descs = job->mem.cpu + descs;
	job->n_descs = n_descs;
	*job->hw = (struct nmaccel_hw_job){
		.magic = NMACCEL_MAGIC,
		.version = NMACCEL_CONTRACT_VERSION,
		.descs = job->mem.dma + descs,
		.buffers = job->mem.dma + table,
		.record = job->mem.dma + sizeof(*job->hw),
		.n_descs = n_descs,
		.n_buffers = n_buffers,
	};
	return 0;
}

struct nmaccel_job *nmaccel_job_alloc(struct nmaccel_ctx *ctx, u32 n_descs, u32 n_buffers)
{
	struct nmaccel_user *user = ctx->file->user;
	struct nmaccel_job *job;
	int ret;

	if (!nmaccel_user_charge_job(user))
		return ERR_PTR(-ENOSPC);
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job) {
		atomic64_dec(&user->jobs);
		return ERR_PTR(-ENOMEM);
	}
	__module_get(THIS_MODULE);
	job->ndev = ctx->file->ndev;
	drm_dev_get(&job->ndev->drm);
	kref_get(&ctx->ref);
	job->ctx = ctx;
	ret = nmaccel_job_alloc_memory(job, n_descs, n_buffers);
	if (ret) {
		nmaccel_job_free(job);
		return ERR_PTR(ret);
	}
	return job;
}

int nmaccel_job_init(void)
{
	nmaccel_free_wq = alloc_workqueue("nmaccel-free", WQ_UNBOUND, 0);
	return nmaccel_free_wq ? 0 : -ENOMEM;
}

void nmaccel_job_fini(void)
{
	destroy_workqueue(nmaccel_free_wq);
	/* Fences are freed by RCU, and their operations are ours. */
	rcu_barrier();
}
