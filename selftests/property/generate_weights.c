// SPDX-License-Identifier: MIT
/* Random pruned weights: every pattern, empty rows and blocks, extreme values and scales. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate_weights.h"

static void random_pattern(struct prng *p, struct nmaccel_pattern *pattern)
{
	memset(pattern, 0, sizeof(*pattern));
	switch (prng_range(p, 0, 5)) {
	case 0:
		pattern->kind = NMACCEL_PATTERN_DENSE;
		return;
	case 1:
		pattern->kind = NMACCEL_PATTERN_UNSTRUCTURED;
		return;
	default:
		pattern->kind = NMACCEL_PATTERN_NM;
		pattern->m = UINT32_C(4) << prng_range(p, 0, 6);
		pattern->n = (uint32_t)prng_size(p, 1, pattern->m);
	}
}

/* All values, mostly the two ends, or only the ends: sums reach what no trained layer reaches. */
static int8_t random_value(struct prng *p, unsigned int style)
{
	if (style == 0 || (style == 1 && prng_one_in(p, 2)))
		return (int8_t)(prng_one_in(p, 2) ? -128 : 127);
	return (int8_t)prng_range(p, -128, 127);
}

static void fill_unstructured(struct prng *p, int8_t *w, size_t count, double density,
			      unsigned int style)
{
	for (size_t i = 0; i < count; i++)
		w[i] = prng_unit(p) < density ? random_value(p, style) : 0;
}

/* At most n values in a group, at random places, and now and then fewer. */
static void fill_group(struct prng *p, int8_t *group, size_t size, size_t n, unsigned int style)
{
	size_t count = n < size ? n : size;

	if (prng_one_in(p, 4))
		count = (size_t)prng_range(p, 0, (int64_t)count);
	for (size_t place = 0; place < size && count; place++) {
		if ((size_t)prng_range(p, 1, (int64_t)(size - place)) <= count) {
			group[place] = random_value(p, style);
			count--;
		}
	}
}

static void fill_nm(struct prng *p, struct ref_weights *weights, const struct nmaccel_pattern *nm,
		    unsigned int style)
{
	size_t taps = weights->rows * weights->kernel_h * weights->kernel_w;

	for (size_t t = 0; t < taps; t++) {
		int8_t *tap = weights->w + t * weights->channels;

		for (size_t c = 0; c < weights->channels; c += nm->m) {
			size_t left = weights->channels - c;

			fill_group(p, tap + c, left < nm->m ? left : nm->m, nm->n, style);
		}
	}
}

/* Empty whole rows, or a range of positions in all rows, so that blocks of k = 0 arise. */
static void punch_holes(struct prng *p, struct ref_weights *weights)
{
	size_t row_bytes = weights->kernel_h * weights->kernel_w * weights->channels;

	if (prng_one_in(p, 40))
		memset(weights->w, 0, weights->rows * row_bytes);
	if (prng_one_in(p, 4))
		for (size_t r = 0; r < weights->rows; r++)
			if (prng_one_in(p, 3))
				memset(weights->w + r * row_bytes, 0, row_bytes);
	if (prng_one_in(p, 4)) {
		size_t first = (size_t)prng_range(p, 0, (int64_t)row_bytes - 1);
		size_t count = (size_t)prng_range(p, 1, (int64_t)(row_bytes - first));

		for (size_t r = 0; r < weights->rows; r++)
			memset(weights->w + r * row_bytes + first, 0, count);
	}
}

static void fill_values(struct prng *p, struct ref_weights *weights,
			const struct nmaccel_pattern *pattern)
{
	size_t count = weights->rows * weights->kernel_h * weights->kernel_w * weights->channels;
	unsigned int style = (unsigned int)prng_range(p, 0, 5);

	if (pattern->kind == NMACCEL_PATTERN_DENSE)
		fill_unstructured(p, weights->w, count, 1.0, style);
	else if (pattern->kind == NMACCEL_PATTERN_UNSTRUCTURED)
		fill_unstructured(p, weights->w, count, 0.01 + 0.89 * prng_unit(p), style);
	else
		fill_nm(p, weights, pattern, style);
	punch_holes(p, weights);
}

/* Usual magnitudes, powers of two (which make ties), and now and then absurd ones. */
static void fill_scales(struct prng *p, struct ref_weights *weights)
{
	unsigned int style = (unsigned int)prng_range(p, 0, 9);
	float common = ldexpf(1.0f, (int)prng_range(p, -10, -4));

	for (size_t r = 0; r < weights->rows; r++) {
		weights->scale[r] = common;
		if (style >= 4)
			weights->scale[r] *= (float)(0.5 + prng_unit(p));
		if (style == 9)
			weights->scale[r] = ldexpf(weights->scale[r], (int)prng_range(p, -60, 40));
	}
}

static void random_packing(struct prng *p, const struct ref_weights *weights,
			   struct packing *packing)
{
	static const uint32_t lanes[] = {0, 0, 4, 8, 16, 32};
	static const uint32_t block_rows[] = {0, 128, 256};
	bool linear = weights->kernel_h == 1 && weights->kernel_w == 1 && weights->groups == 1;

	if (linear && prng_one_in(p, 2))
		packing->layout =
			prng_one_in(p, 2) ? NMACCEL_WEIGHTS_ROWS_K : NMACCEL_WEIGHTS_K_ROWS;
	else
		packing->layout = (enum nmaccel_weight_layout)prng_range(p, NMACCEL_WEIGHTS_OIHW,
									 NMACCEL_WEIGHTS_HWIO);
	packing->extra_stride = prng_one_in(p, 3) ? (uint32_t)prng_range(p, 1, 19) : 0;
	packing->lanes = lanes[prng_range(p, 0, 5)];
	packing->block_rows = block_rows[prng_range(p, 0, 2)];
	packing->panel_rows = prng_one_in(p, 3) ? (uint32_t)prng_size(p, 1, 512) : 0;
}

bool generate_weights(struct prng *p, struct ref_weights *weights, struct packing *packing)
{
	weights->w =
		calloc(weights->rows * weights->kernel_h * weights->kernel_w, weights->channels);
	weights->scale = calloc(weights->rows, sizeof(*weights->scale));
	if (!weights->w || !weights->scale)
		return false;
	random_pattern(p, &packing->pattern);
	fill_values(p, weights, &packing->pattern);
	fill_scales(p, weights);
	random_packing(p, weights, packing);
	return true;
}
