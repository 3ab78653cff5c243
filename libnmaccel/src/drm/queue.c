// SPDX-License-Identifier: MIT
#include "drm/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <drm.h>

#include "drm/context.h"
#include "drm/memory.h"
#include "drm/nmaccel_accel.h"
#include "drm/program.h"
#include "drm/sys.h"
#include "error.h"

#define NS_PER_S 1000000000L

/*
 * How often, and how many times, to ask again when a limit of this user is reached: while runs of
 * ours are under way, whose ends make room, and while only other programs can make it.
 */
#define FULL_RETRY_NS 5000000L
#define FULL_RETRIES  6000
#define LONE_RETRIES  200

/* The pause after a wait that failed for want of memory: the first one, and the longest. */
#define MIN_PAUSE_NS 1000000L
#define MAX_PAUSE_NS 100000000L

/* A submission in flight, or what came in place of one. */
struct entry {
	struct entry *next;
	struct entry *block; /* all entries of the job, freed with the last */
	struct nmaccel_job *job;
	const struct nmaccel_drm_segment *segment; /* NULL: the program is empty */
	struct nmaccel_drm_context *context;	   /* NULL: nothing was submitted */
	uint64_t number, point;
	int error; /* why nothing was submitted, or 0 */
	bool last;
};

struct nmaccel_drm_queue {
	struct nmaccel_drm_queue_config config;
	char name[32];
	uint32_t timeline; /* syncobj */

	pthread_mutex_t submit_lock; /* order of submission; guards point and contexts[] */
	uint64_t point;
	struct nmaccel_drm_context *contexts[NMACCEL_MAX_ENGINES];
	uint32_t n_contexts;

	pthread_mutex_t lock;	/* guards what follows, and the contexts' fields */
	pthread_cond_t changed; /* timed by CLOCK_MONOTONIC */
	struct entry *head, **tail;
	uint32_t in_flight; /* of all contexts, detached ones too */
	bool stop;
	bool orphan; /* the thread itself closed the queue, and frees it */

	pthread_t thread;
};

/* ---- contexts -------------------------------------------------------------------------------- */

/* submit_lock held. A context without a slot goes with its last submission. */
static void detach_context(struct nmaccel_drm_queue *queue, struct nmaccel_drm_context *context)
{
	bool gone;

	pthread_mutex_lock(&queue->lock);
	context->detached = true;
	gone = !context->in_flight;
	pthread_mutex_unlock(&queue->lock);
	if (gone)
		nmaccel_drm_context_destroy(queue->config.fd, context);
}

static void ban_context(struct nmaccel_drm_queue *queue, struct nmaccel_drm_context *context)
{
	pthread_mutex_lock(&queue->lock);
	context->banned = true;
	pthread_mutex_unlock(&queue->lock);
}

/* A submission is over; its context may go with it. */
static void leave_context(struct nmaccel_drm_queue *queue, struct nmaccel_drm_context *context)
{
	bool gone;

	pthread_mutex_lock(&queue->lock);
	context->in_flight--;
	queue->in_flight--;
	gone = context->detached && !context->in_flight;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	if (gone)
		nmaccel_drm_context_destroy(queue->config.fd, context);
}

static void enter_context(struct nmaccel_drm_queue *queue, struct nmaccel_drm_context *context)
{
	pthread_mutex_lock(&queue->lock);
	while (context->in_flight >= NMACCEL_DRM_MAX_IN_FLIGHT)
		pthread_cond_wait(&queue->changed, &queue->lock);
	context->in_flight++;
	queue->in_flight++;
	pthread_mutex_unlock(&queue->lock);
}

/* submit_lock held. The context with the least to do; one that was banned is replaced first. */
static int choose_context(struct nmaccel_drm_queue *queue, struct nmaccel_drm_context **context)
{
	struct nmaccel_drm_context *fresh = NULL;
	uint32_t best = 0, i;
	bool banned;
	int err;

	pthread_mutex_lock(&queue->lock);
	for (i = 1; i < queue->n_contexts; i++)
		if (queue->contexts[i]->in_flight < queue->contexts[best]->in_flight)
			best = i;
	banned = queue->contexts[best]->banned;
	pthread_mutex_unlock(&queue->lock);
	if (banned) {
		err = nmaccel_drm_context_create(queue->config.fd, &fresh);
		if (err)
			return err;
		detach_context(queue, queue->contexts[best]);
		queue->contexts[best] = fresh;
	}
	*context = queue->contexts[best];
	return 0;
}

/* ---- submission; submit_lock held ------------------------------------------------------------ */

static void fill_table(const struct nmaccel_drm_segment *segment, const struct nmaccel_job *job,
		       struct drm_nmaccel_buffer *table)
{
	const struct nmaccel_binding *binding;
	uint32_t i;

