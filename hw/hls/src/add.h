/* SPDX-License-Identifier: MIT */
/* NMACCEL_OP_ADD: two tensors, element by element. */
#ifndef ENGINE_ADD_H
#define ENGINE_ADD_H

#include "epilogue.h"
#include "loader.h"

/* Channels at once: the stage holds both inputs, and the result takes the first one's place. */
#define ENGINE_ADD_ROWS (NMACCEL_ENGINE_BLOCK_ROWS / 2u)
#define ENGINE_ADD_HALF (ENGINE_ADD_ROWS * ENGINE_PITCH_S8)

static void engine_add_row(const struct nmaccel_hw_desc *desc, uint32_t count,
			   uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at)
{
	const float scale = engine_f32(desc->scale);
	const float scale2 = engine_f32(desc->scale2);
	uint32_t j;

ADD_COLUMNS:
	for (j = 0; j < count; j++) {
		const int32_t a = engine_s8(stage[at + j]) - desc->in_zero;
		const int32_t b = engine_s8(stage[ENGINE_ADD_HALF + at + j]) - desc->in2_zero;
		const float left = (float)a * scale;
		const float right = (float)b * scale2;

		ENGINE_PIPELINE
		stage[at + j] = engine_u8(engine_clamp(engine_round(left + right) + desc->out_zero,
						       desc->act_min, desc->act_max));
	}
	engine_row_pad_s8(stage, at, count);
}

static bool engine_add_tile(ENGINE_MEM *mem, struct engine_record *record,
			    struct engine_operands *ops, const struct nmaccel_hw_desc *desc,
			    uint32_t tile, uint32_t count, uint8_t stage[ENGINE_STAGE_BYTES])
{
	uint32_t first, rows, r;

ADD_BURSTS:
	for (first = 0; first < desc->out.ch; first += rows) {
		rows = desc->out.ch - first < ENGINE_ADD_ROWS ? desc->out.ch - first
							      : ENGINE_ADD_ROWS;
		if (!engine_load_stage(mem, record, &ops->in, &desc->in, tile, first, rows, stage,
				       0) ||
		    !engine_load_stage(mem, record, &ops->in2, &desc->in2, tile, first, rows, stage,
				       ENGINE_ADD_HALF))
			return false;
	ADD_ROWS:
		for (r = 0; r < rows; r++)
			engine_add_row(desc, count, stage, r * ENGINE_PITCH_S8);
		if (!engine_store_rows(mem, record, &ops->out, &desc->out, tile, first, rows,
				       ENGINE_PITCH_S8, stage))
			return false;
	}
	return true;
}

static bool engine_add(ENGINE_MEM *mem, struct engine_record *record, struct engine_operands *ops,
		       const struct nmaccel_hw_desc *desc, uint8_t stage[ENGINE_STAGE_BYTES])
{
	const uint32_t total = engine_desc_out_columns(desc);
	const uint32_t tiles = engine_column_tiles(total);
	uint32_t tile, left;

ADD_TILES:
	for (tile = 0; tile < tiles; tile++) {
		left = total - tile * NMACCEL_ENGINE_COLUMNS;
		if (!engine_add_tile(mem, record, ops, desc, tile,
				     left < NMACCEL_ENGINE_COLUMNS ? left : NMACCEL_ENGINE_COLUMNS,
				     stage) ||
		    !engine_record_tile(mem, record))
			return false;
	}
	return true;
}

#endif /* ENGINE_ADD_H */
