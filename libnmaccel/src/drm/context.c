// SPDX-License-Identifier: MIT
#include "drm/context.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_accel.h"
#include "drm/sys.h"
#include "error.h"
#include "exec_fault.h"

int nmaccel_drm_context_create(int fd, struct nmaccel_drm_context **context)
{
	struct drm_nmaccel_ctx_create args = {.priority = DRM_NMACCEL_PRIORITY_NORMAL};
	struct nmaccel_drm_context *ctx = calloc(1, sizeof(*ctx));
	int err;

	if (!ctx)
		return ENOMEM;
	err = nmaccel_drm_ioctl(fd, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	if (err) {
		free(ctx);
		return err;
	}
	ctx->id = args.ctx;
	*context = ctx;
	return 0;
}

void nmaccel_drm_context_destroy(int fd, struct nmaccel_drm_context *context)
{
	struct drm_nmaccel_ctx_destroy args = {.ctx = context->id};

	/* Fails only with the card unplugged; the kernel drops it with the file then. */
	(void)nmaccel_drm_ioctl(fd, DRM_IOCTL_NMACCEL_CTX_DESTROY, &args);
	free(context);
}

void nmaccel_drm_context_result(int fd, const struct nmaccel_drm_context *context, uint64_t number,
				struct nmaccel_drm_outcome *outcome)
{
	struct drm_nmaccel_result args = {.ctx = context->id, .job = number};

	memset(outcome, 0, sizeof(*outcome));
	outcome->error = nmaccel_drm_ioctl(fd, DRM_IOCTL_NMACCEL_RESULT, &args);
	if (outcome->error)
		return;
	outcome->error = args.error > INT_MAX ? EIO : (int)args.error;
	outcome->run_ns = args.run_ns;
	outcome->record = (struct nmaccel_hw_record){
		.state = args.error ? NMACCEL_JOB_FAULT : NMACCEL_JOB_DONE,
		.steps = args.steps,
		.loads = args.loads,
		.fault = args.fault,
		.fault_desc = args.fault_desc,
		.fault_buffer = args.fault_buffer,
		.fault_detail = args.fault_detail,
		.fault_offset = args.fault_offset,
	};
}

enum nmaccel_status nmaccel_drm_outcome_error(const struct nmaccel_drm_outcome *outcome,
					      const char *device)
{
	switch (outcome->error) {
	case EIO:
		if (outcome->record.fault)
			return nmaccel_fault_error(&outcome->record);
		return nmaccel_error(
			NMACCEL_ERR_DEVICE_LOST,
			"%s: the engine ended the run without a valid record and was "
			"reset; run it again, and check the card with `nmaccel validate` "
			"if this happens twice",
			device);
	case ETIMEDOUT:
		return nmaccel_error(
			NMACCEL_ERR_DEVICE_LOST,
			"%s: the run made no progress, or took too long in all, so its engine was "
			"reset; later runs work again. /sys/class/devcoredump has a dump of it; "
			"the module's hang_ms and max_job_ms say how long is too long",
			device);
	case ECANCELED:
	case ESRCH:
		return nmaccel_error(
			NMACCEL_ERR_DEVICE_LOST,
			"%s: the run was dropped because one before it hung; submit it "
			"again",
			device);
	case EBUSY:
	case ENOENT:
		return nmaccel_error(NMACCEL_ERR_INTERNAL,
				     "%s: the run has ended, but its driver cannot say how; please "
				     "report it",
				     device);
	default:
		return nmaccel_drm_error(outcome->error, device);
	}
}
