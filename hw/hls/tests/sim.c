// SPDX-License-Identifier: MIT
#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"

#define GUARD_BYTE 0xa5

/* The top function of hw/hls/src/nmaccel_engine.c. */
void nmaccel_engine(struct nmaccel_word *mem, uint64_t job);

static void *zalloc(uint64_t size)
{
	void *p = calloc(1, size ? size : 1);

	assert_non_null(p);
	return p;
}

void test_job_init(struct test_job *job)
{
	memset(job, 0, sizeof(*job));
}

void test_job_free(struct test_job *job)
{
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++)
		free(job->buffers[i].data);
}

uint32_t test_job_buffer(struct test_job *job, uint64_t size, uint32_t flags, uint32_t page_shift)
{
	struct test_buffer *buffer = &job->buffers[job->n_buffers];

	assert_true(job->n_buffers < TEST_MAX_BUFFERS);
	buffer->data = zalloc(size);
	rng_fill(buffer->data, size);
	buffer->size = size;
	buffer->flags = flags;
	buffer->page_shift = page_shift;
	return job->n_buffers++;
}

/* The region of words at addr, or NULL. */
static struct sim_region *sim_find(struct sim *sim, uint64_t addr, uint32_t words)
{
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;
	uint32_t i;

	for (i = 0; i < sim->n_regions; i++) {
		struct sim_region *region = &sim->regions[i];

		if (addr >= region->addr && addr - region->addr <= region->size &&
		    bytes <= region->size - (addr - region->addr))
			return region;
	}
	return NULL;
}

static bool sim_access(struct sim *sim, uint64_t addr, uint32_t words)
{
	if (sim->before)
		sim->before(sim, sim->context);
	if (++sim->accesses == sim->refuse)
		return false;
	if (addr % NMACCEL_WORD_BYTES || words == 0)
		sim->strays++;
	return true;
}

static int sim_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		    uint32_t words)
{
	struct sim *sim = (struct sim *)bus;
	const struct sim_region *region;

	if (!sim_access(sim, addr, words))
		return -1;
	region = sim_find(sim, addr, words);
	if (!region) {
		sim->strays++;
		return -1;
	}
	memcpy(dst, region->data + (addr - region->addr), (size_t)words * NMACCEL_WORD_BYTES);
	return 0;
}

static int sim_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		     uint32_t words)
{
	struct sim *sim = (struct sim *)bus;
	const struct sim_region *region;

	if (!sim_access(sim, addr, words))
		return -1;
	region = sim_find(sim, addr, words);
	if (!region || !region->writable) {
		sim->strays++;
		return -1;
	}
	memcpy(region->data + (addr - region->addr), src, (size_t)words * NMACCEL_WORD_BYTES);
	return 0;
}

/* Add a region whose address comes later; its size is rounded up to whole words. */
static uint32_t sim_add(struct sim *sim, uint64_t size, bool writable)
{
	struct sim_region *region = &sim->regions[sim->n_regions];

	region->size = (size + NMACCEL_WORD_BYTES - 1) & ~(uint64_t)(NMACCEL_WORD_BYTES - 1);
	region->data = zalloc(region->size);
	region->writable = writable;
	return sim->n_regions++;
}

static uint64_t page_count(const struct test_buffer *buffer)
{
	return buffer->page_shift ? (buffer->size + ((uint64_t)1 << buffer->page_shift) - 1) >>
					    buffer->page_shift
				  : 0;
}

/* Add a buffer's regions: its data, or its pages and then its page list. */
static void sim_add_buffer(struct sim *sim, const struct test_buffer *buffer, uint32_t i)
{
	const bool writable = buffer->flags & NMACCEL_BUF_WRITE;
	const uint64_t pages = page_count(buffer);
	const uint64_t page_bytes = (uint64_t)1 << buffer->page_shift;
	uint64_t p, at, size;

	sim->first_region[i] = sim->n_regions;
	if (!buffer->page_shift) {
		memcpy(sim->regions[sim_add(sim, buffer->size, writable)].data, buffer->data,
		       buffer->size);
		return;
	}
	for (p = 0; p < pages; p++) {
		at = p * page_bytes;
		size = buffer->size - at < page_bytes ? buffer->size - at : page_bytes;
		memcpy(sim->regions[sim_add(sim, size, writable)].data, buffer->data + at, size);
	}
	sim->page_lists[i] = (uint64_t *)sim->regions[sim_add(sim, pages * 8, false)].data;
}

