/* SPDX-License-Identifier: MIT */
/*
 * The engine's step in the form that Bambu takes. Bambu partitions no arrays, so each read port has
 * a block memory of its own, with a row of it in a word.
 */
#ifndef BAMBU_PORTS_H
#define BAMBU_PORTS_H

#include <stdint.h>

#define NMACCEL_ENGINE_LANES   8
#define NMACCEL_ENGINE_COLUMNS 8

/* An array argument is a memory port if nothing else may point into it. C++ has no such arrays. */
#ifdef __cplusplus
#define BAMBU_RESTRICT
#else
#define BAMBU_RESTRICT restrict
#endif

#define BAMBU_ROWS	 256
#define BAMBU_PORT(name) const uint64_t name[BAMBU_RESTRICT BAMBU_ROWS]

struct bambu_block {
	const uint64_t *ports[NMACCEL_ENGINE_LANES];
};

static int8_t bambu_s8(uint64_t word, uint32_t byte)
{
	return (int8_t)(word >> 8u * byte);
}

#define ENGINE_STEP_BLOCK(block)		   const struct bambu_block *block
#define ENGINE_STEP_READ(block, port, row, column) bambu_s8((block)->ports[port][row], column)
#include "step.h"

NMACCEL_STATIC_ASSERT(BAMBU_ROWS == NMACCEL_ENGINE_BLOCK_ROWS, "any index is a row of the block");

/* The step of slots that come in two words. */
static void bambu_step(const struct bambu_block *block, uint64_t values, uint64_t indices,
		       int32_t sums[NMACCEL_ENGINE_COLUMNS])
{
	int8_t value[NMACCEL_ENGINE_LANES];
	uint8_t index[NMACCEL_ENGINE_LANES];
	uint32_t i;

PORTS_SLOTS:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < NMACCEL_ENGINE_LANES; i++) {
		ENGINE_UNROLL
		value[i] = bambu_s8(values, i);
		index[i] = (uint8_t)(indices >> 8u * i);
	}
	engine_step(block, value, index, sums);
}

#endif /* BAMBU_PORTS_H */
