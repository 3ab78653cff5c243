/* SPDX-License-Identifier: MIT */
/* A job from its header to its last descriptor. */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "add.h"
#include "conv.h"
#include "pool.h"

#define ENGINE_JOB_WORDS	((uint32_t)sizeof(struct nmaccel_hw_job) / NMACCEL_WORD_BYTES)
#define ENGINE_ENTRY_WORDS	((uint32_t)sizeof(struct nmaccel_hw_buffer) / NMACCEL_WORD_BYTES)
#define ENGINE_JOB_AT(field)	((uint32_t) __builtin_offsetof(struct nmaccel_hw_job, field))
#define ENGINE_VERSION_MAJOR(v) ((v) >> 16)

static void engine_job_decode(const struct nmaccel_word *words, struct nmaccel_hw_job *job)
{
	job->magic = engine_word_u32(words, ENGINE_JOB_AT(magic));
	job->version = engine_word_u32(words, ENGINE_JOB_AT(version));
	job->seq = engine_word_u64(words, ENGINE_JOB_AT(seq));
	job->descs = engine_word_u64(words, ENGINE_JOB_AT(descs));
	job->buffers = engine_word_u64(words, ENGINE_JOB_AT(buffers));
	job->record = engine_word_u64(words, ENGINE_JOB_AT(record));
	job->n_descs = engine_word_u32(words, ENGINE_JOB_AT(n_descs));
	job->n_buffers = engine_word_u32(words, ENGINE_JOB_AT(n_buffers));
	job->reserved[0] = engine_word_u64(words, ENGINE_JOB_AT(reserved[0]));
	job->reserved[1] = engine_word_u64(words, ENGINE_JOB_AT(reserved[1]));
}

/* An array at addr is aligned and does not wrap past the end of the address space. */
static bool engine_job_array_ok(uint64_t addr, uint32_t count, uint32_t bytes)
{
	return addr % NMACCEL_ALIGN == 0 && (uint64_t)count * bytes <= UINT64_MAX - addr;
}

/*
 * Fetch the header. Without the magic this is no job, and an address taken from it would be a
 * write to anywhere: the engine then ends without a record, as it does when it cannot reach the
 * header or the record is out of place.
 */
static bool engine_job_fetch(ENGINE_MEM *mem, uint64_t addr, struct nmaccel_hw_job *job,
			     struct engine_record *record)
{
	struct nmaccel_word words[ENGINE_JOB_WORDS];

	if (!engine_job_array_ok(addr, 1, sizeof(*job)) ||
	    !engine_bus_read(mem, addr, words, ENGINE_JOB_WORDS))
		return false;
	engine_job_decode(words, job);
	if (job->magic != NMACCEL_MAGIC || !engine_job_array_ok(job->record, 1, sizeof(record->hw)))
		return false;
	record->addr = job->record;
	record->hw.seq = job->seq;
	record->hw.state = NMACCEL_JOB_RUNNING;
	record->hw.descs_done = 0;
	record->hw.tiles_done = 0;
	record->hw.steps = 0;
	record->hw.loads = 0;
	record->hw.fault = NMACCEL_FAULT_NONE;
	record->hw.fault_desc = 0;
	record->hw.fault_buffer = 0;
	record->hw.fault_detail = 0;
	record->hw.fault_offset = 0;
	return true;
}

static bool engine_job_check(struct engine_record *record, const struct nmaccel_hw_job *job)
{
	const uint32_t fault = NMACCEL_FAULT_JOB;

	return engine_require(record, ENGINE_VERSION_MAJOR(job->version) == NMACCEL_CONTRACT_MAJOR,
			      fault, ENGINE_JOB_AT(version)) &&
	       engine_require(record, job->n_descs <= NMACCEL_MAX_DESCS, fault,
			      ENGINE_JOB_AT(n_descs)) &&
	       engine_require(record, job->n_buffers <= NMACCEL_MAX_BUFFERS, fault,
			      ENGINE_JOB_AT(n_buffers)) &&
	       engine_require(record, job->reserved[0] == 0, fault, ENGINE_JOB_AT(reserved[0])) &&
	       engine_require(record, job->reserved[1] == 0, fault, ENGINE_JOB_AT(reserved[1])) &&
	       engine_require(record,
			      engine_job_array_ok(job->descs, job->n_descs,
						  sizeof(struct nmaccel_hw_desc)),
			      fault, ENGINE_JOB_AT(descs)) &&
	       engine_require(record,
			      engine_job_array_ok(job->buffers, job->n_buffers,
						  sizeof(struct nmaccel_hw_buffer)),
			      fault, ENGINE_JOB_AT(buffers));
}

