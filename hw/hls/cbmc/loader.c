// SPDX-License-Identifier: MIT
/*
 * Proves: the loader cuts each block of positions into taps and channels that the descriptor has,
 * to rows that the block has, each row once, in the stream's order; it ends. tap.c proves the taps.
 *
 * Bounds: blocks of up to 4 rows, 3 columns a tile, up to 6 channels and 7 columns a tensor,
 * kernel, stride, dilation and padding up to 2; one buffer for all.
 *
 * Replace: engine_load_tap:stub_load_tap engine_tap_start:stub_tap_start
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

static uint32_t tap_y, tap_x, loaded, expected;

void stub_tap_start(const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
		    uint32_t y, uint32_t x, struct engine_tap *tap)
{
	PROVE(y < desc->kernel_h && x < desc->kernel_w);
	PROVE(columns->count >= 1 && columns->count <= NMACCEL_ENGINE_COLUMNS);
	tap_y = y;
	tap_x = x;
	(void)tap;
}

static struct engine_group group;

bool stub_load_tap(struct nmaccel_bus *mem, struct engine_record *record, struct engine_port *port,
		   const struct nmaccel_hw_desc *desc, const struct engine_tap *tap,
		   uint32_t channel, uint32_t rows, int8_t to[][4][3], uint8_t *by, uint32_t first)
{
	(void)mem, (void)tap;
	PROVE(to == block && by == stage);
	PROVE(rows >= 1 && channel < desc->in.ch && rows <= desc->in.ch - channel);
	PROVE(first == loaded && first < desc->block_rows && rows <= desc->block_rows - first);
	/* Position in the group: (tap, channel of the group). */
	PROVE((tap_y * desc->kernel_w + tap_x) * group.channels + channel - group.channel ==
	      expected);
	loaded += rows;
	expected += rows;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, 0, 0);
}

void harness(void)
{
	const uint32_t tile = nondet_u32() & 7u, position = nondet_u32() & 31u,
		       rows = nondet_u32() & 7u;
	const struct nmaccel_hw_desc *desc;
	struct engine_columns columns;
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
	loaded = 0;
	expected = position;
	loads = door.record.hw.loads;
	engine_columns_start(desc, tile, &columns);
	done = engine_load_block(NULL, &door.record, &door.ops.in, desc, &columns, &group, position,
				 rows, block, stage);
	door_fault(&door, done);
	PROVE(!done || loaded == rows);
	PROVE(door.record.hw.loads - loads == (done ? rows : 0));
}
