// SPDX-License-Identifier: MIT
/*
 * The CPU devices: an executor behind a queue. One job runs at a time, in order, so that fences
 * signal in order; an executor that wants more threads has its own.
 */
#include "host_device.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "executor.h"
#include "host_memory.h"

struct host_device {
	const struct nmaccel_executor_ops *ops;
	void *executor;
	pthread_t worker;

	pthread_mutex_t lock;
	pthread_cond_t wake; /* a job may be taken, or stop was set */
	struct nmaccel_job *head, **tail;
	bool busy; /* a job is under way, in the worker or in host_run_now() */
	bool stop;
	bool orphan; /* the worker itself closed the device, and frees it */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void fill_buffers(struct nmaccel_exec_buffer *buffers,
			 const struct nmaccel_binding *bindings, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		buffers[i].data = bindings[i].memory->map;
		buffers[i].size = bindings[i].memory->bytes;
		buffers[i].flags = bindings[i].flags;
	}
}

static void run_job(struct host_device *host, struct nmaccel_job *job)
{
	struct nmaccel_exec_buffer buffers[NMACCEL_MAX_BUFFERS];
	enum nmaccel_status status;
	uint64_t start;

	fill_buffers(buffers, job->bindings, job->n_bindings);
	memset(&job->record, 0, sizeof(job->record));
	start = now_ns();
	status = host->ops->run(host->executor, job->program, buffers, &job->record);
	job->run_ns = now_ns() - start;
	job->done(job, status);
}

/* The next job; NULL when the device closes, which it does with an empty queue. */
static struct nmaccel_job *next_job(struct host_device *host)
{
	struct nmaccel_job *job;

	pthread_mutex_lock(&host->lock);
	while ((!host->head || host->busy) && !host->stop)
		pthread_cond_wait(&host->wake, &host->lock);
	job = host->head;
	if (job) {
		host->busy = true;
		host->head = job->next;
		if (!host->head)
			host->tail = &host->head;
	}
	pthread_mutex_unlock(&host->lock);
	return job;
}

static void end_job(struct host_device *host)
{
	pthread_mutex_lock(&host->lock);
	host->busy = false;
	if (host->head)
		pthread_cond_signal(&host->wake);
	pthread_mutex_unlock(&host->lock);
}

static void free_host(struct host_device *host)
{
	host->ops->close(host->executor);
	pthread_cond_destroy(&host->wake);
	pthread_mutex_destroy(&host->lock);
	free(host);
}

static void *worker_main(void *arg)
{
	struct host_device *host = arg;
	struct nmaccel_job *job;
	bool orphan;

	while ((job = next_job(host))) {
		run_job(host, job);
		end_job(host);
	}
	pthread_mutex_lock(&host->lock);
	orphan = host->orphan;
	pthread_mutex_unlock(&host->lock);
	if (orphan)
		free_host(host);
	return NULL;
}

static void host_close(void *priv)
{
	struct host_device *host = priv;
	pthread_t worker = host->worker;
	bool orphan = pthread_equal(pthread_self(), worker);

	pthread_mutex_lock(&host->lock);
	host->stop = true;
	host->orphan = orphan;
	pthread_cond_signal(&host->wake);
	pthread_mutex_unlock(&host->lock);
	if (orphan) {
		pthread_detach(worker);
		return;
	}
	pthread_join(worker, NULL);
	free_host(host);
}

static enum nmaccel_status host_program_create(void *priv, const struct nmaccel_hw_desc *descs,
					       uint32_t n_descs,
					       const struct nmaccel_binding *bindings,
					       uint32_t n_bindings, void **program)
{
	struct nmaccel_exec_buffer buffers[NMACCEL_MAX_BUFFERS];
	struct host_device *host = priv;

	if (n_bindings > NMACCEL_MAX_BUFFERS)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "a job of %" PRIu32 " buffers; the contract has room for %d",
				     n_bindings, NMACCEL_MAX_BUFFERS);
	fill_buffers(buffers, bindings, n_bindings);
	return host->ops->prepare(host->executor, descs, n_descs, buffers, n_bindings, program);
}

