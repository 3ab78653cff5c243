// SPDX-License-Identifier: MIT
#include "gemm_kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

int gemm_kernel_avx2_usable(void)
{
	/* The compiler's run-time also asks XGETBV whether the system saves the wide registers. */
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#define TARGET __attribute__((target("avx2,fma")))

/* Named registers, not an array: GCC 12 would write an array back to memory at every step. */
#define FOR_EACH_ROW(op) op(0) op(1) op(2) op(3) op(4) op(5)

#define DECLARE(i) __m256 sum##i##0 = _mm256_setzero_ps(), sum##i##1 = sum##i##0;

#define MULTIPLY_ADD(i)                                                                            \
	ai = _mm256_broadcast_ss(a + i);                                                           \
	sum##i##0 = _mm256_fmadd_ps(ai, b0, sum##i##0);                                            \
	sum##i##1 = _mm256_fmadd_ps(ai, b1, sum##i##1);

#define STORE(i)                                                                                   \
	_mm256_store_ps(tile + i * GEMM_NR, sum##i##0);                                            \
	_mm256_store_ps(tile + i * GEMM_NR + 8, sum##i##1);

_Static_assert(GEMM_MR == 6 && GEMM_NR == 16, "FOR_EACH_ROW and the stores fit the tile");

TARGET decl_gemm_kernel(gemm_kernel_avx2)
{
	FOR_EACH_ROW(DECLARE)

	for (size_t k = 0; k < depth; k++) {
		const __m256 b0 = _mm256_load_ps(b);
		const __m256 b1 = _mm256_load_ps(b + 8);
		__m256 ai;

		FOR_EACH_ROW(MULTIPLY_ADD)
		a += GEMM_MR;
		b += GEMM_NR;
	}
	FOR_EACH_ROW(STORE)
}

#else

int gemm_kernel_avx2_usable(void)
{
	return 0;
}

decl_gemm_kernel(gemm_kernel_avx2)
{
	gemm_kernel_c(depth, a, b, tile);
}

#endif
