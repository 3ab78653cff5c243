/* SPDX-License-Identifier: MIT */
/*
 * Kernels of one instruction set against naive loops: random data, worst-case corners, and guard
 * bytes around all that they write. For cmocka tests.
 */
#ifndef NMACCEL_TESTS_SOFT_KERNEL_CHECK_H
#define NMACCEL_TESTS_SOFT_KERNEL_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "soft/kernels.h"
#include "soft_case.h"

#define CHECK_MAX_ROWS 40

/* Where the accumulators keep a column: in order, or as the SIMD kernels interleave them. */
static inline uint32_t check_place(const struct nmaccel_soft_kernels *kernels, uint32_t column)
{
	if (strcmp(kernels->isa, "scalar") == 0)
		return column;
	return column / 4 % 4 * 16 + column / 16 * 4 + column % 4;
}

/* ---- gathers --------------------------------------------------------------------------------- */

/* Which byte of a row's memory a column reads, or -1 for its pad. */
struct check_gather {
	struct nmaccel_soft_gather gather;
	int64_t source[NMACCEL_SOFT_COLUMNS];
};

/* Windows into row memory that is bytes long from the row's start, up to most for each chunk. */
static inline void check_gather_init(struct case_rng *rng, struct check_gather *check,
				     uint32_t bytes, uint32_t most)
{
	struct nmaccel_soft_gather *gather = &check->gather;
	uint32_t chunk, w, c;

	memset(gather, 0, sizeof(*gather));
	for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++) {
		gather->pad[c] = (int8_t)case_random(rng);
		check->source[c] = -1;
	}
	for (chunk = 0; chunk < NMACCEL_SOFT_CHUNKS; chunk++) {
		gather->n[chunk] = (uint32_t)case_range(rng, 0, (int32_t)most);
		for (w = 0; w < gather->n[chunk]; w++) {
			gather->windows[chunk][w].offset =
				(uint32_t)case_range(rng, 0, (int32_t)bytes - 16);
			memset(gather->windows[chunk][w].shuffle, 0x80, 16);
		}
		for (c = 0; c < 16 && gather->n[chunk] > 0; c++) {
			struct nmaccel_soft_window *window;
			uint32_t from = case_random(rng) % 16;

			if (case_random(rng) % 4 == 0)
				continue;
			window = &gather->windows[chunk][case_random(rng) % gather->n[chunk]];
			window->shuffle[c] = (uint8_t)from;
			gather->pad[16 * chunk + c] = 0;
			check->source[16 * chunk + c] = (int64_t)window->offset + from;
		}
	}
}

static inline int8_t check_gathered(const struct check_gather *check, const int8_t *row,
				    uint32_t column)
{
	int64_t source = check->source[column];

	return source < 0 ? check->gather.pad[column] : row[source];
}

/* ---- sparse times dense ---------------------------------------------------------------------- */

/* A block with its rows' steps, in memory of just the right size. */
struct check_block {
	uint32_t depth, rows;
	int8_t *src; /* depth rows of 64 bytes, one after the other, and two more */
	uint8_t counts[CHECK_MAX_ROWS];
	uint8_t *steps;
	uint32_t n_steps;
	struct check_gather *gather; /* or NULL */
};

enum check_values {
	CHECK_RANDOM,
	CHECK_LOWEST,
	CHECK_HIGHEST,
	CHECK_N_VALUES
};

static inline uint8_t check_value(struct case_rng *rng, enum check_values values)
{
	if (values == CHECK_LOWEST)
		return 0x80;
	return values == CHECK_HIGHEST ? 0x7f : (uint8_t)case_random(rng);
}

static inline void check_block_init(struct case_rng *rng, struct check_block *block, uint32_t rows,
				    enum check_values values, struct check_gather *gather)
{
	enum check_values weights =
		(enum check_values)(case_random(rng) % (values ? CHECK_N_VALUES : 1));
	size_t bytes, i;
	uint32_t r, most = case_random(rng) % 8 == 0 ? 255 : 6;

