// SPDX-License-Identifier: MIT
/*
 * Proves: a row of results, of any sums, biases, scales and inputs, fills its pitch of the stage
 * and nothing beside it; 8-bit results are within the descriptor's limits, columns that do not
 * exist are zero. Nothing wraps but the sum with the bias. numeric.c proves the rounding.
 *
 * Bounds: 3 columns a row.
 *
 * Replace: engine_round:stub_round
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17,engine_row_pad_s8.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/add.h"
#include "../src/pool.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int32_t acc[NMACCEL_ENGINE_COLUMNS];
static uint32_t inside[NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];

int32_t stub_round(float value)
{
	const int32_t whole = engine_s32(nondet_u32());

	(void)value;
	ASSUME(whole >= -ENGINE_ROUND_LIMIT && whole <= ENGINE_ROUND_LIMIT);
	return whole;
}

static void check_row(const struct nmaccel_hw_desc *desc, uint32_t count, uint32_t at)
{
	uint32_t j;

	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		const int32_t result = engine_s8(stage[at + j]);

		PROVE(j >= count || (result >= desc->act_min && result <= desc->act_max));
		PROVE(j < count || result == 0);
	}
}

void harness(void)
{
	struct engine_record refused;
	const uint32_t count = nondet_u32() & 3u, row = nondet_u32() & 3u;
	const uint32_t other = nondet_u32() % ENGINE_STAGE_BYTES;
	const uint32_t at = row * ENGINE_PITCH_S8;
	const uint32_t bias = nondet_u32();
	struct nmaccel_hw_desc desc;
	uint8_t before;
	uint32_t j;

	door_narrow(&desc);
	refused.hw.fault = NMACCEL_FAULT_JOB;
	ASSUME(engine_desc_check(&refused, &desc));
	ASSUME(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS && row < NMACCEL_ENGINE_BLOCK_ROWS);
	ASSUME(other < at || other >= at + ENGINE_PITCH_S8);
	__CPROVER_havoc_object(acc);
	__CPROVER_havoc_object(inside);
	__CPROVER_havoc_object(stage);
	before = stage[other];
	if (desc.op == NMACCEL_OP_CONV && desc.flags & NMACCEL_FLAG_OUT_S32) {
		engine_epilogue_s32(acc, engine_s32(bias), &desc, count, stage, at);
	} else if (desc.op == NMACCEL_OP_CONV) {
		engine_epilogue_s8(acc, engine_s32(bias), nondet_u32(), &desc, count, stage, at);
		check_row(&desc, count, at);
	} else if (desc.op == NMACCEL_OP_ADD) {
		ASSUME(row < ENGINE_ADD_ROWS);
		engine_add_row(&desc, count, stage, at);
		check_row(&desc, count, at);
	} else {
		/* As many as a window has; tap.c proves that their sum is no larger. */
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
			ASSUME(inside[j] <= 255u * 255u);
		engine_pool_row(&desc, acc, inside, count, stage, at);
		check_row(&desc, count, at);
	}
	PROVE(stage[other] == before);
}
