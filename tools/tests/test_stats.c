/* SPDX-License-Identifier: MIT */
/* What check computes: patterns, steps and verdicts, against plain loops and the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"
#include "stats.h"
#include "tree.h"
#include "verdict.h"

#include <cmocka.h>

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 20) % limit);
}

struct sample {
	struct nmaccel_weight_view view;
	int8_t *data;
	size_t size;
};

static void make_sample(struct sample *sample, enum nmaccel_weight_layout layout, uint32_t rows,
			uint32_t channels, uint32_t kernel, uint32_t zeros_of_16)
{
	sample->size = (size_t)rows * channels * kernel * kernel;
	sample->data = xcalloc(sample->size, 1);
	for (size_t i = 0; i < sample->size; i++) {
		if (random_below(16) >= zeros_of_16)
			sample->data[i] = (int8_t)(1 + random_below(100));
	}
	assert_int_equal(nmaccel_weight_view_init(&sample->view, layout, NMACCEL_TYPE_S8,
						  sample->data, rows, channels, kernel, kernel),
			 NMACCEL_OK);
}

static void make_random_sample(struct sample *sample)
{
	uint32_t kernel = random_below(3) ? 1 : 1 + random_below(3);
	enum nmaccel_weight_layout linear =
		random_below(2) ? NMACCEL_WEIGHTS_ROWS_K : NMACCEL_WEIGHTS_K_ROWS;
	enum nmaccel_weight_layout conv =
		(enum nmaccel_weight_layout)(NMACCEL_WEIGHTS_OIHW + random_below(3));

	make_sample(sample, kernel == 1 ? linear : conv, 1 + random_below(40),
		    1 + random_below(random_below(4) ? 80 : 600), kernel, random_below(17));
}

static uint32_t value_at(const struct nmaccel_weight_view *view, uint32_t r, uint32_t c, uint32_t y,
			 uint32_t x)
{
	return ((const int8_t *)view->data)[r * view->stride_row + c * view->stride_channel +
					    y * view->stride_h + x * view->stride_w] != 0;
}

/* Most non-zeros of a group of m along the input or the output channels, by definition. */
static uint32_t plain_least(const struct nmaccel_weight_view *v, bool output, uint32_t m)
{
	uint32_t length = output ? v->rows : v->channels, lines = output ? v->channels : v->rows;
	uint32_t most = 0;

	for (uint32_t line = 0; line < lines; line++) {
		for (uint32_t tap = 0; tap < v->kernel_h * v->kernel_w; tap++) {
			for (uint32_t first = 0; first < length; first += m) {
				uint32_t count = 0;

				for (uint32_t i = first; i < first + m && i < length; i++)
					count += value_at(v, output ? i : line, output ? line : i,
							  tap / v->kernel_w, tap % v->kernel_w);
				most = count > most ? count : most;
			}
		}
	}
	return most;
}

static void least_n_by_definition(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};
		struct sample sample;
		struct stats *stats;

		make_random_sample(&sample);
		stats = stats_create(&sample.view, &engine);
		assert_non_null(stats);
		for (unsigned int s = 0; s < STATS_SIZES; s++) {
			assert_int_equal(stats->axes[AXIS_INPUT].groups[s].tightest,
					 plain_least(&sample.view, false, stats_sizes[s]));
			assert_int_equal(stats->axes[AXIS_OUTPUT].groups[s].tightest,
					 plain_least(&sample.view, true, stats_sizes[s]));
		}
		free(stats);
		free(sample.data);
	}
}

