// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <string.h>

#include "error.h"
#include "stream.h"

/* A block: positions [first, first + count) of its channel group, flat over (tap, channel). */
struct block {
	uint32_t index;	  /* in the stream */
	uint32_t channel; /* first one of the channel group */
	uint32_t width;	  /* channels of the channel group */
	uint32_t first;
	uint32_t count;
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t align_up(uint64_t bytes)
{
	return (bytes + NMACCEL_STREAM_ALIGN - 1) & ~(uint64_t)(NMACCEL_STREAM_ALIGN - 1);
}

static uint32_t group_positions(const struct nmaccel_stream_shape *shape, const struct block *block)
{
	return shape->kernel_h * shape->kernel_w * block->width;
}

static void first_block(const struct nmaccel_stream_shape *shape, struct block *block)
{
	*block = (struct block){.width = min_u32(shape->channels, shape->block_rows)};
	block->count = min_u32(group_positions(shape, block), shape->block_rows);
}

/* The next block of the channel group, or the first one of the next; false after the last. */
static bool next_block(const struct nmaccel_stream_shape *shape, struct block *block)
{
	uint32_t positions = group_positions(shape, block);

	block->index++;
	block->first += block->count;
	if (block->first == positions) {
		block->first = 0;
		block->channel += block->width;
		if (block->channel == shape->channels)
			return false;
		block->width = min_u32(shape->channels - block->channel, shape->block_rows);
		positions = group_positions(shape, block);
	}
	block->count = min_u32(positions - block->first, shape->block_rows);
	return true;
}

/* A row's positions of a block, gathered in scratch unless they lie side by side already. */
static const int8_t *block_of_row(const struct nmaccel_stream_shape *shape,
				  const struct block *block, const int8_t *row, int8_t *scratch)
{
	uint32_t tap = block->first / block->width, at = block->first % block->width;
	uint32_t done, run;

	row += block->channel;
	if (at + block->count <= block->width)
		return row + (uint64_t)tap * shape->channels + at;
	for (done = 0; done < block->count; done += run, tap++, at = 0) {
		run = min_u32(block->width - at, block->count - done);
		memcpy(scratch + done, row + (uint64_t)tap * shape->channels + at, run);
	}
	return scratch;
}

static uint32_t count_steps(const int8_t *positions, uint32_t count, uint32_t lanes)
{
	uint32_t i, nonzeros = 0;

	for (i = 0; i < count; i++)
		nonzeros += positions[i] != 0;
	return (nonzeros + lanes - 1) / lanes;
}

/* Write the steps of one row and return their number. */
static uint32_t write_steps(const int8_t *positions, uint32_t count, uint32_t lanes, uint8_t *out)
{
	uint32_t i, slot = lanes, steps = 0;

	for (i = 0; i < count; i++) {
		if (!positions[i])
			continue;
		if (slot == lanes) {
			out += steps ? NMACCEL_STEP_BYTES(lanes) : 0;
			memset(out, 0, NMACCEL_STEP_BYTES(lanes));
			slot = 0;
			steps++;
		}
		out[slot] = (uint8_t)positions[i];
		out[lanes + slot] = (uint8_t)i;
		slot++;
	}
	return steps;
}

uint64_t nmaccel_stream_min_size(const struct nmaccel_stream_shape *shape)
{
	uint32_t taps = shape->kernel_h * shape->kernel_w;
	uint32_t full = shape->channels / shape->block_rows;
	uint32_t rest = taps * (shape->channels % shape->block_rows);
	uint64_t blocks =
		(uint64_t)full * taps + (rest + shape->block_rows - 1) / shape->block_rows;

	return blocks * NMACCEL_COUNT_BYTES(shape->rows);
}

uint64_t nmaccel_stream_size(const struct nmaccel_stream_shape *shape, const int8_t *dense)
{
	uint64_t reduction = nmaccel_stream_dense_bytes(shape) / shape->rows;
	int8_t scratch[NMACCEL_MAX_BLOCK_ROWS];
	struct block block;
	uint64_t bytes = 0;
	uint32_t row;

	first_block(shape, &block);
	do {
		uint64_t steps = 0;

		for (row = 0; row < shape->rows; row++)
			steps += count_steps(
				block_of_row(shape, &block, dense + row * reduction, scratch),
				block.count, shape->lanes);
		bytes += NMACCEL_COUNT_BYTES(shape->rows);
		bytes += align_up(steps * NMACCEL_STEP_BYTES(shape->lanes));
	} while (next_block(shape, &block));
	return bytes;
}

void nmaccel_stream_write(const struct nmaccel_stream_shape *shape, const int8_t *dense,
			  uint8_t *out)
{
	uint64_t reduction = nmaccel_stream_dense_bytes(shape) / shape->rows;
	int8_t scratch[NMACCEL_MAX_BLOCK_ROWS];
	struct block block;
	uint32_t row;

	first_block(shape, &block);
	do {
		uint8_t *counts = out;
		uint64_t bytes = 0;

		memset(counts, 0, NMACCEL_COUNT_BYTES(shape->rows));
		out += NMACCEL_COUNT_BYTES(shape->rows);
		for (row = 0; row < shape->rows; row++) {
			counts[row] = (uint8_t)write_steps(
				block_of_row(shape, &block, dense + row * reduction, scratch),
				block.count, shape->lanes, out + bytes);
			bytes += counts[row] * NMACCEL_STEP_BYTES(shape->lanes);
		}
		memset(out + bytes, 0, align_up(bytes) - bytes);
		out += align_up(bytes);
	} while (next_block(shape, &block));
}

struct reader {
	const struct nmaccel_stream_shape *shape;
	const uint8_t *stream;
	uint64_t bytes;
	uint64_t at; /* next byte to look at */
	struct block block;
	struct nmaccel_stream_totals totals;
	nmaccel_stream_visit visit;
	void *context;
	uint8_t counts[NMACCEL_MAX_PANEL_ROWS]; /* steps of each row of the block */
	/* What each position of the block stands for. */
	struct {
		uint32_t tap, channel;
	} places[NMACCEL_MAX_BLOCK_ROWS];
};

static void set_places(struct reader *r)
{
	uint32_t tap = r->block.first / r->block.width, at = r->block.first % r->block.width;
	uint32_t i;

	for (i = 0; i < r->block.count; i++) {
		r->places[i].tap = tap;
		r->places[i].channel = r->block.channel + at;
		if (++at == r->block.width) {
			at = 0;
			tap++;
		}
	}
}

static enum nmaccel_status read_padding(struct reader *r, uint64_t end, const char *what)
{
	for (; r->at < end; r->at++)
		if (r->stream[r->at])
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "block %u, byte %llu: 0x%02x in the padding after the "
					     "%s, which must be zero",
					     r->block.index, (unsigned long long)r->at,
					     r->stream[r->at], what);
	return NMACCEL_OK;
}

