/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_CTX_H__
#define __NMACCEL_CTX_H__

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include <drm/drm_file.h>
#include <drm/gpu_scheduler.h>

#include "nmaccel_results.h"

struct nmaccel_file;
struct nmaccel_job;

struct nmaccel_ctx {
	struct kref ref;
	struct nmaccel_file *file;
	struct drm_sched_entity entity;
	struct mutex submit_lock;	/* jobs get their numbers in the order of the queue */
	bool banned;			/* takes no jobs; read without a lock */
	bool closed;			/* nobody waits for its jobs; the same */

	spinlock_t lock;		/* of all below; also taken in interrupts */
	bool guilty;
	u32 resets;
	struct nmaccel_results results;
};

struct nmaccel_ctx *nmaccel_ctx_lookup(struct nmaccel_file *nfile, u32 id);
void nmaccel_ctx_put(struct nmaccel_ctx *ctx);

/* Take the context out of its file: what waits is dropped. */
void nmaccel_ctx_close(struct nmaccel_ctx *ctx);

/* A reset has hit a job of the context. */
void nmaccel_ctx_note_reset(struct nmaccel_ctx *ctx, bool guilty);

int nmaccel_ioctl_ctx_create(struct drm_device *drm, void *data, struct drm_file *file);
int nmaccel_ioctl_ctx_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int nmaccel_ioctl_ctx_query(struct drm_device *drm, void *data, struct drm_file *file);
int nmaccel_ioctl_result(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* __NMACCEL_CTX_H__ */