	for (i = 0; i < segment->n_buffers; i++) {
		binding = &job->bindings[segment->bindings[i]];
		table[i] = (struct drm_nmaccel_buffer){
			.handle = nmaccel_drm_memory_handle(binding->memory),
			.flags = binding->flags,
			.size = binding->memory->bytes,
		};
	}
}

/* Until a submission is over, or a moment has passed. */
static void wait_for_room(struct nmaccel_drm_queue *queue)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += FULL_RETRY_NS;
	if (until.tv_nsec >= NS_PER_S) {
		until.tv_sec++;
		until.tv_nsec -= NS_PER_S;
	}
	pthread_mutex_lock(&queue->lock);
	pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
	pthread_mutex_unlock(&queue->lock);
}

/* Is the submission that has entered its context the only one? */
static bool is_alone(struct nmaccel_drm_queue *queue)
{
	bool alone;

	pthread_mutex_lock(&queue->lock);
	alone = queue->in_flight == 1;
	pthread_mutex_unlock(&queue->lock);
	return alone;
}

/*
 * Other programs of the user count in the driver's limits, and their ends wake nobody here; a limit
 * of memory may be one that no end of a run will lift. Other submissions wait meanwhile: a point of
 * the timeline must not overtake the one before it.
 */
static int submit_patiently(struct nmaccel_drm_queue *queue, struct drm_nmaccel_submit *args)
{
	int err = ENOSPC, tries, alone = 0;

	for (tries = 0; tries < FULL_RETRIES && alone < LONE_RETRIES; tries++) {
		err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_NMACCEL_SUBMIT, args);
		if (err != ENOSPC)
			return err;
		alone = is_alone(queue) ? alone + 1 : 0;
		wait_for_room(queue);
	}
	return err;
}

static int submit_entry(struct nmaccel_drm_queue *queue, struct entry *entry,
			struct nmaccel_drm_context *context)
{
	const struct nmaccel_drm_program *program = entry->job->program;
	const struct nmaccel_drm_segment *segment = entry->segment;
	struct drm_nmaccel_buffer table[NMACCEL_MAX_BUFFERS];
	struct drm_nmaccel_sync signal = {
		.flags = DRM_NMACCEL_SYNC_SIGNAL,
		.handle = queue->timeline,
		.point = queue->point + 1,
	};
	struct drm_nmaccel_submit args = {
		.ctx = context->id,
		.descs = DRM_NMACCEL_OBJ_ARRAY(segment->n_descs,
					       program->descs + segment->first_desc),
		.buffers = DRM_NMACCEL_OBJ_ARRAY(segment->n_buffers, table),
		.syncs = DRM_NMACCEL_OBJ_ARRAY(1, &signal),
	};
	int err;

	fill_table(segment, entry->job, table);
	enter_context(queue, context);
	err = submit_patiently(queue, &args);
	if (err) {
		leave_context(queue, context);
		return err;
	}
	entry->context = context;
	entry->number = args.job;
	entry->point = ++queue->point;
	return 0;
}

static void push_entry(struct nmaccel_drm_queue *queue, struct entry *entry)
{
	pthread_mutex_lock(&queue->lock);
	*queue->tail = entry;
	queue->tail = &entry->next;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* Every context may turn out to have been banned since it was used last. */
static int submit_first(struct nmaccel_drm_queue *queue, struct entry *entry,
			struct nmaccel_drm_context **context)
{
	uint32_t tries = queue->n_contexts + 1;
	int err;

	do {
		err = choose_context(queue, context);
		if (err)
			return err;
		err = submit_entry(queue, entry, *context);
		if (err == ECANCELED)
			ban_context(queue, *context);
	} while (err == ECANCELED && --tries);
	return err;
}

/*
 * All parts but the first, and into the queue with them. Once a part is on its way the job can no
 * longer be refused: what goes wrong then is its end, told in its turn. The last part is the
 * thread's as soon as it is queued, and the job with it.
 */
static void send_entries(struct nmaccel_drm_queue *queue, struct entry *entries, uint32_t n,
			 struct nmaccel_drm_context *context)
{
	uint64_t *fence_point = entries->job->fence_point;
	int err = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (i && !err)
			err = submit_entry(queue, &entries[i], context);
		entries[i].error = err;
		if (i + 1 == n && fence_point)
			*fence_point = queue->point;
		push_entry(queue, &entries[i]);
	}
}

static uint32_t count_entries(const struct nmaccel_drm_program *program)
{
	return program->n_segments ? program->n_segments : 1;
}

static struct entry *make_entries(struct nmaccel_job *job)
{
	const struct nmaccel_drm_program *program = job->program;
	uint32_t n = count_entries(program), i;
	struct entry *entries = calloc(n, sizeof(*entries));

