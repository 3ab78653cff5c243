/* SPDX-License-Identifier: MIT */
/*
 * Sparse times dense with AVX2, exact.
 *
 * vpmaddubsw multiplies unsigned by signed bytes and adds two products with 16-bit saturation.
 * With |w| <= 128 as the unsigned and the activation x in [-128, 127] as the signed operand the
 * sum of two lies in [-32768, 32512]: it never saturates. A negative weight takes the complement
 * of the activation instead: w * x = |w| * -x = |w| * ~x + |w|, so that a row lacks the sum of
 * |w| over its negative weights, which the compensation adds.
 *
 * The scratch therefore holds x at rows 0 .. 255 and ~x at rows -256 .. -1 of its middle. Four
 * rows are interleaved byte by byte so that one 32-bit lane holds four slots of one column.
 *
 * Accumulators: the interleaving works within 128-bit lanes. With columns in groups of four, group
 * 8h + 4l + k (half h, lane l) is stored at 16k + 8h + 4l, which vpackssdw and vpacksswb undo.
 */
#if defined(__x86_64__)
#include <immintrin.h>

#include "soft/kernels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE void store_both(uint8_t *row, __m256i x)
{
	__m256i ones = _mm256_set1_epi8(-1);

	_mm256_storeu_si256((__m256i *)row, x);
	_mm256_storeu_si256((__m256i *)(row - NMACCEL_SOFT_BLOCK_MIDDLE),
			    _mm256_xor_si256(x, ones));
}

/* A window of each of two neighbouring chunks, and so of 32 columns. */
struct window2 {
	__m256i shuffle;
	const int8_t *low;
	const int8_t *high;
};

/* The w-th windows of the chunks; one that a chunk lacks reads its row and gives zeros. */
ALWAYS_INLINE struct window2 window2_init(const struct nmaccel_soft_gather *gather, uint32_t chunk,
					  uint32_t w, const int8_t *src)
{
	const struct nmaccel_soft_window *low = &gather->windows[chunk][w];
	const struct nmaccel_soft_window *high = &gather->windows[chunk + 1][w];
	__m128i shuffle_low = _mm_set1_epi8((char)0x80);
	__m128i shuffle_high = shuffle_low;
	struct window2 window = {.low = src, .high = src};

	if (w < gather->n[chunk]) {
		shuffle_low = _mm_loadu_si128((const __m128i *)low->shuffle);
		window.low += low->offset;
	}
	if (w < gather->n[chunk + 1]) {
		shuffle_high = _mm_loadu_si128((const __m128i *)high->shuffle);
		window.high += high->offset;
	}
	window.shuffle = _mm256_set_m128i(shuffle_high, shuffle_low);
	return window;
}

ALWAYS_INLINE __m256i window2_load(const struct window2 *window, size_t at)
{
	__m128i low = _mm_loadu_si128((const __m128i *)(window->low + at));
	__m128i high = _mm_loadu_si128((const __m128i *)(window->high + at));

	return _mm256_shuffle_epi8(_mm256_set_m128i(high, low), window->shuffle);
}

/* 32 columns of all rows from one window each chunk, or from two. */
static void load_windows1(uint8_t *block, const int8_t *src, uint32_t rows,
			  const struct nmaccel_soft_gather *gather, uint32_t chunk, __m256i pad)
{
	struct window2 first = window2_init(gather, chunk, 0, src);
	size_t at, end = (size_t)rows * NMACCEL_SOFT_COLUMNS;

	for (at = 0; at < end; at += NMACCEL_SOFT_COLUMNS)
		store_both(block + at, _mm256_or_si256(pad, window2_load(&first, at)));
}

static void load_windows2(uint8_t *block, const int8_t *src, uint32_t rows,
			  const struct nmaccel_soft_gather *gather, uint32_t chunk, __m256i pad)
{
	struct window2 first = window2_init(gather, chunk, 0, src);
	struct window2 second = window2_init(gather, chunk, 1, src);
	size_t at, end = (size_t)rows * NMACCEL_SOFT_COLUMNS;

	for (at = 0; at < end; at += NMACCEL_SOFT_COLUMNS) {
		__m256i x = _mm256_or_si256(pad, window2_load(&first, at));

		store_both(block + at, _mm256_or_si256(x, window2_load(&second, at)));
	}
}

