// SPDX-License-Identifier: MIT
/*
 * Proves: whatever bytes a fetch holds, its steps read only rows of the block memory that are
 * loaded: an index beyond them is a fault, at its place in the stream. Products and sums of N
 * slots do not wrap.
 *
 * Bounds: 4 slots, 4 rows, 3 columns, up to 2 steps.
 *
 * Options: --unwind 5
 */
#include "small.h"
#include "proof.h"
#include "../src/stream.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static int32_t acc[NMACCEL_ENGINE_COLUMNS];
static uint8_t window[ENGINE_FETCH_BYTES];

void harness(void)
{
	struct engine_record record = proof_record();
	struct engine_port port = proof_port(&record);
	const uint32_t positions = nondet_u32(), count = nondet_u32(), row = nondet_u32();
	struct engine_fetch fetch;
	uint32_t next;
	bool done;

	__CPROVER_havoc_object(block);
	__CPROVER_havoc_object(acc);
	__CPROVER_havoc_object(window);
	/* As stream.c proves. */
	ASSUME(positions >= 1 && positions <= NMACCEL_ENGINE_BLOCK_ROWS);
	ASSUME(fetch.next <= fetch.have && fetch.have <= ENGINE_FETCH_STEPS);
	ASSUME(count >= 1 && count <= fetch.have - fetch.next);
	ASSUME(fetch.offset <= PROOF_MAX_SIZE - ENGINE_FETCH_BYTES);
	next = fetch.next;
	done = engine_stream_steps_run(&record, &port, &fetch, window, positions, row, count, block,
				       acc);
	PROVE(done == (record.hw.fault == NMACCEL_FAULT_NONE));
	PROVE(!done || fetch.next == next + count);
	PROVE(done || record.hw.fault == NMACCEL_FAULT_INDEX);
	PROVE(done || (record.hw.fault_detail == row &&
		       window[record.hw.fault_offset - fetch.offset] >= positions));
}
