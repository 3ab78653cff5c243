// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cleanup.h>
#include <linux/dma-fence-chain.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_exec.h>
#include <drm/drm_print.h>
#include <drm/drm_syncobj.h>

#include "drm/nmaccel_accel.h"
#include "nmaccel_compat.h"
#include "nmaccel_coredump.h"
#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_file.h"
#include "nmaccel_gem.h"
#include "nmaccel_job.h"
#include "nmaccel_submit.h"
#include "nmaccel_trace.h"

#define NMACCEL_MAX_SYNCS 1024

/* No element will ever be so large, and a call cannot be kept busy looking at zeros. */
#define NMACCEL_MAX_STRIDE SZ_4K

static_assert(DRM_NMACCEL_BUFFER_READ == NMACCEL_BUF_READ);
static_assert(DRM_NMACCEL_BUFFER_WRITE == NMACCEL_BUF_WRITE);

/* A syncobj to signal, with what signalling it takes. */
struct nmaccel_signal {
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;	/* of a timeline */
	u64 point;
};

struct nmaccel_submit {
	struct nmaccel_device *ndev;
	struct drm_file *file;
	const struct drm_nmaccel_submit *args;
	struct nmaccel_job *job;
	struct nmaccel_hw_desc *descs;
	struct drm_nmaccel_buffer *buffers;
	struct drm_gem_object **objs;	/* n_objs, referenced until they have been unlocked */
	u32 n_objs;
	struct nmaccel_extent *extents;
	struct drm_nmaccel_sync *syncs;
	struct nmaccel_signal *signals;
	u32 n_signals;
	u64 number;
	bool sched_ready;	/* drm_sched_job_init() has been called */
};

/* Copy elements of a stride of the caller's into an array of elements of size bytes. */
static int nmaccel_copy_array(void *to, size_t size, const struct drm_nmaccel_obj_array *array)
{
	const char __user *from = u64_to_user_ptr(array->array);
	u32 i;
	int ret;

	if (array->stride == size)
		return copy_from_user(to, from, size * array->count) ? -EFAULT : 0;
	for (i = 0; i < array->count; i++) {
		ret = copy_struct_from_user(to + i * size, size, from + (u64)i * array->stride,
					    array->stride);
		if (ret)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int nmaccel_array_check(const struct drm_nmaccel_obj_array *array, u32 min, u32 max)
{
	u64 end;

	if (array->count < min)
		return -EINVAL;
	if (array->count > max)
		return -E2BIG;
	if (!array->count)
		return 0;
	if (array->stride > NMACCEL_MAX_STRIDE)
		return -E2BIG;
	if (!array->stride ||
	    check_add_overflow(array->array, (u64)array->stride * array->count, &end))
		return -EINVAL;
	return 0;
}

static int nmaccel_submit_check(const struct nmaccel_submit *submit)
{
	const struct drm_nmaccel_submit *args = submit->args;
	const struct nmaccel_card *card = &submit->ndev->card;
	int ret;

	if (args->flags || args->job)
		return -EINVAL;
	ret = nmaccel_array_check(&args->descs, 1, card->max_descs);
	if (!ret)
		ret = nmaccel_array_check(&args->buffers, 1, card->max_buffers);
	return ret ?: nmaccel_array_check(&args->syncs, 0, NMACCEL_MAX_SYNCS);
}

static int nmaccel_submit_buffer(struct nmaccel_submit *submit, u32 index)
{
	const struct drm_nmaccel_buffer *buffer = &submit->buffers[index];
	struct nmaccel_job *job = submit->job;
	struct drm_gem_object *obj;
	u64 size = buffer->size;
	u32 i;
	int ret;

	if (!buffer->flags ||
	    buffer->flags & ~(DRM_NMACCEL_BUFFER_READ | DRM_NMACCEL_BUFFER_WRITE) ||
	    !PAGE_ALIGNED(buffer->offset))
		return -EINVAL;
	obj = drm_gem_object_lookup(submit->file, buffer->handle);
	if (!obj)
		return -ENOENT;
	submit->objs[submit->n_objs++] = obj;
	/* Two handles may name one object. */
	for (i = 0; i < index; i++)
		if (job->objs[i] == obj)
			return -EINVAL;
	drm_gem_object_get(obj);
	job->objs[index] = obj;
	job->n_buffers = index + 1;
	if (buffer->offset >= obj->size || size > obj->size - buffer->offset)
		return -EINVAL;
	if (!size)
		size = obj->size - buffer->offset;
	ret = nmaccel_gem_describe(to_nmaccel_bo(obj), buffer->offset, size, &job->pages[index],
				   &job->table[index]);
	if (!ret)
		ret = nmaccel_job_charge(job, job->pages[index].size);
	if (ret)
		return ret;
	job->table[index].flags |= buffer->flags;
	submit->extents[index] = (struct nmaccel_extent){ size, buffer->flags };
	return 0;
}

static int nmaccel_submit_buffers(struct nmaccel_submit *submit)
{
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < submit->args->buffers.count; i++)
		ret = nmaccel_submit_buffer(submit, i);
	return ret;
}

static int nmaccel_submit_descs(struct nmaccel_submit *submit)
{
	struct nmaccel_job *job = submit->job;
	struct nmaccel_invalid invalid;
	u32 i;
	int ret;

	for (i = 0; i < job->n_descs; i++) {
		ret = nmaccel_validate_desc(&submit->ndev->card.limits, submit->extents,
					    job->n_buffers, &submit->descs[i], &invalid);
		if (ret) {
			drm_dbg(&submit->ndev->drm, "descriptor %u, field at byte %u: %s\n", i,
				invalid.field, invalid.why);
			return ret;
		}
	}
	memcpy(job->descs, submit->descs, job->n_descs * sizeof(*job->descs));
	return 0;
}

static int nmaccel_submit_wait(struct nmaccel_submit *submit, const struct drm_nmaccel_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = drm_syncobj_find_fence(submit->file, sync->handle, sync->point, 0, &fence);
	return ret ?: drm_sched_job_add_dependency(&submit->job->base, fence);
}

static int nmaccel_submit_signal(struct nmaccel_submit *submit,
				 const struct drm_nmaccel_sync *sync)
{
	struct nmaccel_signal *signal = &submit->signals[submit->n_signals];

	signal->syncobj = drm_syncobj_find(submit->file, sync->handle);
	if (!signal->syncobj)
		return -ENOENT;
	submit->n_signals++;
	signal->point = sync->point;
	if (!sync->point)
		return 0;
	signal->chain = dma_fence_chain_alloc();
	return signal->chain ? 0 : -ENOMEM;
}

static int nmaccel_submit_syncs(struct nmaccel_submit *submit)
{
	const struct drm_nmaccel_sync *sync = submit->syncs;
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < submit->args->syncs.count; i++, sync++) {
		if (sync->flags & ~DRM_NMACCEL_SYNC_SIGNAL)
			return -EINVAL;
		ret = sync->flags & DRM_NMACCEL_SYNC_SIGNAL ? nmaccel_submit_signal(submit, sync) :
							      nmaccel_submit_wait(submit, sync);
	}
	return ret;
}