	block->depth = (uint32_t)case_range(rng, 1, 256);
	if (values != CHECK_RANDOM)
		block->depth = 256;
	block->rows = rows;
	block->gather = gather;
	bytes = (block->depth + 2) * NMACCEL_SOFT_COLUMNS;
	block->src = case_alloc(bytes);
	for (i = 0; i < bytes; i++)
		block->src[i] = (int8_t)check_value(rng, values);

	block->n_steps = 0;
	for (r = 0; r < rows; r++) {
		block->counts[r] = (uint8_t)(case_random(rng) % (most + 1));
		if (values != CHECK_RANDOM && r % 8 == 0)
			block->counts[r] = 255;
		block->n_steps += block->counts[r];
	}
	block->steps = malloc(block->n_steps * 16u + 1u);
	if (!block->steps)
		abort();
	for (i = 0; i < block->n_steps * 16u; i++)
		block->steps[i] = i % 16 < 8 ? check_value(rng, weights)
				  : values == CHECK_RANDOM
					  ? (uint8_t)(case_random(rng) % block->depth)
					  : 255;
}

static inline void check_block_fini(struct check_block *block)
{
	free(block->src);
	free(block->steps);
}

static inline void check_block_naive(const struct check_block *block, uint32_t *sums)
{
	const uint8_t *step = block->steps;
	uint32_t r, n, slot, c;

	for (r = 0; r < block->rows; r++, sums += NMACCEL_SOFT_COLUMNS)
		for (n = block->counts[r]; n > 0; n--, step += 16)
			for (slot = 0; slot < 8; slot++) {
				const int8_t *row = block->src + 64 * step[8 + slot];

				for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++) {
					int8_t x = block->gather
							   ? check_gathered(block->gather, row, c)
							   : row[c];

					sums[c] += (uint32_t)((int8_t)step[slot] * x);
				}
			}
}

static inline void check_load(const struct nmaccel_soft_kernels *kernels,
			      const struct check_block *block, uint8_t *scratch)
{
	uint32_t part = block->depth / 3;
	uint8_t *middle = scratch + CASE_GUARD + NMACCEL_SOFT_BLOCK_MIDDLE;
	const struct nmaccel_soft_gather *gather = block->gather ? &block->gather->gather : NULL;

	/* As the taps of a convolution fill it, in parts. */
	if (part > 0)
		kernels->load(middle, block->src, part, gather);
	kernels->load(middle + part * 64, block->src + part * 64, block->depth - part, gather);
}

static inline void check_multiply(const struct nmaccel_soft_kernels *kernels,
				  const struct check_block *block, const uint8_t *scratch,
				  int32_t *acc, uint32_t *comp, uint32_t columns, bool first)
{
	struct nmaccel_soft_cursor cur = {
		.counts = block->counts,
		.steps = block->steps,
		.end = block->steps + block->n_steps * 16u,
		.block = scratch + CASE_GUARD + NMACCEL_SOFT_BLOCK_MIDDLE,
	};
	const uint8_t *step = block->steps;
	uint32_t part = block->rows / 2, r;

	if (part > 0)
		kernels->spmm(acc, &cur, part, columns, first);
	kernels->spmm(acc + part * 64, &cur, block->rows - part, columns, first);
	assert_ptr_equal(cur.counts, block->counts + block->rows);
	assert_ptr_equal(cur.steps, cur.end);
	for (r = 0; r < block->rows; r++) {
		comp[r] += kernels->comp(step, block->counts[r]);
		step += block->counts[r] * 16u;
	}
}

static inline void check_guards(const uint8_t *memory, size_t bytes)
{
	size_t i;

	for (i = 0; i < CASE_GUARD; i++) {
		assert_int_equal(memory[i], CASE_POISON);
		assert_int_equal(memory[CASE_GUARD + bytes + i], CASE_POISON);
	}
}

