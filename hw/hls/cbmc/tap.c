// SPDX-License-Identifier: MIT
/*
 * Proves: one tap of a convolution or of a pool fills the block memory, or adds to the sums, only
 * where there are rows and columns, from stage bytes that the stage has, and reads only the
 * descriptor's tensor; a sum of as many elements as the largest window has does not wrap; it ends.
 *
 * Bounds: blocks of up to 4 rows, 3 columns a tile, up to 6 channels and 7 columns a tensor; one
 * buffer for all.
 *
 * Replace: engine_port_read:stub_port_read
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/pool.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];

/* Any tap of the input; window.c proves that there are no others. */
static void any_tap(const struct nmaccel_hw_desc *desc, struct engine_tap *tap)
{
	uint32_t j;

	tap->any_outside = nondet_bool();
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		tap->place[j] = nondet_u32() & 3u;
		tap->tile[j] = nondet_bool() ? ENGINE_OUTSIDE : nondet_u32() & 3u;
		ASSUME(tap->place[j] < NMACCEL_ENGINE_COLUMNS);
		ASSUME(tap->tile[j] == ENGINE_OUTSIDE ||
		       tap->tile[j] < engine_column_tiles(engine_desc_in_columns(desc)));
		ASSUME(tap->tile[j] != ENGINE_OUTSIDE || tap->any_outside);
	}
}

static void any_sums(uint32_t limit)
{
	uint32_t r, j;

	__CPROVER_havoc_object(acc);
	for (r = 0; r < NMACCEL_ENGINE_MAX_ROWS; r++)
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
			ASSUME(acc[r][j] >= -(int32_t)limit && acc[r][j] <= (int32_t)limit);
}

void harness(void)
{
	const uint32_t channel = nondet_u32() & 7u, rows = nondet_u32() & 7u;
	const uint32_t first = nondet_u32() & 7u;
	const struct nmaccel_hw_desc *desc;
	struct engine_tap tap;
	struct door door;
	bool done;

	desc = &door.desc;
	ASSUME(desc->op != NMACCEL_OP_ADD);
	door_open(&door);
	any_tap(desc, &tap);
	ASSUME(rows >= 1 && channel < desc->in.ch && rows <= desc->in.ch - channel);
	ASSUME(first < NMACCEL_ENGINE_BLOCK_ROWS && rows <= NMACCEL_ENGINE_BLOCK_ROWS - first);
	if (desc->op == NMACCEL_OP_CONV) {
		done = engine_load_tap(NULL, &door.record, &door.ops.in, desc, &tap, channel, rows,
				       block, stage, first);
	} else {
		any_sums(255u * (255u * 255u - 1u));
		done = engine_pool_tap(NULL, &door.record, &door.ops.in, desc, &tap, channel, rows,
				       stage, acc);
	}
	door_fault(&door, done);
}
