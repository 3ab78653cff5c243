// SPDX-License-Identifier: MIT
/*
 * Proves: whatever bytes a weight stream is, the engine reads only those that the descriptor gives
 * it, in order; no count and no end leads out of the accumulators or the fetch window; it comes to
 * an end, with a fault that the contract names or none, in a place of the stream. fetch.c proves
 * the fetches, steps.c the steps.
 *
 * Bounds: 4 slots, up to 4 accumulator rows, one block of up to 64 bytes (6 steps), fetched 2 at a
 * time.
 *
 * Replace: engine_stream_counts:stub_counts engine_fetch_next:stub_fetch_next
 * Replace: engine_stream_steps_run:stub_steps_run
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
static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t counts[ENGINE_COUNTS_BYTES];
static uint8_t window[ENGINE_FETCH_BYTES];

bool stub_counts(struct nmaccel_bus *mem, struct engine_record *record, struct engine_port *port,
		 struct engine_stream *stream, uint32_t rows, uint8_t *to)
{
	(void)mem;
	PROVE(to == counts && rows >= 1 && rows <= NMACCEL_ENGINE_MAX_ROWS);
	__CPROVER_havoc_object(to);
	if (stream->end - stream->offset < ENGINE_COUNTS_BYTES)
		return engine_fault(record, NMACCEL_FAULT_TRUNCATED, 0, stream->end, 0);
	stream->offset += ENGINE_COUNTS_BYTES;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, 0, 0);
}

bool stub_fetch_next(struct nmaccel_bus *mem, struct engine_record *record,
		     struct engine_port *port, struct engine_stream *stream,
		     struct engine_fetch *fetch, uint8_t *to)
{
	(void)mem;
	PROVE(to == window && fetch->left >= 1 && fetch->next == fetch->have);
	PROVE(stream->offset % 16u == 0 && stream->offset <= stream->end);
	PROVE((stream->end - stream->offset) / 16u >=
	      (fetch->left * ENGINE_STEP_BYTES + 15u) / 16u);
	fetch->have = fetch->left < ENGINE_FETCH_STEPS ? fetch->left : ENGINE_FETCH_STEPS;
	fetch->next = 0;
	fetch->left -= fetch->have;
	fetch->offset = stream->offset;
	stream->offset += NMACCEL_COUNT_BYTES(fetch->have * ENGINE_STEP_BYTES);
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, 0, 0);
}

bool stub_steps_run(struct engine_record *record, const struct engine_port *port,
		    struct engine_fetch *fetch, const uint8_t *from, uint32_t positions,
		    uint32_t row, uint32_t count, int8_t with[][4][3], int32_t *to)
{
	PROVE(from == window && with == block);
	PROVE(row < NMACCEL_ENGINE_MAX_ROWS && to == acc[row]);
	PROVE(fetch->next <= fetch->have && fetch->have <= ENGINE_FETCH_STEPS);
	PROVE(count >= 1 && count <= fetch->have - fetch->next);
	PROVE(positions >= 1 && positions <= NMACCEL_ENGINE_BLOCK_ROWS);
	fetch->next += count;
	return nondet_bool() ||
	       engine_fault(record, NMACCEL_FAULT_INDEX, port->buffer, fetch->offset, row);
}

void harness(void)
{
	struct engine_record record = proof_record();
	struct engine_port port = proof_port(&record);
	const uint64_t steps = record.hw.steps;
	const uint32_t rows = nondet_u32(), positions = nondet_u32();
	const uint64_t start = nondet_u64();
	struct engine_stream stream;
	bool done;

	ASSUME(rows >= 1 && rows <= NMACCEL_ENGINE_MAX_ROWS);
	ASSUME(positions >= 1 && positions <= NMACCEL_ENGINE_BLOCK_ROWS);
	stream.offset = start;
	stream.end = nondet_u64();
	ASSUME(start % 16u == 0 && start <= stream.end && stream.end - start <= 64u);
	ASSUME(port.entry.flags & NMACCEL_BUF_READ && stream.end <= port.entry.size);
	done = engine_stream_counts(NULL, &record, &port, &stream, rows, counts) &&
	       engine_stream_run(NULL, &record, &port, &stream, counts, rows, positions, block, acc,
				 window);
	PROVE(done == (record.hw.fault == NMACCEL_FAULT_NONE));
	PROVE(done || record.hw.fault == NMACCEL_FAULT_BUS ||
	      record.hw.fault == NMACCEL_FAULT_TRUNCATED || record.hw.fault == NMACCEL_FAULT_INDEX);
	PROVE(stream.offset >= start && stream.offset <= stream.end);
	PROVE(stream.offset % 16u == 0);
	PROVE(record.hw.steps - steps <= 6u);
	PROVE(done || record.hw.fault == NMACCEL_FAULT_BUS ||
	      (record.hw.fault_offset >= start && record.hw.fault_offset <= stream.end));
}
