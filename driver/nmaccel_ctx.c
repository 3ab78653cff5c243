// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_file.h"
#include "nmaccel_sched.h"
#include "nmaccel_user.h"

static void nmaccel_file_release(struct kref *ref)
{
	struct nmaccel_file *nfile = container_of(ref, struct nmaccel_file, ref);

	xa_destroy(&nfile->contexts);
	nmaccel_user_put(nfile->user);
	kfree(nfile);
}

void nmaccel_file_put(struct nmaccel_file *nfile)
{
	kref_put(&nfile->ref, nmaccel_file_release);
}

int nmaccel_file_open(struct drm_device *drm, struct drm_file *file)
{
	struct nmaccel_file *nfile = kzalloc(sizeof(*nfile), GFP_KERNEL);

	if (!nfile)
		return -ENOMEM;
	nfile->ndev = to_nmaccel_device(drm);
	nfile->user = nmaccel_user_get(nfile->ndev);
	if (!nfile->user) {
		kfree(nfile);
		return -ENOMEM;
	}
	kref_init(&nfile->ref);
	xa_init_flags(&nfile->contexts, XA_FLAGS_ALLOC1);
	file->driver_priv = nfile;
	return 0;
}

void nmaccel_file_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct nmaccel_file *nfile = to_nmaccel_file(file);
	struct nmaccel_ctx *ctx;
	unsigned long id;

	xa_for_each(&nfile->contexts, id, ctx)
		nmaccel_ctx_close(ctx);
	nmaccel_file_put(nfile);
}

static void nmaccel_ctx_release(struct kref *ref)
{
	struct nmaccel_ctx *ctx = container_of(ref, struct nmaccel_ctx, ref);

	atomic64_dec(&ctx->file->user->contexts);
	nmaccel_file_put(ctx->file);
	mutex_destroy(&ctx->submit_lock);
	kvfree(ctx);
}

void nmaccel_ctx_put(struct nmaccel_ctx *ctx)
{
	kref_put(&ctx->ref, nmaccel_ctx_release);
}

struct nmaccel_ctx *nmaccel_ctx_lookup(struct nmaccel_file *nfile, u32 id)
{
	struct nmaccel_ctx *ctx;

	xa_lock(&nfile->contexts);
	ctx = xa_load(&nfile->contexts, id);
	if (ctx)
		kref_get(&ctx->ref);
	xa_unlock(&nfile->contexts);
	return ctx;
}

void nmaccel_ctx_close(struct nmaccel_ctx *ctx)
{
	bool idle;

	/* A submission under way has pushed its job, or sees the ban. */
	mutex_lock(&ctx->submit_lock);
	WRITE_ONCE(ctx->closed, true);
	WRITE_ONCE(ctx->banned, true);
	mutex_unlock(&ctx->submit_lock);
	spin_lock_irq(&ctx->lock);
	idle = ctx->results.finished == ctx->results.submitted;
	spin_unlock_irq(&ctx->lock);
	nmaccel_sched_drop_entity(ctx->file->ndev, &ctx->entity, idle);
	nmaccel_ctx_put(ctx);
}

void nmaccel_ctx_note_reset(struct nmaccel_ctx *ctx, bool guilty)
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->lock, flags);
	ctx->resets++;
	ctx->guilty |= guilty;
	spin_unlock_irqrestore(&ctx->lock, flags);
	if (guilty)
		WRITE_ONCE(ctx->banned, true);
}

static struct nmaccel_ctx *nmaccel_ctx_alloc(struct nmaccel_file *nfile,
					     enum drm_sched_priority priority)
{
	struct nmaccel_device *ndev = nfile->ndev;
	struct nmaccel_ctx *ctx = kvzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!ctx)
		return ERR_PTR(-ENOMEM);
	ret = drm_sched_entity_init(&ctx->entity, priority, ndev->sched_list, ndev->n_scheds, NULL);
	if (ret) {
		kvfree(ctx);
		return ERR_PTR(ret);
	}
	kref_init(&ctx->ref);
	kref_get(&nfile->ref);
	ctx->file = nfile;
	mutex_init(&ctx->submit_lock);
	spin_lock_init(&ctx->lock);
	return ctx;
}

int nmaccel_ioctl_ctx_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	static const enum drm_sched_priority priorities[] = {
		[DRM_NMACCEL_PRIORITY_LOW] = DRM_SCHED_PRIORITY_LOW,
		[DRM_NMACCEL_PRIORITY_NORMAL] = DRM_SCHED_PRIORITY_NORMAL,
		[DRM_NMACCEL_PRIORITY_HIGH] = DRM_SCHED_PRIORITY_HIGH,
	};
	struct nmaccel_file *nfile = to_nmaccel_file(file);
	struct drm_nmaccel_ctx_create *args = data;
	struct nmaccel_ctx *ctx;
	int ret;

	if (args->flags || args->ctx || args->pad || args->priority >= ARRAY_SIZE(priorities))
		return -EINVAL;
	if (args->priority == DRM_NMACCEL_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EACCES;
	if (READ_ONCE(nfile->ndev->lost))
		return -ENODEV;
	if (!nmaccel_user_charge_context(nfile->user))
		return -EMFILE;
	ctx = nmaccel_ctx_alloc(nfile, priorities[args->priority]);
	if (IS_ERR(ctx)) {
		atomic64_dec(&nfile->user->contexts);
		return PTR_ERR(ctx);
	}
	ret = xa_alloc(&nfile->contexts, &args->ctx, ctx, xa_limit_31b, GFP_KERNEL);
	if (ret)
		nmaccel_ctx_close(ctx);
	return ret;
}

int nmaccel_ioctl_ctx_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_ctx_destroy *args = data;
	struct nmaccel_ctx *ctx;

	if (args->pad)
		return -EINVAL;
	ctx = xa_erase(&to_nmaccel_file(file)->contexts, args->ctx);
	if (!ctx)
		return -ENOENT;
	nmaccel_ctx_close(ctx);
	return 0;
}

int nmaccel_ioctl_ctx_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_ctx_query *args = data;
	struct nmaccel_ctx *ctx;

	if (args->flags)
		return -EINVAL;
	ctx = nmaccel_ctx_lookup(to_nmaccel_file(file), args->ctx);
	if (!ctx)
		return -ENOENT;
	spin_lock_irq(&ctx->lock);
	args->state = ctx->guilty ? DRM_NMACCEL_CTX_GUILTY :
		      ctx->resets ? DRM_NMACCEL_CTX_INNOCENT : DRM_NMACCEL_CTX_OK;
	args->resets = ctx->resets;
	args->submitted = ctx->results.submitted;
	args->finished = ctx->results.finished;
	spin_unlock_irq(&ctx->lock);
	nmaccel_ctx_put(ctx);
	return 0;
}

int nmaccel_ioctl_result(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_result *args = data;
	struct drm_nmaccel_result result;
	struct nmaccel_ctx *ctx;
	int ret;

	if (args->pad)
		return -EINVAL;
	ctx = nmaccel_ctx_lookup(to_nmaccel_file(file), args->ctx);
	if (!ctx)
		return -ENOENT;
	spin_lock_irq(&ctx->lock);
	ret = nmaccel_results_find(&ctx->results, args->job, &result);
	spin_unlock_irq(&ctx->lock);
	nmaccel_ctx_put(ctx);
	if (ret == -EBUSY) {
		args->error = EBUSY;
		return 0;
	}
	if (ret)
		return ret;
	result.ctx = args->ctx;
	*args = result;
	return 0;
}
