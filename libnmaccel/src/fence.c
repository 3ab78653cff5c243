// SPDX-License-Identifier: MIT
/* Fences: signalled by a device's thread, waited for by any. */
#include "fence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "options.h"
#include "plan.h"

#define NS_PER_S 1000000000u

enum nmaccel_status nmaccel_fence_create(struct nmaccel_plan *plan, struct nmaccel_fence **fence)
{
	struct nmaccel_fence *f;
	pthread_condattr_t attr;

	f = calloc(1, sizeof(*f));
	if (!f)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a fence");
	nmaccel_refs_init(&f->refs);
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->signalled, &attr);
	pthread_condattr_destroy(&attr);
	f->plan = nmaccel_plan_ref(plan);
	*fence = f;
	return NMACCEL_OK;
}

void nmaccel_fence_signal(struct nmaccel_fence *fence, enum nmaccel_status status,
			  const struct nmaccel_run_stats *stats)
{
	char *error = status ? strdup(nmaccel_last_error()) : NULL;

	pthread_mutex_lock(&fence->lock);
	fence->done = true;
	fence->status = status;
	fence->error = error;
	fence->stats = *stats;
	pthread_cond_broadcast(&fence->signalled);
	pthread_mutex_unlock(&fence->lock);
}

/* From now; a deadline beyond what the clock can count is one that never comes. */
static void deadline_after(uint64_t timeout_ns, struct timespec *deadline)
{
	uint64_t ns;

	clock_gettime(CLOCK_MONOTONIC, deadline);
	ns = (uint64_t)deadline->tv_nsec + timeout_ns % NS_PER_S;
	deadline->tv_sec += (time_t)(timeout_ns / NS_PER_S + ns / NS_PER_S);
	deadline->tv_nsec = (long)(ns % NS_PER_S);
}

/* Lock held. */
static void wait_signalled(struct nmaccel_fence *fence, uint64_t timeout_ns)
{
	struct timespec deadline;

	if (timeout_ns == NMACCEL_WAIT_FOREVER) {
		while (!fence->done)
			pthread_cond_wait(&fence->signalled, &fence->lock);
		return;
	}
	if (fence->done || !timeout_ns)
		return;
	deadline_after(timeout_ns, &deadline);
	while (!fence->done &&
	       pthread_cond_timedwait(&fence->signalled, &fence->lock, &deadline) != ETIMEDOUT)
		;
}

enum nmaccel_status nmaccel_fence_wait(struct nmaccel_fence *fence, uint64_t timeout_ns)
{
	bool done;

	if (!fence)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_fence_wait: fence is NULL");
	pthread_mutex_lock(&fence->lock);
	wait_signalled(fence, timeout_ns);
	done = fence->done;
	pthread_mutex_unlock(&fence->lock);
	if (!done)
		return nmaccel_error(NMACCEL_ERR_TIMEOUT,
				     "the run has not finished in time; it goes on, wait again");
	/* Once it is done, a fence no longer changes. */
	if (fence->status)
		return nmaccel_error(fence->status, "%s",
				     fence->error ? fence->error
						  : "the run failed; no memory for the cause");
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_fence_stats(struct nmaccel_fence *fence,
					struct nmaccel_run_stats *stats)
{
	enum nmaccel_status status;
	bool done;

	if (!fence || !stats)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_fence_stats: %s is NULL",
				     fence ? "stats" : "fence");
	status = nmaccel_options_check_size(stats, "struct nmaccel_run_stats");
	if (status)
		return status;
	pthread_mutex_lock(&fence->lock);
	done = fence->done;
	pthread_mutex_unlock(&fence->lock);
	if (!done)
		return nmaccel_error(NMACCEL_ERR_BUSY,
				     "nmaccel_fence_stats: the run is under way; wait first");
	nmaccel_options_write(stats, &fence->stats, sizeof(fence->stats));
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_fence_export_fd(struct nmaccel_fence *fence, int *fd)
{
	struct nmaccel_device *dev;

	if (!fence || !fd)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_fence_export_fd: %s is NULL",
				     fence ? "fd" : "fence");
	dev = fence->plan->dev;
	if (!dev->ops->fence_export)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "device \"%s\" has no sync_file for a run; only cards do",
				     dev->info.name);
	return dev->ops->fence_export(dev->priv, fence->point, fd);
}

struct nmaccel_fence *nmaccel_fence_ref(struct nmaccel_fence *fence)
{
	if (fence)
		nmaccel_refs_get(&fence->refs);
	return fence;
}

void nmaccel_fence_unref(struct nmaccel_fence *fence)
{
	if (!fence || !nmaccel_refs_put(&fence->refs))
		return;
	pthread_cond_destroy(&fence->signalled);
	pthread_mutex_destroy(&fence->lock);
	free(fence->error);
	nmaccel_plan_unref(fence->plan);
	free(fence);
}
