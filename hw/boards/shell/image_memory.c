// SPDX-License-Identifier: MIT
#include "image_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is [addr, addr + words) inside? */
static int outside(const struct image_memory *memory, uint64_t addr, uint32_t words)
{
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;

	return addr > memory->size || bytes > memory->size - addr;
}

static int read_words(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		      uint32_t words)
{
	const struct image_memory *memory = (const struct image_memory *)bus;

	if (outside(memory, addr, words))
		return -1;
	memcpy(dst, memory->bytes + addr, (size_t)words * NMACCEL_WORD_BYTES);
	return 0;
}

static int write_words(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		       uint32_t words)
{
	struct image_memory *memory = (struct image_memory *)bus;

	if (outside(memory, addr, words))
		return -1;
	memcpy(memory->bytes + addr, src, (size_t)words * NMACCEL_WORD_BYTES);
	return 0;
}

void image_memory_init(struct image_memory *memory, uint32_t size)
{
	memory->bus.read = read_words;
	memory->bus.write = write_words;
	memory->bytes = calloc(1, size);
	memory->size = size;
	memory->used = 0;
	if (!memory->bytes) {
		fputs("image: out of memory\n", stderr);
		exit(1);
	}
}

void image_memory_free(struct image_memory *memory)
{
	free(memory->bytes);
}

uint32_t image_memory_take(struct image_memory *memory, uint32_t bytes, uint32_t align)
{
	const uint32_t at = (memory->used + align - 1) / align * align;

	if (at > memory->size || bytes > memory->size - at) {
		fprintf(stderr, "image: the self-test does not fit into %u bytes\n", memory->size);
		exit(1);
	}
	memory->used = at + bytes;
	return at;
}

void image_memory_print(const struct image_memory *memory, uint32_t word_bytes)
{
	uint32_t at, i;

	for (at = 0; at < memory->size; at += word_bytes) {
		for (i = word_bytes; i > 0; i--)
			printf("%02x", memory->bytes[at + i - 1]);
		putchar('\n');
	}
}
