// SPDX-License-Identifier: MIT
#include "inject.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "error.h"
#include "executor.h"
#include "host_device.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static struct inject_settings settings;
static struct inject_counts counts;
static bool stalled;

/* The wrapped device's own operations, as nmaccel_host_open() gave them. */
static const struct nmaccel_device_ops *inner;

void inject_set(const struct inject_settings *s)
{
	pthread_mutex_lock(&lock);
	settings = *s;
	pthread_mutex_unlock(&lock);
}

void inject_reset(void)
{
	inject_set(&(struct inject_settings){0});
	inject_stall(false);
}

struct inject_counts inject_get_counts(void)
{
	struct inject_counts c;

	pthread_mutex_lock(&lock);
	c = counts;
	pthread_mutex_unlock(&lock);
	return c;
}

void inject_wait_gone(void)
{
	struct inject_counts c = inject_get_counts();

	while (c.memories || c.programs || c.devices) {
		sched_yield();
		c = inject_get_counts();
	}
	inject_reset();
}

void inject_stall(bool stall)
{
	pthread_mutex_lock(&lock);
	stalled = stall;
	pthread_cond_broadcast(&released);
	pthread_mutex_unlock(&lock);
}

static void count(uint32_t *counter, int change)
{
	pthread_mutex_lock(&lock);
	*counter += (uint32_t)change;
	pthread_mutex_unlock(&lock);
}

static struct inject_settings get_settings(void)
{
	struct inject_settings s;

	pthread_mutex_lock(&lock);
	s = settings;
	pthread_mutex_unlock(&lock);
	return s;
}

/* ---- executor -------------------------------------------------------------------------------- */

static enum nmaccel_status exec_open(void **executor)
{
	if (get_settings().fail_open)
		return nmaccel_error(NMACCEL_ERR_IO, "injected: open");
	return nmaccel_model_executor.open(executor);
}

static void exec_close(void *executor)
{
	nmaccel_model_executor.close(executor);
}

static void exec_describe(void *executor, struct nmaccel_device_info *info)
{
	struct inject_settings s = get_settings();

	nmaccel_model_executor.describe(executor, info);
	if (s.max_rows)
		info->max_rows = s.max_rows;
	if (s.max_descs)
		info->max_descs = s.max_descs;
	if (s.memory_bytes)
		info->memory_bytes = s.memory_bytes;
	if (s.lanes)
		info->lanes = s.lanes;
}

static enum nmaccel_status exec_prepare(void *executor, const struct nmaccel_hw_desc *descs,
					uint32_t n_descs, const struct nmaccel_exec_buffer *buffers,
					uint32_t n_buffers, void **program)
{
	enum nmaccel_status status;

	if (get_settings().fail_prepare)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "injected: prepare");
	status = nmaccel_model_executor.prepare(executor, descs, n_descs, buffers, n_buffers,
						program);
	if (!status)
		count(&counts.programs, 1);
	return status;
}

static void exec_release(void *executor, void *program)
{
	nmaccel_model_executor.release(executor, program);
	count(&counts.programs, -1);
}

/* Count the run, wait while stalled, take the failure that is due. */
static struct inject_settings begin_run(void)
{
	struct inject_settings s;

	pthread_mutex_lock(&lock);
	counts.runs++;
	while (stalled)
		pthread_cond_wait(&released, &lock);
	s = settings;
	settings.fail_run = NMACCEL_OK;
	pthread_mutex_unlock(&lock);
	return s;
}

static enum nmaccel_status exec_run(void *executor, void *program,
				    const struct nmaccel_exec_buffer *buffers,
				    struct nmaccel_hw_record *record)
{
	struct inject_settings s = begin_run();

	if (!s.fail_run)
		return nmaccel_model_executor.run(executor, program, buffers, record);
	if (s.fail_run == NMACCEL_ERR_FAULT) {
		record->state = NMACCEL_JOB_FAULT;
		record->fault = NMACCEL_FAULT_INDEX;
		record->fault_desc = s.fault_desc;
	}
	return nmaccel_error(s.fail_run, "injected: run");
}

static const struct nmaccel_executor_ops executor_ops = {
	.name = "inject",
	.open = exec_open,
	.close = exec_close,
	.describe = exec_describe,
	.prepare = exec_prepare,
	.release = exec_release,
	.run = exec_run,
};

/* ---- device ---------------------------------------------------------------------------------- */

static void device_close(void *priv)
{
	inner->close(priv);
	count(&counts.devices, -1);
}

