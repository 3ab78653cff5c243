/* SPDX-License-Identifier: MIT */
/*
 * The step: N values and N indices, N reads of the block memory, C sums of N products. It has no
 * state: Vitis inlines it into the loop that accumulates, Bambu into the function that it pipelines
 * (../bambu).
 */
#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "config.h"

/* The block memory as an argument, and what a port of it reads. ../bambu has others. */
#ifndef ENGINE_STEP_BLOCK
#define ENGINE_STEP_BLOCK(block)                                                                   \
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS]
#define ENGINE_STEP_READ(block, port, row, column) block[(port) % ENGINE_COPIES][row][column]
#endif

/*
 * All indices are rows of the block. A sum is at most 32 * 128 * 128. The block is only read, but C
 * before C23 does not let an array of arrays become one of const elements.
 */
static void engine_step(ENGINE_STEP_BLOCK(block), const int8_t values[NMACCEL_ENGINE_LANES],
			const uint8_t indices[NMACCEL_ENGINE_LANES],
			int32_t sums[NMACCEL_ENGINE_COLUMNS])
{
	uint32_t i, j;

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
			const int16_t x = ENGINE_STEP_READ(block, i, indices[i], j);

			ENGINE_UNROLL
			sums[j] += value * x;
		}
	}
}

#endif /* ENGINE_STEP_H */