/* The whole table is read and checked once, whether a descriptor uses an entry or not. */
static bool engine_job_table(ENGINE_MEM *mem, struct engine_record *record,
			     const struct nmaccel_hw_job *job, struct engine_table *table)
{
	struct nmaccel_word words[ENGINE_ENTRY_WORDS];
	uint32_t i;

	table->count = job->n_buffers;
JOB_TABLE:
	for (i = 0; i < job->n_buffers; i++) {
		const uint64_t addr = job->buffers + (uint64_t)i * sizeof(struct nmaccel_hw_buffer);

		if (!engine_bus_read(mem, addr, words, ENGINE_ENTRY_WORDS))
			return engine_fault_job_bus(record, addr);
		table->entries[i] = engine_entry_decode(words);
		if (!engine_entry_check(record, &table->entries[i], i))
			return false;
	}
	return true;
}

static bool engine_job_desc(ENGINE_MEM *mem, struct engine_record *record,
			    const struct nmaccel_hw_job *job, uint32_t index,
			    const struct engine_table *table, struct nmaccel_hw_desc *desc,
			    struct engine_operands *ops)
{
	const uint64_t addr = job->descs + (uint64_t)index * sizeof(*desc);
	struct nmaccel_word words[ENGINE_DESC_WORDS];

	if (!engine_bus_read(mem, addr, words, ENGINE_DESC_WORDS))
		return engine_fault_job_bus(record, addr);
	engine_desc_decode(words, desc);
	return engine_desc_check(record, desc) && engine_operands_open(record, table, desc, ops);
}

static bool engine_job_descs(
	ENGINE_MEM *mem, struct engine_record *record, const struct nmaccel_hw_job *job,
	struct engine_table *table,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint8_t counts[ENGINE_COUNTS_BYTES],
	uint8_t window[ENGINE_FETCH_BYTES], int32_t bias[NMACCEL_ENGINE_MAX_ROWS],
	uint32_t scale[NMACCEL_ENGINE_MAX_ROWS])
{
	struct nmaccel_hw_desc desc;
	struct engine_operands ops;
	uint32_t i;

JOB_DESCS:
	for (i = 0; i < job->n_descs; i++) {
		bool done;

		if (!engine_job_desc(mem, record, job, i, table, &desc, &ops))
			return false;
		if (desc.op == NMACCEL_OP_CONV)
			done = engine_conv(mem, record, &ops, &desc, block, acc, stage, counts,
					   window, bias, scale);
		else if (desc.op == NMACCEL_OP_ADD)
			done = engine_add(mem, record, &ops, &desc, stage);
		else
			done = engine_pool(mem, record, &ops, &desc, acc, stage);
		if (!done)
			return false;
		record->hw.descs_done++;
		/*
		 * Before the next one writes anything: whoever goes on after a reset must not do
		 * this one again, whose input the next may overwrite. The last one's is with the
		 * result.
		 */
		if (record->hw.descs_done < job->n_descs && !engine_record_write(mem, record))
			return false;
	}
	return true;
}

static void engine_job_run(
	ENGINE_MEM *mem, uint64_t addr, struct engine_table *table,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint8_t counts[ENGINE_COUNTS_BYTES],
	uint8_t window[ENGINE_FETCH_BYTES], int32_t bias[NMACCEL_ENGINE_MAX_ROWS],
	uint32_t scale[NMACCEL_ENGINE_MAX_ROWS])
{
	struct nmaccel_hw_job job;
	struct engine_record record;
	bool done;

	if (!engine_job_fetch(mem, addr, &job, &record))
		return;
	done = engine_job_check(&record, &job) && engine_record_write(mem, &record) &&
	       engine_job_table(mem, &record, &job, table) &&
	       engine_job_descs(mem, &record, &job, table, block, acc, stage, counts, window, bias,
				scale);
	record.hw.state = done ? NMACCEL_JOB_DONE : NMACCEL_JOB_FAULT;
	/* If the bus refuses this too, the driver sees a record that stays behind its job. */
	(void)engine_record_write(mem, &record);
}

#endif /* ENGINE_JOB_H */
