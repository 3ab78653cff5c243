/* SPDX-License-Identifier: MIT */
/*
 * Kernels of the soft executor: one signature each, one table, one ladder that chooses.
 *
 * All kernels work on a column tile of NMACCEL_SOFT_COLUMNS columns. A block of the reduction axis
 * is first loaded into a scratch of bytes, then the rows of the packed stream are multiplied with
 * it into accumulators, and at the end the accumulators are finished into the output tensor. The
 * layouts of the scratch and of the accumulators are each instruction set's own, so these three
 * kernels and the compensation belong together.
 */
#ifndef NMACCEL_SRC_SOFT_KERNELS_H
#define NMACCEL_SRC_SOFT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"

#define NMACCEL_SOFT_COLUMNS	64
#define NMACCEL_SOFT_LANES	8
#define NMACCEL_SOFT_STEP_BYTES NMACCEL_STEP_BYTES(NMACCEL_SOFT_LANES)
#define NMACCEL_SOFT_ALIGN	64

/*
 * Bytes of one block's scratch: any 8-bit index, plain and complemented, stays inside. Kernels
 * get the address of its middle.
 */
#define NMACCEL_SOFT_BLOCK_BYTES  (2 * NMACCEL_MAX_BLOCK_ROWS * NMACCEL_SOFT_COLUMNS)
#define NMACCEL_SOFT_BLOCK_MIDDLE (NMACCEL_MAX_BLOCK_ROWS * NMACCEL_SOFT_COLUMNS)

/*
 * How the 64 columns of a tile are gathered from the rows of a tensor: each chunk of 16 columns
 * is the OR of its windows and of pad. A window is 16 bytes of one tensor row, so that no load
 * leaves the row, with a byte shuffle as x86's pshufb has it: bit 7 gives 0.
 */
#define NMACCEL_SOFT_CHUNK  16
#define NMACCEL_SOFT_CHUNKS (NMACCEL_SOFT_COLUMNS / NMACCEL_SOFT_CHUNK)

struct nmaccel_soft_window {
	uint8_t shuffle[NMACCEL_SOFT_CHUNK];
	uint64_t offset; /* from the row in the tensor's first column block */
};

struct nmaccel_soft_gather {
	uint32_t n[NMACCEL_SOFT_CHUNKS]; /* windows of each chunk */
	int8_t pad[NMACCEL_SOFT_COLUMNS];
	struct nmaccel_soft_window windows[NMACCEL_SOFT_CHUNKS][NMACCEL_SOFT_CHUNK];
};

/* Where a walk through the rows of a block stands; the kernel moves counts and steps on. */
struct nmaccel_soft_cursor {
	const uint8_t *counts;
	const uint8_t *steps;
	const uint8_t *end; /* no step is read at or beyond it, whatever the counts say */
	const uint8_t *block;
};

struct nmaccel_soft_finish {
	const struct nmaccel_hw_param *params; /* of the first row */
	const int32_t *comp;		       /* of the first row */
	uint32_t columns;		       /* that exist; zeros are written to the others */
	uint8_t valid[NMACCEL_SOFT_COLUMNS];   /* 0xff in those, else 0 */
	int32_t out_zero;
	int32_t act_min;
	int32_t act_max;
};

struct nmaccel_soft_add {
	int32_t zero[2];
	float scale[2];
	int32_t out_zero;
	int32_t act_min;
	int32_t act_max;
};

struct nmaccel_soft_average {
	float scale[NMACCEL_SOFT_COLUMNS];
	int32_t bias[NMACCEL_SOFT_COLUMNS]; /* taken from the sum before it is scaled */
	uint8_t valid[NMACCEL_SOFT_COLUMNS];
	int32_t out_zero;
	int32_t act_min;
	int32_t act_max;
};

/*
 * Load rows of 64 bytes, one after the other at src, as positions [0, rows) of a block; gather
 * NULL takes them as they are.
 */
#define NMACCEL_SOFT_LOAD_FN(name)                                                                 \
	void name(uint8_t *block, const int8_t *src, uint32_t rows,                                \
		  const struct nmaccel_soft_gather *gather)

/*
 * acc[row][64] (+)= the steps of a block's next rows; only the first columns of the 64 need be
 * computed. first: acc holds nothing yet.
 */
