// SPDX-License-Identifier: MIT
#include "dma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vfio_user.h"

void card_dma_init(struct card_dma *dma)
{
	memset(dma, 0, sizeof(*dma));
	pthread_rwlock_init(&dma->lock, NULL);
}

static void file_free(struct card_dma *dma, uint32_t slot)
{
	struct card_dma_file *file = dma->files[slot];

	munmap(file->base, file->size);
	free(file);
	dma->files[slot] = NULL;
}

/* A slot for one more file: a free one, or that of a file that no map shows any more. */
static int file_slot(struct card_dma *dma, uint32_t *slot)
{
	uint32_t i;

	for (i = 0; i < CARD_DMA_MAX_FILES; i++)
		if (!dma->files[i]) {
			*slot = i;
			return 0;
		}
	for (i = 0; i < CARD_DMA_MAX_FILES; i++)
		if (!dma->files[i]->users) {
			file_free(dma, i);
			*slot = i;
			return 0;
		}
	return ENOSPC;
}

static int file_map(struct card_dma *dma, int fd, const struct stat *st, bool writable,
		    struct card_dma_file **result)
{
	struct card_dma_file *file;
	uint32_t slot;
	void *base;
	int err;

	err = file_slot(dma, &slot);
	if (err)
		return err;
	file = calloc(1, sizeof(*file));
	if (!file)
		return ENOMEM;
	base = mmap(NULL, (size_t)st->st_size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
		    MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		err = errno;
		free(file);
		return err;
	}
	file->dev = st->st_dev;
	file->ino = st->st_ino;
	file->writable = writable;
	file->base = base;
	file->size = (uint64_t)st->st_size;
	dma->files[slot] = file;
	*result = file;
	return 0;
}

/* The file behind fd, which must hold the bytes [offset, offset + size). */
static int file_get(struct card_dma *dma, const struct card_dma_request *request,
		    struct card_dma_file **result)
{
	const int flags = fcntl(request->fd, F_GETFL);
	struct stat st;
	bool writable;
	uint32_t i;

	if (flags < 0 || fstat(request->fd, &st))
		return errno;
	if (st.st_size <= 0 || (uint64_t)st.st_size < request->offset ||
	    (uint64_t)st.st_size - request->offset < request->size)
		return EINVAL;
	writable = (flags & O_ACCMODE) == O_RDWR;
	if (request->writable && !writable)
		return EACCES;
	for (i = 0; i < CARD_DMA_MAX_FILES; i++) {
		struct card_dma_file *file = dma->files[i];

		if (file && file->dev == st.st_dev && file->ino == st.st_ino &&
		    file->writable == writable && file->size == (uint64_t)st.st_size) {
			*result = file;
			return 0;
		}
	}
	return file_map(dma, request->fd, &st, writable, result);
}

