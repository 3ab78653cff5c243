/* SPDX-License-Identifier: GPL-2.0-only */
/* What a context remembers of its last jobs. Its owner locks. */
#ifndef __NMACCEL_RESULTS_H__
#define __NMACCEL_RESULTS_H__

#include <linux/types.h>

#include "drm/nmaccel_accel.h"

struct nmaccel_results {
	u64 submitted;
	u64 finished;
	struct drm_nmaccel_result ring[DRM_NMACCEL_RESULTS];
};

/* Returns the number of a new job, from 1. */
u64 nmaccel_results_submit(struct nmaccel_results *results);

/* A job has finished; jobs may do so in any order. */
void nmaccel_results_finish(struct nmaccel_results *results,
			    const struct drm_nmaccel_result *result);

/* 0 and the result; -EBUSY: not finished; -ENOENT: never submitted, or forgotten. */
int nmaccel_results_find(const struct nmaccel_results *results, u64 job,
			 struct drm_nmaccel_result *result);

#endif /* __NMACCEL_RESULTS_H__ */
