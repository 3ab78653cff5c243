// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/pm_runtime.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include <drm/drm_drv.h>

#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_fence.h"
#include "nmaccel_file.h"
#include "nmaccel_job.h"
#include "nmaccel_trace.h"
#include "nmaccel_user.h"

/* The end of a job may drop the last reference to its card, which the scheduler's worker cannot. */
static struct workqueue_struct *nmaccel_free_wq;

/* Of all cards; those of a killed context may still wait for fences of others. */
static atomic_t nmaccel_jobs = ATOMIC_INIT(0);

struct dma_fence *nmaccel_job_start_fence(struct nmaccel_job *job, struct nmaccel_engine *engine)
{
	job->running = nmaccel_fence_start(job->fence, engine->name, engine->fence_context,
					   ++engine->fence_seqno);
	job->fence = NULL;
	/* One reference for the scheduler, beside the job's own. */
	return dma_fence_get(job->running);
}

struct dma_fence *nmaccel_job_refuse_fence(struct nmaccel_job *job, int error)
{
	struct dma_fence *fence;

	fence = nmaccel_fence_start(job->fence, "none", dma_fence_context_alloc(1), 1);
	job->fence = NULL;
	dma_fence_set_error(fence, error);
	dma_fence_signal(fence);
	return fence;
}

static void nmaccel_job_store(struct nmaccel_job *job, struct nmaccel_engine *engine, int error,
			      u64 run_ns, const struct nmaccel_hw_record *record)
{
	struct drm_nmaccel_result result = {
		.job = job->number,
		.error = -error,
		.run_ns = run_ns,
		.engine = engine ? engine->index : 0,
	};
	struct nmaccel_ctx *ctx = job->ctx;
	unsigned long flags;

	if (record) {
		result.steps = job->steps + record->steps;
		result.loads = job->loads + record->loads;
		result.fault = record->fault;
		if (record->fault)
			result.fault_desc = job->first + record->fault_desc;
		result.fault_buffer = record->fault_buffer;
		/* Where a structure of ours lies is nobody's business. */
		if (record->fault_buffer != NMACCEL_NO_BUFFER)
			result.fault_offset = record->fault_offset;
		result.fault_detail = record->fault_detail;
	}
	spin_lock_irqsave(&ctx->lock, flags);
	nmaccel_results_finish(&ctx->results, &result);
	spin_unlock_irqrestore(&ctx->lock, flags);
}

void nmaccel_job_advance(struct nmaccel_job *job)
{
	const struct nmaccel_hw_record *record = job->record;
	u32 done;

	/* It has not even been accepted. */
	if (READ_ONCE(record->seq) != job->seq)
		return;
	done = min(READ_ONCE(record->descs_done), job->hw->n_descs);
	job->first += done;
	job->steps += record->steps;
	job->loads += record->loads;
	job->hw->descs += (u64)done * sizeof(*job->descs);
	job->hw->n_descs -= done;
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
	struct nmaccel_user *user = job->ctx->file->user;
	struct nmaccel_device *ndev = job->ndev;
	u32 i;

	for (i = 0; i < job->n_buffers; i++) {
		nmaccel_mem_free(&ndev->mem, &job->pages[i]);
		drm_gem_object_put(job->objs[i]);
	}
	nmaccel_mem_free(&ndev->mem, &job->mem);
	dma_fence_put(job->running);
	nmaccel_fence_free(job->fence);
	kvfree(job->objs);
	kvfree(job->pages);
	atomic64_sub(job->charged, &user->bytes);
	atomic64_dec(&user->jobs);
	nmaccel_ctx_put(job->ctx);
	kfree(job);
	drm_dev_put(&ndev->drm);
	if (atomic_dec_and_test(&nmaccel_jobs))
		wake_up_var(&nmaccel_jobs);
}

void nmaccel_job_free(struct nmaccel_job *job)
{
	INIT_WORK(&job->free_work, nmaccel_job_free_work);
	nmaccel_job_free_later(&job->free_work);
}

void nmaccel_job_free_later(struct work_struct *work)
{
	queue_work(nmaccel_free_wq, work);
}

int nmaccel_job_charge(struct nmaccel_job *job, size_t size)
{
	size_t bytes = nmaccel_mem_cost(size);

	/* Also to one who is above his limit by now. */
	if (!bytes)
		return 0;
	if (!nmaccel_user_charge_bytes(job->ctx->file->user, bytes))
		return -ENOSPC;
	job->charged += bytes;
	return 0;
}

static int nmaccel_job_alloc_memory(struct nmaccel_job *job, u32 n_descs, u32 n_buffers)
{
	size_t table = sizeof(*job->hw) + sizeof(*job->record);
	size_t descs = table + n_buffers * sizeof(*job->table);
	size_t size = descs + n_descs * sizeof(*job->descs);
	int ret;

	job->objs = kvcalloc(n_buffers, sizeof(*job->objs), GFP_KERNEL_ACCOUNT);
	job->pages = kvcalloc(n_buffers, sizeof(*job->pages), GFP_KERNEL_ACCOUNT);
	job->fence = nmaccel_fence_alloc(job->ndev);
	if (!job->objs || !job->pages || !job->fence)
		return -ENOMEM;
	ret = nmaccel_job_charge(job, size);
	if (!ret)
		ret = nmaccel_mem_alloc(&job->ndev->mem, &job->mem, size);
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
	atomic_inc(&nmaccel_jobs);
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

/*
 * Open files and exported buffers hold the module, so none is left here, and no card is bound. What
 * may still come back into our code are jobs, each with a reference to its card: the scheduler
 * frees them when the fences that they wait for have been signalled, which takes a finite time.
 * After that, a task may have been preempted on its way out of a callback of ours.
 */
void nmaccel_job_fini(void)
{
	wait_var_event(&nmaccel_jobs, !atomic_read(&nmaccel_jobs));
	destroy_workqueue(nmaccel_free_wq);
	synchronize_rcu_tasks();
}
