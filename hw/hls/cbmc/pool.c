// SPDX-License-Identifier: MIT
/*
 * Proves: maximum and average of any window read the input and write the result only where they
 * lie, keep to the stage and the accumulator rows, and end; no sum wraps.
 *
 * Bounds: blocks of 4 rows, 3 columns a tile, up to 6 channels and 7 columns a tensor, windows up
 * to 2 x 2, and one column tile of them; one buffer for all. numeric.c proves the rounding.
 *
 * Replace: engine_port_read:stub_port_read engine_port_write:stub_port_write
 * Replace: engine_round:stub_round
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17,engine_row_pad_s8.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/pool.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
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
	const uint32_t tile = nondet_u32() & 7u;
	struct door door;
	bool done;

	ASSUME(door.desc.op == NMACCEL_OP_POOL_MAX || door.desc.op == NMACCEL_OP_POOL_AVG);
	door_open(&door);
	ASSUME(tile < engine_column_tiles(engine_desc_out_columns(&door.desc)));
	done = engine_pool_tile(NULL, &door.record, &door.ops, &door.desc, tile, acc, stage);
	door_fault(&door, done);
}
