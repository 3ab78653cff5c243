/* SPDX-License-Identifier: MIT */
/* A job in memory, and what the model makes of it before it runs a descriptor. */
#ifndef CTL_WORLD_H
#define CTL_WORLD_H

#define NMACCEL_ENGINE_LANES	  8
#define NMACCEL_ENGINE_BLOCK_ROWS CTL_BLOCK_ROWS
#define NMACCEL_ENGINE_COLUMNS	  CTL_COLUMNS
#define NMACCEL_ENGINE_VARIANT	  ctl_variant

#pragma GCC diagnostic ignored "-Wunused-label"
#include "src/model.h"

#include <string.h>

#include "gen.h"
#include "rng.h"

#define WORLD_DESCS 16

struct world {
	struct nmaccel_bus bus; /* the model's */
	__u64 job_at, table_at, descs_at;
	uint32_t n_buffers, n_descs; /* that are there */
	struct nmaccel_hw_job job;
	struct nmaccel_hw_buffer table[NMACCEL_MAX_BUFFERS];
	struct nmaccel_hw_desc descs[WORLD_DESCS];
	uint64_t refuse; /* the word at this address is refused; 0: none */
	uint32_t strays; /* accesses to what is not there */
};

/* How a job ends, if no descriptor ends in a fault when it runs. */
struct outcome {
	bool none;
	bool begun;
	uint32_t code, buffer, detail;
	uint64_t offset;
	uint32_t good; /* descriptors before it */
};

static bool world_part(const struct world *world, uint64_t addr, uint32_t words, uint64_t at,
		       const void *part, uint64_t bytes, struct nmaccel_word *dst)
{
	const uint64_t size = (uint64_t)words * NMACCEL_WORD_BYTES;

	if (addr < at || addr - at > bytes || size > bytes - (addr - at))
		return false;
	if (world->refuse >= addr && world->refuse - addr < size)
		return false;
	memcpy(dst, (const uint8_t *)part + (addr - at), size);
	return true;
}

static bool world_read(struct world *world, uint64_t addr, struct nmaccel_word *dst, uint32_t words)
{
	if (addr % NMACCEL_WORD_BYTES)
		world->strays++;
	return world_part(world, addr, words, world->job_at, &world->job, sizeof(world->job),
			  dst) ||
	       world_part(world, addr, words, world->table_at, world->table,
			  world->n_buffers * sizeof(world->table[0]), dst) ||
	       world_part(world, addr, words, world->descs_at, world->descs,
			  world->n_descs * sizeof(world->descs[0]), dst);
}

static int world_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
			  uint32_t words)
{
	return world_read((struct world *)bus, addr, dst, words) ? 0 : -1;
}

static uint64_t random_addr(void)
{
	return rng_u64() >> rng_range(2, 40) & ~(uint64_t)15;
}

static void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->bus.read = world_bus_read;
	world->job_at = random_addr() | (uint64_t)1 << 62;
	world->table_at = random_addr() | (uint64_t)1 << 63;
	world->descs_at = random_addr();
}

/* The header, when the descriptors and the table are there. */
static void world_finish(struct world *world)
{
	world->job.magic = NMACCEL_MAGIC;
	world->job.version = NMACCEL_CONTRACT_VERSION;
	world->job.seq = rng_u64();
	world->job.descs = world->descs_at;
	world->job.buffers = world->table_at;
	world->job.record = random_addr();
	world->job.n_descs = world->n_descs;
	world->job.n_buffers = world->n_buffers;
}

/* engine_job_run without running the descriptors. */
static void world_outcome(struct world *world, struct outcome *outcome)
{
	static struct engine_table table;
	struct engine_record record = {0};
	struct engine_operands ops;
	struct nmaccel_hw_desc desc;
	struct nmaccel_hw_job job;

	memset(outcome, 0, sizeof(*outcome));
	outcome->none = !engine_job_fetch(&world->bus, world->job_at, &job, &record);
	if (outcome->none)
		return;
	outcome->begun = engine_job_check(&record, &job);
	if (outcome->begun && engine_job_table(&world->bus, &record, &job, &table))
		while (outcome->good < job.n_descs &&
		       engine_job_desc(&world->bus, &record, &job, outcome->good, &table, &desc,
				       &ops))
			outcome->good++;
	outcome->code = record.hw.fault;
	outcome->buffer = record.hw.fault_buffer;
	outcome->detail = record.hw.fault_detail;
	outcome->offset = record.hw.fault_offset;
}

#endif /* CTL_WORLD_H */
