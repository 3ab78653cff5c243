// SPDX-License-Identifier: MIT
/*
 * Proves: from any input and any window, the loader fills the block memory only where the block
 * has rows and columns, from stage bytes that the stage has, and reads only the descriptor's
 * tensor; it ends.
 *
 * Bounds: blocks of up to 4 rows, 3 columns a tile, up to 6 channels and 7 columns a tensor,
 * kernel, stride, dilation and padding up to 2; one buffer for all.
 *
 * Replace: engine_port_read:stub_port_read
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/loader.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];

void harness(void)
{
	const uint32_t tile = nondet_u32() & 7u, position = nondet_u32() & 31u,
		       rows = nondet_u32() & 7u;
	const struct nmaccel_hw_desc *desc;
	struct engine_columns columns;
	struct engine_group group;
	struct door door;
	uint64_t loads;
	bool done;

	desc = &door.desc;
	ASSUME(desc->op == NMACCEL_OP_CONV);
	door_open(&door);
	ASSUME(tile < engine_column_tiles(engine_desc_out_columns(desc)));
	group.channel = nondet_u32() & 7u;
	group.channels = nondet_u32() & 7u;
	/* As engine_conv_sum() and engine_conv_group() cut the reduction; conv.c proves that. */
	ASSUME(group.channel < desc->in.ch && group.channels >= 1);
	ASSUME(group.channels <= desc->in.ch - group.channel);
	ASSUME(group.channels <= desc->block_rows);
	group.positions = desc->kernel_h * desc->kernel_w * group.channels;
	ASSUME(rows >= 1 && rows <= desc->block_rows);
	ASSUME(position < group.positions && rows <= group.positions - position);
	loads = door.record.hw.loads;
	engine_columns_start(desc, tile, &columns);
	done = engine_load_block(NULL, &door.record, &door.ops.in, desc, &columns, &group, position,
				 rows, block, stage);
	door_fault(&door, done);
	PROVE(door.record.hw.loads - loads == (done ? rows : 0));
}
