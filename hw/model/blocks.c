/* SPDX-License-Identifier: MIT */
#include "blocks.h"

#include <math.h>
#include <stdlib.h>

#include "drm/nmaccel_stream.h"

#include "sparsity.h"

static uint32_t less(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t blocks_rows(const struct cycles_engine *engine, struct cycles_pattern pattern)
{
	if (engine->block_rows)
		return engine->block_rows;
	return pattern.m > NMACCEL_BLOCK_ROWS_128 ? NMACCEL_BLOCK_ROWS_256 : NMACCEL_BLOCK_ROWS_128;
}

/* Rows of a panel of a depthwise layer: as few equal parts as fit the accumulators. */
static uint32_t depthwise_rows(const struct cycles_engine *engine, const struct cycles_layer *layer)
{
	uint32_t parts = (layer->rows + engine->accumulator_rows - 1) / engine->accumulator_rows;

	while (layer->rows % parts)
		parts++;
	return layer->rows / parts;
}

bool panel_next(const struct cycles_engine *engine, const struct cycles_layer *layer, uint32_t i,
		struct panel *panel)
{
	uint32_t rows = layer->depthwise ? depthwise_rows(engine, layer) : engine->accumulator_rows;

	if ((uint64_t)i * rows >= layer->rows)
		return false;
	panel->first_row = i * rows;
	panel->rows = less(rows, layer->rows - panel->first_row);
	panel->channels = layer->depthwise ? panel->rows : layer->channels;
	return true;
}

/* Non-zeros of a row in a block, tap by tap. */
static double row_steps(const struct cycles_engine *engine, struct cycles_pattern pattern,
			const struct panel *panel, const struct block *block)
{
	uint32_t end = block->position + block->positions, at, run;
	struct sparsity_count count;

	sparsity_count_start(&count);
	for (at = block->position; at < end; at += run) {
		uint32_t channel = at % block->group_channels;

		run = less(block->group_channels - channel, end - at);
		channel += block->group_channel;
		sparsity_count_add(&count, panel->channels, pattern, channel, channel + run);
	}
	return sparsity_count_steps(&count, engine->lanes);
}

/* A depthwise layer is packed as a matrix whose row r holds nothing but the taps of channel r. */
static uint64_t depthwise_steps(const struct cycles_engine *engine, const struct block *block)
{
	uint32_t end = block->position + block->positions;
	uint64_t steps = 0;

	for (uint32_t channel = 0; channel < block->group_channels; channel++) {
		uint32_t first = block->position / block->group_channels;
		uint32_t count = 0;

		for (uint32_t at = first * block->group_channels + channel; at < end;
		     at += block->group_channels)
			count += at >= block->position;
		steps += (count + engine->lanes - 1) / engine->lanes;
	}
	return steps;
}

static uint64_t align(uint64_t bytes)
{
	return (bytes + NMACCEL_STREAM_ALIGN - 1) / NMACCEL_STREAM_ALIGN * NMACCEL_STREAM_ALIGN;
}

static void count_block(const struct cycles_engine *engine, const struct cycles_layer *layer,
			struct cycles_pattern pattern, const struct panel *panel,
			struct block *block)
{
	if (layer->depthwise)
		block->steps = depthwise_steps(engine, block);
	else
		block->steps =
			(uint64_t)llround(panel->rows * row_steps(engine, pattern, panel, block));
	block->bytes = NMACCEL_COUNT_BYTES(panel->rows) +
		       align(block->steps * NMACCEL_STEP_BYTES(engine->lanes));
}

int blocks_init(struct blocks *blocks, const struct cycles_engine *engine,
		const struct cycles_layer *layer, struct cycles_pattern pattern,
		const struct panel *panel)
{
	uint32_t rows = blocks_rows(engine, pattern), taps = layer->kernel_h * layer->kernel_w;
	uint32_t groups = (panel->channels + rows - 1) / rows;
	struct block block = {0};

	/* A group of c channels has ceil(taps * c / rows) blocks: taps at most, or 1. */
	blocks->count = 0;
	blocks->block = calloc((size_t)groups * taps, sizeof(*blocks->block));
	if (!blocks->block)
		return -1;
	for (block.group_channel = 0; block.group_channel < panel->channels;
	     block.group_channel += block.group_channels) {
		uint32_t positions;

		block.group_channels = less(rows, panel->channels - block.group_channel);
		positions = taps * block.group_channels;
		for (block.position = 0; block.position < positions;
		     block.position += block.positions) {
			block.positions = less(rows, positions - block.position);
			count_block(engine, layer, pattern, panel, &block);
			blocks->block[blocks->count++] = block;
		}
	}
	return 0;
}

uint64_t blocks_bytes(const struct blocks *blocks)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < blocks->count; i++)
		bytes += blocks->block[i].bytes;
	return bytes;
}

void blocks_fini(struct blocks *blocks)
{
	free(blocks->block);
	*blocks = (struct blocks){0};
}
