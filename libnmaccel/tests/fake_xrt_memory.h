/* SPDX-License-Identifier: MIT */
/*
 * Memory of the fake card, counted by references: what is mapped, and what is on the card, which
 * only a copy makes equal. The caller holds the lock.
 */
#ifndef NMACCEL_TESTS_FAKE_XRT_MEMORY_H
#define NMACCEL_TESTS_FAKE_XRT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct fake_xrt_memory {
	struct fake_xrt_memory *next;
	uint32_t refs;
	uint64_t address, bytes;
	uint8_t *host, *card; /* the card's ends with the last 16-byte word of it */
	int fd;		      /* that it was exported as; else -1 */
};

/* Neither the mapping nor the card's part is zero. lower: does it lie below an older one? */
struct fake_xrt_memory *fake_xrt_memory_create(uint64_t bytes, bool *lower);

/* The memory that was exported as this file, else new memory of the file's size; NULL and errno. */
struct fake_xrt_memory *fake_xrt_memory_import(int fd);

/* The memory's own descriptor. */
int fake_xrt_memory_export(struct fake_xrt_memory *memory);

void fake_xrt_memory_unref(struct fake_xrt_memory *memory);

/* The card's memory at an address; NULL if it is not all in one living object. */
void *fake_xrt_memory_at(uint64_t address, uint64_t bytes);

/* Is that part of the card's memory in this object? */
bool fake_xrt_memory_holds(const struct fake_xrt_memory *memory, const void *card);

#endif /* NMACCEL_TESTS_FAKE_XRT_MEMORY_H */
