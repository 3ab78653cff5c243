/* SPDX-License-Identifier: MIT */
#ifndef FASHION_GEMM_KERNEL_H
#define FASHION_GEMM_KERNEL_H

#include <stddef.h>

/* Twelve 8-float accumulators plus two of B and one of A: just what 16 vector registers hold. */
#define GEMM_MR 6
#define GEMM_NR 16

/*
 * tile[GEMM_MR][GEMM_NR] = the product of two packed panels, a[depth][GEMM_MR] and
 * b[depth][GEMM_NR]. Every variant adds the products of one element in order of depth.
 */
#define decl_gemm_kernel(name) void name(size_t depth, const float *a, const float *b, float *tile)

typedef decl_gemm_kernel((*gemm_kernel_fn));

decl_gemm_kernel(gemm_kernel_c);
decl_gemm_kernel(gemm_kernel_avx2);

/* Whether gemm_kernel_avx2 was compiled in and the CPU and the system allow it. */
int gemm_kernel_avx2_usable(void);

#endif
