/* SPDX-License-Identifier: MIT */
/* Fence: the end of one run, as a status that threads can wait for. */
#ifndef NMACCEL_SRC_FENCE_H
#define NMACCEL_SRC_FENCE_H

#include <pthread.h>
#include <stdbool.h>

#include "nmaccel.h"
#include "refs.h"

struct nmaccel_fence {
	struct nmaccel_refs refs;
	struct nmaccel_plan *plan; /* one reference, and so one to its device */
	uint64_t point; /* of the device, for fence_export(); set before submit returns */

	pthread_mutex_t lock;
	pthread_cond_t signalled; /* timed by CLOCK_MONOTONIC */
	bool done;
	enum nmaccel_status status;
	char *error; /* the worker's nmaccel_last_error(), for the waiting threads; or NULL */
	struct nmaccel_run_stats stats;
};

/* One reference; takes one to the plan. */
enum nmaccel_status nmaccel_fence_create(struct nmaccel_plan *plan, struct nmaccel_fence **fence);

/*
 * End of the run, once. A status that is not NMACCEL_OK takes this thread's nmaccel_last_error()
 * with it.
 */
void nmaccel_fence_signal(struct nmaccel_fence *fence, enum nmaccel_status status,
			  const struct nmaccel_run_stats *stats);

#endif /* NMACCEL_SRC_FENCE_H */