/* Memory of bytes between guards, all poisoned. */
static inline uint8_t *check_guarded(size_t bytes)
{
	uint8_t *memory = case_alloc(bytes + 2 * CASE_GUARD);

	memset(memory, CASE_POISON, bytes + 2 * CASE_GUARD);
	return memory;
}

/* Two blocks, one after the other, as a reduction axis has them. */
static inline void check_product(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng,
				 uint32_t columns, enum check_values values, bool gathered)
{
	uint32_t rows = (uint32_t)case_range(rng, 1, CHECK_MAX_ROWS);
	size_t acc_bytes = rows * NMACCEL_SOFT_COLUMNS * sizeof(int32_t);
	uint8_t *scratch = check_guarded(NMACCEL_SOFT_BLOCK_BYTES);
	uint8_t *acc_memory = check_guarded(acc_bytes);
	int32_t *acc = (int32_t *)(acc_memory + CASE_GUARD);
	uint32_t *sums = calloc(rows * NMACCEL_SOFT_COLUMNS, sizeof(*sums));
	uint32_t comp[CHECK_MAX_ROWS] = {0};
	struct check_gather gather;
	struct check_block block;
	uint32_t i, r, c;

	assert_non_null(sums);
	for (i = 0; i < 2; i++) {
		check_gather_init(rng, &gather, 64, i == 0 ? 2 : 16);
		check_block_init(rng, &block, rows, values, gathered ? &gather : NULL);
		check_load(kernels, &block, scratch);
		check_multiply(kernels, &block, scratch, acc, comp, columns, i == 0);
		check_block_naive(&block, sums);
		check_block_fini(&block);
	}
	for (r = 0; r < rows; r++)
		for (c = 0; c < columns; c++)
			assert_int_equal((uint32_t)acc[64 * r + check_place(kernels, c)] + comp[r],
					 sums[64 * r + c]);
	check_guards(scratch, NMACCEL_SOFT_BLOCK_BYTES);
	check_guards(acc_memory, acc_bytes);
	free(scratch);
	free(acc_memory);
	free(sums);
}

/* Counts that promise more steps than there are: the kernel stops at the stream's end. */
static inline void check_truncated(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	static const uint8_t counts[4] = {3, 200, 255, 1};
	uint8_t *scratch = check_guarded(NMACCEL_SOFT_BLOCK_BYTES);
	int32_t *acc = case_alloc(4 * 256);
	uint32_t n_steps, columns, i;

	for (columns = 16; columns <= 64; columns *= 2)
		for (n_steps = 0; n_steps < 140; n_steps++) {
			uint8_t *steps = malloc(n_steps * 16u + 1u);
			struct nmaccel_soft_cursor cur = {
				.counts = counts,
				.steps = steps,
				.end = steps + n_steps * 16u,
				.block = scratch + CASE_GUARD + NMACCEL_SOFT_BLOCK_MIDDLE,
			};

			assert_non_null(steps);
			for (i = 0; i < n_steps * 16u; i++)
				steps[i] = (uint8_t)case_random(rng);
			kernels->spmm(acc, &cur, 4, columns, true);
			assert_ptr_equal(cur.steps, cur.end);
			assert_ptr_equal(cur.counts, counts + 4);
			free(steps);
		}
	free(scratch);
	free(acc);
}

static inline void check_products(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng,
				  uint32_t rounds)
{
	uint32_t i;
	int values;

	for (i = 0; i < rounds; i++) {
		uint32_t columns = (uint32_t)case_range(rng, 1, 64);

		check_product(kernels, rng, columns, CHECK_RANDOM, i % 2);
	}
	for (values = CHECK_LOWEST; values < CHECK_N_VALUES; values++)
		for (i = 0; i < 3; i++) {
			check_product(kernels, rng, 16, (enum check_values)values, false);
			check_product(kernels, rng, 32, (enum check_values)values, false);
			check_product(kernels, rng, 64, (enum check_values)values, i % 2);
		}
	check_truncated(kernels, rng);
}

#endif /* NMACCEL_TESTS_SOFT_KERNEL_CHECK_H */
