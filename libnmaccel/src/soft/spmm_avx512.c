/* SPDX-License-Identifier: MIT */
/*
 * Sparse times dense with AVX-512-VNNI, exact.
 *
 * vpdpbusd adds four products of unsigned and signed bytes to a 32-bit lane, without saturation.
 * The unsigned operand is the activation u = x + 128, so that sum(w * u) = sum(w * x) +
 * 128 * sum(w): the compensation takes the last term off.
 *
 * The scratch holds u at rows 0 .. 255 of its middle. Four rows are interleaved as in
 * spmm_avx2.c, whose layout of the accumulators this is too: quarter k of the groups at 16k.
 */
#if defined(__x86_64__) || defined(NMACCEL_SOFT_SIMDE)
#include "soft/x86_simd.h"

#include "soft/kernels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE __m128i gather_chunk(const int8_t *src, const struct nmaccel_soft_window *windows,
				   uint32_t n, __m128i x)
{
	uint32_t w;

	for (w = 0; w < n; w++) {
		__m128i part = _mm_loadu_si128((const __m128i *)(src + windows[w].offset));
		__m128i shuffle = _mm_loadu_si128((const __m128i *)windows[w].shuffle);

		x = _mm_or_si128(x, _mm_shuffle_epi8(part, shuffle));
	}
	return x;
}

ALWAYS_INLINE void load_chunk(uint8_t *block, const int8_t *src, uint32_t rows,
			      const struct nmaccel_soft_gather *gather, uint32_t chunk, uint32_t n)
{
	__m128i flip = _mm_set1_epi8((char)0x80);
	__m128i pad = _mm_loadu_si128((const __m128i *)(gather->pad + chunk * NMACCEL_SOFT_CHUNK));
	uint32_t r;

	block += chunk * NMACCEL_SOFT_CHUNK;
	for (r = 0; r < rows; r++) {
		__m128i x = gather_chunk(src, gather->windows[chunk], n, pad);

		_mm_storeu_si128((__m128i *)block, _mm_xor_si128(x, flip));
		block += NMACCEL_SOFT_COLUMNS;
		src += NMACCEL_SOFT_COLUMNS;
	}
}

NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_avx512)
{
	__m512i flip = _mm512_set1_epi8((char)0x80);
	uint32_t r, chunk;

	if (!gather) {
		for (r = 0; r < rows; r++) {
			__m512i x = _mm512_loadu_si512(src + (size_t)r * NMACCEL_SOFT_COLUMNS);

			_mm512_storeu_si512(block + (size_t)r * NMACCEL_SOFT_COLUMNS,
					    _mm512_xor_si512(x, flip));
		}
		return;
	}
	for (chunk = 0; chunk < NMACCEL_SOFT_CHUNKS; chunk++) {
		if (gather->n[chunk] == 1)
			load_chunk(block, src, rows, gather, chunk, 1);
		else if (gather->n[chunk] == 2)
			load_chunk(block, src, rows, gather, chunk, 2);
		else
			load_chunk(block, src, rows, gather, chunk, gather->n[chunk]);
	}
}

ALWAYS_INLINE int32_t quad_weights(const uint8_t *step, uint32_t quad)
{
	int32_t weights;

	__builtin_memcpy(&weights, step + 4 * quad, sizeof(weights));
	return weights;
}

/* Four rows interleaved, times four weights. */
ALWAYS_INLINE void dot4_64(__m512i acc[4], __m512i weights, __m512i a, __m512i b, __m512i c,
			   __m512i d)
{
	__m512i ab = _mm512_unpacklo_epi8(a, b);
	__m512i cd = _mm512_unpacklo_epi8(c, d);

	acc[0] = _mm512_dpbusd_epi32(acc[0], _mm512_unpacklo_epi16(ab, cd), weights);
	acc[1] = _mm512_dpbusd_epi32(acc[1], _mm512_unpackhi_epi16(ab, cd), weights);
	ab = _mm512_unpackhi_epi8(a, b);
	cd = _mm512_unpackhi_epi8(c, d);
	acc[2] = _mm512_dpbusd_epi32(acc[2], _mm512_unpacklo_epi16(ab, cd), weights);
	acc[3] = _mm512_dpbusd_epi32(acc[3], _mm512_unpackhi_epi16(ab, cd), weights);
}

ALWAYS_INLINE __m512i load64(const uint8_t *block, uint8_t index)
{
	return _mm512_loadu_si512(block + (size_t)index * NMACCEL_SOFT_COLUMNS);
}

