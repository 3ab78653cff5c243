/* SPDX-License-Identifier: MIT */
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "soft/kernels.h"
#include "soft/threads.h"

/* Lives on its caller's stack; on the list while it has items that nobody has taken. */
struct job {
	nmaccel_soft_item_fn fn;
	void *context;
	uint32_t n_items;
	atomic_uint_fast64_t next_item;
	uint32_t helpers; /* pool threads at work on it; lock held */
	bool listed;
	struct job *next;
	pthread_cond_t idle; /* helpers has become 0 */
};

/* Scratch memory that nobody uses begins with a link to the next. */
struct spare {
	struct spare *next;
};

struct nmaccel_soft_threads {
	pthread_mutex_t lock;
	pthread_cond_t work; /* jobs is not empty, or stop */
	struct job *jobs;
	struct spare *spares;
	bool stop;
	size_t scratch_bytes;
	uint32_t n_workers;
	pthread_t workers[];
};

static void *scratch_alloc(size_t bytes)
{
	void *scratch = aligned_alloc(NMACCEL_SOFT_ALIGN, bytes);

	/* Kernels may compute on columns that nobody has written; the results are dropped. */
	if (scratch)
		memset(scratch, 0, bytes);
	return scratch;
}

static void run_items(struct job *job, void *scratch)
{
	uint64_t item;

	while ((item = atomic_fetch_add_explicit(&job->next_item, 1, memory_order_relaxed)) <
	       job->n_items)
		job->fn(job->context, scratch, (uint32_t)item);
}

/* Lock held. */
static void unlist(struct nmaccel_soft_threads *threads, struct job *job)
{
	struct job **link;

	if (!job->listed)
		return;
	for (link = &threads->jobs; *link != job; link = &(*link)->next)
		;
	*link = job->next;
	job->listed = false;
}

static void *worker_main(void *arg)
{
	struct nmaccel_soft_threads *threads = arg;
	void *scratch = nmaccel_soft_threads_borrow(threads);

	/* The kernels' results hang on the rounding mode. */
	fesetenv(FE_DFL_ENV);
	pthread_mutex_lock(&threads->lock);
	while (scratch && !threads->stop) {
		struct job *job = threads->jobs;

		if (!job) {
			pthread_cond_wait(&threads->work, &threads->lock);
			continue;
		}
		job->helpers++;
		pthread_mutex_unlock(&threads->lock);
		run_items(job, scratch);
		pthread_mutex_lock(&threads->lock);
		unlist(threads, job);
		if (--job->helpers == 0)
			pthread_cond_signal(&job->idle);
	}
	pthread_mutex_unlock(&threads->lock);
	if (scratch)
		nmaccel_soft_threads_give_back(threads, scratch);
	return NULL;
}

/* Signals are the program's own threads' business. */
static int start_worker(struct nmaccel_soft_threads *threads, pthread_t *thread)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, worker_main, threads);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		pthread_setname_np(*thread, "nmaccel-soft");
	return err;
}

static bool add_spare(struct nmaccel_soft_threads *threads)
{
	void *scratch = scratch_alloc(threads->scratch_bytes);

	if (scratch)
		nmaccel_soft_threads_give_back(threads, scratch);
	return scratch != NULL;
}

enum nmaccel_status nmaccel_soft_threads_create(uint32_t n_threads, size_t scratch_bytes,
						struct nmaccel_soft_threads **threads)
{
	struct nmaccel_soft_threads *pool;
	uint32_t i;
	int err;

	pool = calloc(1, sizeof(*pool) + (n_threads - 1) * sizeof(pool->workers[0]));
	if (!pool)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %u threads", n_threads);
	pool->scratch_bytes = scratch_bytes;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);

	for (i = 0; i < n_threads; i++) {
		if (!add_spare(pool)) {
			nmaccel_soft_threads_destroy(pool);
			return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
					     "no memory for the work of %u threads; set "
					     "NMACCEL_THREADS to fewer",
					     n_threads);
		}
	}
	for (i = 0; i < n_threads - 1; i++, pool->n_workers++) {
		err = start_worker(pool, &pool->workers[i]);
		if (err) {
			nmaccel_soft_threads_destroy(pool);
			return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
					     "cannot start thread %u of %u: %s; set "
					     "NMACCEL_THREADS to fewer",
					     i + 2, n_threads, strerror(err));
		}
	}
	*threads = pool;
	return NMACCEL_OK;
}

void nmaccel_soft_threads_destroy(struct nmaccel_soft_threads *threads)
{
	uint32_t i;

	pthread_mutex_lock(&threads->lock);
	threads->stop = true;
	pthread_cond_broadcast(&threads->work);
	pthread_mutex_unlock(&threads->lock);
	for (i = 0; i < threads->n_workers; i++)
		pthread_join(threads->workers[i], NULL);

	while (threads->spares) {
		struct spare *spare = threads->spares;

		threads->spares = spare->next;
		free(spare);
	}
	pthread_cond_destroy(&threads->work);
	pthread_mutex_destroy(&threads->lock);
	free(threads);
}

uint32_t nmaccel_soft_threads_count(const struct nmaccel_soft_threads *threads)
{
	return threads->n_workers + 1;
}

void *nmaccel_soft_threads_borrow(struct nmaccel_soft_threads *threads)
{
	struct spare *spare;

	pthread_mutex_lock(&threads->lock);
	spare = threads->spares;
	if (spare)
		threads->spares = spare->next;
	pthread_mutex_unlock(&threads->lock);
	/* More callers at once than threads: each further one has its own. */
	return spare ? (void *)spare : scratch_alloc(threads->scratch_bytes);
}

void nmaccel_soft_threads_give_back(struct nmaccel_soft_threads *threads, void *scratch)
{
	struct spare *spare = scratch;

	pthread_mutex_lock(&threads->lock);
	spare->next = threads->spares;
	threads->spares = spare;
	pthread_mutex_unlock(&threads->lock);
}

void nmaccel_soft_threads_run(struct nmaccel_soft_threads *threads, void *scratch,
			      nmaccel_soft_item_fn fn, void *context, uint32_t n_items)
{
	struct job job = {.fn = fn, .context = context, .n_items = n_items};
	uint32_t wake = n_items - 1;
	uint32_t i;

	if (threads->n_workers == 0 || n_items < 2) {
		run_items(&job, scratch);
		return;
	}

	if (wake > threads->n_workers)
		wake = threads->n_workers;
	pthread_cond_init(&job.idle, NULL);
	pthread_mutex_lock(&threads->lock);
	job.listed = true;
	job.next = threads->jobs;
	threads->jobs = &job;
	for (i = 0; i < wake; i++)
		pthread_cond_signal(&threads->work);
	pthread_mutex_unlock(&threads->lock);

	run_items(&job, scratch);

	pthread_mutex_lock(&threads->lock);
	unlist(threads, &job);
	while (job.helpers > 0)
		pthread_cond_wait(&job.idle, &threads->lock);
	pthread_mutex_unlock(&threads->lock);
	pthread_cond_destroy(&job.idle);
}
