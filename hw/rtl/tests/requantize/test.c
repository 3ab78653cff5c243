// SPDX-License-Identifier: MIT
/* The lanes against the engine's C arithmetic: values at the edges and at random, of all operations
 * mixed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "src/numeric.h"

#include "number.h"
#include "rng.h"
#include "shim.h"

#define CLOCKS 150000u

struct bench {
	struct requantize_dut *dut;
	uint32_t column[GROUPS][LANES]; /* scales, fp32 bits */
	struct requantize_in past[LATENCY];
	int8_t expected[LATENCY][LANES];
	bool known[LATENCY];
	uint32_t at;
	uint64_t checked;
};

static int8_t finish(const struct requantize_in *in, float value)
{
	return (int8_t)engine_clamp(engine_round(value) + in->zero, in->min, in->max);
}

static int8_t expect_product(const struct bench *bench, const struct requantize_in *in,
			     uint32_t lane)
{
	const int32_t sum = (int32_t)((uint32_t)in->values[lane] + (uint32_t)in->offset[lane % 2]);
	const uint32_t scale = in->by_column ? bench->column[in->group][lane] : in->scale[lane % 2];

	return finish(in, (float)sum * engine_f32(scale));
}

static int8_t expect_sum(const struct requantize_in *in, uint32_t lane)
{
	const int32_t right = (int8_t)in->values[lane];
	const int32_t left = (in->values[lane] - right) / 256;
	const float left_f = (float)(left + in->offset[0]) * engine_f32(in->scale[0]);
	const float right_f = (float)(right + in->offset[1]) * engine_f32(in->scale[1]);

	return finish(in, left_f + right_f);
}

/* One clock with these inputs; checks what comes out of those of LATENCY clocks ago. */
static void clock_bench(struct bench *bench, const struct requantize_in *in)
{
	const uint32_t at = bench->at++ % LATENCY;
	int8_t results[LANES];
	uint32_t lane;

	requantize_clock(bench->dut, in, results);
	for (lane = 0; lane < LANES && bench->known[at]; lane++) {
		const struct requantize_in *past = &bench->past[at];

		bench->checked++;
		if (results[lane] != bench->expected[at][lane])
			fail_msg("lane %u, %s of %d + %d, scales %08x %08x, zero %d: %d, not %d",
				 lane,
				 past->add	   ? "add"
				 : past->by_column ? "column"
						   : "product",
				 past->values[lane], past->offset[lane % 2], past->scale[0],
				 past->scale[1], past->zero, results[lane],
				 bench->expected[at][lane]);
	}
	bench->past[at] = *in;
	bench->known[at] = !in->add || in->half;
	for (lane = 0; lane < LANES; lane++)
		bench->expected[at][lane] =
			in->add ? expect_sum(in, lane) : expect_product(bench, in, lane);
}

static void drain(struct bench *bench)
{
	const struct requantize_in idle = {0};
	uint32_t i;

	for (i = 0; i < LATENCY; i++)
		clock_bench(bench, &idle);
}

static void write_columns(struct bench *bench, float size)
{
	struct requantize_in in = {.column_we = true};
	uint32_t group, lane;

	for (group = 0; group < GROUPS; group++) {
		for (lane = 0; lane < LANES; lane++) {
			bench->column[group][lane] = number_random(size);
			in.column_group = (uint8_t)group;
			in.column_lane = (uint8_t)lane;
			in.column_scale = number_pack(bench->column[group][lane]);
			clock_bench(bench, &in);
		}
	}
}

static void random_limits(struct requantize_in *in)
{
	in->zero = (int8_t)rng_u64();
	in->min = -128;
	in->max = 127;
	if (rng_one_in(4)) {
		in->min = (int8_t)rng_u64();
		in->max = (int8_t)((int32_t)rng_range((uint32_t)(in->min + 128), 255) - 128);
	}
}

/* A sum of any size, with the edges of 2^24 and 2^31. */
static int32_t random_sum(void)
{
	const int32_t edges[] = {
		0,	 1,	    -1,	       (1 << 24) - 1, 1 << 24,	     (1 << 24) + 1,
		1 << 30, INT32_MAX, INT32_MIN, INT32_MIN + 1, -(1 << 25) - 2};
	const uint32_t choice = rng_range(0, 15);

	if (choice < 2)
		return edges[rng_range(0, sizeof(edges) / sizeof(edges[0]) - 1)];
	return (int32_t)(uint32_t)rng_u64() >> rng_range(0, 31);
}

/* The sum whose product with scale is closest to what lies halfway between two results. */
static int32_t tie_sum(float scale)
{
	const double half = (double)((int32_t)rng_range(0, 600) - 300) + 0.5;
	const double sum = rint(half / (double)scale) + (double)rng_range(0, 4) - 2.0;

	return fabs(sum) < 0x1p31 ? (int32_t)sum : random_sum();
}

/* A scale that takes sums of some size to a result's range: with large ones, ties are near. */
static uint32_t tie_scale(void)
{
	const float fraction = 1.0f + (float)rng_range(0, 0x7fffff) / 0x1p23f;

	return number_bits(ldexpf(rng_one_in(3) ? 1.0f : fraction, 8 - (int)rng_range(0, 31)));
}

