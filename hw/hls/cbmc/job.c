// SPDX-License-Identifier: MIT
/*
 * Proves: whatever bytes a job is, the engine reads only its header, table and descriptors, as
 * many as the header says, and writes nothing but its record; what is no job writes nothing. An
 * operation starts only behind the door: with a checked descriptor and opened buffers. The last
 * write of the record tells of the end, and of a fault if there was one.
 *
 * Bounds: 3 buffers, 2 descriptors.
 *
 * Replace: engine_conv:stub_conv engine_add:stub_add engine_pool:stub_pool
 * Replace: engine_desc_check:stub_desc_check engine_operands_open:stub_operands_open
 * Options: --unwind 5 --unwindset engine_desc_decode.0:17,nmaccel_bus_read.0:17
 */
#define PROOF_BUFFERS 3
#include "small.h"
#include "proof.h"
#include "../src/job.h"

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];
static uint8_t counts[ENGINE_COUNTS_BYTES];
static uint8_t window[ENGINE_FETCH_BYTES];
static int32_t bias[NMACCEL_ENGINE_MAX_ROWS];
static uint32_t scale[NMACCEL_ENGINE_MAX_ROWS];
static struct engine_table table;

static uint64_t job_addr;
static struct nmaccel_word header[4]; /* as the engine has read it */
static uint32_t reads, writes;
static bool checked, opened;
static uint32_t operations;

static uint64_t n_descs(void)
{
	return header[2].hi & UINT32_MAX;
}

static uint64_t n_buffers(void)
{
	return header[2].hi >> 32;
}

static void check_read(uint64_t addr, uint32_t words)
{
	PROVE(writes > 0);
	PROVE(n_descs() <= NMACCEL_MAX_DESCS && n_buffers() <= NMACCEL_MAX_BUFFERS);
	PROVE(proof_inside(addr, words, header[1].lo, n_descs() * 256u) ||
	      proof_inside(addr, words, header[1].hi, n_buffers() * 32u));
}

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	uint32_t i;

	if (reads == 0) {
		PROVE(!write && addr == job_addr && words == 4);
	} else {
		if (reads == 1 && writes == 0)
			for (i = 0; i < 4; i++)
				header[i] = proof_words[i];
		PROVE((header[0].lo & UINT32_MAX) == NMACCEL_MAGIC);
		if (write)
			PROVE(proof_inside(addr, words, header[2].lo, 64));
		else
			check_read(addr, words);
	}
	reads += !write;
	writes += write;
}

bool stub_desc_check(struct engine_record *record, const struct nmaccel_hw_desc *desc)
{
	(void)desc;
	checked = nondet_bool();
	opened = false;
	return checked || engine_fault(record, NMACCEL_FAULT_FIELD, 0, 0, 0);
}

bool stub_operands_open(struct engine_record *record, const struct engine_table *from,
			const struct nmaccel_hw_desc *desc, struct engine_operands *ops)
{
	(void)desc, (void)ops;
	PROVE(checked && from == &table && from->count == n_buffers());
	opened = nondet_bool();
	return opened || engine_fault(record, NMACCEL_FAULT_BOUNDS, 0, 0, 0);
}

/* Stub of the three operations. */
static bool operation(struct engine_record *record)
{
	PROVE(checked && opened);
	PROVE(record->hw.fault == NMACCEL_FAULT_NONE && record->hw.descs_done == operations);
	opened = false;
	operations++;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

bool stub_conv(struct nmaccel_bus *mem, struct engine_record *record, struct engine_operands *ops,
	       const struct nmaccel_hw_desc *desc, int8_t with[][4][3], int32_t to[][3],
	       uint8_t *by, uint8_t *bytes, uint8_t *fetched, int32_t *biases, uint32_t *scales)
{
	(void)mem, (void)ops, (void)by, (void)bytes, (void)fetched;
	PROVE(desc->op == NMACCEL_OP_CONV);
	PROVE(with == block && to == acc && biases == bias && scales == scale);
	PROVE(by == stage && bytes == counts && fetched == window);
	return operation(record);
}

bool stub_add(struct nmaccel_bus *mem, struct engine_record *record, struct engine_operands *ops,
	      const struct nmaccel_hw_desc *desc, uint8_t *by)
{
	(void)mem, (void)ops;
	PROVE(desc->op == NMACCEL_OP_ADD && by == stage);
	return operation(record);
}

bool stub_pool(struct nmaccel_bus *mem, struct engine_record *record, struct engine_operands *ops,
	       const struct nmaccel_hw_desc *desc, int32_t to[][3], uint8_t *by)
{
	(void)mem, (void)ops;
	PROVE(desc->op != NMACCEL_OP_CONV && desc->op != NMACCEL_OP_ADD);
	PROVE(to == acc && by == stage);
	return operation(record);
}

void harness(void)
{
	uint32_t state;

	job_addr = nondet_u64();
	reads = writes = operations = 0;
	__CPROVER_havoc_object(&table);
	engine_job_run(NULL, job_addr, &table, block, acc, stage, counts, window, bias, scale);
	if (writes == 0 || proof_refused)
		return;
	state = engine_low_u32(proof_words[0].hi);
	PROVE(state == NMACCEL_JOB_DONE || state == NMACCEL_JOB_FAULT);
	PROVE(state == NMACCEL_JOB_FAULT || operations == n_descs());
}
