/* SPDX-License-Identifier: MIT */
/* The memory of a self-test while it is filled: space is taken from the bottom up. */
#ifndef IMAGE_MEMORY_H
#define IMAGE_MEMORY_H

#include <stdint.h>

#include "nmaccel_engine.h"

struct image_memory {
	struct nmaccel_bus bus; /* for the model */
	uint8_t *bytes;
	uint32_t size;
	uint32_t used;
};

void image_memory_init(struct image_memory *memory, uint32_t size);
void image_memory_free(struct image_memory *memory);

/* Address of a new piece, which is zero; ends the program when there is no room. */
uint32_t image_memory_take(struct image_memory *memory, uint32_t bytes, uint32_t align);

/* One line of hexadecimal digits for each word of word_bytes, the first byte last. */
void image_memory_print(const struct image_memory *memory, uint32_t word_bytes);

#endif /* IMAGE_MEMORY_H */
