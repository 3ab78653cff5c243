/* SPDX-License-Identifier: MIT */
/*
 * The packed weight stream (nmaccel_stream.h), read block by block from front to back, each byte
 * once per column tile. It lies in memory that a user may change at any time: nothing in it is
 * trusted, and what was checked is what is used.
 */
#ifndef ENGINE_STREAM_H
#define ENGINE_STREAM_H

#include "loader.h"
#include "step.h"

struct engine_stream {
	uint64_t offset; /* in the buffer, of what comes next: a multiple of NMACCEL_ALIGN */
	uint64_t end;
};

#define ENGINE_COUNTS_BYTES NMACCEL_COUNT_BYTES(NMACCEL_ENGINE_MAX_ROWS)

/* bytes[from, to) is padding; bytes[0] lies at offset. */
static bool engine_stream_padding(struct engine_record *record, const struct engine_port *port,
				  const uint8_t *bytes, uint32_t from, uint32_t to, uint64_t offset)
{
	uint32_t i;

STREAM_PADDING:
	for (i = from; i < to; i++)
		if (bytes[i])
			return engine_fault(record, NMACCEL_FAULT_PADDING, port->buffer, offset + i,
					    0);
	return true;
}

/* The counts of one block, to counts[0, rows). */
static bool engine_stream_counts(ENGINE_MEM *mem, struct engine_record *record,
				 struct engine_port *port, struct engine_stream *stream,
				 uint32_t rows, uint8_t counts[ENGINE_COUNTS_BYTES])
{
	const uint64_t left = stream->end - stream->offset;
	const uint64_t offset = stream->offset;
	const uint32_t bytes = NMACCEL_COUNT_BYTES(rows);

	if (left < bytes)
		return engine_fault(record, NMACCEL_FAULT_TRUNCATED, port->buffer, stream->end,
				    left < rows ? (uint32_t)left : rows - 1u);
	stream->offset += bytes;
	return engine_port_read(mem, record, port, offset, bytes / NMACCEL_WORD_BYTES, counts, 0) &&
	       engine_stream_padding(record, port, counts, rows, bytes, offset);
}

/* The row that a stream with room for only so many steps ends in. */
static uint32_t engine_stream_last_row(const uint8_t counts[ENGINE_COUNTS_BYTES], uint32_t rows,
				       uint64_t steps)
{
	uint32_t r;

STREAM_LAST_ROW:
	for (r = 0; r < rows - 1u && counts[r] <= steps; r++)
		steps -= counts[r];
	return r;
}

/* How many steps the block has; the fault if the stream is too short for them. */
static bool engine_stream_steps(struct engine_record *record, const struct engine_port *port,
				const struct engine_stream *stream,
				const uint8_t counts[ENGINE_COUNTS_BYTES], uint32_t rows,
				uint32_t *steps)
{
	const uint64_t left = stream->end - stream->offset;
	uint32_t total = 0, r;

STREAM_TOTAL:
	for (r = 0; r < rows; r++) {
		ENGINE_PIPELINE
		total += counts[r];
	}
	*steps = total;
	if (left / NMACCEL_ALIGN >= engine_round_up((uint64_t)total * ENGINE_STEP_BYTES, 4))
		return true;
	return engine_fault(record, NMACCEL_FAULT_TRUNCATED, port->buffer, stream->end,
			    engine_stream_last_row(counts, rows, left / ENGINE_STEP_BYTES));
}

/* Steps as they are fetched: a window of whole steps on the stream. */
struct engine_fetch {
	uint32_t left;	 /* steps of the block that are not fetched yet */
	uint32_t have;	 /* steps in the window */
	uint32_t next;	 /* the next one of them */
	uint64_t offset; /* of the window, in the buffer */
};

static bool engine_fetch_next(ENGINE_MEM *mem, struct engine_record *record,
			      struct engine_port *port, struct engine_stream *stream,
			      struct engine_fetch *fetch, uint8_t window[ENGINE_FETCH_BYTES])
{
	uint32_t used, padded;

