/* SPDX-License-Identifier: MIT */
/* From exact sums to output tensors with AVX2: the same bits as finish_scalar.c. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "soft/kernels.h"
#include "soft/round.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* vmaxps returns its second operand when the first is a NaN, so that a NaN takes the lower limit.
 */
ALWAYS_INLINE __m256i round8(__m256 f)
{
	f = _mm256_max_ps(f, _mm256_set1_ps(-NMACCEL_SOFT_ROUND_LIMIT));
	f = _mm256_min_ps(f, _mm256_set1_ps(NMACCEL_SOFT_ROUND_LIMIT));
	return _mm256_cvtps_epi32(f);
}

ALWAYS_INLINE __m256i load_valid(const uint8_t *valid, uint32_t half)
{
	return _mm256_loadu_si256((const __m256i *)(valid + 32 * half));
}

/* Saturating to 8 bits first changes nothing: act_min and act_max lie within them. */
ALWAYS_INLINE __m256i clamp32(__m256i q, int32_t min, int32_t max)
{
	q = _mm256_max_epi8(q, _mm256_set1_epi8((char)min));
	return _mm256_min_epi8(q, _mm256_set1_epi8((char)max));
}

/* Half h of a row's accumulators to 32 bytes. */
ALWAYS_INLINE __m256i finish_half(const int32_t *acc, uint32_t h, __m256i bias, __m256 scale,
				  __m256i zero)
{
	__m256i q[4];
	uint32_t k;

	for (k = 0; k < 4; k++) {
		q[k] = _mm256_load_si256((const __m256i *)(acc + 16 * k + 8 * h));
		q[k] = _mm256_add_epi32(q[k], bias);
		q[k] = round8(_mm256_mul_ps(_mm256_cvtepi32_ps(q[k]), scale));
		q[k] = _mm256_add_epi32(q[k], zero);
	}
	return _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
}

NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s8_avx2)
{
	__m256i zero = _mm256_set1_epi32(finish->out_zero);
	int8_t *dst = out;
	uint32_t r, h;

	for (r = 0; r < rows; r++, acc += NMACCEL_SOFT_COLUMNS) {
		__m256i bias = _mm256_set1_epi32(
			(int32_t)((uint32_t)finish->params[r].bias + (uint32_t)finish->comp[r]));
		__m256 scale =
			_mm256_castsi256_ps(_mm256_set1_epi32((int32_t)finish->params[r].scale));

		for (h = 0; h < 2; h++, dst += 32) {
			__m256i q = _mm256_setzero_si256();

			if (finish->columns > 32 * h) {
				q = finish_half(acc, h, bias, scale, zero);
				q = clamp32(q, finish->act_min, finish->act_max);
				q = _mm256_and_si256(q, load_valid(finish->valid, h));
			}
			_mm256_storeu_si256((__m256i *)dst, q);
		}
	}
}

/* The 16 columns of lane l of both registers, two by two groups of four. */
ALWAYS_INLINE __m256i join(__m256i even, __m256i odd, uint32_t lane)
{
	return lane ? _mm256_permute2x128_si256(even, odd, 0x31)
		    : _mm256_permute2x128_si256(even, odd, 0x20);
}

ALWAYS_INLINE void store_s32(int32_t *dst, __m256i q, const uint8_t *valid)
{
	__m256i mask = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)valid));

	_mm256_storeu_si256((__m256i *)dst, _mm256_and_si256(q, mask));
}

NMACCEL_SOFT_FINISH_FN(nmaccel_soft_finish_s32_avx2)
{
	__m256i min = _mm256_set1_epi32(finish->act_min);
	__m256i max = _mm256_set1_epi32(finish->act_max);
	int32_t *dst = out;
	uint32_t r, h, k, lane, c;

	for (r = 0; r < rows; r++, acc += NMACCEL_SOFT_COLUMNS, dst += NMACCEL_SOFT_COLUMNS) {
		__m256i bias = _mm256_set1_epi32(
			(int32_t)((uint32_t)finish->params[r].bias + (uint32_t)finish->comp[r]));

		for (h = 0; h < 2; h++) {
			__m256i q[4];

			for (k = 0; k < 4; k++) {
				q[k] = _mm256_load_si256((const __m256i *)(acc + 16 * k + 8 * h));
				q[k] = _mm256_add_epi32(q[k], bias);
				q[k] = _mm256_min_epi32(_mm256_max_epi32(q[k], min), max);
			}
			for (lane = 0; lane < 2; lane++) {
				c = 32 * h + 16 * lane;
				store_s32(dst + c, join(q[0], q[1], lane), finish->valid + c);
				c += 8;
				store_s32(dst + c, join(q[2], q[3], lane), finish->valid + c);
			}
		}
	}
}

ALWAYS_INLINE __m256 scaled8(const int8_t *src, __m256i zero, __m256 scale)
{
	__m256i x = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)src));

	return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(x, zero)), scale);
}

/* Four registers of eight columns in order, to 32 bytes in order. */
ALWAYS_INLINE __m256i pack32(const __m256i q[4])
{
	__m256i packed =
		_mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));

	return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

NMACCEL_SOFT_ADD_FN(nmaccel_soft_add_avx2)
{
	__m256i zero_a = _mm256_set1_epi32(add->zero[0]);
	__m256i zero_b = _mm256_set1_epi32(add->zero[1]);
	__m256i out_zero = _mm256_set1_epi32(add->out_zero);
	__m256 scale_a = _mm256_set1_ps(add->scale[0]);
	__m256 scale_b = _mm256_set1_ps(add->scale[1]);
	size_t i;
	uint32_t k;

	for (i = 0; i < bytes; i += 32) {
		__m256i q[4];

		for (k = 0; k < 4; k++) {
			__m256 fa = scaled8(a + i + 8 * k, zero_a, scale_a);
			__m256 fb = scaled8(b + i + 8 * k, zero_b, scale_b);

			q[k] = _mm256_add_epi32(round8(_mm256_add_ps(fa, fb)), out_zero);
		}
		_mm256_storeu_si256((__m256i *)(out + i),
				    clamp32(pack32(q), add->act_min, add->act_max));
	}
}

NMACCEL_SOFT_AVERAGE_FN(nmaccel_soft_average_avx2)
{
	__m256i out_zero = _mm256_set1_epi32(average->out_zero);
	uint32_t r, h, k;

	for (r = 0; r < rows; r++) {
		for (h = 0; h < 2; h++, sum += 32, out += 32) {
			__m256i q[4];

			for (k = 0; k < 4; k++) {
				const int32_t *bias = average->bias + 32 * h + 8 * k;
				const float *scale = average->scale + 32 * h + 8 * k;

				q[k] = _mm256_loadu_si256((const __m256i *)(sum + 8 * k));
				q[k] = _mm256_sub_epi32(q[k],
							_mm256_loadu_si256((const __m256i *)bias));
				q[k] = round8(_mm256_mul_ps(_mm256_cvtepi32_ps(q[k]),
							    _mm256_loadu_ps(scale)));
				q[k] = _mm256_add_epi32(q[k], out_zero);
			}
			q[0] = clamp32(pack32(q), average->act_min, average->act_max);
			q[0] = _mm256_and_si256(q[0], load_valid(average->valid, h));
			_mm256_storeu_si256((__m256i *)out, q[0]);
		}
	}
}
#endif /* __x86_64__ */
