// SPDX-License-Identifier: MIT
/*
 * Proves: counts and steps are fetched from the stream's own bytes, in order, into memory that has
 * room for them, and their padding is looked at where it lies; a stream that is too short for its
 * counts is a fault with the row that it ends in.
 *
 * Bounds: 4 slots, up to 4 accumulator rows, fetches of 2 steps; any 64-bit offset and length.
 *
 * Replace: engine_port_read:stub_port_read
 * Options: --unwind 17
 */
#include "small.h"
#include "proof.h"
#include "../src/stream.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static uint8_t counts[ENGINE_COUNTS_BYTES];
static uint8_t window[ENGINE_FETCH_BYTES];

static void check_fetch(struct engine_record *record, struct engine_port *port,
			struct engine_stream *stream)
{
	struct engine_fetch fetch;
	const uint32_t left = fetch.left;
	const uint64_t start = stream->offset;
	bool done;

	/* As engine_stream_steps() has found. */
	ASSUME(left >= 1 && left <= NMACCEL_ENGINE_MAX_ROWS * NMACCEL_MAX_STEPS);
	ASSUME((stream->end - start) / 16u >= (left * ENGINE_STEP_BYTES + 15u) / 16u);
	done = engine_fetch_next(NULL, record, port, stream, &fetch, window);
	PROVE(fetch.have >= 1 && fetch.have <= ENGINE_FETCH_STEPS && fetch.next == 0);
	PROVE(fetch.left == left - fetch.have && fetch.offset == start);
	PROVE(stream->offset <= stream->end && stream->offset % 16u == 0);
	PROVE(stream->offset - start == NMACCEL_COUNT_BYTES(fetch.have * ENGINE_STEP_BYTES));
	PROVE(done || record->hw.fault == NMACCEL_FAULT_BUS ||
	      record->hw.fault == NMACCEL_FAULT_PADDING);
}

static void check_counts(struct engine_record *record, struct engine_port *port,
			 struct engine_stream *stream)
{
	const uint64_t start = stream->offset;
	const uint32_t rows = nondet_u32();
	uint32_t steps, sum = 0, r;
	bool done;

	ASSUME(rows >= 1 && rows <= NMACCEL_ENGINE_MAX_ROWS);
	done = engine_stream_counts(NULL, record, port, stream, rows, counts);
	PROVE(stream->offset <= stream->end);
	PROVE(stream->offset == start || stream->offset - start == ENGINE_COUNTS_BYTES);
	if (!done) {
		PROVE(record->hw.fault == NMACCEL_FAULT_BUS ||
		      record->hw.fault == NMACCEL_FAULT_PADDING ||
		      (record->hw.fault == NMACCEL_FAULT_TRUNCATED &&
		       record->hw.fault_detail < rows));
		return;
	}
	done = engine_stream_steps(record, port, stream, counts, rows, &steps);
	for (r = 0; r < rows; r++)
		sum += counts[r];
	PROVE(steps == sum);
	PROVE(done ==
	      ((stream->end - stream->offset) / 16u >= (steps * ENGINE_STEP_BYTES + 15u) / 16u));
	PROVE(done ||
	      (record->hw.fault == NMACCEL_FAULT_TRUNCATED && record->hw.fault_detail < rows));
}

void harness(void)
{
	struct engine_record record = proof_record();
	struct engine_port port = proof_port(&record);
	struct engine_stream stream;

	stream.offset = nondet_u64();
	stream.end = nondet_u64();
	ASSUME(stream.offset % 16u == 0 && stream.offset <= stream.end);
	ASSUME(port.entry.flags & NMACCEL_BUF_READ && stream.end <= port.entry.size);
	if (nondet_bool())
		check_counts(&record, &port, &stream);
	else
		check_fetch(&record, &port, &stream);
}