ALWAYS_INLINE void step_64(__m512i acc[4], const uint8_t *step, const uint8_t *block)
{
	const uint8_t *index = step + NMACCEL_SOFT_LANES;
	uint32_t quad;

	for (quad = 0; quad < 2; quad++, index += 4)
		dot4_64(acc, _mm512_set1_epi32(quad_weights(step, quad)), load64(block, index[0]),
			load64(block, index[1]), load64(block, index[2]), load64(block, index[3]));
}

/* 32 columns of two rows, a slot of the first and one of the second quad. */
ALWAYS_INLINE __m512i load32x2(const uint8_t *block, const uint8_t *index)
{
	const uint8_t *first = block + (size_t)index[0] * NMACCEL_SOFT_COLUMNS;
	const uint8_t *second = block + (size_t)index[4] * NMACCEL_SOFT_COLUMNS;

	return _mm512_inserti64x4(
		_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)first)),
		_mm256_loadu_si256((const __m256i *)second), 1);
}

/* One step, up to 32 columns: each half of a register takes one quad of the slots. */
ALWAYS_INLINE void step_32(__m512i acc[4], const uint8_t *step, const uint8_t *block)
{
	const uint8_t *index = step + NMACCEL_SOFT_LANES;
	__m512i weights = _mm512_inserti64x4(_mm512_set1_epi32(quad_weights(step, 0)),
					     _mm256_set1_epi32(quad_weights(step, 1)), 1);

	dot4_64(acc, weights, load32x2(block, index), load32x2(block, index + 1),
		load32x2(block, index + 2), load32x2(block, index + 3));
}

/* The steps of the next row, within the stream whatever its count says. */
ALWAYS_INLINE uint32_t row_steps(struct nmaccel_soft_cursor *cur, const uint8_t *step)
{
	size_t left = (size_t)(cur->end - step) / NMACCEL_SOFT_STEP_BYTES;
	uint32_t n = *(const volatile uint8_t *)cur->counts++;

	return n < left ? n : (uint32_t)left;
}

static void spmm_64(int32_t *acc, struct nmaccel_soft_cursor *cur, uint32_t rows, bool first)
{
	const uint8_t *step = cur->steps;
	__m512i sum[4];
	uint32_t k, n;

	for (; rows > 0; rows--, acc += NMACCEL_SOFT_COLUMNS) {
		for (k = 0; k < 4; k++)
			sum[k] = first ? _mm512_setzero_si512() : _mm512_loadu_si512(acc + 16 * k);
		for (n = row_steps(cur, step); n > 0; n--, step += NMACCEL_SOFT_STEP_BYTES)
			step_64(sum, step, cur->block);
		for (k = 0; k < 4; k++)
			_mm512_storeu_si512(acc + 16 * k, sum[k]);
	}
	cur->steps = step;
}

static void spmm_32(int32_t *acc, struct nmaccel_soft_cursor *cur, uint32_t rows, bool first)
{
	const uint8_t *step = cur->steps;
	uint32_t k, n;

	for (; rows > 0; rows--, acc += NMACCEL_SOFT_COLUMNS) {
		__m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(),
				  _mm512_setzero_si512(), _mm512_setzero_si512()};

		for (n = row_steps(cur, step); n > 0; n--, step += NMACCEL_SOFT_STEP_BYTES)
			step_32(sum, step, cur->block);
		for (k = 0; k < 4; k++) {
			__m256i *mem = (__m256i *)(acc + 16 * k);
			__m256i both = _mm256_add_epi32(_mm512_castsi512_si256(sum[k]),
							_mm512_extracti64x4_epi64(sum[k], 1));

			if (!first)
				both = _mm256_add_epi32(both, _mm256_loadu_si256(mem));
			_mm256_storeu_si256(mem, both);
		}
	}
	cur->steps = step;
}

NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_avx512)
{
	if (columns > 32)
		spmm_64(acc, cur, rows, first);
	else
		spmm_32(acc, cur, rows, first);
}

NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_avx512)
{
	uint32_t sum = 0;
	uint32_t slot;

	for (; n_steps > 0; n_steps--, steps += NMACCEL_SOFT_STEP_BYTES)
		for (slot = 0; slot < NMACCEL_SOFT_LANES; slot++)
			sum += (uint32_t)(int8_t)steps[slot];
	return 0u - 128u * sum;
}
#endif