	for (i = 0; entries && i < n; i++) {
		entries[i].block = entries;
		entries[i].job = job;
		entries[i].last = i + 1 == n;
		if (program->n_segments)
			entries[i].segment = &program->segments[i];
	}
	return entries;
}

/* ---- completion ------------------------------------------------------------------------------ */

static bool is_passing(int err)
{
	return err == ENOMEM || err == EAGAIN || err == EINTR;
}

/* 0, or an errno. While the run may be under way its memory is not ours: no end of the retries. */
static int wait_for_point(const struct nmaccel_drm_queue *queue, uint64_t point)
{
	struct timespec pause = {.tv_nsec = MIN_PAUSE_NS};
	uint32_t handle = queue->timeline;
	int err;

	for (;;) {
		struct drm_syncobj_timeline_wait wait = {
			.handles = (uint64_t)(uintptr_t)&handle,
			.points = (uint64_t)(uintptr_t)&point,
			.timeout_nsec = INT64_MAX,
			.count_handles = 1,
		};

		err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wait);
		if (!is_passing(err))
			return err;
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec < MAX_PAUSE_NS / 2 ? 2 * pause.tv_nsec : MAX_PAUSE_NS;
	}
}

static void fetch_outcome(struct nmaccel_drm_queue *queue, const struct entry *entry,
			  struct nmaccel_drm_outcome *outcome)
{
	int err;

	memset(outcome, 0, sizeof(*outcome));
	outcome->error = entry->error;
	if (!entry->context)
		return;
	err = wait_for_point(queue, entry->point);
	if (err)
		outcome->error = err;
	else
		nmaccel_drm_context_result(queue->config.fd, entry->context, entry->number,
					   outcome);
	if (outcome->error == ETIMEDOUT || outcome->error == ECANCELED)
		ban_context(queue, entry->context);
	leave_context(queue, entry->context);
}

/* Descriptors and buffers as the whole program numbers them; the driver is not taken at its word.
 */
static void renumber(const struct nmaccel_drm_segment *segment, struct nmaccel_hw_record *record)
{
	if (record->fault_desc >= segment->n_descs)
		record->fault_desc = segment->n_descs - 1;
	record->fault_desc += segment->first_desc;
	if (record->fault_buffer < segment->n_buffers)
		record->fault_buffer = segment->bindings[record->fault_buffer];
	else
		record->fault_buffer = NMACCEL_NO_BUFFER;
}

/* Add a submission to its job; the first error is the job's. */
static enum nmaccel_status merge(const struct nmaccel_drm_queue *queue, const struct entry *entry,
				 struct nmaccel_drm_outcome *outcome)
{
	struct nmaccel_hw_record *sum = &entry->job->record;

	entry->job->run_ns += outcome->run_ns;
	sum->steps += outcome->record.steps;
	sum->loads += outcome->record.loads;
	if (!outcome->error) {
		sum->state = NMACCEL_JOB_DONE;
		sum->descs_done += entry->segment ? entry->segment->n_descs : 0;
		return NMACCEL_OK;
	}
	if (outcome->record.fault) {
		renumber(entry->segment, &outcome->record);
		outcome->record.steps = sum->steps;
		outcome->record.loads = sum->loads;
		outcome->record.descs_done = outcome->record.fault_desc;
		*sum = outcome->record;
	}
	return nmaccel_drm_outcome_error(outcome, queue->name);
}

static struct entry *next_entry(struct nmaccel_drm_queue *queue)
{
	struct entry *entry;

	pthread_mutex_lock(&queue->lock);
	while (!queue->head && !queue->stop)
		pthread_cond_wait(&queue->changed, &queue->lock);
	entry = queue->head;
	if (entry) {
		queue->head = entry->next;
		if (!queue->head)
			queue->tail = &queue->head;
	}
	pthread_mutex_unlock(&queue->lock);
	return entry;
}

static void free_queue(struct nmaccel_drm_queue *queue)
{
	struct drm_syncobj_destroy destroy = {.handle = queue->timeline};
	uint32_t i;

	for (i = 0; i < queue->n_contexts; i++)
		nmaccel_drm_context_destroy(queue->config.fd, queue->contexts[i]);
	/* Fails only with the card unplugged; the kernel drops it with the file then. */
	if (queue->timeline)
		(void)nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	pthread_mutex_destroy(&queue->submit_lock);
	queue->config.release(queue->config.priv);
	free(queue);
}

static void *thread_main(void *arg)
{
	struct nmaccel_drm_queue *queue = arg;
	enum nmaccel_status status = NMACCEL_OK;
	struct nmaccel_drm_outcome outcome;
	struct entry *entry;
	bool orphan;

	while ((entry = next_entry(queue))) {
		fetch_outcome(queue, entry, &outcome);
		if (!status)
			status = merge(queue, entry, &outcome);
		if (!entry->last)
			continue;
		entry->job->done(entry->job, status);
		status = NMACCEL_OK;
		free(entry->block);
	}
	pthread_mutex_lock(&queue->lock);
	orphan = queue->orphan;
	pthread_mutex_unlock(&queue->lock);
	if (orphan)
		free_queue(queue);
	return NULL;
}

