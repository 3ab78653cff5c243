// SPDX-License-Identifier: MIT
/* The core against its model, bit for bit, at one step per clock and less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "rng.h"
#include "stimulus.h"

/* Lanes of a cascade; a read sees a step of so many clocks before. */
#define DEPTH	(!CORE_PACK || CORE_LANES < CORE_CHAIN ? CORE_LANES : CORE_CHAIN)
#define LATENCY (5u + DEPTH + (uint32_t)__builtin_ctz(CORE_LANES / DEPTH))

#define RANDOM_CLOCKS 30000u

struct bench {
	struct core_dut *dut;
	struct stimulus stimulus;
};

static void bench_clock(struct bench *bench, const struct core_in *in)
{
	struct core_out expected, out;

	stimulus_clock(&bench->stimulus, in, &expected);
	core_clock(bench->dut, in, &out);
	assert_int_equal(out.busy[0], expected.busy[0]);
	assert_int_equal(out.busy[1], expected.busy[1]);
	assert_int_equal(out.rd_data_valid, expected.rd_data_valid);
	if (expected.rd_data_valid)
		assert_memory_equal(out.rd_data, expected.rd_data, 4 * CORE_COLUMNS);
}

static void bench_idle(struct bench *bench, uint32_t clocks)
{
	const struct core_in in = {0};

	while (clocks--)
		bench_clock(bench, &in);
}

static void bench_read(struct bench *bench, uint32_t bank, uint32_t row)
{
	const struct core_in in = {.rd_valid = true, .rd_bank = bank, .rd_row = row};

	bench_clock(bench, &in);
}

/* A read that it may have woken up with is over before anything is looked at. */
static struct bench *bench_create(void)
{
	struct bench *bench = test_malloc(sizeof(*bench));
	const struct core_in in = {.rst = true};
	struct core_out out;
	uint32_t i;

	bench->dut = core_create();
	assert_non_null(bench->dut);
	stimulus_start(&bench->stimulus, CORE_LANES, CORE_COLUMNS, LATENCY);
	for (i = 0; i < STIMULUS_RD_CLOCKS; i++)
		core_clock(bench->dut, &in, &out);
	return bench;
}

static void bench_destroy(struct bench *bench)
{
	core_destroy(bench->dut);
	test_free(bench);
}

/* Every row of a bank, as soon as that is allowed, while other things go on. */
static void bench_check_bank(struct bench *bench, uint32_t bank)
{
	struct core_in in;
	uint32_t row = 0;

	bench->stimulus.phase.banks = !bank;
	bench->stimulus.run_left = 0;
	while (row < CORE_ROWS) {
		stimulus_draw(&bench->stimulus, &in);
		if (in.clear_bank == bank)
			in.clear_valid = false;
		in.rd_valid = !bench->stimulus.left[bank];
		in.rd_bank = bank;
		in.rd_row = row;
		row += in.rd_valid;
		bench_clock(bench, &in);
	}
}

static void test_random(void **state)
{
	struct bench *bench = bench_create();
	struct stimulus *stimulus = &bench->stimulus;
	struct core_in in;
	uint32_t i;

	(void)state;
	for (i = 0; i < RANDOM_CLOCKS; i++) {
		if (stimulus->phase.clocks-- == 0) {
			if (rng_one_in(8))
				bench_check_bank(bench, rng_range(0, 1));
			stimulus_next_phase(stimulus);
		}
		stimulus_draw(stimulus, &in);
		bench_clock(bench, &in);
	}
	bench_idle(bench, LATENCY);
	bench_check_bank(bench, 0);
	bench_check_bank(bench, 1);
	bench_idle(bench, STIMULUS_RD_CLOCKS);
	assert_true(stimulus->steps > RANDOM_CLOCKS / 5);
	assert_true(stimulus->reads_used > RANDOM_CLOCKS / 20);
	bench_destroy(bench);
}

static void fill_row(struct bench *bench, uint32_t row, int8_t byte)
{
	struct core_in in = {.wr_row = row};

	memset(in.wr_mask, true, CORE_COLUMNS);
	memset(in.wr_data, byte, CORE_COLUMNS);
	bench_clock(bench, &in);
}

static void step_all(struct bench *bench, uint32_t row, int8_t value, uint32_t index)
{
	struct core_in in = {.step_valid = true, .step_row = row};

	memset(in.step_values, value, CORE_LANES);
	memset(in.step_indices, (int)index, CORE_LANES);
	bench_clock(bench, &in);
}

/* The largest products of all lanes, until the sum has wrapped. */
static void test_wrap(void **state)
{
	struct bench *bench = bench_create();
	const uint32_t steps = (1u << 31) / (CORE_LANES << 14) + 10;
	uint32_t i;

	(void)state;
	fill_row(bench, 5, -128);
	for (i = 0; i < steps; i++)
		step_all(bench, 300, -128, 5);
	assert_true(bench->stimulus.model.acc[0][300][0] < 0);
	bench_idle(bench, LATENCY);
	bench_read(bench, 0, 300);
	bench_idle(bench, STIMULUS_RD_CLOCKS);
	bench_destroy(bench);
}

