// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "gemm_kernel.h"

/*
 * Where fused multiply-add is as fast as the plain one, the fused one gives the bits of the AVX2
 * kernel; elsewhere libm would emulate it far too slowly.
 */
static inline float multiply_add(float a, float b, float sum)
{
#ifdef FP_FAST_FMAF
	return fmaf(a, b, sum);
#else
	return a * b + sum;
#endif
}

decl_gemm_kernel(gemm_kernel_c)
{
	float sum[GEMM_MR][GEMM_NR] = {{0}};

	for (size_t k = 0; k < depth; k++) {
		for (int i = 0; i < GEMM_MR; i++) {
			for (int j = 0; j < GEMM_NR; j++)
				sum[i][j] = multiply_add(a[i], b[j], sum[i][j]);
		}
		a += GEMM_MR;
		b += GEMM_NR;
	}
	memcpy(tile, sum, sizeof(sum));
}
