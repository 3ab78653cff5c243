/* SPDX-License-Identifier: MIT */
#ifndef FASHION_GEMM_H
#define FASHION_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/* Element (i, j) lies at data[i * row_stride + j * col_stride], so a transpose is free. */
struct gemm_operand {
	const float *data;
	size_t row_stride;
	size_t col_stride;
};

/* Packing space; one per thread. */
struct gemm_scratch;

struct gemm_scratch *gemm_scratch_create(void);
void gemm_scratch_destroy(struct gemm_scratch *scratch);

/*
 * c[m][n] (rows ldc apart) = a[m][k] * b[k][n], added to what c holds if accumulate is set.
 * The result depends on shapes and CPU features only, never on threads.
 */
void gemm(size_t m, size_t n, size_t k, struct gemm_operand a, struct gemm_operand b, float *c,
	  size_t ldc, bool accumulate, struct gemm_scratch *scratch);

/* "avx2" or "c": what gemm() runs on this machine. */
const char *gemm_isa(void);

#endif