static enum nmaccel_status slot_fault(const struct reader *r, uint32_t row, uint64_t at,
				      const char *what, uint32_t value)
{
	return nmaccel_error(NMACCEL_ERR_FORMAT, "block %u, row %u, byte %llu: %s %u",
			     r->block.index, row, (unsigned long long)at, what, value);
}

/* Slots from the first unused one on; all of them in the row's last step. */
static enum nmaccel_status read_unused(const struct reader *r, uint32_t row, uint64_t step,
				       uint32_t slot)
{
	uint32_t lanes = r->shape->lanes;

	for (; slot < lanes; slot++) {
		if (r->stream[step + slot])
			return slot_fault(r, row, step + slot, "a value after an unused slot, slot",
					  slot);
		if (r->stream[step + lanes + slot])
			return slot_fault(r, row, step + lanes + slot,
					  "an unused slot must have index 0, it has",
					  r->stream[step + lanes + slot]);
	}
	return NMACCEL_OK;
}

/* One slot that is in use; *next is the smallest index that may come. */
static enum nmaccel_status read_slot(struct reader *r, uint32_t row, uint64_t at, uint8_t value,
				     uint32_t *next)
{
	struct nmaccel_stream_slot slot = {.row = row, .value = (int8_t)value};
	uint32_t index = r->stream[at];

	if (index >= r->block.count)
		return slot_fault(r, row, at, "index outside the block:", index);
	if (index < *next)
		return slot_fault(r, row, at, "index out of order:", index);
	*next = index + 1;
	r->totals.nonzeros++;
	if (!r->visit)
		return NMACCEL_OK;
	slot.tap = r->places[index].tap;
	slot.channel = r->places[index].channel;
	return r->visit(r->context, &slot);
}