static void load_windows(uint8_t *block, const int8_t *src, uint32_t rows,
			 const struct nmaccel_soft_gather *gather, uint32_t chunk, __m256i pad)
{
	struct window2 windows[NMACCEL_SOFT_CHUNK];
	uint32_t n0 = gather->n[chunk], n1 = gather->n[chunk + 1];
	uint32_t w, n = n0 > n1 ? n0 : n1;
	size_t at, end = (size_t)rows * NMACCEL_SOFT_COLUMNS;

	for (w = 0; w < n; w++)
		windows[w] = window2_init(gather, chunk, w, src);
	for (at = 0; at < end; at += NMACCEL_SOFT_COLUMNS) {
		__m256i x = pad;

		for (w = 0; w < n; w++)
			x = _mm256_or_si256(x, window2_load(&windows[w], at));
		store_both(block + at, x);
	}
}

static void load_gathered(uint8_t *block, const int8_t *src, uint32_t rows,
			  const struct nmaccel_soft_gather *gather, uint32_t chunk)
{
	__m256i pad =
		_mm256_loadu_si256((const __m256i *)(gather->pad + chunk * NMACCEL_SOFT_CHUNK));

	block += chunk * NMACCEL_SOFT_CHUNK;
	if (gather->n[chunk] <= 1 && gather->n[chunk + 1] <= 1)
		load_windows1(block, src, rows, gather, chunk, pad);
	else if (gather->n[chunk] <= 2 && gather->n[chunk + 1] <= 2)
		load_windows2(block, src, rows, gather, chunk, pad);
	else
		load_windows(block, src, rows, gather, chunk, pad);
}

NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_avx2)
{
	uint32_t r;

	if (gather) {
		load_gathered(block, src, rows, gather, 0);
		load_gathered(block, src, rows, gather, 2);
		return;
	}
	for (r = 0; r < rows; r++) {
		store_both(block, _mm256_loadu_si256((const __m256i *)src));
		store_both(block + 32, _mm256_loadu_si256((const __m256i *)(src + 32)));
		block += NMACCEL_SOFT_COLUMNS;
		src += NMACCEL_SOFT_COLUMNS;
	}
}

/*
 * Steps are decoded some way ahead, to byte offsets of their rows from the middle of the scratch.
 * The way through memory is the cheapest one from vector to address registers, and long before
 * their use the offsets have arrived there.
 */
#define AHEAD 64

struct decoder {
	_Alignas(32) int16_t offsets[AHEAD][NMACCEL_SOFT_LANES];
	const uint8_t *coming; /* not decoded yet */
	uint64_t left;
};

/* Two steps: the sign of the weight as high byte makes an index negative, -256 + index. */
ALWAYS_INLINE __m256i decode2(__m256i steps)
{
	__m256i negative = _mm256_cmpgt_epi8(_mm256_setzero_si256(), steps);
	__m256i rows = _mm256_unpackhi_epi8(steps, _mm256_slli_si256(negative, 8));

	return _mm256_slli_epi16(rows, 6);
}

/* Returns how many offsets[] hold, 0 if there are no more steps. */
static __attribute__((noinline)) uint32_t decode_ahead(struct decoder *decoder)
{
	uint32_t n = decoder->left < AHEAD ? (uint32_t)decoder->left : AHEAD;
	__m256i *out = (__m256i *)decoder->offsets;
	const uint8_t *step = decoder->coming;
	uint32_t i;

	for (i = 0; i + 1 < n; i += 2, step += 2 * NMACCEL_SOFT_STEP_BYTES)
		*out++ = decode2(_mm256_loadu_si256((const __m256i *)step));
	if (i < n) {
		*out = decode2(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)step)));
		step += NMACCEL_SOFT_STEP_BYTES;
	}
	decoder->coming = step;
	decoder->left -= n;
	return n;
}

