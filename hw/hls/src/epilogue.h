/* SPDX-License-Identifier: MIT */
/* From the exact sums of a convolution to result rows. */
#ifndef ENGINE_EPILOGUE_H
#define ENGINE_EPILOGUE_H

#include "numeric.h"
#include "operands.h"

/* Write staged rows of a result tile, from channel on. */
static bool engine_store_rows(ENGINE_MEM *mem, struct engine_record *record,
			      struct engine_port *port, const struct nmaccel_hw_tensor *tensor,
			      uint32_t tile, uint32_t channel, uint32_t rows, uint32_t pitch,
			      const uint8_t stage[ENGINE_STAGE_BYTES])
{
	return engine_port_write(mem, record, port, engine_tensor_row(tensor, tile, channel, pitch),
				 rows * (pitch / NMACCEL_WORD_BYTES), stage);
}

/* An 8-bit result at columns [0, count) and zeros to the end of the pitch. */
static void engine_row_pad_s8(uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at, uint32_t count)
{
	uint32_t j;

ROW_PAD:
	for (j = count; j < ENGINE_PITCH_S8; j++)
		stage[at + j] = 0;
}

static void engine_epilogue_s8(const int32_t acc[NMACCEL_ENGINE_COLUMNS], int32_t bias,
			       uint32_t scale_bits, const struct nmaccel_hw_desc *desc,
			       uint32_t count, uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at)
{
	const float scale = engine_f32(scale_bits);
	uint32_t j;

EPILOGUE_S8:
	for (j = 0; j < count; j++) {
		const float product = (float)engine_add_s32(acc[j], bias) * scale;

		ENGINE_PIPELINE
		stage[at + j] = engine_u8(engine_clamp(engine_round(product) + desc->out_zero,
						       desc->act_min, desc->act_max));
	}
	engine_row_pad_s8(stage, at, count);
}

static void engine_epilogue_s32(const int32_t acc[NMACCEL_ENGINE_COLUMNS], int32_t bias,
				const struct nmaccel_hw_desc *desc, uint32_t count,
				uint8_t stage[ENGINE_STAGE_BYTES], uint32_t at)
{
	uint32_t i, j;

EPILOGUE_S32:
	for (j = 0; j < ENGINE_PITCH_S32 / 4u; j++) {
		uint32_t value = 0;

		ENGINE_PIPELINE
		if (j < count)
			value = engine_u32(engine_clamp(engine_add_s32(acc[j], bias), desc->act_min,
							desc->act_max));
	EPILOGUE_BYTES:
		ENGINE_UNROLL_NEXT
		for (i = 0; i < 4; i++) {
			ENGINE_UNROLL
			stage[at + 4u * j + i] = engine_low_u8(value >> (8u * i));
		}
	}
}

/* All rows of one column tile; count of its columns exist. */
static bool engine_epilogue(ENGINE_MEM *mem, struct engine_record *record, struct engine_port *port,
			    const struct nmaccel_hw_desc *desc, uint32_t tile, uint32_t count,
			    int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
			    const int32_t bias[NMACCEL_ENGINE_MAX_ROWS],
			    const uint32_t scale[NMACCEL_ENGINE_MAX_ROWS],
			    uint8_t stage[ENGINE_STAGE_BYTES])
{
	const bool wide = desc->flags & NMACCEL_FLAG_OUT_S32;
	const uint32_t pitch = wide ? ENGINE_PITCH_S32 : ENGINE_PITCH_S8;
	const uint32_t room = ENGINE_STAGE_BYTES / pitch;
	uint32_t first, rows, r;

EPILOGUE_BURSTS:
	for (first = 0; first < desc->out.ch; first += rows) {
		rows = desc->out.ch - first < room ? desc->out.ch - first : room;
	EPILOGUE_ROWS:
		for (r = 0; r < rows; r++) {
			if (wide)
				engine_epilogue_s32(acc[first + r], bias[first + r], desc, count,
						    stage, r * pitch);
			else
				engine_epilogue_s8(acc[first + r], bias[first + r],
						   scale[first + r], desc, count, stage, r * pitch);
		}
		if (!engine_store_rows(mem, record, port, &desc->out, tile, first, rows, pitch,
				       stage))
			return false;
	}
	return true;
}

#endif /* ENGINE_EPILOGUE_H */
