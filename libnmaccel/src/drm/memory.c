// SPDX-License-Identifier: MIT
#include "drm/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <linux/dma-buf.h>

#include "drm/nmaccel_accel.h"
#include "drm/sys.h"
#include "error.h"

struct drm_memory {
	struct nmaccel_memory base;
	struct nmaccel_drm_bo *bo;
	enum nmaccel_memory_use use;
	int dma_buf; /* of an imported one, for its exporter's caches; else -1 */
};

static struct drm_memory *to_drm_memory(struct nmaccel_memory *memory)
{
	return (struct drm_memory *)memory;
}

uint32_t nmaccel_drm_memory_handle(const struct nmaccel_memory *memory)
{
	return ((const struct drm_memory *)memory)->bo->handle;
}

void nmaccel_drm_heap_init(struct nmaccel_drm_heap *heap, int fd)
{
	heap->fd = fd;
	heap->bos = NULL;
	pthread_mutex_init(&heap->lock, NULL);
}

void nmaccel_drm_heap_fini(struct nmaccel_drm_heap *heap)
{
	pthread_mutex_destroy(&heap->lock);
}

/* ---- GEM objects; heap->lock held ------------------------------------------------------------ */

static void close_handle(const struct nmaccel_drm_heap *heap, uint32_t handle)
{
	struct drm_gem_close close = {.handle = handle};

	/* Fails only with the card unplugged; the kernel frees it with the file then. */
	(void)nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_GEM_CLOSE, &close);
}

static struct nmaccel_drm_bo *bo_find(const struct nmaccel_drm_heap *heap, uint32_t handle)
{
	struct nmaccel_drm_bo *bo = heap->bos;

	while (bo && bo->handle != handle)
		bo = bo->next;
	return bo;
}

/* Takes the handle, which is closed if this fails. */
static struct nmaccel_drm_bo *bo_add(struct nmaccel_drm_heap *heap, uint32_t handle)
{
	struct nmaccel_drm_bo *bo = calloc(1, sizeof(*bo));

	if (!bo) {
		close_handle(heap, handle);
		return NULL;
	}
	bo->handle = handle;
	bo->refs = 1;
	bo->next = heap->bos;
	heap->bos = bo;
	return bo;
}

static void bo_put(struct nmaccel_drm_heap *heap, struct nmaccel_drm_bo *bo)
{
	struct nmaccel_drm_bo **link = &heap->bos;

	if (--bo->refs)
		return;
	while (*link != bo)
		link = &(*link)->next;
	*link = bo->next;
	if (bo->map)
		nmaccel_drm_sys->munmap(bo->map, bo->map_bytes);
	close_handle(heap, bo->handle);
	free(bo);
}

static enum nmaccel_status map_file(struct nmaccel_drm_bo *bo, int fd, uint64_t offset,
				    uint64_t bytes)
{
	void *map = nmaccel_drm_sys->mmap(bytes, fd, offset);

	if (map == MAP_FAILED)
		return nmaccel_drm_error(errno, "mapping a buffer");
	bo->map = map;
	bo->map_bytes = bytes;
	return NMACCEL_OK;
}

/* dma_buf: of an import, else -1. An exporter maps what is its own, by its own file. */
static enum nmaccel_status bo_map(const struct nmaccel_drm_heap *heap, struct nmaccel_drm_bo *bo,
				  uint64_t bytes, int dma_buf)
{
	struct drm_nmaccel_bo_mmap_offset args = {.handle = bo->handle};
	int err = nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);

	if (err == EINVAL && dma_buf >= 0)
		return map_file(bo, dma_buf, 0, bytes);
	if (err)
		return nmaccel_drm_error(err, "mapping a buffer");
	return map_file(bo, heap->fd, args.offset, bytes);
}

static enum nmaccel_status bo_create(struct nmaccel_drm_heap *heap, uint64_t bytes,
				     struct nmaccel_drm_bo **out)
{
	struct drm_nmaccel_bo_create args = {.size = bytes};
	enum nmaccel_status status;
	struct nmaccel_drm_bo *bo;
	int err;

