/* SPDX-License-Identifier: MIT */
/* One tap of a pooling window with AVX2. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "soft/kernels.h"

static inline __m128i gather_chunk(const int8_t *src, const struct nmaccel_soft_gather *gather,
				   uint32_t chunk)
{
	const struct nmaccel_soft_window *window = gather->windows[chunk];
	const int8_t *pad = gather->pad + chunk * NMACCEL_SOFT_CHUNK;
	__m128i x = _mm_loadu_si128((const __m128i *)pad);
	uint32_t w;

	for (w = 0; w < gather->n[chunk]; w++, window++) {
		__m128i part = _mm_loadu_si128((const __m128i *)(src + window->offset));
		__m128i shuffle = _mm_loadu_si128((const __m128i *)window->shuffle);

		x = _mm_or_si128(x, _mm_shuffle_epi8(part, shuffle));
	}
	return x;
}

NMACCEL_SOFT_POOL_MAX_FN(nmaccel_soft_pool_max_avx2)
{
	uint32_t r, chunk;

	for (r = 0; r < rows; r++, src += NMACCEL_SOFT_COLUMNS) {
		for (chunk = 0; chunk < NMACCEL_SOFT_CHUNKS; chunk++, max += NMACCEL_SOFT_CHUNK) {
			__m128i x = gather_chunk(src, gather, chunk);
			__m128i old = _mm_loadu_si128((const __m128i *)max);

			_mm_storeu_si128((__m128i *)max, _mm_max_epi8(old, x));
		}
	}
}

static inline void add8(int32_t *sum, __m128i x)
{
	__m256i old = _mm256_loadu_si256((const __m256i *)sum);

	_mm256_storeu_si256((__m256i *)sum, _mm256_add_epi32(old, _mm256_cvtepi8_epi32(x)));
}

NMACCEL_SOFT_POOL_SUM_FN(nmaccel_soft_pool_sum_avx2)
{
	uint32_t r, chunk;

	for (r = 0; r < rows; r++, src += NMACCEL_SOFT_COLUMNS) {
		for (chunk = 0; chunk < NMACCEL_SOFT_CHUNKS; chunk++, sum += NMACCEL_SOFT_CHUNK) {
			__m128i x = gather_chunk(src, gather, chunk);

			add8(sum, x);
			add8(sum + 8, _mm_srli_si128(x, 8));
		}
	}
}
#endif /* __x86_64__ */
