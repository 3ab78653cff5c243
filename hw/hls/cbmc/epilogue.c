// SPDX-License-Identifier: MIT
/*
 * Proves: the epilogue takes each accumulator row once, puts it where the stage has room, and
 * writes the descriptor's own rows of the output; it ends. row.c proves the rows.
 *
 * Bounds: 4 accumulator rows, 3 columns a tile, up to 6 channels and 7 columns a tensor; one buffer
 * for all.
 *
 * Replace: engine_port_write:stub_port_write
 * Replace: engine_epilogue_s8:stub_s8 engine_epilogue_s32:stub_s32
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17
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

static uint32_t taken; /* rows */

static void take(const int32_t *from, int32_t with, const struct nmaccel_hw_desc *desc,
		 uint32_t count, const uint8_t *to, uint32_t at, uint32_t pitch)
{
	PROVE(taken < desc->out.ch && from == acc[taken] && with == bias[taken]);
	PROVE(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS);
	PROVE(to == stage && at % pitch == 0 && at <= ENGINE_STAGE_BYTES - pitch);
	taken++;
}

void stub_s8(const int32_t *from, int32_t with, uint32_t scale_bits,
	     const struct nmaccel_hw_desc *desc, uint32_t count, uint8_t *to, uint32_t at)
{
	PROVE(!(desc->flags & NMACCEL_FLAG_OUT_S32) && scale_bits == scale[taken]);
	take(from, with, desc, count, to, at, ENGINE_PITCH_S8);
}

void stub_s32(const int32_t *from, int32_t with, const struct nmaccel_hw_desc *desc, uint32_t count,
	      uint8_t *to, uint32_t at)
{
	PROVE(desc->flags & NMACCEL_FLAG_OUT_S32);
	take(from, with, desc, count, to, at, ENGINE_PITCH_S32);
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
	__CPROVER_havoc_object(bias);
	__CPROVER_havoc_object(scale);
	taken = 0;
	done = engine_epilogue(NULL, &door.record, &door.ops.out, &door.desc, tile, count, acc,
			       bias, scale, stage);
	door_fault(&door, done);
	PROVE(!done || taken == door.desc.out.ch);
}
