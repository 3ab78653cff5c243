/* SPDX-License-Identifier: MIT */
/* The loader: from the input tensor to the block memory of the read ports. */
#ifndef ENGINE_LOADER_H
#define ENGINE_LOADER_H

#include "operands.h"
#include "window.h"

/* A channel group of a convolution: M consecutive input channels, or what is left. */
struct engine_group {
	uint32_t channel; /* first one, counted from in.ch0 */
	uint32_t channels;
	uint32_t positions; /* kernel_h * kernel_w * channels */
};

static int8_t engine_s8(uint8_t byte)
{
	return (int8_t)(byte < 128 ? byte : byte - 256);
}

/* Fetch rows channels of one input tile into the stage, which holds up to a block. */
static bool engine_load_stage(ENGINE_MEM *mem, struct engine_record *record,
			      struct engine_port *port, const struct nmaccel_hw_tensor *tensor,
			      uint32_t tile, uint32_t channel, uint32_t rows,
			      uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at)
{
	return engine_port_read(mem, record, port,
				engine_tensor_row(tensor, tile, channel, ENGINE_PITCH_S8),
				rows * (ENGINE_PITCH_S8 / NMACCEL_WORD_BYTES), stage, at);
}

/* Padding, and columns past the last one, read the input's zero point. */
static void engine_load_outside(
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	const struct engine_tap *tap, int8_t zero, uint32_t first, uint32_t rows)
{
	uint32_t r, j, p;

OUTSIDE_ROWS:
	for (r = first; r < first + rows; r++) {
		ENGINE_PIPELINE
	OUTSIDE_COPIES:
		for (p = 0; p < ENGINE_COPIES; p++)
		OUTSIDE_COLUMNS:
			for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
				if (tap->tile[j] == ENGINE_OUTSIDE)
					block[p][r][j] = zero;
	}
}

/* The columns of the tap that read one input tile, which the stage holds. */
static void engine_load_columns(
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	const struct engine_tap *tap, uint32_t tile, const uint8_t stage[ENGINE_STAGE_BYTES],
	uint32_t first, uint32_t rows)
{
	uint32_t r, j, p;

LOAD_ROWS:
	for (r = 0; r < rows; r++) {
		ENGINE_PIPELINE
	LOAD_COPIES:
		for (p = 0; p < ENGINE_COPIES; p++)
		LOAD_COLUMNS:
			for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
				if (tap->tile[j] == tile)
					block[p][first + r][j] = engine_s8(
						stage[r * ENGINE_PITCH_S8 + tap->place[j]]);
	}
}

/* Channels [channel, channel + rows) under one tap, to block rows [first, first + rows). */
static bool engine_load_tap(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_port *port,
	const struct nmaccel_hw_desc *desc, const struct engine_tap *tap, uint32_t channel,
	uint32_t rows,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint32_t first)
{
	uint32_t from, end;

	if (tap->any_outside)
		engine_load_outside(block, tap, (int8_t)desc->in_zero, first, rows);
	from = engine_tap_run(tap, 0, &end);
LOAD_RUNS:
	while (from < NMACCEL_ENGINE_COLUMNS) {
		if (!engine_load_stage(mem, record, port, &desc->in, tap->tile[from], channel, rows,
				       stage, 0))
			return false;
		engine_load_columns(block, tap, tap->tile[from], stage, first, rows);
		from = engine_tap_run(tap, end, &end);
	}
	return true;
}

/* Positions [position, position + rows) of a group, in the stream's order (kh, kw, channel). */
static bool engine_load_block(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_port *port,
	const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
	const struct engine_group *group, uint32_t position, uint32_t rows,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES])
{
	struct engine_tap tap;
	uint32_t index = position / group->channels;
	uint32_t channel = position % group->channels;
	uint32_t done = 0;

LOAD_TAPS:
	while (done < rows) {
		const uint32_t left = rows - done;
		const uint32_t run =
			group->channels - channel < left ? group->channels - channel : left;

		engine_tap_start(desc, columns, index / desc->kernel_w, index % desc->kernel_w,
				 &tap);
		if (!engine_load_tap(mem, record, port, desc, &tap, group->channel + channel, run,
				     block, stage, done))
			return false;
		done += run;
		channel = 0;
		index++;
	}
	record->hw.loads += rows;
	return true;
}

#endif /* ENGINE_LOADER_H */
