/* SPDX-License-Identifier: MIT */
/* A prepared program: checked descriptors and the little that speeds up their runs. */
#ifndef NMACCEL_SRC_SOFT_PROGRAM_H
#define NMACCEL_SRC_SOFT_PROGRAM_H

#include "executor.h"
#include "soft/gather.h"
#include "soft/kernels.h"

/* Taps whose gathers are kept for the channel groups that follow. */
#define NMACCEL_SOFT_KEPT_TAPS 32

/* What one thread works in. */
struct nmaccel_soft_scratch {
	_Alignas(NMACCEL_SOFT_ALIGN) uint8_t block[NMACCEL_SOFT_BLOCK_BYTES];
	_Alignas(NMACCEL_SOFT_ALIGN) int32_t acc[NMACCEL_MAX_PANEL_ROWS * NMACCEL_SOFT_COLUMNS];
	struct nmaccel_soft_gather taps[NMACCEL_SOFT_KEPT_TAPS];
	uint32_t tap_index[NMACCEL_SOFT_KEPT_TAPS]; /* which tap each of these is */
};

struct nmaccel_soft_op {
	struct nmaccel_hw_desc desc;
	uint32_t tiles;
	uint64_t steps; /* of all column tiles, as are loads */
	uint64_t loads;

	/* NMACCEL_OP_CONV: */
	uint32_t n_blocks;
	uint64_t *block_starts; /* n_blocks + 1 offsets into the stream */
	int32_t *comp;		/* of each row */
};

struct nmaccel_soft_extent {
	uint64_t size;
	uint32_t flags;
};

struct nmaccel_soft_program {
	uint32_t n_ops;
	uint32_t n_buffers;
	struct nmaccel_soft_extent *extents; /* of the buffers that were checked */
	struct nmaccel_soft_op *ops;
};

/* One run of one operation, cut into items that any thread may take. */
struct nmaccel_soft_job {
	const struct nmaccel_soft_kernels *kernels;
	const struct nmaccel_soft_op *op;
	const struct nmaccel_exec_buffer *buffers;
	uint32_t parts; /* of the rows (channels) of each column tile */
	uint32_t part_rows;
};

/* Columns of a tile that exist. */
static inline uint32_t nmaccel_soft_tile_columns(const struct nmaccel_soft_op *op, uint32_t tile)
{
	uint64_t pixels = (uint64_t)op->desc.batch * op->desc.out_h * op->desc.out_w;
	uint64_t left = pixels - (uint64_t)tile * NMACCEL_SOFT_COLUMNS;

	return left < NMACCEL_SOFT_COLUMNS ? (uint32_t)left : NMACCEL_SOFT_COLUMNS;
}

/* First channel of the tensor in a tile's column block; elem is 1 or 4 bytes. */
static inline int8_t *nmaccel_soft_tensor(const struct nmaccel_exec_buffer *buffers,
					  const struct nmaccel_hw_tensor *tensor, uint32_t elem,
					  uint32_t tile)
{
	uint64_t pitch = NMACCEL_SOFT_COLUMNS * elem;

	return (int8_t *)buffers[tensor->buffer].data + tensor->offset +
	       ((uint64_t)tile * tensor->channels + tensor->ch0) * pitch;
}

void nmaccel_soft_run_conv(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			   uint32_t tile, uint32_t part);
void nmaccel_soft_run_add(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			  uint32_t tile, uint32_t part);
void nmaccel_soft_run_pool(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			   uint32_t tile, uint32_t part);

#endif /* NMACCEL_SRC_SOFT_PROGRAM_H */