/* Give the regions addresses in random order, aligned to shifts[]. */
static void sim_place(struct sim *sim, const uint32_t *shifts, enum sim_layout layout)
{
	uint32_t *order = zalloc(sim->n_regions * sizeof(*order));
	uint64_t addr = layout == SIM_FLAT ? 4096 : rng_u64() >> 3;
	uint32_t i, j;

	for (i = 0; i < sim->n_regions; i++) {
		j = rng_range(0, i);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < sim->n_regions; i++) {
		const uint32_t shift =
			layout == SIM_PAGES && shifts[order[i]] < 12 ? 12 : shifts[order[i]];
		const uint64_t align = (uint64_t)1 << shift;

		addr = (addr + align - 1) & ~(align - 1);
		sim->regions[order[i]].addr = addr;
		addr += sim->regions[order[i]].size + 16 * rng_range(1, 20);
	}
	free(order);
}

static void sim_fill_table(struct sim *sim, const struct test_job *job)
{
	uint32_t i;
	uint64_t p;

	for (i = 0; i < job->n_buffers; i++) {
		const struct test_buffer *buffer = &job->buffers[i];
		const uint64_t pages = page_count(buffer);
		const struct sim_region *regions = &sim->regions[sim->first_region[i]];

		sim->table[i].addr = regions[pages].addr;
		sim->table[i].size = buffer->size;
		sim->table[i].flags = buffer->flags;
		sim->table[i].page_shift = buffer->page_shift;
		if (buffer->page_shift)
			sim->table[i].flags |= NMACCEL_BUF_PAGE_LIST;
		for (p = 0; p < pages; p++)
			sim->page_lists[i][p] = regions[p].addr;
		/* An engine may read the rest of the last word; it must not use it. */
		if (pages % 2)
			sim->page_lists[i][pages] = UINT64_MAX;
	}
}

void sim_map(struct sim *sim, const struct test_job *job, enum sim_layout layout)
{
	uint32_t job_region, record_region, descs_region, table_region, i, j;
	uint64_t regions = 4 + job->n_buffers;
	uint32_t *shifts;

	for (i = 0; i < job->n_buffers; i++)
		regions += page_count(&job->buffers[i]);
	memset(sim, 0, sizeof(*sim));
	sim->bus.read = sim_read;
	sim->bus.write = sim_write;
	sim->regions = zalloc(regions * sizeof(*sim->regions));
	sim->first_region = zalloc(job->n_buffers * sizeof(*sim->first_region));
	sim->page_lists = zalloc(job->n_buffers * sizeof(*sim->page_lists));
	shifts = zalloc(regions * sizeof(*shifts));

	job_region = sim_add(sim, sizeof(*sim->job), false);
	record_region = sim_add(sim, sizeof(*sim->record), true);
	descs_region = sim_add(sim, job->n_descs * sizeof(*sim->descs), false);
	table_region = sim_add(sim, job->n_buffers * sizeof(*sim->table), false);
	for (i = 0; i < job->n_buffers; i++)
		sim_add_buffer(sim, &job->buffers[i], i);
	for (i = 0; i < sim->n_regions; i++)
		shifts[i] = 4;
	for (i = 0; i < job->n_buffers; i++)
		for (j = 0; j < page_count(&job->buffers[i]); j++)
			shifts[sim->first_region[i] + j] = job->buffers[i].page_shift;
	sim_place(sim, shifts, layout);
	free(shifts);

	sim->job = (struct nmaccel_hw_job *)sim->regions[job_region].data;
	sim->job_addr = sim->regions[job_region].addr;
	sim->record = (struct nmaccel_hw_record *)sim->regions[record_region].data;
	sim->descs = (struct nmaccel_hw_desc *)sim->regions[descs_region].data;
	sim->table = (struct nmaccel_hw_buffer *)sim->regions[table_region].data;
	sim->job->magic = NMACCEL_MAGIC;
	sim->job->version = NMACCEL_CONTRACT_VERSION;
	sim->job->seq = rng_u64();
	sim->job->descs = sim->regions[descs_region].addr;
	sim->job->buffers = sim->regions[table_region].addr;
	sim->job->record = sim->regions[record_region].addr;
	sim->job->n_descs = job->n_descs;
	sim->job->n_buffers = job->n_buffers;
	memcpy(sim->descs, job->descs, job->n_descs * sizeof(*sim->descs));
	sim_fill_table(sim, job);
}

