// SPDX-License-Identifier: MIT
/*
 * Proves: an addition reads both tensors and writes its result only where they lie, keeps both in
 * the stage, takes each column tile once, and ends. row.c proves the rows.
 *
 * Bounds: blocks of 4 rows, so 2 channels at once, 3 columns a tile, up to 6 channels and 7 columns
 * a tensor; one buffer for all.
 *
 * Replace: engine_port_read:stub_port_read engine_port_write:stub_port_write
 * Replace: engine_add_row:stub_row engine_record_write:stub_record_write
 * Options: --unwind 4 --unwindset engine_desc_check_op.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/add.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static uint8_t stage[ENGINE_STAGE_BYTES];

void stub_row(const struct nmaccel_hw_desc *desc, uint32_t count, uint8_t *to, uint32_t at)
{
	(void)desc;
	PROVE(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS && to == stage);
	PROVE(at % ENGINE_PITCH_S8 == 0 && at <= ENGINE_ADD_HALF - ENGINE_PITCH_S8);
}

bool stub_record_write(struct nmaccel_bus *mem, struct engine_record *record)
{
	(void)mem;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

void harness(void)
{
	struct door door;
	uint64_t tiles;
	bool done;

	ASSUME(door.desc.op == NMACCEL_OP_ADD);
	door_open(&door);
	tiles = door.record.hw.tiles_done;
	done = engine_add(NULL, &door.record, &door.ops, &door.desc, stage);
	door_fault(&door, done);
	PROVE(!done || door.record.hw.tiles_done - tiles ==
			       engine_column_tiles(engine_desc_out_columns(&door.desc)));
}
