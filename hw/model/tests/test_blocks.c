/* SPDX-License-Identifier: MIT */
/*
 * Blocks against the packer: random weights, pruned and packed by the library, have the steps and
 * the bytes that the model says. Exactly, where blocks do not cut groups of the pattern; else as
 * nearly as chance lets them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blocks.h"
#include "nmaccel.h"
#include "rng.h"

/* What the packer has made. */
struct packed {
	uint64_t nonzeros, steps, bytes, panels;
	uint64_t counts; /* of rows and blocks; only of the model */
};

/* What the model says. */
static struct packed model(const struct cycles_engine *engine, const struct cycles_layer *layer,
			   struct cycles_pattern pattern)
{
	struct packed sum = {.nonzeros = cycles_layer_nonzeros(layer, pattern)};
	struct panel panel;

	for (uint32_t i = 0; panel_next(engine, layer, i, &panel); i++) {
		struct blocks blocks;

		assert_int_equal(blocks_init(&blocks, engine, layer, pattern, &panel), 0);
		for (size_t b = 0; b < blocks.count; b++) {
			sum.steps += blocks.block[b].steps;
			sum.bytes += blocks.block[b].bytes;
			sum.counts += panel.rows;
		}
		blocks_fini(&blocks);
		sum.panels++;
	}
	return sum;
}

static int8_t random_weight(void)
{
	int8_t value = (int8_t)rng_range(1, 127);

	return rng_one_in(2) ? value : (int8_t)-value;
}

static struct packed measure(const struct nmaccel_weight_view *view,
			     const struct nmaccel_pack_options *options)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	struct nmaccel_weights *weights;

	if (nmaccel_weights_pack(view, options, &weights) != NMACCEL_OK)
		fail_msg("%s", nmaccel_last_error());
	assert_int_equal(nmaccel_weights_query(weights, &info), NMACCEL_OK);
	nmaccel_weights_unref(weights);
	return (struct packed){
		.nonzeros = info.nonzeros,
		.steps = info.steps,
		.bytes = info.stream_bytes,
		.panels = info.n_panels,
	};
}

/* 1:2 is no pattern of the library, whose 2:4 a matrix of it keeps: one of each two goes. */
static void prune_1_2(const struct nmaccel_weight_view *view)
{
	float *data = view->data;
	uint32_t taps = view->rows * view->kernel_h * view->kernel_w;

	for (uint32_t t = 0; t < taps; t++)
		for (uint32_t c = 0; c + 1 < view->channels; c += 2)
			data[t * view->channels + c + rng_one_in(2)] = 0;
}

static void prune(const struct nmaccel_weight_view *view, struct cycles_pattern pattern)
{
	const struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, pattern.n, pattern.m};

	if (pattern.m == 2)
		prune_1_2(view);
	else if (pattern.m > 2 && nmaccel_prune(view, &p) != NMACCEL_OK)
		fail_msg("%s", nmaccel_last_error());
}

static struct nmaccel_weight_view view_of(const struct cycles_layer *layer, uint32_t channels,
					  enum nmaccel_type type, void *data)
{
	struct nmaccel_weight_view view;

	assert_non_null(data);
	assert_int_equal(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, type, data,
						  layer->rows, channels, layer->kernel_h,
						  layer->kernel_w),
			 NMACCEL_OK);
	return view;
}

/* Floats are pruned, of which hardly two are equal: ties would favour the first channels. */
static struct packed pack(const struct cycles_engine *engine, const struct cycles_layer *layer,
			  struct cycles_pattern pattern)
{
	uint64_t count = cycles_layer_weights(layer);
	float *floats = calloc(count, sizeof(*floats));
	int8_t *data = calloc(count, 1);
	struct nmaccel_weight_view view = view_of(layer, layer->channels, NMACCEL_TYPE_F32, floats);
	struct nmaccel_pack_options options = {
		.size = sizeof(options),
		.lanes = engine->lanes,
		.block_rows = blocks_rows(engine, pattern),
		.panel_rows = engine->accumulator_rows,
	};
	struct packed packed;

	for (uint64_t i = 0; i < count; i++)
		floats[i] = (float)rng_range(1, 1u << 24);
	prune(&view, pattern);
	view = view_of(layer, layer->channels, NMACCEL_TYPE_S8, data);
	for (uint64_t i = 0; i < count; i++)
		data[i] = floats[i] > 0 ? random_weight() : 0;
	packed = measure(&view, &options);
	free(data);
	free(floats);
	return packed;
}

/* A depthwise layer as the model takes it to be packed: block-diagonal groups. */
static struct packed pack_depthwise(const struct cycles_engine *engine,
				    const struct cycles_layer *layer)
{
	const struct cycles_pattern dense = {1, 1};
	struct panel panel;
	uint32_t taps = layer->kernel_h * layer->kernel_w;
	struct nmaccel_pack_options options = {.size = sizeof(options), .lanes = engine->lanes};
	struct nmaccel_weight_view view;
	struct packed packed;
	int8_t *data;

	assert_true(panel_next(engine, layer, 0, &panel));
	options.n_groups = layer->rows / panel.rows;
	options.block_rows = blocks_rows(engine, dense);
	options.panel_rows = engine->accumulator_rows;
	data = calloc((size_t)layer->rows * taps, panel.channels);
	view = view_of(layer, panel.channels, NMACCEL_TYPE_S8, data);
	for (uint32_t r = 0; r < layer->rows; r++)
		for (uint32_t t = 0; t < taps; t++)
			data[((size_t)r * taps + t) * panel.channels + r % panel.rows] =
				random_weight();
	packed = measure(&view, &options);
	free(data);
	return packed;
}