static void fill_pairs(struct bench *bench, uint32_t row, int8_t even, int8_t odd)
{
	struct core_in in = {.wr_row = row};
	uint32_t j;

	memset(in.wr_mask, true, CORE_COLUMNS);
	for (j = 0; j < CORE_COLUMNS; j++)
		in.wr_data[j] = j % 2 ? odd : even;
	bench_clock(bench, &in);
}

/* Each value with all pairs of bytes, the same in all lanes, and the values of one lane alone. */
static void test_products(void **state)
{
	static const int8_t bytes[] = {-128, -127, -65, -64, -1, 0, 1, 63, 64, 126, 127};
	const uint32_t count = sizeof(bytes);
	struct bench *bench = bench_create();
	uint32_t a, b, v;

	(void)state;
	for (a = 0; a < count; a++)
		for (b = 0; b < count; b++)
			fill_pairs(bench, a * count + b, bytes[a], bytes[b]);
	for (v = 0; v < 256; v++) {
		const struct core_in clear = {.clear_valid = true};

		bench_clock(bench, &clear);
		for (a = 0; a < count * count; a++)
			step_all(bench, a, (int8_t)v, a);
		bench_idle(bench, LATENCY);
		for (a = 0; a < count * count; a++)
			bench_read(bench, 0, a);
	}
	bench_idle(bench, STIMULUS_RD_CLOCKS);
	bench_destroy(bench);
}

#ifdef CORE_ALL_PRODUCTS

/* A step of the next values and rows of all products of a lane, and a read of what is done. */
static void products_clock(struct bench *bench, uint32_t bank, uint32_t row, uint32_t value)
{
	struct core_in in = {
		.step_valid = row < CORE_ROWS,
		.step_bank = bank,
		.step_row = row % CORE_ROWS,
		.step_base = row / 128 % 4,
		.clear_valid = row == 0,
		.clear_bank = bank,
		.rd_valid = row >= LATENCY,
		.rd_bank = !bank,
		.rd_row = (row - LATENCY) % CORE_ROWS,
	};
	uint32_t i;

	for (i = 0; i < CORE_LANES; i++) {
		in.step_indices[i] = (uint8_t)((row + 16 * i) % 128);
		in.step_values[i] = (int8_t)(value + 37 * i);
	}
	bench_clock(bench, &in);
}

static void fill_products(struct bench *bench, uint32_t pair)
{
	uint32_t row, j;

	for (row = 0; row < CORE_ROWS; row++) {
		struct core_in in = {.wr_row = row};

		memset(in.wr_mask, true, CORE_COLUMNS);
		for (j = 0; j < CORE_COLUMNS; j++) {
			const uint32_t at = pair + row * CORE_COLUMNS / 2 + j / 2;

			in.wr_data[j] = (int8_t)(j % 2 ? at : at >> 8);
		}
		bench_clock(bench, &in);
	}
}

/* All values with all pairs of bytes that share a multiplier, in each lane, among others. */
static void test_all_products(void **state)
{
	struct bench *bench = bench_create();
	uint32_t pair, row, value;

	(void)state;
	for (pair = 0; pair < 1u << 16; pair += CORE_ROWS * CORE_COLUMNS / 2) {
		fill_products(bench, pair);
		for (value = 0; value < 256; value++)
			for (row = 0; row < CORE_ROWS + LATENCY; row++)
				products_clock(bench, value % 2, row, value);
	}
	bench_idle(bench, STIMULUS_RD_CLOCKS);
	bench_destroy(bench);
}

#endif /* CORE_ALL_PRODUCTS */

/* What is in flight at a reset is not seen after it. */
static void test_reset(void **state)
{
	const struct core_in rst = {.rst = true};
	struct bench *bench = bench_create();
	uint32_t i, row;

	(void)state;
	fill_row(bench, 1, 3);
	for (i = 0; i < 2 * LATENCY; i++) {
		for (row = 0; row < i; row++)
			step_all(bench, row, 1, 1);
		bench_clock(bench, &rst);
		bench_idle(bench, i % LATENCY);
		step_all(bench, 7, 2, 1);
		bench_idle(bench, LATENCY - 1);
		for (row = 0; row < 16; row++)
			bench_read(bench, 0, row);
	}
	bench_idle(bench, STIMULUS_RD_CLOCKS);
	bench_destroy(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	     cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_products),     cmocka_unit_test(test_reset),
#ifdef CORE_ALL_PRODUCTS
		cmocka_unit_test(test_all_products),
#endif
	};

	rng_start("core");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