static enum nmaccel_status device_memory_create(void *priv, uint64_t bytes,
						enum nmaccel_memory_use use,
						struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	bool fail;

	pthread_mutex_lock(&lock);
	fail = settings.fail_memory && !--settings.fail_memory;
	pthread_mutex_unlock(&lock);
	if (fail)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "injected: memory");
	status = inner->memory_create(priv, bytes, use, memory);
	if (!status)
		count(&counts.memories, 1);
	return status;
}

static enum nmaccel_status device_memory_import(void *priv, int fd, uint64_t bytes,
						struct nmaccel_memory **memory)
{
	enum nmaccel_status status = inner->memory_import(priv, fd, bytes, memory);

	if (!status)
		count(&counts.memories, 1);
	return status;
}

static enum nmaccel_status device_memory_wrap(void *priv, const void *data, uint64_t bytes,
					      struct nmaccel_memory **memory)
{
	enum nmaccel_status status = inner->memory_wrap(priv, data, bytes, memory);

	if (!status)
		count(&counts.memories, 1);
	return status;
}

static enum nmaccel_status device_memory_export(void *priv, struct nmaccel_memory *memory, int *fd)
{
	return inner->memory_export(priv, memory, fd);
}

static enum nmaccel_status device_memory_sync(void *priv, struct nmaccel_memory *memory,
					      enum nmaccel_sync direction, uint64_t offset,
					      uint64_t bytes)
{
	(void)priv;
	(void)direction;
	if (get_settings().fail_sync)
		return nmaccel_error(NMACCEL_ERR_IO, "injected: sync");
	if (offset > memory->bytes || bytes > memory->bytes - offset)
		return nmaccel_error(NMACCEL_ERR_INTERNAL, "a sync beyond the memory");
	pthread_mutex_lock(&lock);
	counts.synced += bytes;
	pthread_mutex_unlock(&lock);
	return NMACCEL_OK;
}

static void device_memory_destroy(void *priv, struct nmaccel_memory *memory)
{
	inner->memory_destroy(priv, memory);
	count(&counts.memories, -1);
}

static enum nmaccel_status device_program_create(void *priv, const struct nmaccel_hw_desc *descs,
						 uint32_t n_descs,
						 const struct nmaccel_binding *bindings,
						 uint32_t n_bindings, void **program)
{
	return inner->program_create(priv, descs, n_descs, bindings, n_bindings, program);
}

static void device_program_destroy(void *priv, void *program)
{
	inner->program_destroy(priv, program);
}

static enum nmaccel_status device_submit(void *priv, struct nmaccel_job *job)
{
	if (get_settings().fail_submit)
		return nmaccel_error(NMACCEL_ERR_DEVICE_LOST, "injected: submit");
	return inner->submit(priv, job);
}

static bool device_run_now(void *priv, struct nmaccel_job *job)
{
	return !get_settings().fail_submit && inner->run_now(priv, job);
}

#define DEVICE_OPS(wrap)                                                                           \
	{                                                                                          \
		.close = device_close, .memory_create = device_memory_create,                      \
		.memory_import = device_memory_import, .memory_wrap = (wrap),                      \
		.memory_export = device_memory_export, .memory_sync = device_memory_sync,          \
		.memory_destroy = device_memory_destroy, .program_create = device_program_create,  \
		.program_destroy = device_program_destroy, .submit = device_submit,                \
		.run_now = device_run_now,                                                         \
	}

static const struct nmaccel_device_ops wrapping_ops = DEVICE_OPS(device_memory_wrap);
static const struct nmaccel_device_ops copying_ops = DEVICE_OPS(NULL);

static enum nmaccel_status backend_open(const struct nmaccel_backend *backend, const char *name,
					struct nmaccel_device_open *device)
{
	enum nmaccel_status status = nmaccel_host_open(backend, name, device);

	if (status)
		return status;
	pthread_mutex_lock(&lock);
	inner = device->ops;
	counts.devices++;
	pthread_mutex_unlock(&lock);
	device->ops = get_settings().no_wrap ? &copying_ops : &wrapping_ops;
	return NMACCEL_OK;
}

static const struct nmaccel_backend backend = {
	.name = "inject",
	.executor = &executor_ops,
	.list = nmaccel_host_list,
	.open = backend_open,
};

enum nmaccel_status inject_open(const struct inject_settings *s, struct nmaccel_device **dev)
{
	inject_set(s);
	return nmaccel_device_open_backend(&backend, NULL, dev);
}
