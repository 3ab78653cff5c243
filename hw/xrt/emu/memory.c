// SPDX-License-Identifier: MIT
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drm/nmaccel_hw.h"

void emu_memory_init(struct emu_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	pthread_rwlock_init(&memory->lock, NULL);
	memory->fd = -1;
}

void emu_memory_destroy(struct emu_memory *memory)
{
	if (memory->bytes)
		munmap(memory->bytes, memory->size);
	if (memory->fd >= 0)
		close(memory->fd);
	free(memory->buffers);
	pthread_rwlock_destroy(&memory->lock);
}

bool emu_memory_make(struct emu_memory *memory, uint64_t size)
{
	void *bytes;
	int fd;

	if (memory->fd >= 0)
		return size == memory->size;
	if (!size || size > EMU_MAX_MEMORY)
		return false;
	/* Without a name, so that nothing of it is left however the process ends. */
	fd = memfd_create("nmaccel-device-memory", MFD_CLOEXEC);
	if (fd < 0)
		return false;
	if (ftruncate(fd, (off_t)size))
		goto err_close;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (bytes == MAP_FAILED)
		goto err_close;
	memory->fd = fd;
	memory->bytes = bytes;
	memory->size = size;
	return true;

err_close:
	close(fd);
	return false;
}

/* The first buffer that ends behind addr, or n_buffers; lock held. */
static size_t find(const struct emu_memory *memory, uint64_t addr)
{
	size_t low = 0, high = memory->n_buffers;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (memory->buffers[middle].addr + memory->buffers[middle].size > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool grow(struct emu_memory *memory)
{
	const size_t room = memory->room ? 2 * memory->room : 64;
	struct emu_buffer *buffers;

	if (memory->n_buffers < memory->room)
		return true;
	if (memory->n_buffers >= EMU_MAX_BUFFERS)
		return false;
	buffers = realloc(memory->buffers, room * sizeof(*buffers));
	if (!buffers)
		return false;
	memory->buffers = buffers;
	memory->room = room;
	return true;
}

/* Write lock held. */
static bool insert(struct emu_memory *memory, uint64_t addr, uint64_t size)
{
	const size_t at = find(memory, addr);

	if (at < memory->n_buffers && memory->buffers[at].addr < addr + size)
		return false;
	if (!grow(memory))
		return false;
	memmove(&memory->buffers[at + 1], &memory->buffers[at],
		(memory->n_buffers - at) * sizeof(memory->buffers[0]));
	memory->buffers[at] = (struct emu_buffer){.addr = addr, .size = size};
	memory->n_buffers++;
	return true;
}

bool emu_memory_alloc(struct emu_memory *memory, uint64_t addr, uint64_t size)
{
	bool done;

	/* An engine may read the whole of the last word. */
	if (size && size <= memory->size)
		size = (size + NMACCEL_ALIGN - 1) & ~(uint64_t)(NMACCEL_ALIGN - 1);
	if (!size || size > memory->size || addr > memory->size - size)
		return false;
	pthread_rwlock_wrlock(&memory->lock);
	done = insert(memory, addr, size);
	pthread_rwlock_unlock(&memory->lock);
	return done;
}

bool emu_memory_free(struct emu_memory *memory, uint64_t addr)
{
	bool found;
	size_t at;

	pthread_rwlock_wrlock(&memory->lock);
	at = find(memory, addr);
	found = at < memory->n_buffers && memory->buffers[at].addr == addr;
	if (found) {
		memory->n_buffers--;
		memmove(&memory->buffers[at], &memory->buffers[at + 1],
			(memory->n_buffers - at) * sizeof(memory->buffers[0]));
	}
	pthread_rwlock_unlock(&memory->lock);
	return found;
}

/* Lock held. */
static bool inside(const struct emu_memory *memory, uint64_t addr, uint64_t bytes)
{
	const size_t at = find(memory, addr);
	const struct emu_buffer *buffer;

	if (!bytes || at == memory->n_buffers)
		return false;
	buffer = &memory->buffers[at];
	return buffer->addr <= addr && bytes <= buffer->size - (addr - buffer->addr);
}

bool emu_memory_read(struct emu_memory *memory, uint64_t addr, void *dst, uint64_t bytes)
{
	bool allowed;

	pthread_rwlock_rdlock(&memory->lock);
	allowed = inside(memory, addr, bytes);
	if (allowed)
		memcpy(dst, memory->bytes + addr, bytes);
	pthread_rwlock_unlock(&memory->lock);
	return allowed;
}

bool emu_memory_write(struct emu_memory *memory, uint64_t addr, const void *src, uint64_t bytes)
{
	bool allowed;

	pthread_rwlock_rdlock(&memory->lock);
	allowed = inside(memory, addr, bytes);
	if (allowed)
		memcpy(memory->bytes + addr, src, bytes);
	pthread_rwlock_unlock(&memory->lock);
	return allowed;
}
