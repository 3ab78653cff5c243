// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <stdatomic.h>

#include "parallel.h"

struct job {
	parallel_fn fn;
	void *context;
	int items;
	atomic_int next;
};

struct worker {
	struct job *job;
	int thread;
	pthread_t id;
};

static void *work(void *arg)
{
	const struct worker *worker = arg;
	struct job *job = worker->job;
	int item;

	while ((item = atomic_fetch_add(&job->next, 1)) < job->items)
		job->fn(job->context, worker->thread, item);
	return NULL;
}

void parallel_for(int threads, int items, parallel_fn fn, void *context)
{
	struct job job = {.fn = fn, .context = context, .items = items};
	struct worker workers[PARALLEL_MAX_THREADS];
	int started = 1;

	atomic_init(&job.next, 0);
	if (threads > items)
		threads = items;
	if (threads > PARALLEL_MAX_THREADS)
		threads = PARALLEL_MAX_THREADS;

	/* A thread that cannot be had costs time only: the others take its items. */
	for (; started < threads; started++) {
		workers[started] = (struct worker){.job = &job, .thread = started};
		if (pthread_create(&workers[started].id, NULL, work, &workers[started]))
			break;
	}
	workers[0] = (struct worker){.job = &job};
	work(&workers[0]);
	while (--started > 0)
		pthread_join(workers[started].id, NULL);
}
