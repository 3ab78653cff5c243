/* SPDX-License-Identifier: MIT */
#include "soft/stream_index.h"

/* The stream and where the walk stands in it. */
struct walk {
	struct nmaccel_soft_op *op;
	const struct nmaccel_soft_kernels *kernels;
	const uint8_t *stream;
	uint64_t pos;
	uint64_t steps;
	uint64_t loads;
	struct nmaccel_hw_record *record;
};

static uint32_t group_channels(const struct nmaccel_hw_desc *desc, uint32_t first)
{
	uint32_t left = desc->in.ch - first;

	return left < desc->block_rows ? left : desc->block_rows;
}

uint32_t nmaccel_soft_stream_blocks(const struct nmaccel_hw_desc *desc)
{
	uint32_t taps = desc->kernel_h * desc->kernel_w;
	uint32_t first, blocks = 0;

	for (first = 0; first < desc->in.ch; first += desc->block_rows) {
		uint32_t positions = taps * group_channels(desc, first);

		blocks += (positions + desc->block_rows - 1) / desc->block_rows;
	}
	return blocks;
}

static bool fault(struct walk *walk, enum nmaccel_fault code, uint64_t pos, uint32_t detail)
{
	walk->record->fault = code;
	walk->record->fault_buffer = walk->op->desc.weights;
	walk->record->fault_offset = walk->op->desc.weights_offset + pos;
	walk->record->fault_detail = detail;
	return false;
}

static uint64_t bytes_left(const struct walk *walk)
{
	return walk->op->desc.weights_bytes - walk->pos;
}

static bool walk_row(struct walk *walk, uint32_t row, uint32_t n_steps, uint32_t depth)
{
	const uint8_t *steps = walk->stream + walk->pos;
	uint64_t bytes = (uint64_t)n_steps * NMACCEL_SOFT_STEP_BYTES;
	uint64_t at, slot;

	if (bytes > bytes_left(walk))
		return fault(walk, NMACCEL_FAULT_TRUNCATED, walk->op->desc.weights_bytes, row);
	for (at = NMACCEL_SOFT_LANES; at < bytes; at += NMACCEL_SOFT_STEP_BYTES)
		for (slot = 0; slot < NMACCEL_SOFT_LANES; slot++)
			if (steps[at + slot] >= depth)
				return fault(walk, NMACCEL_FAULT_INDEX, walk->pos + at + slot, row);

	walk->op->comp[row] =
		(int32_t)((uint32_t)walk->op->comp[row] + walk->kernels->comp(steps, n_steps));
	walk->steps += n_steps;
	walk->pos += bytes;
	return true;
}

static bool walk_block(struct walk *walk, uint32_t depth)
{
	const uint8_t *counts = walk->stream + walk->pos;
	uint32_t rows = walk->op->desc.out.ch;
	uint32_t bytes = NMACCEL_COUNT_BYTES(rows);
	uint32_t r;

	if (bytes > bytes_left(walk))
		return fault(walk, NMACCEL_FAULT_TRUNCATED, walk->op->desc.weights_bytes,
			     bytes_left(walk) < rows ? (uint32_t)bytes_left(walk) : rows - 1);
	for (r = rows; r < bytes; r++)
		if (counts[r] != 0)
			return fault(walk, NMACCEL_FAULT_PADDING, walk->pos + r, 0);

	walk->pos += bytes;
	for (r = 0; r < rows; r++)
		if (!walk_row(walk, r, counts[r], depth))
			return false;
	walk->loads += depth;
	return true;
}

bool nmaccel_soft_stream_index(struct nmaccel_soft_op *op,
			       const struct nmaccel_soft_kernels *kernels, const uint8_t *stream,
			       struct nmaccel_hw_record *record)
{
	const struct nmaccel_hw_desc *desc = &op->desc;
	struct walk walk = {.op = op, .kernels = kernels, .stream = stream, .record = record};
	uint32_t taps = desc->kernel_h * desc->kernel_w;
	uint32_t first, block = 0;

	for (first = 0; first < desc->in.ch; first += desc->block_rows) {
		uint32_t left = taps * group_channels(desc, first);

		while (left > 0) {
			uint32_t depth = left < desc->block_rows ? left : desc->block_rows;

			op->block_starts[block++] = walk.pos;
			if (!walk_block(&walk, depth))
				return false;
			left -= depth;
		}
	}
	op->block_starts[block] = walk.pos;
	if (walk.pos != desc->weights_bytes)
		return fault(&walk, NMACCEL_FAULT_TRAILING, walk.pos, 0);

	op->steps = walk.steps * op->tiles;
	op->loads = walk.loads * op->tiles;
	return true;
}