/* Index of the first map that ends at or behind iova. */
static size_t map_find(const struct card_dma *dma, uint64_t iova)
{
	size_t low = 0, high = dma->n_maps;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (dma->maps[mid].last < iova)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int map_reserve(struct card_dma *dma)
{
	struct card_dma_map *maps;
	size_t room;

	if (dma->n_maps < dma->room)
		return 0;
	if (dma->n_maps >= CARD_DMA_MAX_MAPS)
		return ENOSPC;
	room = dma->room ? dma->room * 2 : 64;
	maps = realloc(dma->maps, room * sizeof(*maps));
	if (!maps)
		return ENOMEM;
	dma->maps = maps;
	dma->room = room;
	return 0;
}

static void map_put(struct card_dma_map *map)
{
	if (map->file)
		map->file->users--;
}

static bool request_valid(const struct card_dma_request *request)
{
	const uint64_t mask = VFIO_USER_DMA_PAGE_SIZE - 1;

	return request->size && request->size - 1 <= UINT64_MAX - request->iova &&
	       !(request->iova & mask) && !(request->size & mask) && !(request->offset & mask);
}

static int add_locked(struct card_dma *dma, const struct card_dma_request *request)
{
	struct card_dma_map map = {
		.iova = request->iova,
		.last = request->iova + (request->size - 1),
		.offset = request->offset,
		.readable = request->readable,
		.writable = request->writable,
	};
	const size_t at = map_find(dma, map.iova);
	const bool overlap = at < dma->n_maps && dma->maps[at].iova <= map.last;
	int err;

	if (overlap && (dma->maps[at].iova != map.iova || dma->maps[at].last != map.last))
		return EEXIST;
	err = overlap ? 0 : map_reserve(dma);
	if (err)
		return err;
	if (request->fd >= 0) {
		err = file_get(dma, request, &map.file);
		if (err)
			return err;
		map.file->users++;
	}
	if (overlap) {
		map_put(&dma->maps[at]);
	} else {
		memmove(&dma->maps[at + 1], &dma->maps[at],
			(dma->n_maps - at) * sizeof(*dma->maps));
		dma->n_maps++;
	}
	dma->maps[at] = map;
	return 0;
}

int card_dma_add(struct card_dma *dma, const struct card_dma_request *request)
{
	int err;

	if (!request_valid(request))
		return EINVAL;
	pthread_rwlock_wrlock(&dma->lock);
	err = add_locked(dma, request);
	pthread_rwlock_unlock(&dma->lock);
	return err;
}

static int remove_locked(struct card_dma *dma, uint64_t iova, uint64_t last, uint64_t *removed)
{
	const size_t from = map_find(dma, iova);
	size_t to = from, i;

	while (to < dma->n_maps && dma->maps[to].iova <= last) {
		if (dma->maps[to].iova < iova || dma->maps[to].last > last)
			return EINVAL;
		to++;
	}
	for (i = from; i < to; i++) {
		*removed += dma->maps[i].last - dma->maps[i].iova + 1;
		map_put(&dma->maps[i]);
	}
	memmove(&dma->maps[from], &dma->maps[to], (dma->n_maps - to) * sizeof(*dma->maps));
	dma->n_maps -= to - from;
	return 0;
}

int card_dma_remove(struct card_dma *dma, uint64_t iova, uint64_t size, uint64_t *removed)
{
	int err;

	*removed = 0;
	if (!size || size - 1 > UINT64_MAX - iova)
		return EINVAL;
	pthread_rwlock_wrlock(&dma->lock);
	err = dma->n_maps ? remove_locked(dma, iova, iova + (size - 1), removed) : 0;
	pthread_rwlock_unlock(&dma->lock);
	return err;
}

void card_dma_remove_all(struct card_dma *dma)
{
	uint32_t i;

	pthread_rwlock_wrlock(&dma->lock);
	dma->n_maps = 0;
	for (i = 0; i < CARD_DMA_MAX_FILES; i++)
		if (dma->files[i])
			file_free(dma, i);
	pthread_rwlock_unlock(&dma->lock);
}

void card_dma_destroy(struct card_dma *dma)
{
	card_dma_remove_all(dma);
	free(dma->maps);
	pthread_rwlock_destroy(&dma->lock);
}

/*
 * The guest may change the memory at any time, so each word is read and written as one. Its
 * order is that of a PCIe device: what was written first is seen first.
 */
static void copy_in(uint64_t *dst, const uint64_t *guest, uint64_t words)
{
	uint64_t i;

	for (i = 0; i < words; i++)
		dst[i] = __atomic_load_n(&guest[i], __ATOMIC_ACQUIRE);
}

static void copy_out(uint64_t *guest, const uint64_t *src, uint64_t words)
{
	uint64_t i;

	for (i = 0; i < words; i++)
		__atomic_store_n(&guest[i], src[i], __ATOMIC_RELEASE);
}

static bool map_allows(const struct card_dma_map *map, bool write)
{
	return map->file && (write ? map->writable : map->readable);
}

/*
 * Copy, map by map. On a refusal behind the first map the maps before it are done, as on a bus
 * that cuts an access at pages.
 */
static int access_locked(struct card_dma *dma, uint64_t iova, void *data, uint64_t bytes,
			 bool write)
{
	size_t at = map_find(dma, iova);
	uint8_t *local = data;

	while (bytes) {
		const struct card_dma_map *map = &dma->maps[at];
		uint64_t n;
		void *guest;

		if (at >= dma->n_maps || map->iova > iova || !map_allows(map, write))
			return EFAULT;
		n = map->last - iova + 1;
		/* 0: the one map that is the whole address space. */
		if (!n || n > bytes)
			n = bytes;
		guest = map->file->base + map->offset + (iova - map->iova);
		if (write)
			copy_out(guest, (const uint64_t *)(void *)local, n / sizeof(uint64_t));
		else
			copy_in((uint64_t *)(void *)local, guest, n / sizeof(uint64_t));
		iova += n;
		local += n;
		bytes -= n;
		at++;
	}
	return 0;
}

int card_dma_read(struct card_dma *dma, uint64_t iova, void *dst, uint64_t bytes)
{
	int err;

	pthread_rwlock_rdlock(&dma->lock);
	err = dma->n_maps ? access_locked(dma, iova, dst, bytes, false) : EFAULT;
	pthread_rwlock_unlock(&dma->lock);
	return err;
}

int card_dma_write(struct card_dma *dma, uint64_t iova, const void *src, uint64_t bytes)
{
	int err;

	pthread_rwlock_rdlock(&dma->lock);
	err = dma->n_maps ? access_locked(dma, iova, (void *)(uintptr_t)src, bytes, true) : EFAULT;
	pthread_rwlock_unlock(&dma->lock);
	return err;
}
