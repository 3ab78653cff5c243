// SPDX-License-Identifier: MIT
#include "xrt/queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"

/* A job from submission until its end has been told. */
struct entry {
	struct entry *next;
	struct nmaccel_job *job;
	bool ended;
	enum nmaccel_status status;
	char error[512]; /* what the thread that ran it had to say */
};

struct worker {
	struct nmaccel_xrt_queue *queue;
	struct nmaccel_xrt_engine *engine;
	pthread_t thread;
};

struct nmaccel_xrt_queue {
	struct nmaccel_xrt_queue_config config;
	struct worker workers[NMACCEL_MAX_ENGINES];

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;  /* there is an entry to take, or stop was set */
	struct entry *head, **tail;
	struct entry *untaken; /* the first that no worker has */
	uint32_t n_workers;    /* that have not ended */
	bool telling;	       /* a worker is in tell_ends() */
	bool stop;
	bool orphan; /* a worker itself closed the queue, and the last one frees it */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* NULL when the device closes, which it does with an empty queue. */
static struct entry *take_entry(struct nmaccel_xrt_queue *queue)
{
	struct entry *entry;

	pthread_mutex_lock(&queue->lock);
	while (!queue->untaken && !queue->stop)
		pthread_cond_wait(&queue->wake, &queue->lock);
	entry = queue->untaken;
	if (entry)
		queue->untaken = entry->next;
	pthread_mutex_unlock(&queue->lock);
	return entry;
}

static void run_entry(struct nmaccel_xrt_engine *engine, struct entry *entry)
{
	struct nmaccel_job *job = entry->job;
	const uint64_t start = now_ns();

	entry->status = nmaccel_xrt_engine_run(engine, job->program, job->bindings, &job->record);
	job->run_ns = now_ns() - start;
	if (entry->status)
		snprintf(entry->error, sizeof(entry->error), "%s", nmaccel_last_error());
}

static void tell_end(struct entry *entry)
{
	enum nmaccel_status status = entry->status;

	if (status)
		status = nmaccel_error(status, "%s", entry->error);
	entry->job->done(entry->job, status);
	free(entry);
}

/* The first entry, if it has ended; lock held. */
static struct entry *pop_ended(struct nmaccel_xrt_queue *queue)
{
	struct entry *entry = queue->head;

	if (!entry || !entry->ended)
		return NULL;
	queue->head = entry->next;
	if (!queue->head)
		queue->tail = &queue->head;
	return entry;
}

/* One worker at a time, so that the order of submission stays that of the ends. */
static void tell_ends(struct nmaccel_xrt_queue *queue, struct entry *ended)
{
	struct entry *entry;

	pthread_mutex_lock(&queue->lock);
	ended->ended = true;
	if (queue->telling) {
		pthread_mutex_unlock(&queue->lock);
		return;
	}
	queue->telling = true;
	while ((entry = pop_ended(queue))) {
		pthread_mutex_unlock(&queue->lock);
		tell_end(entry);
		pthread_mutex_lock(&queue->lock);
	}
	queue->telling = false;
	pthread_mutex_unlock(&queue->lock);
}

static void free_queue(struct nmaccel_xrt_queue *queue)
{
	pthread_cond_destroy(&queue->wake);
	pthread_mutex_destroy(&queue->lock);
	queue->config.release(queue->config.priv);
	free(queue);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct nmaccel_xrt_queue *queue = worker->queue;
	struct entry *entry;
	bool free_it;

	while ((entry = take_entry(queue))) {
		run_entry(worker->engine, entry);
		tell_ends(queue, entry);
	}
	pthread_mutex_lock(&queue->lock);
	free_it = --queue->n_workers == 0 && queue->orphan;
	pthread_mutex_unlock(&queue->lock);
	if (free_it)
		free_queue(queue);
	return NULL;
}

/* ---- public ---------------------------------------------------------------------------------- */

/* Is the caller one of the workers? */
static bool is_worker(const struct nmaccel_xrt_queue *queue)
{
	uint32_t i;

	for (i = 0; i < queue->config.n_engines; i++)
		if (pthread_equal(pthread_self(), queue->workers[i].thread))
			return true;
	return false;
}

/* The first n workers; those of a worker that closes end by themselves. */
static void stop_workers(struct nmaccel_xrt_queue *queue, uint32_t n, bool orphan)
{
	pthread_t threads[NMACCEL_MAX_ENGINES];
	uint32_t i;

	for (i = 0; i < n; i++)
		threads[i] = queue->workers[i].thread;
	pthread_mutex_lock(&queue->lock);
	queue->stop = true;
	queue->orphan = orphan;
	pthread_cond_broadcast(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
	for (i = 0; i < n; i++) {
		if (orphan)
			pthread_detach(threads[i]);
		else
			pthread_join(threads[i], NULL);
	}
}

static void no_release(void *priv)
{
	(void)priv;
}

static enum nmaccel_status start_workers(struct nmaccel_xrt_queue *queue)
{
	struct worker *worker;
	uint32_t i;
	int err;

	for (i = 0; i < queue->config.n_engines; i++) {
		worker = &queue->workers[i];
		worker->queue = queue;
		worker->engine = &queue->config.engines[i];
		err = pthread_create(&worker->thread, NULL, worker_main, worker);
		if (!err)
			continue;
		stop_workers(queue, i, false);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no thread for device \"%s\": %s",
				     queue->config.name, strerror(err));
	}
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_queue_open(const struct nmaccel_xrt_queue_config *config,
					   struct nmaccel_xrt_queue **queue)
{
	struct nmaccel_xrt_queue *q = calloc(1, sizeof(*q));
	enum nmaccel_status status;

	if (!q)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a queue",
				     config->name);
	q->config = *config;
	q->tail = &q->head;
	q->n_workers = config->n_engines;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	status = start_workers(q);
	if (status) {
		q->config.release = no_release;
		free_queue(q);
		return status;
	}
	*queue = q;
	return NMACCEL_OK;
}

void nmaccel_xrt_queue_close(struct nmaccel_xrt_queue *queue)
{
	const bool orphan = is_worker(queue);

	stop_workers(queue, queue->config.n_engines, orphan);
	if (!orphan)
		free_queue(queue);
}

enum nmaccel_status nmaccel_xrt_queue_submit(struct nmaccel_xrt_queue *queue,
					     struct nmaccel_job *job)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a submission",
				     queue->config.name);
	entry->job = job;
	memset(&job->record, 0, sizeof(job->record));
	job->run_ns = 0;
	pthread_mutex_lock(&queue->lock);
	*queue->tail = entry;
	queue->tail = &entry->next;
	if (!queue->untaken)
		queue->untaken = entry;
	pthread_cond_signal(&queue->wake);
	pthread_mutex_unlock(&queue->lock);
	return NMACCEL_OK;
}
