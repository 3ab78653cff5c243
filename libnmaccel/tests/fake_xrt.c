// SPDX-License-Identifier: MIT
#include "fake_xrt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drm/nmaccel_xrt.h"
#include "fake_xrt_state.h"
#include "xrt/xclbin_format.h"

struct fake_xrt_state fake_xrt = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static uint32_t *count_of(enum fake_xrt_kind kind)
{
	uint32_t *const of[] = {&fake_xrt.counts.devices, &fake_xrt.counts.kernels,
				&fake_xrt.counts.runs, &fake_xrt.counts.bos};

	return of[kind];
}

void fake_xrt_violation(const char *what)
{
	fprintf(stderr, "fake XRT: %s\n", what);
	fake_xrt.counts.violations++;
}

bool fake_xrt_fails(enum fake_xrt_call call)
{
	struct fake_xrt_failure *f = &fake_xrt.failures[call];

	if (!f->times)
		return false;
	if (f->skip) {
		f->skip--;
		return false;
	}
	f->times--;
	if (f->err)
		errno = f->err;
	return true;
}

/* ---- handles
 * ------------------------------------------------------------------------------------------ */

struct fake_xrt_handle *fake_xrt_handle_new(enum fake_xrt_kind kind, struct fake_xrt_handle *parent)
{
	struct fake_xrt_handle *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	h->kind = kind;
	h->parent = parent;
	h->next = fake_xrt.handles;
	fake_xrt.handles = h;
	(*count_of(kind))++;
	return h;
}

struct fake_xrt_handle *fake_xrt_handle_as(void *handle, enum fake_xrt_kind kind)
{
	struct fake_xrt_handle *h;

	for (h = fake_xrt.handles; h; h = h->next)
		if (h == handle && h->kind == kind && !h->closed)
			return h;
	fake_xrt_violation("a call with a handle that is not of its kind, or closed");
	errno = EINVAL;
	return NULL;
}

void fake_xrt_handle_close(struct fake_xrt_handle *h)
{
	struct fake_xrt_handle *other;

	for (other = fake_xrt.handles; other; other = other->next)
		if (!other->closed && other->parent == h)
			fake_xrt_violation("a handle is closed before those that were made of it");
	h->closed = true;
	(*count_of(h->kind))--;
}

/* ---- XRT's calls: device and kernel ---------------------------------------------------------- */

static unsigned int device_count(void)
{
	return fake_xrt_settings()->devices;
}

static void *device_open(unsigned int index)
{
	struct fake_xrt_handle *device = NULL;

	pthread_mutex_lock(&fake_xrt.lock);
	if (index >= fake_xrt.settings.devices)
		errno = ENOENT;
	else if (!fake_xrt_fails(FAKE_XRT_DEVICE_OPEN))
		device = fake_xrt_handle_new(FAKE_XRT_DEVICE, NULL);
	pthread_mutex_unlock(&fake_xrt.lock);
	return device;
}

static int device_close(void *handle)
{
	struct fake_xrt_handle *device;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	if (device)
		fake_xrt_handle_close(device);
	pthread_mutex_unlock(&fake_xrt.lock);
	return device ? 0 : -1;
}