static void host_program_destroy(void *priv, void *program)
{
	struct host_device *host = priv;

	host->ops->release(host->executor, program);
}

static enum nmaccel_status host_submit(void *priv, struct nmaccel_job *job)
{
	struct host_device *host = priv;

	job->next = NULL;
	pthread_mutex_lock(&host->lock);
	*host->tail = job;
	host->tail = &job->next;
	pthread_cond_signal(&host->wake);
	pthread_mutex_unlock(&host->lock);
	return NMACCEL_OK;
}

/* Two changes of threads cost more than a small network does. */
static bool host_run_now(void *priv, struct nmaccel_job *job)
{
	struct host_device *host = priv;
	bool idle;

	pthread_mutex_lock(&host->lock);
	idle = !host->busy && !host->head;
	if (idle)
		host->busy = true;
	pthread_mutex_unlock(&host->lock);
	if (!idle)
		return false;
	run_job(host, job);
	end_job(host);
	return true;
}

static const struct nmaccel_device_ops host_ops = {
	.close = host_close,
	.memory_create = nmaccel_host_memory_create,
	.memory_import = nmaccel_host_memory_import,
	.memory_wrap = nmaccel_host_memory_wrap,
	.memory_export = nmaccel_host_memory_export,
	.memory_destroy = nmaccel_host_memory_destroy,
	.program_create = host_program_create,
	.program_destroy = host_program_destroy,
	.submit = host_submit,
	.run_now = host_run_now,
};

static void describe(const struct nmaccel_executor_ops *ops, void *executor,
		     struct nmaccel_device_info *info)
{
	memset(info, 0, sizeof(*info));
	ops->describe(executor, info);
	info->size = sizeof(*info);
	snprintf(info->name, sizeof(info->name), "%s", ops->name);
	snprintf(info->backend, sizeof(info->backend), "%s", ops->name);
}

enum nmaccel_status nmaccel_host_list(const struct nmaccel_backend *backend, size_t i,
				      struct nmaccel_device_info *info)
{
	const struct nmaccel_executor_ops *ops = backend->executor;
	enum nmaccel_status status;
	void *executor;

	if (i > 0)
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: only one device", ops->name);
	status = ops->open(&executor);
	if (status)
		return status;
	describe(ops, executor, info);
	ops->close(executor);
	return NMACCEL_OK;
}

static enum nmaccel_status start_worker(struct host_device *host)
{
	int err;

	pthread_mutex_init(&host->lock, NULL);
	pthread_cond_init(&host->wake, NULL);
	host->tail = &host->head;
	err = pthread_create(&host->worker, NULL, worker_main, host);
	if (!err)
		return NMACCEL_OK;
	pthread_cond_destroy(&host->wake);
	pthread_mutex_destroy(&host->lock);
	return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no thread for device \"%s\": %s",
			     host->ops->name, strerror(err));
}

enum nmaccel_status nmaccel_host_open(const struct nmaccel_backend *backend, const char *name,
				      struct nmaccel_device_open *device)
{
	enum nmaccel_status status;
	struct host_device *host;

	if (name)
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: no device \"%s\"", backend->name,
				     name);
	host = calloc(1, sizeof(*host));
	if (!host)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for device \"%s\"",
				     backend->name);
	host->ops = backend->executor;
	status = host->ops->open(&host->executor);
	if (status)
		goto err_free;
	status = start_worker(host);
	if (status)
		goto err_close;
	device->ops = &host_ops;
	device->priv = host;
	describe(host->ops, host->executor, &device->info);
	return NMACCEL_OK;

err_close:
	host->ops->close(host->executor);
err_free:
	free(host);
	return status;
}
