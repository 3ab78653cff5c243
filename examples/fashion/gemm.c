// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gemm.h"
#include "gemm_kernel.h"

/* A block of B stays in a 512 KB second-level cache beside a block of A. */
#define BLOCK_M 96
#define BLOCK_N 256
#define BLOCK_K 256

_Static_assert(BLOCK_M % GEMM_MR == 0, "A blocks hold whole panels");
_Static_assert(BLOCK_N % GEMM_NR == 0, "B blocks hold whole panels");

struct gemm_scratch {
	_Alignas(64) float a[BLOCK_M * BLOCK_K];
	_Alignas(64) float b[BLOCK_N * BLOCK_K];
	_Alignas(64) float tile[GEMM_MR * GEMM_NR];
};

struct gemm_scratch *gemm_scratch_create(void)
{
	return aligned_alloc(64, sizeof(struct gemm_scratch));
}

void gemm_scratch_destroy(struct gemm_scratch *scratch)
{
	free(scratch);
}

const char *gemm_isa(void)
{
	return gemm_kernel_avx2_usable() ? "avx2" : "c";
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Copies `lanes` vectors of `depth` elements into panels of `width` lanes, depth outermost, and
 * fills the last panel up with zeros. Inlined, so that the strides and widths that callers know
 * become constants.
 */
static inline void pack(const float *src, size_t lane_stride, size_t depth_stride, size_t lanes,
			size_t depth, size_t width, float *dst)
{
	size_t first = 0;

	for (; first + width <= lanes; first += width) {
		const float *from = src + first * lane_stride;

		for (size_t k = 0; k < depth; k++, from += depth_stride, dst += width) {
			for (size_t lane = 0; lane < width; lane++)
				dst[lane] = from[lane * lane_stride];
		}
	}
	if (first == lanes)
		return;
	src += first * lane_stride;
	for (size_t k = 0; k < depth; k++, src += depth_stride, dst += width) {
		for (size_t lane = 0; lane < width; lane++)
			dst[lane] = first + lane < lanes ? src[lane * lane_stride] : 0.0f;
	}
}

static void pack_a(const float *src, size_t row_stride, size_t col_stride, size_t rows,
		   size_t depth, float *dst)
{
	if (row_stride == 1)
		pack(src, 1, col_stride, rows, depth, GEMM_MR, dst);
	else
		pack(src, row_stride, col_stride, rows, depth, GEMM_MR, dst);
}

static void pack_b(const float *src, size_t row_stride, size_t col_stride, size_t cols,
		   size_t depth, float *dst)
{
	if (col_stride == 1)
		pack(src, 1, row_stride, cols, depth, GEMM_NR, dst);
	else
		pack(src, col_stride, row_stride, cols, depth, GEMM_NR, dst);
}

static void put_tile(const float *tile, size_t rows, size_t cols, float *c, size_t ldc,
		     bool accumulate)
{
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < cols; j++)
			c[j] = accumulate ? c[j] + tile[j] : tile[j];
		tile += GEMM_NR;
		c += ldc;
	}
}

static void multiply_block(gemm_kernel_fn kernel, size_t m, size_t n, size_t depth, float *c,
			   size_t ldc, bool accumulate, struct gemm_scratch *scratch)
{
	for (size_t j = 0; j < n; j += GEMM_NR) {
		for (size_t i = 0; i < m; i += GEMM_MR) {
			kernel(depth, scratch->a + i * depth, scratch->b + j * depth,
			       scratch->tile);
			put_tile(scratch->tile, min_size(GEMM_MR, m - i), min_size(GEMM_NR, n - j),
				 c + i * ldc + j, ldc, accumulate);
		}
	}
}

void gemm(size_t m, size_t n, size_t k, struct gemm_operand a, struct gemm_operand b, float *c,
	  size_t ldc, bool accumulate, struct gemm_scratch *scratch)
{
	const gemm_kernel_fn kernel = gemm_kernel_avx2_usable() ? gemm_kernel_avx2 : gemm_kernel_c;

	for (size_t nb = 0; nb < n; nb += BLOCK_N) {
		const size_t cols = min_size(BLOCK_N, n - nb);

		for (size_t kb = 0; kb < k; kb += BLOCK_K) {
			const size_t depth = min_size(BLOCK_K, k - kb);

			pack_b(b.data + kb * b.row_stride + nb * b.col_stride, b.row_stride,
			       b.col_stride, cols, depth, scratch->b);
			for (size_t mb = 0; mb < m; mb += BLOCK_M) {
				const size_t rows = min_size(BLOCK_M, m - mb);

				pack_a(a.data + mb * a.row_stride + kb * a.col_stride, a.row_stride,
				       a.col_stride, rows, depth, scratch->a);
				multiply_block(kernel, rows, cols, depth, c + mb * ldc + nb, ldc,
					       accumulate || kb > 0, scratch);
			}
		}
	}
}