	err = nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
	if (err)
		return nmaccel_drm_error(err, "allocating a buffer");
	if (!args.handle || bo_find(heap, args.handle))
		return nmaccel_error(NMACCEL_ERR_INTERNAL,
				     "the driver gave handle %" PRIu32
				     " to a new buffer; please report it",
				     (uint32_t)args.handle);
	bo = bo_add(heap, args.handle);
	if (!bo)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a buffer object");
	if (args.size < bytes || args.size > SIZE_MAX)
		status = nmaccel_error(NMACCEL_ERR_INTERNAL,
				       "the driver gave %" PRIu64 " bytes for %" PRIu64
				       "; please report it",
				       (uint64_t)args.size, bytes);
	else
		status = bo_map(heap, bo, args.size, -1);
	if (status) {
		bo_put(heap, bo);
		return status;
	}
	*out = bo;
	return NMACCEL_OK;
}

static enum nmaccel_status bo_import(struct nmaccel_drm_heap *heap, int fd, uint64_t bytes,
				     struct nmaccel_drm_bo **out)
{
	struct drm_prime_handle args = {.fd = fd};
	enum nmaccel_status status = NMACCEL_OK;
	struct nmaccel_drm_bo *bo;
	int err;

	err = nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
	if (err == EINVAL)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "fd %d is not a dma-buf, or not one that the card can reach; "
				     "/dev/udmabuf makes one of a memfd",
				     fd);
	if (err)
		return nmaccel_drm_error(err, "importing a dma-buf");
	bo = bo_find(heap, args.handle);
	if (bo)
		bo->refs++;
	else
		bo = bo_add(heap, args.handle);
	if (!bo)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a buffer object");
	if (!bo->map)
		status = bo_map(heap, bo, bytes, fd);
	if (status) {
		bo_put(heap, bo);
		return status;
	}
	*out = bo;
	return NMACCEL_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static enum nmaccel_status new_memory(uint64_t bytes, enum nmaccel_memory_use use,
				      struct drm_memory **memory)
{
	struct drm_memory *m;

	if (bytes > INT64_MAX || bytes > SIZE_MAX)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%" PRIu64 " bytes are more than this machine can address",
				     bytes);
	m = calloc(1, sizeof(*m));
	if (!m)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a memory object");
	m->base.bytes = bytes;
	m->use = use;
	m->dma_buf = -1;
	*memory = m;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_drm_memory_create(struct nmaccel_drm_heap *heap, uint64_t bytes,
					      enum nmaccel_memory_use use,
					      struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	struct drm_memory *m = NULL;

	status = new_memory(bytes, use, &m);
	if (status)
		return status;
	pthread_mutex_lock(&heap->lock);
	status = bo_create(heap, bytes, &m->bo);
	pthread_mutex_unlock(&heap->lock);
	if (status) {
		free(m);
		return status;
	}
	m->base.map = m->bo->map;
	*memory = &m->base;
	return NMACCEL_OK;
}

/* The size of a dma-buf is where its file ends. */
static enum nmaccel_status measure(int fd, uint64_t bytes, uint64_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return nmaccel_error(NMACCEL_ERR_INVALID, "fd %d: %s", fd,
				     errno == EBADF ? "not an open descriptor" : "not a dma-buf");
	if ((uint64_t)end < bytes)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "fd %d holds %" PRIi64 " bytes, fewer than the %" PRIu64
				     " to be imported",
				     fd, (int64_t)end, bytes);
	*size = (uint64_t)end;
	return NMACCEL_OK;
}

static enum nmaccel_status import_into(struct nmaccel_drm_heap *heap, int fd, uint64_t size,
				       struct drm_memory *m)
{
	enum nmaccel_status status;

	m->dma_buf = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (m->dma_buf < 0)
		return nmaccel_drm_error(errno, "duplicating a dma-buf's descriptor");
	pthread_mutex_lock(&heap->lock);
	status = bo_import(heap, fd, size, &m->bo);
	pthread_mutex_unlock(&heap->lock);
	if (status)
		close(m->dma_buf);
	return status;
}