/* The library's checker and ours must agree on what holds, n - 1 included. */
static void least_n_by_library(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};
		struct sample sample;
		struct stats *stats;

		make_random_sample(&sample);
		stats = stats_create(&sample.view, &engine);
		assert_non_null(stats);
		for (unsigned int s = 0; s < STATS_SIZES; s++) {
			uint32_t n = stats->axes[AXIS_INPUT].groups[s].tightest;
			struct nmaccel_pattern pattern = {NMACCEL_PATTERN_NM, n, stats_sizes[s]};
			struct nmaccel_pattern_report report = {.size = sizeof(report)};

			if (n)
				assert_int_equal(
					nmaccel_pattern_check(&sample.view, &pattern, &report),
					NMACCEL_OK);
			pattern.n = n - 1;
			if (n > 1)
				assert_int_equal(
					nmaccel_pattern_check(&sample.view, &pattern, &report),
					NMACCEL_ERR_PATTERN);
		}
		free(stats);
		free(sample.data);
	}
}

/* Steps are those that the packer makes. */
static void steps_of_the_packer(void **state)
{
	static const uint32_t lanes[] = {4, 8, 16, 32}, block_rows[] = {128, 256};

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct nmaccel_pack_options options = {.size = sizeof(options),
						       .lanes = lanes[random_below(4)],
						       .block_rows = block_rows[random_below(2)],
						       .panel_rows = 1 + random_below(512)};
		struct stats_engine engine = {options.lanes, options.block_rows};
		struct nmaccel_weights_info info = {.size = sizeof(info)};
		struct nmaccel_weights *weights;
		struct sample sample;
		struct stats *stats;

		make_random_sample(&sample);
		stats = stats_create(&sample.view, &engine);
		assert_non_null(stats);
		if (nmaccel_weights_pack(&sample.view, &options, &weights) != NMACCEL_OK)
			fail_msg("%s", nmaccel_last_error());
		assert_int_equal(nmaccel_weights_query(weights, &info), NMACCEL_OK);
		assert_int_equal(stats->steps, info.steps);
		assert_int_equal(stats->nonzeros, info.nonzeros);
		assert_int_equal(stats->elements, info.dense_bytes);
		assert_true(stats->dense_steps >= stats->steps);
		nmaccel_weights_unref(weights);
		free(stats);
		free(sample.data);
	}
}

/* What nmaccel_prune made is found again, whatever the pattern. */
static void detects_what_was_pruned(void **state)
{
	static const struct nmaccel_pattern patterns[] = {
		{NMACCEL_PATTERN_NM, 2, 4},   {NMACCEL_PATTERN_NM, 1, 4},
		{NMACCEL_PATTERN_NM, 3, 8},   {NMACCEL_PATTERN_NM, 5, 16},
		{NMACCEL_PATTERN_NM, 9, 32},  {NMACCEL_PATTERN_NM, 13, 64},
		{NMACCEL_PATTERN_NM, 8, 128}, {NMACCEL_PATTERN_NM, 17, 256},
	};
	static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct nmaccel_pattern found;
		struct sample sample;
		struct stats *stats;

		make_sample(&sample, NMACCEL_WEIGHTS_OHWI, 16, 512, 1 + 2 * (i % 2), 0);
		assert_int_equal(nmaccel_prune(&sample.view, &patterns[i]), NMACCEL_OK);
		stats = stats_create(&sample.view, &engine);
		assert_non_null(stats);
		found = stats_detect(stats, AXIS_INPUT);
		assert_int_equal(found.kind, NMACCEL_PATTERN_NM);
		assert_int_equal(found.n, patterns[i].n);
		assert_int_equal(found.m, patterns[i].m);
		assert_int_not_equal(stats_detect(stats, AXIS_OUTPUT).kind, NMACCEL_PATTERN_NM);
		free(stats);
		free(sample.data);
	}
}

static void detects_no_pattern_by_chance(void **state)
{
	static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};

	(void)state;
	for (uint32_t zeros = 0; zeros < 16; zeros += 3) {
		struct sample sample;
		struct stats *stats;

		make_sample(&sample, NMACCEL_WEIGHTS_ROWS_K, 200, 1024, 1, zeros);
		stats = stats_create(&sample.view, &engine);
		assert_non_null(stats);
		assert_int_equal(stats_detect(stats, AXIS_INPUT).kind,
				 zeros < 2 ? NMACCEL_PATTERN_DENSE : NMACCEL_PATTERN_UNSTRUCTURED);
		free(stats);
		free(sample.data);
	}
}