/* ---- public ---------------------------------------------------------------------------------- */

static enum nmaccel_status open_contexts(struct nmaccel_drm_queue *queue)
{
	struct drm_syncobj_create create = {0};
	int err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	if (err)
		return nmaccel_drm_error(err, queue->name);
	queue->timeline = create.handle;
	while (!err && queue->n_contexts < queue->config.engines) {
		err = nmaccel_drm_context_create(queue->config.fd,
						 &queue->contexts[queue->n_contexts]);
		queue->n_contexts += !err;
	}
	/* Fewer of them only mean less at once. */
	if (!queue->n_contexts)
		return nmaccel_drm_error(err, queue->name);
	return NMACCEL_OK;
}

static void init_locks(struct nmaccel_drm_queue *queue)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&queue->submit_lock, NULL);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->changed, &attr);
	pthread_condattr_destroy(&attr);
}

static void no_release(void *priv)
{
	(void)priv;
}

enum nmaccel_status nmaccel_drm_queue_open(const struct nmaccel_drm_queue_config *config,
					   struct nmaccel_drm_queue **queue)
{
	struct nmaccel_drm_queue *q = calloc(1, sizeof(*q));
	enum nmaccel_status status;
	int err;

	if (!q)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a queue",
				     config->name);
	q->config = *config;
	q->tail = &q->head;
	snprintf(q->name, sizeof(q->name), "%s", config->name);
	init_locks(q);
	status = open_contexts(q);
	if (!status) {
		err = pthread_create(&q->thread, NULL, thread_main, q);
		if (err)
			status = nmaccel_error(NMACCEL_ERR_NO_MEMORY,
					       "no thread for device \"%s\": %s", q->name,
					       strerror(err));
	}
	if (status) {
		q->config.release = no_release;
		free_queue(q);
		return status;
	}
	*queue = q;
	return NMACCEL_OK;
}

void nmaccel_drm_queue_close(struct nmaccel_drm_queue *queue)
{
	pthread_t thread = queue->thread;
	bool orphan = pthread_equal(pthread_self(), thread);

	pthread_mutex_lock(&queue->lock);
	queue->stop = true;
	queue->orphan = orphan;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	if (orphan) {
		pthread_detach(thread);
		return;
	}
	pthread_join(thread, NULL);
	free_queue(queue);
}

/* submit_lock held. */
static int submit_job(struct nmaccel_drm_queue *queue, struct nmaccel_job *job,
		      struct entry *entries)
{
	const struct nmaccel_drm_program *program = job->program;
	struct nmaccel_drm_context *context = NULL;
	int err = 0;

	if (program->n_segments)
		err = submit_first(queue, &entries[0], &context);
	if (err)
		return err;
	send_entries(queue, entries, count_entries(program), context);
	return 0;
}

enum nmaccel_status nmaccel_drm_queue_submit(struct nmaccel_drm_queue *queue,
					     struct nmaccel_job *job)
{
	struct entry *entries = make_entries(job);
	int err;

	if (!entries)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a submission",
				     queue->name);
	memset(&job->record, 0, sizeof(job->record));
	job->run_ns = 0;
	pthread_mutex_lock(&queue->submit_lock);
	err = submit_job(queue, job, entries);
	pthread_mutex_unlock(&queue->submit_lock);
	if (!err)
		return NMACCEL_OK;
	free(entries);
	return nmaccel_drm_error(err, queue->name);
}

static int export_point(const struct nmaccel_drm_queue *queue, uint32_t binary, uint64_t point,
			int *fd)
{
	struct drm_syncobj_transfer transfer = {
		.src_handle = queue->timeline,
		.src_point = point,
		.dst_handle = binary,
	};
	struct drm_syncobj_handle handle = {
		.handle = binary,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	int err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_TRANSFER, &transfer);

	if (!err)
		err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &handle);
	if (!err)
		*fd = handle.fd;
	return err;
}

enum nmaccel_status nmaccel_drm_queue_export(struct nmaccel_drm_queue *queue, uint64_t point,
					     int *fd)
{
	struct drm_syncobj_destroy destroy = {0};
	struct drm_syncobj_create create = {0};
	int err = nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_CREATE, &create);

	if (err)
		return nmaccel_drm_error(err, queue->name);
	err = export_point(queue, create.handle, point, fd);
	destroy.handle = create.handle;
	(void)nmaccel_drm_ioctl(queue->config.fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
	return err ? nmaccel_drm_error(err, queue->name) : NMACCEL_OK;
}