/* Wait for what others do with the buffers. */
static int nmaccel_submit_implicit(struct nmaccel_submit *submit)
{
	struct nmaccel_job *job = submit->job;
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < job->n_buffers; i++) {
		bool write = submit->buffers[i].flags & DRM_NMACCEL_BUFFER_WRITE;

		ret = drm_sched_job_add_implicit_dependencies(&job->base, job->objs[i], write);
	}
	return ret;
}

static void nmaccel_submit_publish(struct nmaccel_submit *submit)
{
	struct dma_fence *fence = &submit->job->base.s_fence->finished;
	struct nmaccel_signal *signal = submit->signals;
	u32 i;

	for (i = 0; i < submit->job->n_buffers; i++)
		dma_resv_add_fence(submit->job->objs[i]->resv, fence,
				   submit->buffers[i].flags & DRM_NMACCEL_BUFFER_WRITE ?
				   DMA_RESV_USAGE_WRITE : DMA_RESV_USAGE_READ);
	for (i = 0; i < submit->n_signals; i++, signal++) {
		if (signal->chain)
			drm_syncobj_add_point(signal->syncobj, signal->chain, fence,
					      signal->point);
		else
			drm_syncobj_replace_fence(signal->syncobj, fence);
		signal->chain = NULL;
	}
}

/* With the buffers locked; nothing can fail once the job is armed. */
static int nmaccel_submit_push(struct nmaccel_submit *submit)
{
	struct nmaccel_job *job = submit->job;
	struct nmaccel_ctx *ctx = job->ctx;
	int ret;

	ret = nmaccel_submit_implicit(submit);
	if (ret)
		return ret;
	guard(mutex)(&ctx->submit_lock);
	if (READ_ONCE(ctx->banned))
		return -ECANCELED;
	drm_sched_job_arm(&job->base);
	spin_lock_irq(&ctx->lock);
	job->number = nmaccel_results_submit(&ctx->results);
	submit->number = job->number;
	spin_unlock_irq(&ctx->lock);
	nmaccel_submit_publish(submit);
	trace_nmaccel_job_submit(job);
	/* It is the scheduler's now, and may be gone at any time. */
	submit->job = NULL;
	drm_sched_entity_push_job(&job->base);
	return 0;
}

static int nmaccel_submit_lock(struct drm_exec *exec, struct nmaccel_job *job)
{
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < job->n_buffers; i++)
		/* Two imports may share a lock: then one fence for reading, one for writing. */
		ret = drm_exec_prepare_obj(exec, job->objs[i], 2);
	return ret;
}

