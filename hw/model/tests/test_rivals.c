/* SPDX-License-Identifier: MIT */
/* The rivals: their formulas by hand on single layers, and what must hold for whole networks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "comparison.h"

static const struct cycles_grant kind = {.multipliers = 512, .activations = 8};

static struct cycles_network load(const char *name)
{
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES];

	if (cycles_network_parse(cycles_network_builtin(name), name, &network, error) < 0)
		fail_msg("%s", error);
	return network;
}

/* One linear layer; returns the clocks of the best array. */
static uint64_t run(enum cycles_rival rival, const struct cycles_grant *grant, uint32_t rows,
		    uint32_t channels, uint32_t columns, struct cycles_pattern pattern,
		    struct cycles_array *array)
{
	struct cycles_layer layer = {
		.in_h = 1,
		.in_w = columns,
		.channels = channels,
		.rows = rows,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride = 1,
		.prune = true,
	};
	const struct cycles_network network = {.count = 1, .layers = &layer};
	uint64_t cycles;

	assert_int_equal(cycles_rival_run(rival, grant, &network, &pattern, 1, array, &cycles), 0);
	assert_true(array->rows * array->columns <= grant->multipliers);
	return cycles;
}

static const struct cycles_pattern dense = {1, 1}, p24 = {2, 4}, p14 = {1, 4}, p8 = {8, 128};

static void dense_array(void **state)
{
	const struct cycles_grant one = {.multipliers = 1, .activations = 8};
	struct cycles_array array;

	(void)state;
	/* Output stationary, 1 x 1: R * P * K, nothing to fill. */
	assert_int_equal(run(CYCLES_DENSE, &one, 3, 5, 7, dense, &array), 3 * 5 * 7);
	assert_false(array.weight_stationary);
	/* 32 x 16 outputs at once: 2 x 4 tiles of 256 clocks, and 46 to fill. */
	assert_int_equal(run(CYCLES_DENSE, &kind, 64, 256, 64, p24, &array), 8 * 256 + 46);
}

/* Slots of 2:4 and 1:4 rows are a half and a quarter; a tile takes as many clocks as columns. */
static void vegeta(void **state)
{
	struct cycles_array array;
	uint64_t full, half, quarter, serial;
	struct cycles_grant grant = kind;

	(void)state;
	full = run(CYCLES_VEGETA, &kind, 512, 512, 4096, dense, &array);
	half = run(CYCLES_VEGETA, &kind, 512, 512, 4096, p24, &array);
	quarter = run(CYCLES_VEGETA, &kind, 512, 512, 4096, p14, &array);
	assert_in_range(full, 512 * 4096, 512 * 4096 + 100);
	assert_in_range(half, 256 * 4096, 256 * 4096 + 100);
	assert_in_range(quarter, 128 * 4096, 128 * 4096 + 100);
	/* K' = r, M' = c: a tile waits for r / 2 + 1 + r / 2 + c / 2 + 2 clocks more. */
	grant.serial = true;
	serial = run(CYCLES_VEGETA, &grant, 512, 512, 4096, p24, &array);
	assert_int_equal(serial, 256 * (4096 + array.rows / 2 * 2 + array.columns / 2 + 3));
}

/* 8:128 in rows of 1024: 0.3 % of them run as 1:4, 85 % as 2:4, the others dense. */
static void vegeta_rows(void **state)
{
	struct cycles_array array;
	double share = (double)run(CYCLES_VEGETA, &kind, 4096, 1024, 65536, p8, &array) /
		       (4096.0 * 1024 / 512 * 65536);

	(void)state;
	assert_true(fabs(share - (0.003 * 0.25 + 0.847 * 0.5 + 0.15)) < 0.005);
}

/* Cells of 8: 2:4 holds 4, 1:4 holds 2, and 8:128 needs 4 for nearly all rows. */
static void s2ta(void **state)
{
	struct cycles_grant lossy = kind;
	struct cycles_array array;
	static const struct {
		struct cycles_pattern pattern;
		uint32_t clocks, lossy;
	} rows[] = {{{1, 1}, 8, 3}, {{2, 4}, 4, 3}, {{1, 4}, 2, 2}, {{8, 128}, 4, 3}};

	(void)state;
	lossy.activations = 3;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t tiles = 512 * 4096 / 512 * (512 / 8);

		assert_in_range(run(CYCLES_S2TA, &kind, 512, 512, 4096, rows[i].pattern, &array),
				tiles * rows[i].clocks, tiles * rows[i].clocks + 600);
		assert_in_range(run(CYCLES_S2TA, &lossy, 512, 512, 4096, rows[i].pattern, &array),
				tiles * rows[i].lossy, tiles * rows[i].lossy + 600);
	}
}