static enum nmaccel_status read_step(struct reader *r, uint32_t row, bool last, uint32_t *next)
{
	uint32_t lanes = r->shape->lanes, slot;

	for (slot = 0; slot < lanes && r->stream[r->at + slot]; slot++) {
		enum nmaccel_status status =
			read_slot(r, row, r->at + lanes + slot, r->stream[r->at + slot], next);

		if (status)
			return status;
	}
	if (!slot)
		return slot_fault(r, row, r->at, "a step without a non-zero; slots:", lanes);
	if (slot < lanes && !last)
		return slot_fault(r, row, r->at + slot,
				  "an unused slot before the row's last step, slot", slot);
	return read_unused(r, row, r->at, slot);
}

static enum nmaccel_status read_row(struct reader *r, uint32_t row, uint32_t steps)
{
	uint32_t next = 0, step;

	for (step = 0; step < steps; step++) {
		enum nmaccel_status status = read_step(r, row, step + 1 == steps, &next);

		if (status)
			return status;
		r->at += NMACCEL_STEP_BYTES(r->shape->lanes);
	}
	r->totals.steps += steps;
	return NMACCEL_OK;
}

/* Counts and their padding; *step_bytes is what their steps take, all of it in the stream. */
static enum nmaccel_status read_counts(struct reader *r, uint64_t *step_bytes)
{
	uint32_t most = (r->block.count + r->shape->lanes - 1) / r->shape->lanes;
	uint64_t end = r->at + NMACCEL_COUNT_BYTES(r->shape->rows);
	uint32_t row;

	if (NMACCEL_COUNT_BYTES(r->shape->rows) > r->bytes - r->at)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "block %u, byte %llu: the stream ends in the counts",
				     r->block.index, (unsigned long long)r->bytes);
	for (row = 0; row < r->shape->rows; row++, r->at++) {
		uint32_t steps = r->counts[row] = r->stream[r->at];

		if (steps > most)
			return slot_fault(r, row, r->at,
					  "more steps than the block can need:", steps);
		*step_bytes += steps * NMACCEL_STEP_BYTES(r->shape->lanes);
		if (align_up(*step_bytes) > r->bytes - end)
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "block %u, row %u, byte %llu: the stream ends in the "
					     "steps",
					     r->block.index, row, (unsigned long long)r->bytes);
	}
	return read_padding(r, end, "counts");
}

static enum nmaccel_status read_block(struct reader *r)
{
	enum nmaccel_status status;
	uint64_t step_bytes = 0, start;
	uint32_t row;

	status = read_counts(r, &step_bytes);
	if (status)
		return status;
	if (r->visit)
		set_places(r);
	start = r->at;
	for (row = 0; row < r->shape->rows && !status; row++)
		status = read_row(r, row, r->counts[row]);
	if (status)
		return status;
	return read_padding(r, start + align_up(step_bytes), "steps");
}

enum nmaccel_status nmaccel_stream_read(const struct nmaccel_stream_shape *shape,
					const uint8_t *stream, uint64_t bytes,
					nmaccel_stream_visit visit, void *context,
					struct nmaccel_stream_totals *totals)
{
	struct reader r = {.shape = shape,
			   .stream = stream,
			   .bytes = bytes,
			   .visit = visit,
			   .context = context};
	enum nmaccel_status status;

	first_block(shape, &r.block);
	do {
		status = read_block(&r);
		if (status)
			return status;
	} while (next_block(shape, &r.block));
	if (r.at != bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "byte %llu: %llu bytes after the last block",
				     (unsigned long long)r.at, (unsigned long long)(bytes - r.at));
	if (totals)
		*totals = r.totals;
	return NMACCEL_OK;
}