/* To decode no more than the steps of the next rows, and none beyond the block's end. */
static void decoder_init(struct decoder *decoder, const struct nmaccel_soft_cursor *cur,
			 uint32_t rows)
{
	uint64_t most = (uint64_t)(cur->end - cur->steps) / NMACCEL_SOFT_STEP_BYTES;
	uint32_t r;

	decoder->coming = cur->steps;
	decoder->left = 0;
	for (r = 0; r < rows; r++)
		decoder->left += cur->counts[r];
	if (decoder->left > most)
		decoder->left = most;
}

ALWAYS_INLINE __m256i dot4(__m256i acc, __m256i weights, __m256i x)
{
	__m256i pairs = _mm256_maddubs_epi16(weights, x);

	acc = _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
	/* Or the compiler adds products first, and has no registers left for the sums. */
	__asm__("" : "+x"(acc));
	return acc;
}

/* Four rows of 32 columns, interleaved, times four weights. */
ALWAYS_INLINE void dot4_32(__m256i acc[4], __m256i weights, __m256i a, __m256i b, __m256i c,
			   __m256i d)
{
	__m256i ab = _mm256_unpacklo_epi8(a, b);
	__m256i cd = _mm256_unpacklo_epi8(c, d);

	acc[0] = dot4(acc[0], weights, _mm256_unpacklo_epi16(ab, cd));
	acc[1] = dot4(acc[1], weights, _mm256_unpackhi_epi16(ab, cd));
	ab = _mm256_unpackhi_epi8(a, b);
	cd = _mm256_unpackhi_epi8(c, d);
	acc[2] = dot4(acc[2], weights, _mm256_unpacklo_epi16(ab, cd));
	acc[3] = dot4(acc[3], weights, _mm256_unpackhi_epi16(ab, cd));
}

ALWAYS_INLINE __m256i load32(const uint8_t *block, int16_t offset, uint32_t half)
{
	return _mm256_load_si256((const __m256i *)(block + offset + 32 * half));
}

/* One quad of a step's slots, halves times 32 columns. */
ALWAYS_INLINE void quad_wide(__m256i acc[8], const uint8_t *values, const int16_t *offsets,
			     const uint8_t *block, uint32_t halves)
{
	__m256i weights =
		_mm256_abs_epi8(_mm256_castps_si256(_mm256_broadcast_ss((const float *)values)));

	dot4_32(acc, weights, load32(block, offsets[0], 0), load32(block, offsets[1], 0),
		load32(block, offsets[2], 0), load32(block, offsets[3], 0));
	if (halves > 1)
		dot4_32(acc + 4, weights, load32(block, offsets[0], 1),
			load32(block, offsets[1], 1), load32(block, offsets[2], 1),
			load32(block, offsets[3], 1));
}

ALWAYS_INLINE void step_wide(__m256i acc[8], const uint8_t *step, const int16_t *offsets,
			     const uint8_t *block, uint32_t halves)
{
	quad_wide(acc, step, offsets, block, halves);
	quad_wide(acc, step + 4, offsets + 4, block, halves);
}

/* 16 columns of two rows, a slot of the first and one of the second quad. */
ALWAYS_INLINE __m256i load16x2(const uint8_t *block, const int16_t *offsets)
{
	__m128i first = _mm_load_si128((const __m128i *)(block + offsets[0]));

	return _mm256_inserti128_si256(_mm256_castsi128_si256(first),
				       *(const __m128i *)(block + offsets[4]), 1);
}

/* One step, 16 columns: each 128-bit lane takes one quad of the slots. */
ALWAYS_INLINE void step_16(__m256i acc[4], const uint8_t *step, const int16_t *offsets,
			   const uint8_t *block)
{
	__m128i values = _mm_abs_epi8(_mm_loadl_epi64((const __m128i *)step));
	__m256i weights = _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(values),
						      _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));

	dot4_32(acc, weights, load16x2(block, offsets), load16x2(block, offsets + 1),
		load16x2(block, offsets + 2), load16x2(block, offsets + 3));
}

/* Loops over registers are written out: in a loop the compiler would keep them in memory. */
ALWAYS_INLINE void load_sums(__m256i sum[4], const __m256i *mem)
{
	sum[0] = mem[0];
	sum[1] = mem[2];
	sum[2] = mem[4];
	sum[3] = mem[6];
}

