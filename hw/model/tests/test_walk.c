/* SPDX-License-Identifier: MIT */
/* Passes against a plain definition: mark what a pass covers, until nothing is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"
#include "walk.h"

#define MAX_COLUMNS 80

/* The input column that an output column reads under a tap, or -1. */
static int64_t reads(const struct cycles_layer *layer, uint64_t column, uint32_t tap_y,
		     uint32_t tap_x)
{
	uint64_t out_w = cycles_layer_out_w(layer), out_h = cycles_layer_out_h(layer);
	int64_t image = (int64_t)(column / (out_w * out_h));
	int64_t y = (int64_t)(column / out_w % out_h) * layer->stride + tap_y - layer->pad;
	int64_t x = (int64_t)(column % out_w) * layer->stride + tap_x - layer->pad;

	if (y < 0 || x < 0 || y >= layer->in_h || x >= layer->in_w)
		return -1;
	return (image * layer->in_h + y) * layer->in_w + x;
}

/* The least column that is missing, or -1. */
static int64_t first_missing(const int64_t *columns, uint32_t count)
{
	int64_t first = -1;

	for (uint32_t j = 0; j < count; j++)
		if (columns[j] >= 0 && (first < 0 || columns[j] < first))
			first = columns[j];
	return first;
}

static void check_tap(const struct walk *walk, uint64_t tile, uint32_t tap)
{
	const struct cycles_layer *layer = walk->layer;
	int64_t columns[MAX_COLUMNS], first;
	uint32_t c = walk->columns, i = walk->first[tap];

	for (uint32_t j = 0; j < walk->count; j++)
		columns[j] =
			reads(layer, tile * c + j, tap / layer->kernel_w, tap % layer->kernel_w);
	/* Every other column of twice as many, if that meets no memory twice. */
	const uint32_t step = c % 2 && layer->stride == 2 ? 2 : 1;

	while ((first = first_missing(columns, walk->count)) >= 0) {
		uint32_t tiles = 1;

		for (uint32_t j = 0; j < walk->count; j++) {
			if (columns[j] < 0 || columns[j] >= first + c * step ||
			    (columns[j] - first) % step)
				continue;
			tiles = (uint32_t)(columns[j] / c - first / c) + 1;
			columns[j] = -1;
		}
		assert_true(i < walk->first[tap + 1]);
		assert_int_equal(walk->passes[i].tile, first / c);
		assert_int_equal(walk->passes[i].tiles, tiles);
		i++;
	}
	/* A tap that lies outside altogether takes a pass that reads nothing. */
	if (i == walk->first[tap]) {
		assert_int_equal(walk->passes[i].tiles, 0);
		i++;
	}
	assert_int_equal(i, walk->first[tap + 1]);
}

static uint64_t check_layer(const struct cycles_layer *layer, uint32_t batch, uint32_t columns)
{
	uint64_t total = cycles_layer_columns(layer, batch), seen = 0;
	struct walk walk;

	assert_int_equal(walk_init(&walk, layer, batch, columns), 0);
	assert_int_equal(walk.tiles, (total + columns - 1) / columns);
	for (uint64_t tile = 0; tile < walk.tiles; tile++) {
		walk_tile(&walk, tile);
		for (uint32_t tap = 0; tap < layer->kernel_h * layer->kernel_w; tap++)
			check_tap(&walk, tile, tap);
		seen += walk.count;
	}
	assert_int_equal(seen, total);
	walk_fini(&walk);
	return seen;
}

static void random_layers(void **state)
{
	uint64_t columns = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		struct cycles_layer layer = {
			.in_h = rng_range(1, 20),
			.in_w = rng_range(1, 20),
			.kernel_h = rng_range(1, 5),
			.kernel_w = rng_range(1, 5),
			.stride = rng_range(1, 4),
		};

		layer.pad = rng_range(layer.kernel_h < layer.kernel_w ? layer.kernel_w / 2
								      : layer.kernel_h / 2,
				      4);
		columns += check_layer(&layer, rng_range(1, 5), rng_range(1, MAX_COLUMNS));
	}
	assert_true(columns > 10000);
}

static uint32_t most_passes(const struct cycles_layer *layer, uint32_t batch, uint32_t columns)
{
	uint32_t most = 0;
	struct walk walk;

	assert_int_equal(walk_init(&walk, layer, batch, columns), 0);
	for (uint64_t tile = 0; tile < walk.tiles; tile++) {
		walk_tile(&walk, tile);
		for (uint32_t tap = 0; tap < layer->kernel_h * layer->kernel_w; tap++)
			if (walk.first[tap + 1] - walk.first[tap] > most)
				most = walk.first[tap + 1] - walk.first[tap];
	}
	walk_fini(&walk);
	return most;
}

/* Where the output's columns follow each other as the input's do, a tap is one pass. */
static void same_convolutions(void **state)
{
	static const uint32_t sides[] = {7, 14, 28, 56}, columns[] = {16, 49, 56, 64};

	(void)state;
	for (size_t s = 0; s < 4; s++)
		for (size_t c = 0; c < 4; c++)
			for (uint32_t kernel = 1; kernel <= 5; kernel += 2) {
				const struct cycles_layer layer = {
					.in_h = sides[s],
					.in_w = sides[s],
					.kernel_h = kernel,
					.kernel_w = kernel,
					.stride = 1,
					.pad = kernel / 2,
				};

				assert_int_equal(most_passes(&layer, 3, columns[c]), 1);
			}
}

/* ResNet-50's strided convolutions, by hand: 28 outputs cover 55 inputs, and every second row. */
static void strided_convolution(void **state)
{
	const struct cycles_layer layer = {
		.in_h = 56, .in_w = 56, .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad = 1};
	struct walk walk;

	(void)state;
	assert_int_equal(walk_init(&walk, &layer, 1, 28), 0);
	assert_int_equal(walk.tiles, 28);
	walk_tile(&walk, 1);
	/* Output row 1, tap (1, 1): columns 2 * 56 to 2 * 56 + 54 in steps of 2, tiles of 28. */
	assert_int_equal(walk.first[5] - walk.first[4], 2);
	assert_int_equal(walk.passes[walk.first[4]].tile, 4);
	assert_int_equal(walk.passes[walk.first[4]].tiles, 1);
	assert_int_equal(walk.passes[walk.first[4] + 1].tile, 5);
	/* Tap (0, 1) of output row 0 lies above the image. */
	walk_tile(&walk, 0);
	assert_int_equal(walk.first[2] - walk.first[1], 1);
	assert_int_equal(walk.passes[walk.first[1]].tiles, 0);
	walk_fini(&walk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_layers),
		cmocka_unit_test(same_convolutions),
		cmocka_unit_test(strided_convolution),
	};

	rng_start("walk");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