static int nmaccel_submit_queue(struct nmaccel_submit *submit)
{
	struct nmaccel_job *job = submit->job;
	struct drm_exec exec;
	int ret = 0;

	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES,
		      job->n_buffers);
	drm_exec_until_all_locked(&exec) {
		ret = nmaccel_submit_lock(&exec, job);
		drm_exec_retry_on_contention(&exec);
		if (ret)
			break;
	}
	if (!ret)
		ret = nmaccel_submit_push(submit);
	drm_exec_fini(&exec);
	return ret;
}

static void nmaccel_submit_cleanup(struct nmaccel_submit *submit)
{
	u32 i;

	for (i = 0; i < submit->n_signals; i++) {
		dma_fence_chain_free(submit->signals[i].chain);
		drm_syncobj_put(submit->signals[i].syncobj);
	}
	if (submit->job) {
		if (submit->sched_ready)
			drm_sched_job_cleanup(&submit->job->base);
		nmaccel_job_free(submit->job);
	}
	kvfree(submit->signals);
	kvfree(submit->syncs);
	kvfree(submit->extents);
	/* Only now that they are unlocked: the job may be gone, and the handles closed. */
	for (i = 0; i < submit->n_objs; i++)
		drm_gem_object_put(submit->objs[i]);
	kvfree(submit->objs);
	kvfree(submit->buffers);
	kvfree(submit->descs);
}

/* The kernel checks and uses its own copy only. */
static int nmaccel_submit_copy(struct nmaccel_submit *submit)
{
	const struct drm_nmaccel_submit *args = submit->args;
	gfp_t gfp = GFP_KERNEL_ACCOUNT;
	int ret;

	submit->descs = kvcalloc(args->descs.count, sizeof(*submit->descs), gfp);
	submit->buffers = kvcalloc(args->buffers.count, sizeof(*submit->buffers), gfp);
	submit->objs = kvcalloc(args->buffers.count, sizeof(*submit->objs), gfp);
	submit->extents = kvcalloc(args->buffers.count, sizeof(*submit->extents), gfp);
	submit->syncs = kvcalloc(args->syncs.count, sizeof(*submit->syncs), gfp);
	submit->signals = kvcalloc(args->syncs.count, sizeof(*submit->signals), gfp);
	if (!submit->descs || !submit->buffers || !submit->objs || !submit->extents ||
	    !submit->syncs || !submit->signals)
		return -ENOMEM;
	ret = nmaccel_copy_array(submit->descs, sizeof(*submit->descs), &args->descs);
	if (!ret)
		ret = nmaccel_copy_array(submit->buffers, sizeof(*submit->buffers), &args->buffers);
	return ret ?: nmaccel_copy_array(submit->syncs, sizeof(*submit->syncs), &args->syncs);
}

static int nmaccel_submit_alloc(struct nmaccel_submit *submit, struct nmaccel_ctx *ctx)
{
	const struct drm_nmaccel_submit *args = submit->args;
	struct nmaccel_job *job;
	int ret;

	job = nmaccel_job_alloc(ctx, args->descs.count, args->buffers.count);
	if (IS_ERR(job))
		return PTR_ERR(job);
	submit->job = job;
	ret = nmaccel_sched_job_init(&job->base, &ctx->entity, job->ctx->file, submit->file);
	submit->sched_ready = !ret;
	return ret;
}

static int nmaccel_submit_build(struct nmaccel_submit *submit, struct nmaccel_ctx *ctx)
{
	int ret;

	nmaccel_coredump_prepare(submit->ndev);
	ret = nmaccel_submit_alloc(submit, ctx);
	if (!ret)
		ret = nmaccel_submit_buffers(submit);
	if (!ret)
		ret = nmaccel_submit_descs(submit);
	if (!ret)
		ret = nmaccel_submit_syncs(submit);
	if (!ret)
		ret = nmaccel_submit_queue(submit);
	return ret;
}

static int nmaccel_submit_run(struct nmaccel_submit *submit, struct nmaccel_ctx *ctx)
{
	int idx, ret;

	if (READ_ONCE(ctx->banned))
		return -ECANCELED;
	if (READ_ONCE(submit->ndev->lost))
		return -ENODEV;
	/* First, as user space can make this last for ever, and removal waits for the rest. */
	ret = nmaccel_submit_copy(submit);
	if (ret)
		return ret;
	if (!drm_dev_enter(&submit->ndev->drm, &idx))
		return -ENODEV;
	ret = nmaccel_submit_build(submit, ctx);
	drm_dev_exit(idx);
	return ret;
}

int nmaccel_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_submit *args = data;
	struct nmaccel_submit submit = {
		.ndev = to_nmaccel_device(drm),
		.file = file,
		.args = args,
	};
	struct nmaccel_ctx *ctx;
	int ret;

	ret = nmaccel_submit_check(&submit);
	if (ret)
		return ret;
	ctx = nmaccel_ctx_lookup(to_nmaccel_file(file), args->ctx);
	if (!ctx)
		return -ENOENT;
	ret = nmaccel_submit_run(&submit, ctx);
	args->job = submit.number;
	nmaccel_submit_cleanup(&submit);
	nmaccel_ctx_put(ctx);
	return ret;
}