static int load_xclbin(void *handle, const char *path)
{
	struct nmaccel_axlf head = {0};
	struct fake_xrt_handle *device;
	FILE *file = NULL;
	bool ok = false;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	if (device && !fake_xrt_fails(FAKE_XRT_LOAD_XCLBIN))
		file = fopen(path, "rb");
	if (file) {
		ok = fread(&head, sizeof(head), 1, file) == 1;
		fclose(file);
		memcpy(device->uuid, head.uuid, sizeof(device->uuid));
		device->uuid[3] ^= fake_xrt.settings.other_uuid;
		device->loaded = ok;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return ok ? 0 : -1;
}

static int get_uuid(void *handle, unsigned char *uuid)
{
	struct fake_xrt_handle *device;
	bool ok;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	ok = device && device->loaded && !fake_xrt_fails(FAKE_XRT_GET_UUID);
	if (ok)
		memcpy(uuid, device->uuid, sizeof(device->uuid));
	pthread_mutex_unlock(&fake_xrt.lock);
	return ok ? 0 : -1;
}

/* Has another kernel handle that unit for itself? */
static bool is_taken(const struct fake_xrt_handle *device, uint32_t unit)
{
	const struct fake_xrt_handle *h;

	for (h = fake_xrt.handles; h; h = h->next)
		if (h->kind == FAKE_XRT_KERNEL && !h->closed && h->parent == device &&
		    h->unit == unit)
			return true;
	return false;
}

static void *kernel_open(void *handle, const unsigned char *uuid, const char *name)
{
	struct fake_xrt_handle *device, *kernel = NULL;
	unsigned int unit = 0;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	if (!device || !device->loaded || memcmp(uuid, device->uuid, sizeof(device->uuid)) ||
	    sscanf(name, NMACCEL_XRT_KERNEL ":{" NMACCEL_XRT_KERNEL "_%u}", &unit) != 1 ||
	    is_taken(device, unit))
		fake_xrt_violation("a kernel is opened that is not there, or twice");
	else if (!fake_xrt_fails(FAKE_XRT_KERNEL_OPEN)) {
		kernel = fake_xrt_handle_new(FAKE_XRT_KERNEL, device);
		kernel->unit = unit;
		fake_xrt_unit_start(kernel);
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return kernel;
}

static int kernel_close(void *handle)
{
	struct fake_xrt_handle *kernel;

	pthread_mutex_lock(&fake_xrt.lock);
	kernel = fake_xrt_handle_as(handle, FAKE_XRT_KERNEL);
	if (kernel) {
		fake_xrt_handle_close(kernel);
		pthread_cond_broadcast(&fake_xrt.changed);
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return kernel ? 0 : -1;
}

static int kernel_arg_group(void *handle, int index)
{
	struct fake_xrt_handle *kernel;
	int group = -1;

	pthread_mutex_lock(&fake_xrt.lock);
	kernel = fake_xrt_handle_as(handle, FAKE_XRT_KERNEL);
	if (kernel && index == NMACCEL_XRT_ARG_MEM && !fake_xrt_fails(FAKE_XRT_ARG_GROUP))
		group = fake_xrt.settings.group + (kernel->unit == fake_xrt.settings.odd_unit);
	pthread_mutex_unlock(&fake_xrt.lock);
	return group;
}

/* ---- runs ------------------------------------------------------------------------------------ */

static void *run_open(void *handle)
{
	struct fake_xrt_handle *kernel, *run = NULL;

	pthread_mutex_lock(&fake_xrt.lock);
	kernel = fake_xrt_handle_as(handle, FAKE_XRT_KERNEL);
	if (kernel && !fake_xrt_fails(FAKE_XRT_RUN_OPEN)) {
		run = fake_xrt_handle_new(FAKE_XRT_RUN, kernel);
		run->state = NMACCEL_XRT_NEW;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return run;
}

static int run_set_arg(void *handle, int index, ...)
{
	struct fake_xrt_handle *run;
	bool ok = false;
	va_list args;

	va_start(args, index);
	pthread_mutex_lock(&fake_xrt.lock);
	run = fake_xrt_handle_as(handle, FAKE_XRT_RUN);
	if (run && run->parent->started) {
		fake_xrt_violation("an argument is set while the compute unit runs");
	} else if (run && !fake_xrt_fails(FAKE_XRT_RUN_SET_ARG)) {
		ok = true;
		if (index == NMACCEL_XRT_ARG_MEM)
			run->mem = fake_xrt_handle_as(va_arg(args, void *), FAKE_XRT_BO);
		else
			run->job = va_arg(args, uint64_t);
		run->has_job = run->has_job || index == NMACCEL_XRT_ARG_JOB;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	va_end(args);
	return ok ? 0 : -1;
}

static int run_start(void *handle)
{
	struct fake_xrt_handle *run;
	bool ok = false;

	pthread_mutex_lock(&fake_xrt.lock);
	run = fake_xrt_handle_as(handle, FAKE_XRT_RUN);
	if (run && (run->parent->started || !run->mem || !run->has_job)) {
		fake_xrt_violation(
			"a run is started without its arguments, or on a busy compute unit");
	} else if (run && !fake_xrt_fails(FAKE_XRT_RUN_START)) {
		ok = true;
		fake_xrt_unit_run(run);
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return ok ? 0 : -1;
}

/* As XRT does, it returns at once where devices are emulated. */
static int run_wait_for(void *handle, unsigned int timeout_ms)
{
	struct timespec until;
	struct fake_xrt_handle *run;
	int state = -1;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	until.tv_sec += (time_t)(timeout_ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&fake_xrt.lock);
	run = fake_xrt_handle_as(handle, FAKE_XRT_RUN);
	while (run && run->state == NMACCEL_XRT_RUNNING && !nmaccel_xrt_is_emulated())
		if (pthread_cond_timedwait(&fake_xrt.changed, &fake_xrt.lock, &until))
			break;
	if (run)
		state = run->state;
	pthread_mutex_unlock(&fake_xrt.lock);
	return state;
}

/* What is under way has several names. */
static int run_state(void *handle)
{
	static const int under_way[] = {NMACCEL_XRT_QUEUED, NMACCEL_XRT_SUBMITTED,
					NMACCEL_XRT_RUNNING};
	struct fake_xrt_handle *run;
	int state = -1;

	pthread_mutex_lock(&fake_xrt.lock);
	run = fake_xrt_handle_as(handle, FAKE_XRT_RUN);
	if (run)
		state = run->state == NMACCEL_XRT_RUNNING ? under_way[run->looks++ % 3]
							  : run->state;
	pthread_mutex_unlock(&fake_xrt.lock);
	return state;
}

static int run_close(void *handle)
{
	struct fake_xrt_handle *run;

	pthread_mutex_lock(&fake_xrt.lock);
	run = fake_xrt_handle_as(handle, FAKE_XRT_RUN);
	if (run && run->parent->started == run)
		fake_xrt_violation("a run is closed before its end");
	if (run)
		fake_xrt_handle_close(run);
	pthread_mutex_unlock(&fake_xrt.lock);
	return run ? 0 : -1;
}

static const struct nmaccel_xrt_calls calls = {
	.device_count = device_count,
	.device_open = device_open,
	.device_close = device_close,
	.load_xclbin = load_xclbin,
	.get_uuid = get_uuid,
	.kernel_open = kernel_open,
	.kernel_close = kernel_close,
	.kernel_arg_group = kernel_arg_group,
	.bo_alloc = fake_xrt_bo_alloc,
	.bo_import = fake_xrt_bo_import,
	.bo_export = fake_xrt_bo_export,
	.bo_free = fake_xrt_bo_free,
	.bo_size = fake_xrt_bo_size,
	.bo_address = fake_xrt_bo_address,
	.bo_map = fake_xrt_bo_map,
	.bo_sync = fake_xrt_bo_sync,
	.run_open = run_open,
	.run_set_arg = run_set_arg,
	.run_start = run_start,
	.run_wait_for = run_wait_for,
	.run_state = run_state,
	.run_close = run_close,
};

/* ---- for tests ------------------------------------------------------------------------------- */

void fake_xrt_start(void)
{
	fake_xrt.settings = (struct fake_xrt_settings){
		.devices = 2,
		.lanes = 4,
		.block_rows = 128,
		.columns = 16,
		.group = 7,
	};
	fake_xrt.counts = (struct fake_xrt_counts){0};
	memset(fake_xrt.failures, 0, sizeof(fake_xrt.failures));
	fake_xrt.next_end = FAKE_XRT_GOOD;
	fake_xrt.held = false;
	nmaccel_xrt_test_calls = &calls;
}

void fake_xrt_stop(void)
{
	struct fake_xrt_handle *h;

	nmaccel_xrt_test_calls = NULL;
	fake_xrt_hold(false);
	fake_xrt_let_go();
	pthread_mutex_lock(&fake_xrt.lock);
	for (h = fake_xrt.handles; h; h = h->next)
		h->closed = true;
	pthread_cond_broadcast(&fake_xrt.changed);
	pthread_mutex_unlock(&fake_xrt.lock);
	for (h = fake_xrt.handles; h; h = h->next)
		if (h->kind == FAKE_XRT_KERNEL)
			pthread_join(h->thread, NULL);
	while ((h = fake_xrt.handles)) {
		fake_xrt.handles = h->next;
		if (h->memory)
			fake_xrt_memory_unref(h->memory);
		free(h->on_chip);
		free(h);
	}
}

struct fake_xrt_settings *fake_xrt_settings(void)
{
	return &fake_xrt.settings;
}

struct fake_xrt_counts fake_xrt_counts(void)
{
	struct fake_xrt_counts c;

	pthread_mutex_lock(&fake_xrt.lock);
	c = fake_xrt.counts;
	pthread_mutex_unlock(&fake_xrt.lock);
	return c;
}

void fake_xrt_fail(enum fake_xrt_call call, int err, uint32_t skip, uint32_t times)
{
	pthread_mutex_lock(&fake_xrt.lock);
	fake_xrt.failures[call] = (struct fake_xrt_failure){err, skip, times};
	pthread_mutex_unlock(&fake_xrt.lock);
}

void fake_xrt_end(enum fake_xrt_end end, int n, uint32_t skip)
{
	pthread_mutex_lock(&fake_xrt.lock);
	fake_xrt.next_end = end;
	fake_xrt.next_n = n;
	fake_xrt.next_skip = skip;
	pthread_mutex_unlock(&fake_xrt.lock);
}

void fake_xrt_hold(bool hold)
{
	pthread_mutex_lock(&fake_xrt.lock);
	fake_xrt.held = hold;
	pthread_cond_broadcast(&fake_xrt.changed);
	pthread_mutex_unlock(&fake_xrt.lock);
}

void fake_xrt_let_go(void)
{
	struct fake_xrt_handle *h;

	pthread_mutex_lock(&fake_xrt.lock);
	for (h = fake_xrt.handles; h; h = h->next)
		if (h->kind == FAKE_XRT_KERNEL && h->started)
			h->started->end = FAKE_XRT_GOOD;
	pthread_cond_broadcast(&fake_xrt.changed);
	pthread_mutex_unlock(&fake_xrt.lock);
}

static void await(const uint32_t *counter, uint32_t n)
{
	pthread_mutex_lock(&fake_xrt.lock);
	while (*counter < n)
		pthread_cond_wait(&fake_xrt.changed, &fake_xrt.lock);
	pthread_mutex_unlock(&fake_xrt.lock);
}

void fake_xrt_await_started(uint32_t n)
{
	await(&fake_xrt.counts.started, n);
}

void fake_xrt_await_ended(uint32_t n)
{
	await(&fake_xrt.counts.ended, n);
}
