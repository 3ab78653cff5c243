/* SPDX-License-Identifier: MIT */
/* NMACCEL_OP_CONV: for each column tile all blocks of the stream, then the epilogue. */
#ifndef ENGINE_CONV_H
#define ENGINE_CONV_H

#include "epilogue.h"
#include "stream.h"

static bool engine_conv_params(ENGINE_MEM *mem, struct engine_record *record,
			       struct engine_port *port, const struct nmaccel_hw_desc *desc,
			       int32_t bias[NMACCEL_ENGINE_MAX_ROWS],
			       uint32_t scale[NMACCEL_ENGINE_MAX_ROWS],
			       uint8_t stage[ENGINE_STAGE_BYTES])
{
	const uint32_t room = ENGINE_STAGE_BYTES / NMACCEL_WORD_BYTES * 2u;
	uint32_t first, rows, r, i;

CONV_PARAMS:
	for (first = 0; first < desc->out.ch; first += rows) {
		rows = desc->out.ch - first < room ? desc->out.ch - first : room;
		if (!engine_port_read(mem, record, port, desc->params_offset + first * 8u,
				      rows / 2u + rows % 2u, stage, 0))
			return false;
	CONV_PARAM_ROWS:
		for (r = 0; r < rows; r++) {
			uint32_t low = 0, high = 0;

			ENGINE_PIPELINE
		CONV_PARAM_BYTES:
			ENGINE_UNROLL_NEXT
			for (i = 0; i < 4; i++) {
				ENGINE_UNROLL
				low |= (uint32_t)stage[r * 8u + i] << (8u * i);
				high |= (uint32_t)stage[r * 8u + 4u + i] << (8u * i);
			}
			bias[first + r] = engine_s32(low);
			scale[first + r] = high;
		}
	}
	return true;
}

static void engine_conv_clear(int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
			      uint32_t rows)
{
	uint32_t r, j;

CLEAR_ROWS:
	for (r = 0; r < rows; r++) {
		ENGINE_PIPELINE
	CLEAR_COLUMNS:
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
			acc[r][j] = 0;
	}
}

/* All blocks of one channel group. */
static bool engine_conv_group(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_operands *ops,
	const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
	struct engine_stream *stream, const struct engine_group *group,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint8_t counts[ENGINE_COUNTS_BYTES],
	uint8_t window[ENGINE_FETCH_BYTES])
{
	uint32_t position, rows;

CONV_BLOCKS:
	for (position = 0; position < group->positions; position += rows) {
		rows = group->positions - position < desc->block_rows ? group->positions - position
								      : desc->block_rows;
		if (!engine_stream_counts(mem, record, &ops->weights, stream, desc->out.ch,
					  counts) ||
		    !engine_load_block(mem, record, &ops->in, desc, columns, group, position, rows,
				       block, stage) ||
		    !engine_stream_run(mem, record, &ops->weights, stream, counts, desc->out.ch,
				       rows, block, acc, window))
			return false;
	}
	return true;
}

/* The exact sums of one column tile. */
static bool engine_conv_sum(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_operands *ops,
	const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint8_t counts[ENGINE_COUNTS_BYTES],
	uint8_t window[ENGINE_FETCH_BYTES])
{
	struct engine_stream stream;
	struct engine_group group;
	uint32_t left;

	stream.offset = desc->weights_offset;
	stream.end = desc->weights_offset + desc->weights_bytes;
	engine_conv_clear(acc, desc->out.ch);
CONV_GROUPS:
	for (group.channel = 0; group.channel < desc->in.ch; group.channel += group.channels) {
		left = desc->in.ch - group.channel;
		group.channels = left < desc->block_rows ? left : desc->block_rows;
		group.positions = desc->kernel_h * desc->kernel_w * group.channels;
		if (!engine_conv_group(mem, record, ops, desc, columns, &stream, &group, block, acc,
				       stage, counts, window))
			return false;
	}
	return stream.offset == stream.end ||
	       engine_fault(record, NMACCEL_FAULT_TRAILING, ops->weights.buffer, stream.offset, 0);
}

static bool engine_conv(
	ENGINE_MEM *mem, struct engine_record *record, struct engine_operands *ops,
	const struct nmaccel_hw_desc *desc,
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS],
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS],
	uint8_t stage[ENGINE_STAGE_BYTES], uint8_t counts[ENGINE_COUNTS_BYTES],
	uint8_t window[ENGINE_FETCH_BYTES], int32_t bias[NMACCEL_ENGINE_MAX_ROWS],
	uint32_t scale[NMACCEL_ENGINE_MAX_ROWS])
{
	const uint32_t tiles = engine_column_tiles(engine_desc_out_columns(desc));
	struct engine_columns columns;
	uint32_t tile;

	if (!engine_conv_params(mem, record, &ops->params, desc, bias, scale, stage))
		return false;
CONV_TILES:
	for (tile = 0; tile < tiles; tile++) {
		engine_columns_start(desc, tile, &columns);
		if (!engine_conv_sum(mem, record, ops, desc, &columns, block, acc, stage, counts,
				     window) ||
		    !engine_epilogue(mem, record, &ops->out, desc, tile, columns.count, acc, bias,
				     scale, stage) ||
		    !engine_record_tile(mem, record))
			return false;
	}
	return true;
}

#endif /* ENGINE_CONV_H */