/* A column is skipped when no row of the array has a weight in it. */
static void spots(void **state)
{
	struct cycles_array array;
	uint64_t cycles = run(CYCLES_SPOTS, &kind, 4096, 1024, 65536, p8, &array);
	double tiles = ceil(4096.0 / array.rows) * ceil(65536.0 / array.columns);
	double live = 1024 * (1 - pow(1 - 8.0 / 128, array.rows));

	(void)state;
	assert_true(array.rows >= array.columns);
	assert_true(fabs((double)cycles / (tiles * live) - 1) < 0.01);
	/* 2:4 leaves hardly a column without a weight in any row. */
	cycles = run(CYCLES_SPOTS, &kind, 4096, 1024, 65536, p24, &array);
	assert_in_range(cycles, 4096ull * 1024 / 512 * 65536 * 0.99,
			4096ull * 1024 / 512 * 65536 + 600);
}

/* No rival is faster than its multipliers, and the dense array takes no notice of patterns. */
static void networks(void **state)
{
	static const char *const names[] = {"resnet50", "mobilenetv2", "bert-base"};
	struct cycles_engine engine;
	struct comparison comparison;

	(void)state;
	cycles_engine_init(&engine);
	for (size_t n = 0; n < 3; n++) {
		struct cycles_network network = load(names[n]);

		assert_int_equal(comparison_run(&comparison, &network, &engine, &kind, 1), 0);
		for (size_t i = 0; i < COMPARISON_PATTERNS; i++) {
			const struct comparison_row *row = &comparison.rows[i];
			double ideal = (double)row->engine.nonzero_macs / 512;

			for (int r = 0; r < CYCLES_RIVALS; r++)
				assert_true((double)row->rivals[r] >= ideal);
			assert_int_equal(row->rivals[CYCLES_DENSE],
					 comparison.rows[0].rivals[CYCLES_DENSE]);
			assert_true((double)row->rivals[CYCLES_DENSE] >=
				    (double)row->engine.macs / 512);
			assert_true(row->utilisation <= 1);
		}
		cycles_network_free(&network);
	}
}

/* Granting less is never faster. */
static void grants(void **state)
{
	struct cycles_network network = load("resnet50");
	uint64_t *cycles = calloc(network.count, sizeof(*cycles));
	struct cycles_grant serial = kind, lossy = kind;
	struct cycles_array array;

	(void)state;
	assert_non_null(cycles);
	serial.serial = true;
	lossy.activations = 4;
	for (int r = 0; r < CYCLES_RIVALS; r++) {
		const struct cycles_grant *grant[3] = {&lossy, &kind, &serial};
		uint64_t sum[3] = {0};

		for (int g = 0; g < 3; g++) {
			assert_int_equal(cycles_rival_run((enum cycles_rival)r, grant[g], &network,
							  &p14, 1, &array, cycles),
					 0);
			for (size_t i = 0; i < network.count; i++)
				sum[g] += cycles[i];
		}
		assert_true(sum[0] <= sum[1] && sum[1] <= sum[2]);
		assert_int_equal(sum[0] < sum[1], r == CYCLES_S2TA);
		assert_int_equal(sum[1] < sum[2], r <= CYCLES_VEGETA);
	}
	free(cycles);
	cycles_network_free(&network);
}

static bool holds(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Table and chart say what there is, and the chart is one closed picture. */
static void pictures(void **state)
{
	struct cycles_network network = load("bert-base");
	struct cycles_engine engine;
	struct comparison comparison;
	char *text;
	size_t size;
	FILE *out;

	(void)state;
	cycles_engine_init(&engine);
	assert_int_equal(comparison_run(&comparison, &network, &engine, &kind, 1), 0);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	comparison_write_table(&comparison, out);
	comparison_write_chart(&comparison, out);
	fclose(out);
	for (size_t i = 0; i < COMPARISON_PATTERNS; i++)
		assert_true(holds(text, comparison.rows[i].pattern));
	assert_true(holds(text, "### bert-base, batch 1, 8 lanes x 64 columns"));
	assert_true(holds(text, "<svg ") && holds(text, "VEGETA") && holds(text, "nmaccel"));
	assert_string_equal(text + size - strlen("</svg>\n"), "</svg>\n");
	assert_false(holds(text, "nan") || holds(text, "inf"));
	free(text);
	cycles_network_free(&network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dense_array), cmocka_unit_test(vegeta),
		cmocka_unit_test(vegeta_rows), cmocka_unit_test(s2ta),
		cmocka_unit_test(spots),       cmocka_unit_test(networks),
		cmocka_unit_test(grants),      cmocka_unit_test(pictures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