void sim_free(struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < sim->n_regions; i++)
		free(sim->regions[i].data);
	free(sim->regions);
	free(sim->first_region);
	free(sim->page_lists);
}

void sim_fetch(const struct sim *sim, struct test_job *job)
{
	uint32_t i;
	uint64_t p;

	for (i = 0; i < job->n_buffers; i++) {
		struct test_buffer *buffer = &job->buffers[i];
		const struct sim_region *regions = &sim->regions[sim->first_region[i]];
		const uint64_t pages = page_count(buffer);
		uint64_t at = 0, size;

		if (!buffer->page_shift)
			memcpy(buffer->data, regions[0].data, buffer->size);
		for (p = 0; p < pages; p++, at += size) {
			size = buffer->size - at;
			if (size > (uint64_t)1 << buffer->page_shift)
				size = (uint64_t)1 << buffer->page_shift;
			memcpy(buffer->data + at, regions[p].data, size);
		}
	}
}

void sim_run(struct sim *sim, const struct nmaccel_engine_variant *variant)
{
	void *state = malloc(variant->state_bytes);

	assert_non_null(state);
	/* What an engine left in its memories must not matter to the next job. */
	memset(state, 0x5a, variant->state_bytes);
	memset(sim->record, 0, sizeof(*sim->record));
	sim->accesses = 0;
	sim->strays = 0;
	variant->run(&sim->bus, state, sim->job_addr);
	free(state);
}

/* Bytes of flat memory that belong to no region and are no longer what they were. */
static uint64_t flat_changed(const struct sim *sim, uint8_t *flat, uint64_t size)
{
	uint64_t changed = 0, i;
	uint32_t r;

	for (r = 0; r < sim->n_regions; r++)
		memset(flat + sim->regions[r].addr, GUARD_BYTE, sim->regions[r].size);
	for (i = 0; i < size; i++)
		changed += flat[i] != GUARD_BYTE;
	return changed;
}

uint64_t sim_run_flat(struct sim *sim)
{
	uint64_t size = 0, changed;
	struct nmaccel_word *mem;
	uint8_t *flat;
	uint32_t r;

	for (r = 0; r < sim->n_regions; r++)
		if (sim->regions[r].addr + sim->regions[r].size > size)
			size = sim->regions[r].addr + sim->regions[r].size;
	size += 4096;
	mem = zalloc(size);
	flat = (uint8_t *)mem;
	memset(flat, GUARD_BYTE, size);
	memset(sim->record, 0, sizeof(*sim->record));
	for (r = 0; r < sim->n_regions; r++)
		memcpy(flat + sim->regions[r].addr, sim->regions[r].data, sim->regions[r].size);
	nmaccel_engine(mem, sim->job_addr);
	for (r = 0; r < sim->n_regions; r++)
		memcpy(sim->regions[r].data, flat + sim->regions[r].addr, sim->regions[r].size);
	changed = flat_changed(sim, flat, size);
	free(mem);
	return changed;
}
