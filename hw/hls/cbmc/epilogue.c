// SPDX-License-Identifier: MIT
/*
 * Proves: results of 8 and of 32 bits, of any sums, biases and scales, lie in the stage and within
 * the descriptor's limits, and go to the descriptor's own rows of the output; nothing wraps but
 * the sum with the bias.
 *
 * Bounds: 4 accumulator rows, 3 columns a tile, up to 6 channels and 7 columns a tensor; one
 * buffer for all. numeric.c proves the rounding.
 *
 * Replace: engine_port_write:stub_port_write engine_round:stub_round
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17,engine_row_pad_s8.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/epilogue.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
static int32_t bias[NMACCEL_ENGINE_MAX_ROWS];
static uint32_t scale[NMACCEL_ENGINE_MAX_ROWS];
static uint8_t stage[ENGINE_STAGE_BYTES];

int32_t stub_round(float value)
{
	const int32_t whole = engine_s32(nondet_u32());

	(void)value;
	ASSUME(whole >= -ENGINE_ROUND_LIMIT && whole <= ENGINE_ROUND_LIMIT);
	return whole;
}

void harness(void)
{
	const uint32_t tile = nondet_u32() & 7u, count = nondet_u32() & 3u;
	struct door door;
	bool done;

	ASSUME(door.desc.op == NMACCEL_OP_CONV);
	door_open(&door);
	ASSUME(tile < engine_column_tiles(engine_desc_out_columns(&door.desc)));
	ASSUME(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS);
	__CPROVER_havoc_object(acc);
	__CPROVER_havoc_object(bias);
	__CPROVER_havoc_object(scale);
	done = engine_epilogue(NULL, &door.record, &door.ops.out, &door.desc, tile, count, acc,
			       bias, scale, stage);
	door_fault(&door, done);
}
