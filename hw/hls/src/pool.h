/* SPDX-License-Identifier: MIT */
/* NMACCEL_OP_POOL_MAX and NMACCEL_OP_POOL_AVG: a window over each channel. */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "epilogue.h"
#include "loader.h"

static void engine_pool_clear(const struct nmaccel_hw_desc *desc, uint32_t rows,
			      int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS])
{
	const int32_t start = desc->op == NMACCEL_OP_POOL_MAX ? desc->act_min : 0;
	uint32_t r, j;

POOL_CLEAR_ROWS:
	for (r = 0; r < rows; r++) {
		ENGINE_PIPELINE
	POOL_CLEAR_COLUMNS:
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
			acc[r][j] = start;
	}
}

/* One tap of the columns that read one input tile, which the stage holds. */
static void engine_pool_columns(const struct nmaccel_hw_desc *desc, const struct engine_tap *tap,
				uint32_t tile, const uint8_t stage[ENGINE_STAGE_BYTES],
				uint32_t rows,
				int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS])
{
	const bool max = desc->op == NMACCEL_OP_POOL_MAX;
	uint32_t r, j;

POOL_ROWS:
	for (r = 0; r < rows; r++) {
	POOL_COLUMNS:
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
			const int32_t x = engine_s8(stage[r * ENGINE_PITCH_S8 + tap->place[j]]);

			ENGINE_PIPELINE
			if (tap->tile[j] != tile)
				continue;
			if (!max)
				acc[r][j] += x - desc->in_zero;
			else if (x > acc[r][j])
				acc[r][j] = x;
		}
	}
}

static bool engine_pool_tap(ENGINE_MEM *mem, struct engine_record *record, struct engine_port *port,
			    const struct nmaccel_hw_desc *desc, const struct engine_tap *tap,
			    uint32_t channel, uint32_t rows, uint8_t stage[ENGINE_STAGE_BYTES],
			    int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS])
{
	uint32_t from, end;

	from = engine_tap_run(tap, 0, &end);
POOL_RUNS:
	while (from < NMACCEL_ENGINE_COLUMNS) {
		if (!engine_load_stage(mem, record, port, &desc->in, tap->tile[from], channel, rows,
				       stage, 0))
			return false;
		engine_pool_columns(desc, tap, tap->tile[from], stage, rows, acc);
		from = engine_tap_run(tap, end, &end);
	}
	return true;
}

/* All taps of some channels of one column tile; inside counts each window's part in the image. */
static bool engine_pool_taps(ENGINE_MEM *mem, struct engine_record *record,
			     struct engine_port *port, const struct nmaccel_hw_desc *desc,
			     const struct engine_columns *columns, uint32_t channel, uint32_t rows,
			     uint32_t inside[NMACCEL_ENGINE_COLUMNS],
			     uint8_t stage[ENGINE_STAGE_BYTES],
			     int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS])
{
	struct engine_tap tap;
	uint32_t y, x, j;

	engine_pool_clear(desc, rows, acc);
POOL_INSIDE_CLEAR:
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
		inside[j] = 0;
POOL_TAPS_Y:
	for (y = 0; y < desc->kernel_h; y++) {
	POOL_TAPS_X:
		for (x = 0; x < desc->kernel_w; x++) {
			engine_tap_start(desc, columns, y, x, &tap);
		POOL_INSIDE:
			for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
				inside[j] += tap.tile[j] != ENGINE_OUTSIDE;
			if (!engine_pool_tap(mem, record, port, desc, &tap, channel, rows, stage,
					     acc))
				return false;
		}
	}
	return true;
}

/* The sum, at most 255 * 255 * 255, is exact in fp32. */
static int32_t engine_pool_average(const struct nmaccel_hw_desc *desc, int32_t sum, uint32_t inside)
{
	float scale = engine_f32(desc->scale);

	if (inside == 0)
		return desc->out_zero;
	if (desc->flags & NMACCEL_FLAG_COUNT_VALID)
		scale = scale / (float)inside;
	return engine_round((float)sum * scale) + desc->out_zero;
}

static void engine_pool_row(const struct nmaccel_hw_desc *desc,
			    const int32_t acc[NMACCEL_ENGINE_COLUMNS],
			    const uint32_t inside[NMACCEL_ENGINE_COLUMNS], uint32_t count,
			    uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at)
{
	uint32_t j;

POOL_ROW:
	for (j = 0; j < count; j++) {
		int32_t value = acc[j];

		ENGINE_PIPELINE
		if (desc->op == NMACCEL_OP_POOL_AVG)
			value = engine_pool_average(desc, acc[j], inside[j]);
		stage[at + j] = engine_u8(engine_clamp(value, desc->act_min, desc->act_max));
	}
	engine_row_pad_s8(stage, at, count);
}

static bool engine_pool_tile(ENGINE_MEM *mem, struct engine_record *record,
			     struct engine_operands *ops, const struct nmaccel_hw_desc *desc,
			     uint32_t tile,
			     int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
			     uint8_t stage[ENGINE_STAGE_BYTES])
{
	struct engine_columns columns;
	uint32_t inside[NMACCEL_ENGINE_COLUMNS];
	uint32_t first, rows, r;

	engine_columns_start(desc, tile, &columns);
POOL_BURSTS:
	for (first = 0; first < desc->out.ch; first += rows) {
		rows = desc->out.ch - first < NMACCEL_ENGINE_BLOCK_ROWS ? desc->out.ch - first
									: NMACCEL_ENGINE_BLOCK_ROWS;
		if (!engine_pool_taps(mem, record, &ops->in, desc, &columns, first, rows, inside,
				      stage, acc))
			return false;
	POOL_RESULTS:
		for (r = 0; r < rows; r++)
			engine_pool_row(desc, acc[r], inside, columns.count, stage,
					r * ENGINE_PITCH_S8);
		if (!engine_store_rows(mem, record, &ops->out, &desc->out, tile, first, rows,
				       ENGINE_PITCH_S8, stage))
			return false;
	}
	return true;
}

static bool engine_pool(ENGINE_MEM *mem, struct engine_record *record, struct engine_operands *ops,
			const struct nmaccel_hw_desc *desc,
			int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
			uint8_t stage[ENGINE_STAGE_BYTES])
{
	const uint32_t tiles = engine_column_tiles(engine_desc_out_columns(desc));
	uint32_t tile;

POOL_TILES:
	for (tile = 0; tile < tiles; tile++)
		if (!engine_pool_tile(mem, record, ops, desc, tile, acc, stage) ||
		    !engine_record_tile(mem, record))
			return false;
	return true;
}

#endif /* ENGINE_POOL_H */
