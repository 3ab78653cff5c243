// SPDX-License-Identifier: MIT
/*
 * Proves: a convolution cuts its reduction into groups of channels and blocks of positions that
 * its loader, stream and epilogue are made for, each position once, and ends; its parameters go to
 * accumulator rows that exist, and come from their buffer.
 *
 * Bounds: blocks of up to 4 rows, 4 accumulator rows, 3 columns a tile, up to 6 channels and 7
 * columns a tensor, kernels up to 2 x 2; one buffer for all.
 *
 * Replace: engine_port_read:stub_port_read engine_load_block:stub_load_block
 * Replace: engine_stream_counts:stub_stream_counts engine_stream_run:stub_stream_run
 * Replace: engine_epilogue:stub_epilogue engine_record_tile:stub_record_tile
 * Options: --unwind 13 --unwindset engine_desc_check_op.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/conv.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];
static uint8_t counts[ENGINE_COUNTS_BYTES];
static uint8_t window[ENGINE_FETCH_BYTES];
static int32_t bias[NMACCEL_ENGINE_MAX_ROWS];
static uint32_t scale[NMACCEL_ENGINE_MAX_ROWS];
static struct door door;
static uint32_t loaded;	  /* positions of this tile, of all its groups */
static uint32_t last;	  /* rows of the last block */
static uint32_t finished; /* tiles */

bool stub_stream_counts(struct nmaccel_bus *mem, struct engine_record *record,
			struct engine_port *port, struct engine_stream *stream, uint32_t rows,
			uint8_t *to)
{
	(void)mem;
	PROVE(port == &door.ops.weights && rows == door.desc.out.ch && to == counts);
	PROVE(stream->offset % 16u == 0 && stream->offset <= stream->end);
	PROVE(stream->end <= port->entry.size);
	if (nondet_bool())
		return engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
	stream->offset = nondet_u64();
	ASSUME(stream->offset % 16u == 0 && stream->offset <= stream->end);
	return true;
}

bool stub_load_block(struct nmaccel_bus *mem, struct engine_record *record,
		     struct engine_port *port, const struct nmaccel_hw_desc *desc,
		     const struct engine_columns *columns, const struct engine_group *group,
		     uint32_t position, uint32_t rows, int8_t to[][4][3], uint8_t *by)
{
	(void)mem;
	PROVE(port == &door.ops.in && by == stage);
	PROVE(columns->count >= 1 && columns->count <= NMACCEL_ENGINE_COLUMNS);
	PROVE(group->channel < desc->in.ch && group->channels >= 1);
	PROVE(group->channels <= desc->in.ch - group->channel);
	PROVE(group->channels <= desc->block_rows);
	PROVE(group->positions == desc->kernel_h * desc->kernel_w * group->channels);
	PROVE(rows >= 1 && rows <= desc->block_rows);
	PROVE(position < group->positions && rows <= group->positions - position);
	PROVE(loaded == desc->kernel_h * desc->kernel_w * group->channel + position);
	loaded += rows;
	last = rows;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

bool stub_stream_run(struct nmaccel_bus *mem, struct engine_record *record,
		     struct engine_port *port, struct engine_stream *stream, const uint8_t *from,
		     uint32_t rows, uint32_t positions, int8_t with[][4][3], int32_t to[][3],
		     uint8_t *by)
{
	(void)mem;
	PROVE(port == &door.ops.weights && rows == door.desc.out.ch && positions == last);
	PROVE(from == counts && by == window);
	if (nondet_bool())
		return engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
	stream->offset = nondet_u64();
	ASSUME(stream->offset % 16u == 0 && stream->offset <= stream->end);
	return true;
}

bool stub_epilogue(struct nmaccel_bus *mem, struct engine_record *record, struct engine_port *port,
		   const struct nmaccel_hw_desc *desc, uint32_t tile, uint32_t count,
		   int32_t from[][3], const int32_t *biases, const uint32_t *scales, uint8_t *by)
{
	(void)mem;
	PROVE(port == &door.ops.out && by == stage && biases == bias && scales == scale);
	PROVE(loaded == desc->kernel_h * desc->kernel_w * desc->in.ch);
	PROVE(tile == finished && tile < engine_column_tiles(engine_desc_out_columns(desc)));
	PROVE(count >= 1 && count <= NMACCEL_ENGINE_COLUMNS);
	loaded = 0;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

bool stub_record_tile(struct nmaccel_bus *mem, struct engine_record *record)
{
	(void)mem;
	finished++;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

void harness(void)
{
	bool done;

	__CPROVER_havoc_object(&door);
	ASSUME(door.desc.op == NMACCEL_OP_CONV);
	door_open(&door);
	done = engine_conv(NULL, &door.record, &door.ops, &door.desc, block, acc, stage, counts,
			   window, bias, scale);
	PROVE(done == (door.record.hw.fault == NMACCEL_FAULT_NONE));
	PROVE(done || door.record.hw.fault == NMACCEL_FAULT_BUS ||
	      door.record.hw.fault == NMACCEL_FAULT_TRAILING);
	PROVE(!done || finished == engine_column_tiles(engine_desc_out_columns(&door.desc)));
}