static void random_products(const struct bench *bench, struct requantize_in *in)
{
	const bool ties = rng_one_in(2);
	uint32_t lane;

	in->add = false;
	in->half = rng_one_in(2);
	in->by_column = rng_one_in(3);
	in->group = (uint8_t)rng_range(0, GROUPS - 1);
	for (lane = 0; lane < 2; lane++) {
		in->scale[lane] =
			ties ? tie_scale() : number_random(ldexpf(1.0f, -(int)rng_range(0, 30)));
		in->offset[lane] = rng_one_in(2) ? random_sum() : 0;
	}
	for (lane = 0; lane < LANES; lane++) {
		const uint32_t scale =
			in->by_column ? bench->column[in->group][lane] : in->scale[lane % 2];
		const int32_t sum = ties && fabsf(number_float(scale)) > 0.0f
					    ? tie_sum(number_float(scale))
					    : random_sum();

		in->values[lane] = (int32_t)((uint32_t)sum - (uint32_t)in->offset[lane % 2]);
	}
}

/* Scales of an addition: of one size, of very different ones, or so that the products cancel. */
static void add_scales(uint32_t scale[2])
{
	const uint32_t choice = rng_range(0, 7);
	const float size = ldexpf(1.0f, (int)rng_range(0, 12) - 8);

	scale[0] = number_random(size);
	scale[1] = number_random(size);
	if (choice == 0) {
		scale[0] = number_odd();
		scale[1] = number_odd();
	} else if (choice == 1) { /* far beyond the result's range, with small differences */
		scale[0] = (uint32_t)rng_range(90, 254) << 23 | rng_range(0, 0x7fffff);
		scale[1] = (scale[0] + rng_range(0, 16) - 8u) ^ 0x80000000;
	} else if (choice == 2) {
		scale[1] = number_random(ldexpf(size, -(int)rng_range(0, 40)));
	} else if (choice == 3) { /* multiples of 1/4 */
		scale[0] = number_bits((float)rng_range(0, 16) * 0.25f);
		scale[1] = number_bits(((float)rng_range(0, 16) - 8.0f) * 0.25f);
	}
}

static int32_t random_byte(void)
{
	return rng_one_in(4) ? (rng_one_in(2) ? -128 : 127) : (int32_t)(int8_t)rng_u64();
}

static void random_sums(struct requantize_in *in)
{
	uint32_t lane;

	in->add = true;
	in->half = false;
	in->by_column = false;
	add_scales(in->scale);
	in->offset[0] = -random_byte();
	in->offset[1] = -random_byte();
	for (lane = 0; lane < LANES; lane++)
		in->values[lane] = 256 * random_byte() + random_byte();
}

static void start(struct bench *bench)
{
	*bench = (struct bench){.dut = requantize_create()};
	assert_non_null(bench->dut);
	write_columns(bench, 1.0f);
}

static void stop(struct bench *bench)
{
	drain(bench);
	print_message("%llu lane values\n", (unsigned long long)bench->checked);
	requantize_destroy(bench->dut);
}

static void test_random(void **state)
{
	struct requantize_in in = {0};
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < CLOCKS; i++) {
		random_limits(&in);
		if (rng_one_in(3)) {
			random_sums(&in);
			clock_bench(&bench, &in);
			in.half = true;
		} else {
			random_products(&bench, &in);
		}
		clock_bench(&bench, &in);
		if (i % 2000 == 0) {
			drain(&bench);
			write_columns(&bench, ldexpf(1.0f, -(int)rng_range(0, 20)));
		}
	}
	assert_true(bench.checked > (uint64_t)CLOCKS * LANES);
	stop(&bench);
}

/* Each odd scale with sums around each power of two. */
static void test_odd_products(void **state)
{
	struct requantize_in in = {.min = -128, .max = 127};
	struct bench bench;
	uint32_t i, bit, lane;

	(void)state;
	start(&bench);
	for (i = 0; i < ODD_NUMBERS; i++) {
		in.scale[0] = in.scale[1] = odd_numbers[i];
		for (bit = 0; bit < 32; bit++) {
			for (lane = 0; lane < LANES; lane++)
				in.values[lane] = (int32_t)((1u << bit) + lane - LANES / 2u);
			in.zero = (int8_t)rng_u64();
			clock_bench(&bench, &in);
		}
	}
	stop(&bench);
}

/* Each pair of odd scales. */
static void test_odd_sums(void **state)
{
	struct requantize_in in = {.min = -128, .max = 127};
	struct bench bench;
	uint32_t i, j, repeat;

	(void)state;
	start(&bench);
	for (i = 0; i < ODD_NUMBERS; i++) {
		for (j = 0; j < ODD_NUMBERS; j++) {
			for (repeat = 0; repeat < 4; repeat++) {
				random_sums(&in);
				in.scale[0] = odd_numbers[i];
				in.scale[1] = odd_numbers[j];
				in.values[0] = 257 * -in.offset[0];
				clock_bench(&bench, &in);
				in.half = true;
				clock_bench(&bench, &in);
			}
		}
	}
	stop(&bench);
}

/* Small integers and halves: all bytes, all zeros, all limits at the edges. */
static void test_bytes(void **state)
{
	struct requantize_in in = {0};
	struct bench bench;
	int32_t value, zero;
	uint32_t lane;

	(void)state;
	start(&bench);
	for (value = -1100; value < 1100; value += LANES) {
		for (zero = -128; zero < 128; zero += 3) {
			in.scale[0] = 0x3f800000; /* 1 */
			in.scale[1] = 0x3f000000; /* 1/2 */
			in.zero = (int8_t)zero;
			in.min = (int8_t)(rng_one_in(2) ? -128 : zero);
			in.max = (int8_t)(rng_one_in(2) ? 127 : zero);
			for (lane = 0; lane < LANES; lane++)
				in.values[lane] = value + (int32_t)lane;
			clock_bench(&bench, &in);
		}
	}
	stop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_odd_products),
		cmocka_unit_test(test_odd_sums),
		cmocka_unit_test(test_bytes),
	};

	rng_start("requantize");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
