/* SPDX-License-Identifier: MIT */
/* A context of the driver, and what came of its jobs. */
#ifndef NMACCEL_SRC_DRM_CONTEXT_H
#define NMACCEL_SRC_DRM_CONTEXT_H

#include <stdbool.h>

#include "nmaccel.h"
#include "drm/nmaccel_hw.h"

struct drm_nmaccel_submit;
struct nmaccel_drm_segment;

struct nmaccel_drm_context {
	uint32_t id;
	uint32_t in_flight; /* submissions whose result has not been fetched */
	bool banned;	    /* takes no more, and wants to be replaced */
	bool detached;	    /* has been replaced; goes when its last result is in */
};

/* The driver keeps the results of a context's last jobs only; this many are always among them. */
#define NMACCEL_DRM_MAX_IN_FLIGHT 128

/* 0 or an errno. */
int nmaccel_drm_context_create(int fd, struct nmaccel_drm_context **context);
void nmaccel_drm_context_destroy(int fd, struct nmaccel_drm_context *context);

/* What a submission came to. */
struct nmaccel_drm_outcome {
	int error; /* 0, an errno of the job, or of asking for it */
	uint64_t run_ns;
	struct nmaccel_hw_record
		record; /* descriptors and buffers as the submission numbers them */
};

/* Fetch the result of a finished job. */
void nmaccel_drm_context_result(int fd, const struct nmaccel_drm_context *context, uint64_t number,
				struct nmaccel_drm_outcome *outcome);

/* Set the last error from an outcome with an error; its record is that of the whole program. */
enum nmaccel_status nmaccel_drm_outcome_error(const struct nmaccel_drm_outcome *outcome,
					      const char *device);

#endif /* NMACCEL_SRC_DRM_CONTEXT_H */