	fetch->have = fetch->left < ENGINE_FETCH_STEPS ? fetch->left : ENGINE_FETCH_STEPS;
	fetch->next = 0;
	fetch->left -= fetch->have;
	fetch->offset = stream->offset;
	used = fetch->have * ENGINE_STEP_BYTES;
	padded = NMACCEL_COUNT_BYTES(used);
	stream->offset += padded;
	return engine_port_read(mem, record, port, fetch->offset, padded / NMACCEL_WORD_BYTES,
				window, 0) &&
	       engine_stream_padding(record, port, window, used, padded, fetch->offset);
}

/* Take the next step out of the window; positions is what its indices may reach. */
static bool engine_fetch_step(struct engine_record *record, const struct engine_port *port,
			      struct engine_fetch *fetch, const uint8_t window[ENGINE_FETCH_BYTES],
			      uint32_t positions, uint32_t row, int8_t values[NMACCEL_ENGINE_LANES],
			      uint8_t indices[NMACCEL_ENGINE_LANES])
{
	const uint32_t at = fetch->next++ * ENGINE_STEP_BYTES;
	uint32_t i, bad = NMACCEL_ENGINE_LANES;

FETCH_LANES:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < NMACCEL_ENGINE_LANES; i++) {
		ENGINE_UNROLL
		values[i] = engine_s8(window[at + i]);
		indices[i] = window[at + NMACCEL_ENGINE_LANES + i];
		if (indices[i] >= positions && bad == NMACCEL_ENGINE_LANES)
			bad = i;
	}
	if (bad == NMACCEL_ENGINE_LANES)
		return true;
	return engine_fault(record, NMACCEL_FAULT_INDEX, port->buffer,
			    fetch->offset + at + NMACCEL_ENGINE_LANES + bad, row);
}

static void engine_accumulate(int32_t acc[NMACCEL_ENGINE_COLUMNS],
			      const int32_t sums[NMACCEL_ENGINE_COLUMNS])
{
	uint32_t j;

ACCUMULATE:
	ENGINE_UNROLL_NEXT
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		ENGINE_UNROLL
		acc[j] = engine_add_s32(acc[j], sums[j]);
	}
}

/* count steps of one row, all of them in the window: one a clock. */
static bool engine_stream_steps_run(
	struct engine_record *record, const struct engine_port *port, struct engine_fetch *fetch,
	const uint8_t window[ENGINE_FETCH_BYTES], uint32_t positions, uint32_t row, uint32_t count,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_COLUMNS])
{
	int8_t values[NMACCEL_ENGINE_LANES];
	uint8_t indices[NMACCEL_ENGINE_LANES];
	int32_t sums[NMACCEL_ENGINE_COLUMNS];
	uint32_t s;

RUN_STEPS:
	for (s = 0; s < count; s++) {
		ENGINE_PIPELINE
		if (!engine_fetch_step(record, port, fetch, window, positions, row, values,
				       indices))
			return false;
		engine_step(block, values, indices, sums);
		engine_accumulate(acc, sums);
	}
	return true;
}

/* Run the steps of one block, whose counts have been read, on the block memory. */
static bool engine_stream_run(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_port *port,
	struct engine_stream *stream, const uint8_t counts[ENGINE_COUNTS_BYTES], uint32_t rows,
	uint32_t positions,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t window[ENGINE_FETCH_BYTES])
{
	struct engine_fetch fetch = {0, 0, 0, 0};
	uint32_t r, left, run;

	if (!engine_stream_steps(record, port, stream, counts, rows, &fetch.left))
		return false;
	record->hw.steps += fetch.left;
RUN_ROWS:
	for (r = 0; r < rows; r++) {
	RUN_WINDOWS:
		for (left = counts[r]; left; left -= run) {
			if (fetch.next == fetch.have &&
			    !engine_fetch_next(mem, record, port, stream, &fetch, window))
				return false;
			run = fetch.have - fetch.next < left ? fetch.have - fetch.next : left;
			if (!engine_stream_steps_run(record, port, &fetch, window, positions, r,
						     run, block, acc[r]))
				return false;
		}
	}
	return true;
}

#endif /* ENGINE_STREAM_H */
