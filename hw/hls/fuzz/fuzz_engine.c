// SPDX-License-Identifier: MIT
/*
 * Fuzz the engine with all of a job's memory. The input is laid over a valid job, so that most of
 *it reaches past the first check:
 *
 *	byte 0		which build
 *	byte 1		bit 0: the input also covers the job header and the buffer table
 *	the rest	memory from there on: [job, table,] descriptors, streams, activations
 *
 * Behind an address beyond the memory the bus refuses, as real ones do.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_engine.h"

#define MEMORY	  65536u
#define TABLE_AT  64u
#define BUFFERS	  8u
#define RECORD_AT (TABLE_AT + BUFFERS * sizeof(struct nmaccel_hw_buffer))
#define DESCS_AT  (RECORD_AT + sizeof(struct nmaccel_hw_record))
#define DESCS	  2u
#define DATA_AT	  (DESCS_AT + DESCS * sizeof(struct nmaccel_hw_desc))
#define LIST_AT	  (MEMORY - 4096u)

/* What is told to run for long would only show the fuzzer's patience: accesses, and taps. */
#define MAX_ACCESSES 400u
#define MAX_KERNEL   15u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_bus {
	struct nmaccel_bus bus;
	uint8_t *memory;
	uint32_t accesses;
};

static int fuzz_reach(struct fuzz_bus *bus, uint64_t addr, uint32_t words)
{
	if (addr % NMACCEL_WORD_BYTES || words == 0)
		abort();
	if (addr > MEMORY || (uint64_t)words * NMACCEL_WORD_BYTES > MEMORY - addr)
		return -1;
	return ++bus->accesses > MAX_ACCESSES ? -1 : 0;
}

/* A kernel that is legal becomes one that is small as well. */
static void limit_kernel(struct nmaccel_word *words)
{
	struct nmaccel_hw_desc desc;

	memcpy(&desc, words, sizeof(desc));
	if (desc.kernel_h <= NMACCEL_MAX_KERNEL)
		desc.kernel_h %= MAX_KERNEL + 1;
	if (desc.kernel_w <= NMACCEL_MAX_KERNEL)
		desc.kernel_w %= MAX_KERNEL + 1;
	memcpy(words, &desc, sizeof(desc));
}

static int fuzz_read(struct nmaccel_bus *base, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	struct fuzz_bus *bus = (struct fuzz_bus *)base;

	if (fuzz_reach(bus, addr, words))
		return -1;
	memcpy(dst, bus->memory + addr, (size_t)words * NMACCEL_WORD_BYTES);
	/* Rows of a tensor that are as long are changed too, which is no matter. */
	if (words == sizeof(struct nmaccel_hw_desc) / NMACCEL_WORD_BYTES)
		limit_kernel(dst);
	return 0;
}

static int fuzz_write(struct nmaccel_bus *base, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words)
{
	struct fuzz_bus *bus = (struct fuzz_bus *)base;

	if (fuzz_reach(bus, addr, words))
		return -1;
	memcpy(bus->memory + addr, src, (size_t)words * NMACCEL_WORD_BYTES);
	return 0;
}

/* Buffers that overlap in the data; the last two are page lists. */
static void fill_table(uint8_t *memory)
{
	struct nmaccel_hw_buffer entry;
	uint64_t page;
	uint32_t i;

	for (i = 0; i < BUFFERS; i++) {
		memset(&entry, 0, sizeof(entry));
		entry.addr = DATA_AT + 4096u * i;
		entry.size = 16384u + 1000u * i;
		entry.flags = i % 4 == 3 ? NMACCEL_BUF_READ | NMACCEL_BUF_WRITE
			      : i % 2	 ? NMACCEL_BUF_WRITE
					 : NMACCEL_BUF_READ;
		if (i >= BUFFERS - 2) {
			entry.addr = LIST_AT;
			entry.flags |= NMACCEL_BUF_PAGE_LIST;
			entry.page_shift = NMACCEL_MIN_PAGE_SHIFT;
		}
		memcpy(memory + TABLE_AT + i * sizeof(entry), &entry, sizeof(entry));
	}
	for (i = 0; i < 8; i++) {
		page = 4096u * (9u - i);
		memcpy(memory + LIST_AT + 8u * i, &page, sizeof(page));
	}
}

static void fill_job(uint8_t *memory)
{
	struct nmaccel_hw_job job;

	memset(&job, 0, sizeof(job));
	job.magic = NMACCEL_MAGIC;
	job.version = NMACCEL_CONTRACT_VERSION;
	job.seq = 1;
	job.descs = DESCS_AT;
	job.buffers = TABLE_AT;
	job.record = RECORD_AT;
	job.n_descs = DESCS;
	job.n_buffers = BUFFERS;
	memcpy(memory, &job, sizeof(job));
}

/* A convolution that is valid with a stream of zeros. */
static void fill_desc(uint8_t *memory)
{
	struct nmaccel_hw_desc desc;

	memset(&desc, 0, sizeof(desc));
	desc.op = NMACCEL_OP_CONV;
	desc.in.channels = desc.in.ch = 3;
	desc.out.buffer = 1;
	desc.out.channels = desc.out.ch = 4;
	desc.weights = 2;
	desc.weights_bytes = 16;
	desc.params = 4;
	desc.batch = 1;
	desc.in_h = desc.in_w = desc.out_h = desc.out_w = 8;
	desc.kernel_h = desc.kernel_w = 3;
	desc.stride_h = desc.stride_w = desc.dilation_h = desc.dilation_w = 1;
	desc.pad_top = desc.pad_left = 1;
	desc.act_min = -128;
	desc.act_max = 127;
	desc.block_rows = NMACCEL_BLOCK_ROWS_128;
	memcpy(memory + DESCS_AT, &desc, sizeof(desc));
	memcpy(memory + DESCS_AT + sizeof(desc), &desc, sizeof(desc));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bus bus = {.bus = {.read = fuzz_read, .write = fuzz_write}};
	const struct nmaccel_engine_variant *variant;
	uint32_t builds = 0;
	size_t at;
	void *state;

	if (size < 2)
		return 0;
	while (nmaccel_engine_at(builds))
		builds++;
	variant = nmaccel_engine_at(data[0] % builds);
	at = data[1] & 1 ? 0 : DESCS_AT;
	size -= 2;
	if (size > MEMORY - at)
		size = MEMORY - at;
	bus.memory = calloc(1, MEMORY);
	state = malloc(variant->state_bytes);
	if (!bus.memory || !state)
		abort();
	fill_job(bus.memory);
	fill_table(bus.memory);
	fill_desc(bus.memory);
	memcpy(bus.memory + at, data + 2, size);
	variant->run(&bus.bus, state, 0);
	free(state);
	free(bus.memory);
	return 0;
}