enum nmaccel_status nmaccel_drm_memory_import(struct nmaccel_drm_heap *heap, int fd, uint64_t bytes,
					      struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	struct drm_memory *m = NULL;
	uint64_t size = 0;

	status = new_memory(bytes, NMACCEL_MEMORY_SHAREABLE, &m);
	if (status)
		return status;
	status = measure(fd, bytes, &size);
	if (!status)
		status = import_into(heap, fd, size, m);
	if (status) {
		free(m);
		return status;
	}
	m->base.map = m->bo->map;
	*memory = &m->base;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_drm_memory_export(struct nmaccel_drm_heap *heap,
					      struct nmaccel_memory *memory, int *fd)
{
	struct drm_memory *m = to_drm_memory(memory);
	struct drm_prime_handle args = {.handle = m->bo->handle, .flags = DRM_CLOEXEC | DRM_RDWR};
	int err;

	if (m->use != NMACCEL_MEMORY_SHAREABLE)
		return nmaccel_error(NMACCEL_ERR_INTERNAL, "private memory cannot be exported");
	err = nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);
	if (err)
		return nmaccel_drm_error(err, "exporting a buffer");
	*fd = args.fd;
	return NMACCEL_OK;
}

/* One call stands for both ends of the access that it is about, in the exporter's eyes. */
static enum nmaccel_status sync_dma_buf(int fd, uint64_t access)
{
	struct dma_buf_sync begin = {.flags = DMA_BUF_SYNC_START | access};
	struct dma_buf_sync end = {.flags = DMA_BUF_SYNC_END | access};
	int err = nmaccel_drm_ioctl(fd, DMA_BUF_IOCTL_SYNC, &begin);

	if (!err)
		err = nmaccel_drm_ioctl(fd, DMA_BUF_IOCTL_SYNC, &end);
	return err ? nmaccel_drm_error(err, "syncing a dma-buf") : NMACCEL_OK;
}

enum nmaccel_status nmaccel_drm_memory_sync(struct nmaccel_drm_heap *heap,
					    struct nmaccel_memory *memory,
					    enum nmaccel_sync direction)
{
	struct drm_memory *m = to_drm_memory(memory);
	struct drm_nmaccel_bo_wait wait = {.handle = m->bo->handle, .timeout_ns = INT64_MAX};
	bool read = direction == NMACCEL_SYNC_FROM_DEVICE;
	int err;

	/* Our own memory is coherent, and what nobody else can write has a fence to wait for. */
	if (m->use == NMACCEL_MEMORY_PRIVATE)
		return NMACCEL_OK;
	if (read) {
		err = nmaccel_drm_ioctl(heap->fd, DRM_IOCTL_NMACCEL_BO_WAIT, &wait);
		if (err)
			return nmaccel_drm_error(err, "waiting for a buffer");
	}
	if (m->dma_buf < 0)
		return NMACCEL_OK;
	return sync_dma_buf(m->dma_buf, read ? DMA_BUF_SYNC_READ : DMA_BUF_SYNC_WRITE);
}

/*
 * Its exporter may have to move the memory to where the CPU sees it, and back. What we write may
 * end within a cache line, whose rest must be fresh: so it is read, too.
 */
static enum nmaccel_status access_dma_buf(struct nmaccel_memory *memory, uint64_t edge, bool write)
{
	uint64_t access = write ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_READ;
	struct dma_buf_sync sync = {.flags = edge | access};
	struct drm_memory *m = to_drm_memory(memory);
	int err;

	if (m->dma_buf < 0)
		return NMACCEL_OK;
	err = nmaccel_drm_ioctl(m->dma_buf, DMA_BUF_IOCTL_SYNC, &sync);
	return err ? nmaccel_drm_error(err, "syncing a dma-buf") : NMACCEL_OK;
}

enum nmaccel_status nmaccel_drm_memory_begin(struct nmaccel_memory *memory, bool write)
{
	return access_dma_buf(memory, DMA_BUF_SYNC_START, write);
}

enum nmaccel_status nmaccel_drm_memory_end(struct nmaccel_memory *memory, bool write)
{
	return access_dma_buf(memory, DMA_BUF_SYNC_END, write);
}

void nmaccel_drm_memory_destroy(struct nmaccel_drm_heap *heap, struct nmaccel_memory *memory)
{
	struct drm_memory *m = to_drm_memory(memory);

	pthread_mutex_lock(&heap->lock);
	bo_put(heap, m->bo);
	pthread_mutex_unlock(&heap->lock);
	if (m->dma_buf >= 0)
		close(m->dma_buf);
	free(m);
}