static void compare(const struct packed *packed, const struct packed *modelled, bool exact,
		    const char *what)
{
	/* A count that chance moves has a standard deviation of half a step at most. */
	double tolerance = exact ? 0 : 5 * 0.5 * sqrt((double)modelled->counts) + 1;

	assert_int_equal(packed->nonzeros, modelled->nonzeros);
	assert_int_equal(packed->panels, modelled->panels);
	if (exact && packed->bytes != modelled->bytes)
		fail_msg("%s: %llu bytes, the model says %llu", what,
			 (unsigned long long)packed->bytes, (unsigned long long)modelled->bytes);
	if (fabs((double)packed->steps - (double)modelled->steps) > tolerance)
		fail_msg("%s: %llu steps, the model says %llu", what,
			 (unsigned long long)packed->steps, (unsigned long long)modelled->steps);
}

static void check(const struct cycles_engine *engine, const struct cycles_layer *layer,
		  struct cycles_pattern pattern, bool exact)
{
	struct packed packed = pack(engine, layer, pattern);
	struct packed modelled = model(engine, layer, pattern);
	char what[128];

	snprintf(what, sizeof(what), "%ux%ux%ux%u, %u:%u, N=%u M=%u", layer->rows, layer->channels,
		 layer->kernel_h, layer->kernel_w, pattern.n, pattern.m, engine->lanes,
		 blocks_rows(engine, pattern));
	compare(&packed, &modelled, exact, what);
}

static const struct cycles_pattern patterns[] = {{1, 1},    {1, 2},    {2, 4},	 {1, 4},
						 {32, 128}, {16, 128}, {8, 128}, {8, 256}};

#define N_PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

/* Channels that are whole groups, or less than one, are never cut by a block. */
static void whole_groups(void **state)
{
	static const struct cycles_layer layers[] = {
		{.rows = 64, .channels = 64, .kernel_h = 1, .kernel_w = 1},
		{.rows = 48, .channels = 64, .kernel_h = 3, .kernel_w = 3},
		{.rows = 33, .channels = 256, .kernel_h = 1, .kernel_w = 1},
		{.rows = 70, .channels = 512, .kernel_h = 3, .kernel_w = 3},
		{.rows = 1000, .channels = 256, .kernel_h = 1, .kernel_w = 1},
		{.rows = 40, .channels = 32, .kernel_h = 5, .kernel_w = 3},
		{.rows = 17, .channels = 16, .kernel_h = 3, .kernel_w = 3},
	};
	struct cycles_engine engine;
	uint32_t checked = 0;

	(void)state;
	cycles_engine_init(&engine);
	for (size_t l = 0; l < sizeof(layers) / sizeof(layers[0]); l++)
		for (size_t p = 0; p < N_PATTERNS; p++)
			for (engine.lanes = 4; engine.lanes <= 32; engine.lanes *= 2, checked++)
				check(&engine, &layers[l], patterns[p], true);
	assert_int_equal(checked, 7 * N_PATTERNS * 4);
}

static void cut_groups(void **state)
{
	static const struct cycles_layer layers[] = {
		{.rows = 512, .channels = 96, .kernel_h = 3, .kernel_w = 3},
		{.rows = 600, .channels = 3, .kernel_h = 7, .kernel_w = 7},
		{.rows = 512, .channels = 192, .kernel_h = 3, .kernel_w = 3},
		{.rows = 512, .channels = 144, .kernel_h = 1, .kernel_w = 1},
		{.rows = 400, .channels = 130, .kernel_h = 2, .kernel_w = 3},
	};
	static const uint32_t block_rows[] = {0, 128, 256};
	struct cycles_engine engine;

	(void)state;
	cycles_engine_init(&engine);
	for (size_t l = 0; l < sizeof(layers) / sizeof(layers[0]); l++)
		for (size_t p = 0; p < N_PATTERNS; p++)
			for (size_t m = 0; m < 3; m++) {
				engine.block_rows = block_rows[m];
				check(&engine, &layers[l], patterns[p], false);
			}
}

static void random_layers(void **state)
{
	struct cycles_engine engine;

	(void)state;
	cycles_engine_init(&engine);
	for (int i = 0; i < 60; i++) {
		struct cycles_layer layer = {
			.rows = rng_range(200, 700),
			.channels = rng_range(1, 300),
			.kernel_h = rng_range(1, 3),
			.kernel_w = rng_range(1, 3),
		};

		engine.lanes = 4u << rng_range(0, 3);
		engine.accumulator_rows = rng_range(100, 512);
		check(&engine, &layer, patterns[rng_range(0, N_PATTERNS - 1)], false);
	}
}

static void depthwise(void **state)
{
	static const uint32_t channels[] = {16, 32, 96, 144, 192, 384, 576, 960, 521};
	const struct cycles_pattern dense = {1, 1};
	struct cycles_engine engine;

	(void)state;
	cycles_engine_init(&engine);
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		for (engine.lanes = 4; engine.lanes <= 16; engine.lanes *= 2) {
			struct cycles_layer layer = {
				.rows = channels[i],
				.channels = channels[i],
				.kernel_h = 3,
				.kernel_w = 3,
				.depthwise = true,
			};
			struct packed packed = pack_depthwise(&engine, &layer);
			struct packed modelled = model(&engine, &layer, dense);

			compare(&packed, &modelled, true, "depthwise");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_groups),
		cmocka_unit_test(cut_groups),
		cmocka_unit_test(random_layers),
		cmocka_unit_test(depthwise),
	};

	rng_start("blocks");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