#define NMACCEL_SOFT_SPMM_FN(name)                                                                 \
	void name(int32_t *acc, struct nmaccel_soft_cursor *cur, uint32_t rows, uint32_t columns,  \
		  bool first)

/* What the accumulators of a row lack on account of these steps, modulo 2^32. */
#define NMACCEL_SOFT_COMP_FN(name) uint32_t name(const uint8_t *steps, uint32_t n_steps)

/* Epilogue of rows rows: 64 or 256 bytes each, one after the other at out. */
#define NMACCEL_SOFT_FINISH_FN(name)                                                               \
	void name(void *out, const int32_t *acc, uint32_t rows,                                    \
		  const struct nmaccel_soft_finish *finish)

/* out may be a or b. bytes is a multiple of 64. */
#define NMACCEL_SOFT_ADD_FN(name)                                                                  \
	void name(int8_t *out, const int8_t *a, const int8_t *b, size_t bytes,                     \
		  const struct nmaccel_soft_add *add)

/* max[row][64] = the larger of it and the gathered row. */
#define NMACCEL_SOFT_POOL_MAX_FN(name)                                                             \
	void name(int8_t *max, const int8_t *src, uint32_t rows,                                   \
		  const struct nmaccel_soft_gather *gather)

/* sum[row][64] += the gathered row. */
#define NMACCEL_SOFT_POOL_SUM_FN(name)                                                             \
	void name(int32_t *sum, const int8_t *src, uint32_t rows,                                  \
		  const struct nmaccel_soft_gather *gather)

/* out[row][64] = the scaled and rounded sums. */
#define NMACCEL_SOFT_AVERAGE_FN(name)                                                              \
	void name(int8_t *out, const int32_t *sum, uint32_t rows,                                  \
		  const struct nmaccel_soft_average *average)

struct nmaccel_soft_kernels {
	const char *isa;
	NMACCEL_SOFT_LOAD_FN((*load));
	NMACCEL_SOFT_SPMM_FN((*spmm));
	NMACCEL_SOFT_COMP_FN((*comp));
	NMACCEL_SOFT_FINISH_FN((*finish_s8));
	NMACCEL_SOFT_FINISH_FN((*finish_s32));
	NMACCEL_SOFT_ADD_FN((*add));
	NMACCEL_SOFT_POOL_MAX_FN((*pool_max));
	NMACCEL_SOFT_POOL_SUM_FN((*pool_sum));
	NMACCEL_SOFT_AVERAGE_FN((*average));
};

NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_scalar);
NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_scalar);
NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_scalar);
NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s8_scalar);
NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s32_scalar);
NMACCEL_SOFT_ADD_FN(nmaccel_soft_add_scalar);
NMACCEL_SOFT_POOL_MAX_FN(nmaccel_soft_pool_max_scalar);
NMACCEL_SOFT_POOL_SUM_FN(nmaccel_soft_pool_sum_scalar);
NMACCEL_SOFT_AVERAGE_FN(nmaccel_soft_average_scalar);

NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_avx2);
NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_avx2);
NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_avx2);
NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s8_avx2);
NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s32_avx2);
NMACCEL_SOFT_ADD_FN(nmaccel_soft_add_avx2);
NMACCEL_SOFT_POOL_MAX_FN(nmaccel_soft_pool_max_avx2);
NMACCEL_SOFT_POOL_SUM_FN(nmaccel_soft_pool_sum_avx2);
NMACCEL_SOFT_AVERAGE_FN(nmaccel_soft_average_avx2);

/* The AVX-512 kernels keep the accumulators in AVX2's layout and share its other kernels. */
NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_avx512);
NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_avx512);
NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_avx512);

enum nmaccel_soft_isa {
	NMACCEL_SOFT_ISA_SCALAR = 0,
	NMACCEL_SOFT_ISA_AVX2 = 1,
	NMACCEL_SOFT_ISA_AVX512 = 2,
};

/* The best instruction set that this CPU and its operating system support. */
enum nmaccel_soft_isa nmaccel_soft_isa_best(void);

/* Fill in the kernels of a rung; false if this CPU lacks it. */
bool nmaccel_soft_kernels_init(struct nmaccel_soft_kernels *kernels, enum nmaccel_soft_isa isa);

#endif /* NMACCEL_SRC_SOFT_KERNELS_H */