ALWAYS_INLINE void store_sums(const __m256i sum[4], __m256i *mem)
{
	mem[0] = sum[0];
	mem[2] = sum[1];
	mem[4] = sum[2];
	mem[6] = sum[3];
}

ALWAYS_INLINE void clear_sums(__m256i sum[4])
{
	sum[0] = sum[1] = sum[2] = sum[3] = _mm256_setzero_si256();
}

ALWAYS_INLINE void spmm_wide(int32_t *acc, struct nmaccel_soft_cursor *cur, uint32_t rows,
			     uint32_t halves, bool first)
{
	const uint8_t *block = cur->block;
	const uint8_t *step = cur->steps;
	const int16_t *offsets = NULL;
	struct decoder decoder;
	__m256i sum[8];
	uint32_t n, decoded = 0;

	decoder_init(&decoder, cur, rows);
	for (; rows > 0; rows--, acc += NMACCEL_SOFT_COLUMNS) {
		__m256i *mem = (__m256i *)acc;

		if (first) {
			clear_sums(sum);
			clear_sums(sum + 4);
		} else {
			load_sums(sum, mem);
			load_sums(sum + 4, mem + 1);
		}
		for (n = *cur->counts++; n > 0; n--) {
			if (decoded == 0) {
				decoded = decode_ahead(&decoder);
				offsets = decoder.offsets[0];
				if (decoded == 0)
					break;
			}
			decoded--;
			step_wide(sum, step, offsets, block, halves);
			offsets += NMACCEL_SOFT_LANES;
			step += NMACCEL_SOFT_STEP_BYTES;
		}
		store_sums(sum, mem);
		if (halves > 1)
			store_sums(sum + 4, mem + 1);
	}
	cur->steps = step;
}

/* Both lanes hold a share of the same four columns. */
ALWAYS_INLINE void store_lanes(int32_t *acc, __m256i sum, bool first)
{
	__m128i *mem = (__m128i *)acc;
	__m128i lanes =
		_mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));

	*mem = first ? lanes : _mm_add_epi32(*mem, lanes);
}

static void spmm_16(int32_t *acc, struct nmaccel_soft_cursor *cur, uint32_t rows, bool first)
{
	const uint8_t *block = cur->block;
	const uint8_t *step = cur->steps;
	const int16_t *offsets = NULL;
	struct decoder decoder;
	__m256i sum[4];
	uint32_t n, decoded = 0;

	decoder_init(&decoder, cur, rows);
	for (; rows > 0; rows--, acc += NMACCEL_SOFT_COLUMNS) {
		clear_sums(sum);
		for (n = *cur->counts++; n > 0; n--) {
			if (decoded == 0) {
				decoded = decode_ahead(&decoder);
				offsets = decoder.offsets[0];
				if (decoded == 0)
					break;
			}
			decoded--;
			step_16(sum, step, offsets, block);
			offsets += NMACCEL_SOFT_LANES;
			step += NMACCEL_SOFT_STEP_BYTES;
		}
		store_lanes(acc, sum[0], first);
		store_lanes(acc + 16, sum[1], first);
		store_lanes(acc + 32, sum[2], first);
		store_lanes(acc + 48, sum[3], first);
	}
	cur->steps = step;
}

NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_avx2)
{
	if (columns > 32 && first)
		spmm_wide(acc, cur, rows, 2, true);
	else if (columns > 32)
		spmm_wide(acc, cur, rows, 2, false);
	else if (columns > 16)
		spmm_wide(acc, cur, rows, 1, first);
	else
		spmm_16(acc, cur, rows, first);
}

NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_avx2)
{
	uint32_t sum = 0;
	uint32_t slot;

	for (; n_steps > 0; n_steps--, steps += NMACCEL_SOFT_STEP_BYTES)
		for (slot = 0; slot < NMACCEL_SOFT_LANES; slot++)
			sum += steps[slot] & 0x80 ? 256u - steps[slot] : 0;
	return sum;
}
#endif /* __x86_64__ */
