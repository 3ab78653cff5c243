// SPDX-License-Identifier: MIT
/* Buffer objects of the fake XRT. */
#include <string.h>

#include "fake_xrt_state.h"

/* A descriptor that no process has. */
#define BAD_FD 1000000

static struct fake_xrt_handle *new_bo(struct fake_xrt_handle *device,
				      struct fake_xrt_memory *memory)
{
	struct fake_xrt_handle *bo = fake_xrt_handle_new(FAKE_XRT_BO, device);

	bo->memory = memory;
	return bo;
}

void *fake_xrt_bo_alloc(void *handle, size_t bytes, uint64_t flags, uint32_t group)
{
	struct fake_xrt_handle *device, *bo = NULL;
	bool lower;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	if (!device || !bytes || group != (uint32_t)fake_xrt.settings.group) {
		fake_xrt_violation(
			"a buffer object of no size, or in a group that the engines cannot reach");
	} else if (!fake_xrt_fails(FAKE_XRT_BO_ALLOC)) {
		bo = new_bo(device, fake_xrt_memory_create(bytes, &lower));
		fake_xrt.counts.lower += lower;
		fake_xrt.counts.flags = flags;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return bo;
}

void *fake_xrt_bo_import(void *handle, int32_t fd)
{
	struct fake_xrt_memory *memory = NULL;
	struct fake_xrt_handle *device, *bo = NULL;

	pthread_mutex_lock(&fake_xrt.lock);
	device = fake_xrt_handle_as(handle, FAKE_XRT_DEVICE);
	if (device && !fake_xrt_fails(FAKE_XRT_BO_IMPORT))
		memory = fake_xrt_memory_import(fd);
	if (memory) {
		bo = new_bo(device, memory);
		bo->imported = true;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return bo;
}

int32_t fake_xrt_bo_export(void *handle)
{
	struct fake_xrt_handle *bo;
	int fd = -1;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	if (bo && !fake_xrt_fails(FAKE_XRT_BO_EXPORT))
		fd = fake_xrt.settings.bad_fd ? BAD_FD : fake_xrt_memory_export(bo->memory);
	pthread_mutex_unlock(&fake_xrt.lock);
	return fd;
}

int fake_xrt_bo_free(void *handle)
{
	struct fake_xrt_handle *bo, *h;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	for (h = fake_xrt.handles; bo && h; h = h->next)
		if (h->kind == FAKE_XRT_KERNEL && h->started && h->started->mem == bo)
			fake_xrt_violation("a buffer object is freed while a run uses it");
	if (bo) {
		fake_xrt_handle_close(bo);
		fake_xrt_memory_unref(bo->memory);
		bo->memory = NULL;
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return bo ? 0 : -1;
}

size_t fake_xrt_bo_size(void *handle)
{
	struct fake_xrt_handle *bo;
	size_t bytes = 0;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	if (bo)
		bytes = bo->imported && fake_xrt.settings.size ? fake_xrt.settings.size
							       : bo->memory->bytes;
	pthread_mutex_unlock(&fake_xrt.lock);
	return bytes;
}

uint64_t fake_xrt_bo_address(void *handle)
{
	uint64_t address = UINT64_MAX;
	struct fake_xrt_handle *bo;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	if (bo && !fake_xrt_fails(FAKE_XRT_BO_ADDRESS))
		address =
			fake_xrt.settings.address ? fake_xrt.settings.address : bo->memory->address;
	pthread_mutex_unlock(&fake_xrt.lock);
	return address;
}

void *fake_xrt_bo_map(void *handle)
{
	struct fake_xrt_handle *bo;
	void *map = NULL;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	if (bo && !fake_xrt_fails(FAKE_XRT_BO_MAP))
		map = bo->memory->host;
	pthread_mutex_unlock(&fake_xrt.lock);
	return map;
}

int fake_xrt_bo_sync(void *handle, int direction, size_t bytes, size_t offset)
{
	struct fake_xrt_memory *m;
	struct fake_xrt_handle *bo;
	bool ok = false;

	pthread_mutex_lock(&fake_xrt.lock);
	bo = fake_xrt_handle_as(handle, FAKE_XRT_BO);
	m = bo ? bo->memory : NULL;
	if (!m || !bytes || offset > m->bytes || bytes > m->bytes - offset ||
	    (direction != NMACCEL_XRT_TO_DEVICE && direction != NMACCEL_XRT_FROM_DEVICE)) {
		fake_xrt_violation("a copy of what is not in the buffer object");
	} else if (!fake_xrt_fails(FAKE_XRT_BO_SYNC)) {
		ok = true;
		if (direction == NMACCEL_XRT_FROM_DEVICE) {
			fake_xrt_unit_looked_at(m);
			memcpy(m->host + offset, m->card + offset, bytes);
		} else {
			memcpy(m->card + offset, m->host + offset, bytes);
		}
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return ok ? 0 : -1;
}
