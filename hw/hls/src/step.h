/* SPDX-License-Identifier: MIT */
/*
 * The step: N values and N indices, N reads of the block memory, C sums of N products. It has no
 * state: Vitis inlines it into the loop that accumulates, Bambu pipelines it as a function.
 */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "config.h"

/*
 * All indices are rows of the block. A sum is at most 32 * 128 * 128. The block is only read, but C
 * before C23 does not let an array of arrays become one of const elements.
 */
static void engine_step(
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	const int8_t values[NMACCEL_ENGINE_LANES], const uint8_t indices[NMACCEL_ENGINE_LANES],
	int32_t sums[NMACCEL_ENGINE_COLUMNS])
{
	uint32_t i, j;

	/* clang-format off */
#ifdef __BAMBU__
#pragma HLS pipeline II=1
#endif
	/* clang-format on */
STEP_CLEAR:
	ENGINE_UNROLL_NEXT
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		ENGINE_UNROLL
		sums[j] = 0;
	}
STEP_LANES:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < NMACCEL_ENGINE_LANES; i++) {
		const int16_t value = values[i];

		ENGINE_UNROLL
	STEP_COLUMNS:
		ENGINE_UNROLL_NEXT
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
			const int16_t x = block[i % ENGINE_COPIES][indices[i]][j];

			ENGINE_UNROLL
			sums[j] += value * x;
		}
	}
}

#endif /* ENGINE_STEP_H */
