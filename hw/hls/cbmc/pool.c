// SPDX-License-Identifier: MIT
/*
 * Proves: maximum and average of any window go through all its taps, with channels that the input
 * has and rows that the accumulators have, and write the result only where it lies; a window has no
 * more elements than its taps; it ends. tap.c proves the taps, row.c the rows.
 *
 * Bounds: blocks of 4 rows, 3 columns a tile, up to 6 channels and 7 columns a tensor, windows up
 * to 2 x 2; one buffer for all.
 *
 * Replace: engine_pool_tap:stub_pool_tap engine_pool_row:stub_row
 * Replace: engine_port_write:stub_port_write engine_columns_start:stub_columns_start
 * Replace: engine_tap_start:stub_tap_start
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17
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

static uint32_t taps, first; /* of the channels under way */

void stub_columns_start(const struct nmaccel_hw_desc *desc, uint32_t tile,
			struct engine_columns *columns)
{
	PROVE(tile < engine_column_tiles(engine_desc_out_columns(desc)));
	columns->count = nondet_u32();
	ASSUME(columns->count >= 1 && columns->count <= NMACCEL_ENGINE_COLUMNS);
}

void stub_tap_start(const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
		    uint32_t y, uint32_t x, struct engine_tap *tap)
{
	(void)columns;
	PROVE(y < desc->kernel_h && x < desc->kernel_w);
	PROVE(y * desc->kernel_w + x == taps);
	__CPROVER_havoc_object(tap);
}

bool stub_pool_tap(struct nmaccel_bus *mem, struct engine_record *record, struct engine_port *port,
		   const struct nmaccel_hw_desc *desc, const struct engine_tap *tap,
		   uint32_t channel, uint32_t rows, uint8_t *by, int32_t to[][3])
{
	(void)mem, (void)tap;
	PROVE(by == stage && to == acc && channel == first);
	PROVE(rows >= 1 && rows <= NMACCEL_ENGINE_BLOCK_ROWS);
	PROVE(channel < desc->in.ch && rows <= desc->in.ch - channel);
	taps++;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, 0, 0);
}

void stub_row(const struct nmaccel_hw_desc *desc, const int32_t *from, const uint32_t *inside,
	      uint32_t count, uint8_t *to, uint32_t at)
{
	const uint32_t row = at / ENGINE_PITCH_S8;

	PROVE(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS && to == stage);
	PROVE(row * ENGINE_PITCH_S8 == at && row < NMACCEL_ENGINE_BLOCK_ROWS && from == acc[row]);
	PROVE(inside[0] <= desc->kernel_h * desc->kernel_w);
	if (row == 0) {
		PROVE(taps == desc->kernel_h * desc->kernel_w);
		taps = 0;
	}
	first++;
}

void harness(void)
{
	const uint32_t tile = nondet_u32() & 7u;
	struct door door;
	bool done;

	ASSUME(door.desc.op == NMACCEL_OP_POOL_MAX || door.desc.op == NMACCEL_OP_POOL_AVG);
	door_open(&door);
	ASSUME(tile < engine_column_tiles(engine_desc_out_columns(&door.desc)));
	taps = first = 0;
	done = engine_pool_tile(NULL, &door.record, &door.ops, &door.desc, tile, acc, stage);
	door_fault(&door, done);
	PROVE(!done || first == door.desc.out.ch);
}
