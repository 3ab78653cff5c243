/* SPDX-License-Identifier: MIT */
/*
 * Random descriptors with their memory, and a naive definition of what they compute, for the
 * tests of executors. Nothing here knows how an executor works.
 */
#ifndef NMACCEL_TESTS_SOFT_CASE_H
#define NMACCEL_TESTS_SOFT_CASE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_hw.h"
#include "executor.h"

#define CASE_COLUMNS 64
#define CASE_GUARD   64
#define CASE_POISON  0x5a

struct case_rng {
	uint64_t state;
};

static inline uint32_t case_random(struct case_rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 16);
}

/* Uniform in [min, max]. */
static inline int32_t case_range(struct case_rng *rng, int32_t min, int32_t max)
{
	return min + (int32_t)(case_random(rng) % ((uint32_t)max - (uint32_t)min + 1u));
}

/* The seed of this run, printed so that a failure can be repeated. */
static inline uint64_t case_seed(void)
{
	const char *text = getenv("NMACCEL_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 20260101u;

	printf("# NMACCEL_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static inline uint32_t case_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline void *case_alloc(size_t bytes)
{
	void *memory = aligned_alloc(CASE_GUARD, (bytes + CASE_GUARD) / CASE_GUARD * CASE_GUARD);

	if (!memory)
		abort();
	return memory;
}

/* ---- packed streams -------------------------------------------------------------------------- */

struct case_stream {
	uint8_t *data;
	size_t bytes;
};

/* Dense weights are [rows][taps][channels]; values and unused slots go in random slot order. */
struct case_panel {
	uint32_t rows, taps, channels, block_rows;
	const int8_t *weights;
};

static inline size_t case_pad16(size_t bytes)
{
	return (bytes + 15) / 16 * 16;
}

/* Position q of the channel group that begins at channel first: its weight in a row. */
static inline int8_t case_weight(const struct case_panel *panel, uint32_t row, uint32_t first,
				 uint32_t position)
{
	uint32_t group = case_min(panel->block_rows, panel->channels - first);
	uint32_t tap = position / group;
	uint32_t channel = first + position % group;

	return panel->weights[((size_t)row * panel->taps + tap) * panel->channels + channel];
}

/* One row of one block; returns its steps. spare: now and then a step of unused slots. */
static inline uint32_t case_pack_row(const struct case_panel *panel, struct case_rng *rng,
				     uint8_t *out, uint32_t row, uint32_t first, uint32_t start,
				     uint32_t depth, bool spare)
{
	uint32_t n = 0, i;

	for (i = 0; i < depth; i++) {
		int8_t w = case_weight(panel, row, first, start + i);

		if (w == 0)
			continue;
		out[n / 8 * 16 + n % 8] = (uint8_t)w;
		out[n / 8 * 16 + 8 + n % 8] = (uint8_t)i;
		n++;
	}
	if (spare && n % 8 == 0 && n < 8 * 200 && case_random(rng) % 8 == 0)
		n++;
	for (i = n; i % 8 != 0; i++)
		out[i / 8 * 16 + 8 + i % 8] = (uint8_t)(case_random(rng) % depth);
	return (n + 7) / 8;
}

static inline struct case_stream case_pack(const struct case_panel *panel, struct case_rng *rng,
					   bool spare)
{
	uint32_t first, start, row;
	size_t positions = (size_t)panel->taps * panel->channels;
	size_t blocks = positions / panel->block_rows + panel->channels / panel->block_rows + 2;
	size_t most =
		blocks * (size_t)panel->rows * (1 + 17 * (panel->block_rows / 8 + 1)) + blocks * 32;
	struct case_stream stream = {case_alloc(most), 0};

	memset(stream.data, 0, most);
	for (first = 0; first < panel->channels; first += panel->block_rows) {
		uint32_t group = case_min(panel->block_rows, panel->channels - first);
		uint32_t end = group * panel->taps;

		for (start = 0; start < end; start += panel->block_rows) {
			uint32_t depth = case_min(panel->block_rows, end - start);
			uint8_t *counts = stream.data + stream.bytes;

			stream.bytes += case_pad16(panel->rows);
			for (row = 0; row < panel->rows; row++) {
				counts[row] = (uint8_t)case_pack_row(
					panel, rng, stream.data + stream.bytes, row, first, start,
					depth, spare);
				stream.bytes += counts[row] * 16u;
			}
		}
	}
	return stream;
}

/* ---- naive definitions ----------------------------------------------------------------------- */

static inline uint64_t case_pixels(const struct nmaccel_hw_desc *d, bool out)
{
	return (uint64_t)d->batch *
	       (out ? (uint64_t)d->out_h * d->out_w : (uint64_t)d->in_h * d->in_w);
}

static inline uint64_t case_tensor_bytes(const struct nmaccel_hw_tensor *t, uint64_t pixels,
					 uint32_t elem)
{
	return (pixels + CASE_COLUMNS - 1) / CASE_COLUMNS * t->channels * CASE_COLUMNS * elem;
}

/* Byte offset of column p of channel ch0 + c, as nmaccel_hw.h defines it. */
static inline uint64_t case_at(const struct nmaccel_hw_tensor *t, uint64_t p, uint32_t c,
			       uint32_t elem)
{
	uint64_t pitch = CASE_COLUMNS * elem;

	return t->offset + p / CASE_COLUMNS * t->channels * pitch + (t->ch0 + c) * pitch +
	       p % CASE_COLUMNS * elem;
}

/* Input pixel of a tap of output pixel p, or -1 outside the image. */
static inline int64_t case_source(const struct nmaccel_hw_desc *d, uint64_t p, uint32_t i,
				  uint32_t j)
{
	int64_t x =
		(int64_t)(p % d->out_w) * d->stride_w - d->pad_left + (int64_t)j * d->dilation_w;
	int64_t y = (int64_t)(p / d->out_w % d->out_h) * d->stride_h - d->pad_top +
		    (int64_t)i * d->dilation_h;
	int64_t n = (int64_t)(p / d->out_w / d->out_h);

	if (x < 0 || y < 0 || x >= d->in_w || y >= d->in_h)
		return -1;
	return (n * d->in_h + y) * d->in_w + x;
}

static inline float case_float(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static inline uint32_t case_bits(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

/* The contract's round(), in the wide arithmetic of int64 and double. */
static inline int64_t case_round(float f)
{
	double whole, rest;

	if (isnan(f) || f < -16777216.0f)
		return -16777216;
	if (f > 16777216.0f)
		return 16777216;
	whole = floor((double)f);
	rest = (double)f - whole;
	if (rest > 0.5 || (rest == 0.5 && fmod(whole, 2.0) != 0.0))
		whole += 1.0;
	return (int64_t)whole;
}

static inline int64_t case_clamp(int64_t q, const struct nmaccel_hw_desc *d)
{
	if (q < d->act_min)
		return d->act_min;
	return q > d->act_max ? d->act_max : q;
}

static inline int64_t case_conv(const struct nmaccel_hw_desc *d, const int8_t *in,
				const struct nmaccel_hw_param *params, const int8_t *weights,
				uint64_t p, uint32_t row)
{
	uint32_t taps = d->kernel_h * d->kernel_w, tap, c;
	int64_t sum = params[row].bias;
	int32_t acc;
	float f;

	for (tap = 0; tap < taps; tap++) {
		int64_t q = case_source(d, p, tap / d->kernel_w, tap % d->kernel_w);

		for (c = 0; c < d->in.ch; c++) {
			int8_t w = weights[((size_t)row * taps + tap) * d->in.ch + c];

			if (w != 0)
				sum += w * (q < 0 ? d->in_zero
						  : in[case_at(&d->in, (uint64_t)q, c, 1)]);
		}
	}
	acc = (int32_t)(uint32_t)(uint64_t)sum;
	if (d->flags & NMACCEL_FLAG_OUT_S32)
		return case_clamp(acc, d);
	f = (float)acc * case_float(params[row].scale);
	return case_clamp(case_round(f) + d->out_zero, d);
}

static inline int64_t case_add(const struct nmaccel_hw_desc *d, const int8_t *in, const int8_t *in2,
			       uint64_t p, uint32_t c)
{
	float a = (float)(in[case_at(&d->in, p, c, 1)] - d->in_zero) * case_float(d->scale);
	float b = (float)(in2[case_at(&d->in2, p, c, 1)] - d->in2_zero) * case_float(d->scale2);
	float f = a + b;

	return case_clamp(case_round(f) + d->out_zero, d);
}

static inline int64_t case_pool(const struct nmaccel_hw_desc *d, const int8_t *in, uint64_t p,
				uint32_t c)
{
	uint32_t taps = d->kernel_h * d->kernel_w, tap, inside = 0;
	int64_t max = INT64_MIN, sum = 0;
	float s, f;

	for (tap = 0; tap < taps; tap++) {
		int64_t q = case_source(d, p, tap / d->kernel_w, tap % d->kernel_w);
		int8_t x;

		if (q < 0)
			continue;
		x = in[case_at(&d->in, (uint64_t)q, c, 1)];
		inside++;
		max = x > max ? x : max;
		sum += x - d->in_zero;
	}
	if (d->op == NMACCEL_OP_POOL_MAX)
		return case_clamp(max, d);
	s = case_float(d->scale);
	if (d->flags & NMACCEL_FLAG_COUNT_VALID)
		s = s / (float)inside;
	f = inside ? (float)sum * s : 0.0f;
	return case_clamp(case_round(f) + d->out_zero, d);
}

#endif /* NMACCEL_TESTS_SOFT_CASE_H */
