// SPDX-License-Identifier: MIT
#include "ksft_nmaccel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/sync_file.h>

int call(int fd, unsigned long request, void *args)
{
	int ret;

	do {
		ret = ioctl(fd, request, args);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

int64_t deadline_in(int seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec + seconds) * 1000000000 + now.tv_nsec;
}

int64_t deadline(void)
{
	return deadline_in(PATIENCE_S);
}

int dev_info(int fd, struct drm_nmaccel_dev_info *info)
{
	struct drm_nmaccel_dev_query query = {
		.type = DRM_NMACCEL_DEV_QUERY_INFO,
		.size = sizeof(*info),
		.pointer = (uintptr_t)info,
	};

	return call(fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &query);
}

int ctx_create(int fd, uint32_t priority, uint32_t *ctx)
{
	struct drm_nmaccel_ctx_create args = {.priority = priority};
	int ret = call(fd, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);

	*ctx = args.ctx;
	return ret;
}

int ctx_destroy(int fd, uint32_t ctx)
{
	struct drm_nmaccel_ctx_destroy args = {.ctx = ctx};

	return call(fd, DRM_IOCTL_NMACCEL_CTX_DESTROY, &args);
}

int ctx_query(int fd, uint32_t ctx, struct drm_nmaccel_ctx_query *query)
{
	memset(query, 0, sizeof(*query));
	query->ctx = ctx;
	return call(fd, DRM_IOCTL_NMACCEL_CTX_QUERY, query);
}

int bo_create(int fd, uint64_t size, struct bo *bo)
{
	struct drm_nmaccel_bo_create args = {.size = size};
	int ret = call(fd, DRM_IOCTL_NMACCEL_BO_CREATE, &args);

	memset(bo, 0, sizeof(*bo));
	if (ret)
		return ret;
	bo->fd = fd;
	bo->handle = args.handle;
	bo->size = args.size;
	return 0;
}

int bo_offset(int fd, uint32_t handle, uint64_t *offset)
{
	struct drm_nmaccel_bo_mmap_offset args = {.handle = handle};
	int ret = call(fd, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);

	*offset = args.offset;
	return ret;
}

int bo_map(struct bo *bo)
{
	uint64_t offset;
	void *map;
	int ret = bo_offset(bo->fd, bo->handle, &offset);

	if (ret)
		return ret;
	map = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, bo->fd, (off_t)offset);
	if (map == MAP_FAILED)
		return -errno;
	bo->map = map;
	return 0;
}

int bo_new(int fd, uint64_t size, struct bo *bo)
{
	int ret = bo_create(fd, size, bo);

	if (ret)
		return ret;
	ret = bo_map(bo);
	if (ret)
		bo_free(bo);
	return ret;
}

void bo_free(struct bo *bo)
{
	if (bo->map)
		munmap(bo->map, bo->size);
	if (bo->handle)
		gem_close(bo->fd, bo->handle);
	memset(bo, 0, sizeof(*bo));
}

int gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close args = {.handle = handle};

	return call(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

int bo_wait_until(const struct bo *bo, bool write, int64_t until_ns)
{
	struct drm_nmaccel_bo_wait args = {
		.handle = bo->handle,
		.flags = write ? DRM_NMACCEL_BO_WAIT_WRITE : 0,
		.timeout_ns = until_ns,
	};

	return call(bo->fd, DRM_IOCTL_NMACCEL_BO_WAIT, &args);
}

int bo_wait(const struct bo *bo, bool write)
{
	return bo_wait_until(bo, write, deadline());
}

int prime_export(int fd, uint32_t handle, int *dmabuf)
{
	struct drm_prime_handle args = {.handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR};
	int ret = call(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	*dmabuf = ret ? -1 : args.fd;
	return ret;
}

int prime_import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle args = {.fd = dmabuf};
	int ret = call(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	*handle = ret ? 0 : args.handle;
	return ret;
}

int syncobj_create(int fd, uint32_t flags, uint32_t *handle)
{
	struct drm_syncobj_create args = {.flags = flags};
	int ret = call(fd, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	*handle = args.handle;
	return ret;
}

int syncobj_destroy(int fd, uint32_t handle)
{
	struct drm_syncobj_destroy args = {.handle = handle};

	return call(fd, DRM_IOCTL_SYNCOBJ_DESTROY, &args);
}

int syncobj_signal(int fd, uint32_t handle, uint64_t point)
{
	struct drm_syncobj_timeline_array args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.count_handles = 1,
	};
	struct drm_syncobj_array binary = {.handles = (uintptr_t)&handle, .count_handles = 1};

	if (!point)
		return call(fd, DRM_IOCTL_SYNCOBJ_SIGNAL, &binary);
	return call(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &args);
}

int syncobj_reset(int fd, uint32_t handle)
{
	struct drm_syncobj_array args = {.handles = (uintptr_t)&handle, .count_handles = 1};

	return call(fd, DRM_IOCTL_SYNCOBJ_RESET, &args);
}

int syncobj_point(int fd, uint32_t handle, uint64_t *point)
{
	struct drm_syncobj_timeline_array args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)point,
		.count_handles = 1,
	};

	return call(fd, DRM_IOCTL_SYNCOBJ_QUERY, &args);
}

int syncobj_wait_until(int fd, uint32_t handle, uint64_t point, int64_t until_ns)
{
	struct drm_syncobj_timeline_wait args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.timeout_nsec = until_ns,
		.count_handles = 1,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
	};

	return call(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

int syncobj_wait(int fd, uint32_t handle, uint64_t point)
{
	return syncobj_wait_until(fd, handle, point, deadline());
}

static int syncobj_handle_to_fd(int fd, uint32_t handle, uint32_t flags, int *out)
{
	struct drm_syncobj_handle args = {.handle = handle, .flags = flags, .fd = -1};
	int ret = call(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	*out = ret ? -1 : args.fd;
	return ret;
}

int syncobj_to_sync_file(int fd, uint32_t handle, int *sync_file)
{
	return syncobj_handle_to_fd(fd, handle, DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
				    sync_file);
}

int syncobj_to_fd(int fd, uint32_t handle, int *shared)
{
	return syncobj_handle_to_fd(fd, handle, 0, shared);
}

int syncobj_from_sync_file(int fd, uint32_t handle, int sync_file)
{
	struct drm_syncobj_handle args = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = sync_file,
	};

	return call(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
}

int syncobj_from_fd(int fd, int shared, uint32_t *handle)
{
	struct drm_syncobj_handle args = {.fd = shared};
	int ret = call(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);

	*handle = ret ? 0 : args.handle;
	return ret;
}

int sync_file_status(int sync_file)
{
	struct sync_file_info info = {0};

	return call(sync_file, SYNC_IOC_FILE_INFO, &info) ? -EBADF : info.status;
}

int sync_file_wait(int sync_file)
{
	const int64_t until = deadline();
	int status;

	do {
		status = sync_file_status(sync_file);
	} while (!status && deadline_in(0) < until && !usleep(10000));
	return status;
}
