/* SPDX-License-Identifier: MIT */
/*
 * The memory of an emulated device: a sparse file, which XRT maps too, and the buffers that XRT has
 * allocated in it. Whoever reads or writes must stay inside one buffer, so that an access which a
 * card would carry out anywhere is seen here.
 *
 * All functions may be called by any thread; what has been freed is not touched any more when the
 * call that frees it returns.
 */
#ifndef EMU_MEMORY_H
#define EMU_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_MAX_MEMORY	((uint64_t)1 << 40)
#define EMU_MAX_BUFFERS 65536u

/* A part of XRT's address space; size is a multiple of NMACCEL_ALIGN. */
struct emu_buffer {
	uint64_t addr;
	uint64_t size;
};

struct emu_memory {
	pthread_rwlock_t lock;
	int fd;		/* -1: there is none yet */
	uint8_t *bytes; /* all of it */
	uint64_t size;
	struct emu_buffer *buffers; /* by address, without overlap */
	size_t n_buffers;
	size_t room;
};

void emu_memory_init(struct emu_memory *memory);
void emu_memory_destroy(struct emu_memory *memory);

/* Make it; once made it keeps its size, and asking for another is an error. */
bool emu_memory_make(struct emu_memory *memory, uint64_t size);

/* False if the range is not free memory, or no such buffer begins at addr. */
bool emu_memory_alloc(struct emu_memory *memory, uint64_t addr, uint64_t size);
bool emu_memory_free(struct emu_memory *memory, uint64_t addr);

/* False, and nothing done, if the range is not in one buffer. */
bool emu_memory_read(struct emu_memory *memory, uint64_t addr, void *dst, uint64_t bytes);
bool emu_memory_write(struct emu_memory *memory, uint64_t addr, const void *src, uint64_t bytes);

#endif /* EMU_MEMORY_H */