static void nearly_is_noticed(void **state)
{
	static const struct nmaccel_pattern pattern = {NMACCEL_PATTERN_NM, 2, 4};
	static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};
	struct sample sample;
	struct stats *stats;
	uint32_t n = 0;

	(void)state;
	make_sample(&sample, NMACCEL_WEIGHTS_ROWS_K, 64, 256, 1, 0);
	assert_int_equal(nmaccel_prune(&sample.view, &pattern), NMACCEL_OK);
	memset(sample.data + 1000, 1, 4);
	stats = stats_create(&sample.view, &engine);
	assert_non_null(stats);
	assert_int_not_equal(stats_detect(stats, AXIS_INPUT).n, 2);
	assert_int_equal(stats_nearly(stats, AXIS_INPUT, &n), 1);
	assert_int_equal(n, 2);
	free(stats);
	free(sample.data);
}

/* A tensor of unsigned bytes with a zero point, its verdict and the codes of its reasons. */
static enum verdict judge_u8(uint8_t *bytes, int32_t zero_point, struct json_object *reasons)
{
	float scale = 0.5f;
	struct tensor t = {.name = (char *)"t",
			   .use = USE_LINEAR,
			   .use_from = FROM_GRAPH,
			   .layout = NMACCEL_WEIGHTS_ROWS_K,
			   .data = bytes,
			   .quant = {.present = true,
				     .has_zero_points = true,
				     .count = 1,
				     .scales = &scale,
				     .zero_points = &zero_point}};
	static const struct stats_engine engine = {.lanes = 8, .block_rows = 128};
	static const struct layer_hints hints;
	struct layer layer;
	struct stats *stats;
	enum verdict verdict;

	assert_int_equal(tensor_set_shape(&t, DTYPE_U8, (const uint64_t[]){8, 64}, 2, "t"), 0);
	assert_int_equal(layer_create(&t, &hints, &layer), IS_LAYER);
	stats = stats_create(&layer.view, &engine);
	assert_non_null(stats);
	verdict = verdict_of(&t, &layer, stats, &engine, reasons);
	free(stats);
	layer_fini(&layer);
	return verdict;
}

static bool has_code(struct json_object *reasons, const char *code)
{
	for (size_t i = 0; i < json_object_array_length(reasons); i++) {
		if (!strcmp(tree_get_text(json_object_array_get_idx(reasons, i), "code"), code))
			return true;
	}
	return false;
}

static void zero_points_decide_what_is_zero(void **state)
{
	struct json_object *reasons = json_object_new_array();
	uint8_t bytes[8 * 64];

	(void)state;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 4 < 2 ? 128 : (uint8_t)(100 + i % 27);
	assert_int_equal(judge_u8(bytes, 128, reasons), VERDICT_SPARSE);
	assert_true(has_code(reasons, "zeros-hidden"));
	json_object_put(reasons);

	reasons = json_object_new_array();
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 4 < 2 ? 0 : (uint8_t)(100 + i % 27);
	assert_int_equal(judge_u8(bytes, 128, reasons), VERDICT_DENSE);
	assert_true(has_code(reasons, "zeros-lost"));
	assert_false(has_code(reasons, "wide"));
	json_object_put(reasons);

	reasons = json_object_new_array();
	bytes[3] = 255;
	judge_u8(bytes, 100, reasons);
	assert_true(has_code(reasons, "wide"));
	json_object_put(reasons);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(least_n_by_definition),
		cmocka_unit_test(least_n_by_library),
		cmocka_unit_test(steps_of_the_packer),
		cmocka_unit_test(detects_what_was_pruned),
		cmocka_unit_test(detects_no_pattern_by_chance),
		cmocka_unit_test(nearly_is_noticed),
		cmocka_unit_test(zero_points_decide_what_is_zero),
	};
	const char *seed = getenv("NMACCEL_SEED");

	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	random_state |= 1;
	printf("seed: NMACCEL_SEED=%llu\n", (unsigned long long)random_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
