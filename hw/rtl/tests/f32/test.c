// SPDX-License-Identifier: MIT
/* Products and sums against the processor's, at the edges of rounding and at random. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "../requantize/number.h"
#include "shim.h"

#define CLOCKS 1500000u

struct bench {
	struct f32_dut *dut;
	struct f32_out expected[BENCH_CLOCKS];
	uint64_t clocks;
};

/* Subnormals are zeros, as operands and as results. */
static float flush(float value)
{
	return fabsf(value) < 0x1p-126f ? copysignf(0.0f, value) : value;
}

static void check(const char *what, uint64_t number, uint64_t expected)
{
	if (number_meaning(number) != number_meaning(expected))
		fail_msg("%s: %09llx, not %09llx", what, (unsigned long long)number,
			 (unsigned long long)expected);
}

static void step(struct bench *bench, int32_t integer, uint32_t scale, uint32_t left,
		 uint32_t right)
{
	const struct f32_in in = {
		.integer = integer,
		.scale = scale,
		.left = left,
		.right = right,
	};
	struct f32_out *expected = &bench->expected[bench->clocks % BENCH_CLOCKS];
	struct f32_out out;

	f32_clock(bench->dut, &in, &out);
	if (bench->clocks++ >= BENCH_CLOCKS) {
		check("product", out.product, expected->product);
		check("sum", out.sum, expected->sum);
	}
	expected->product = number_pack(number_bits((float)integer * flush(number_float(scale))));
	expected->sum =
		number_pack(number_bits(flush(number_float(left)) + flush(number_float(right))));
}

static void start(struct bench *bench)
{
	*bench = (struct bench){.dut = f32_create()};
	assert_non_null(bench->dut);
}

static void stop(struct bench *bench)
{
	uint32_t i;

	for (i = 0; i < BENCH_CLOCKS; i++)
		step(bench, 0, 0, 0, 0);
	f32_destroy(bench->dut);
}

/* An integer of some bits at some place, most others being equal. */
static int32_t random_integer(void)
{
	const uint32_t width = rng_range(1, 31);
	uint32_t value = (uint32_t)rng_u64() >> (32 - width);

	if (rng_one_in(2)) /* a run of ones, and little more */
		value = ((1u << width) - 1u) ^ (uint32_t)rng_u64() >> rng_range(16, 31);
	value <<= rng_range(0, 32 - width);
	return (int32_t)(rng_one_in(2) ? value : 0u - value);
}

/* The same for fractions, with an exponent in the given range. */
static uint32_t random_number(uint32_t least, uint32_t most)
{
	const uint32_t sign = (uint32_t)rng_range(0, 1) << 31;
	uint32_t fraction = (uint32_t)rng_u64() & 0x7fffff;

	if (rng_one_in(2)) {
		fraction = (uint32_t)rng_u64() & 0x7fffff & (uint32_t)rng_u64() >> rng_range(9, 31);
		fraction ^= rng_one_in(2) ? 0x7fffff : 0;
		fraction ^= rng_one_in(2) ? 0x7fffff >> rng_range(0, 22) : 0;
	}
	return sign | rng_range(least, most) << 23 | fraction;
}

static void test_random(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < CLOCKS; i++) {
		const uint32_t left = random_number(100, 130);

		step(&bench, random_integer(), random_number(1, 254), left,
		     rng_one_in(4) ? left ^ 0x80000000 ^ rng_range(0, 3) : random_number(100, 130));
	}
	stop(&bench);
}

/* The inverse of an odd number modulo 2^32. */
static uint32_t inverse(uint32_t odd)
{
	uint32_t result = odd, i;

	for (i = 0; i < 4; i++)
		result *= 2u - odd * result;
	return result;
}

/* Products that lie halfway between two numbers, and next to that. */
static void test_product_ties(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < CLOCKS / 4; i++) {
		const uint32_t integer = rng_range(1u << 22, (1u << 23) - 1u) * 2u + 1u;
		/* Below the product's last digit are 23 bits of it, or 24. */
		const uint32_t rest = (rng_one_in(2) ? 1u << 22 : 0) + rng_range(0, 4) - 2u;
		const uint32_t fraction = (rest * inverse(integer)) & 0x7fffff;

		step(&bench, (int32_t)integer, 100u << 23 | fraction, 0, 0);
	}
	stop(&bench);
}

/* Where exponents end. */
static void test_ends(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench);
	for (i = 0; i < CLOCKS / 4; i++) {
		const uint32_t high = rng_one_in(2) ? 222 : 1;

		step(&bench, random_integer(), random_number(high, high + 32),
		     random_number(high, high + 32), random_number(high, high + 32));
	}
	stop(&bench);
}

static void test_odd(void **state)
{
	struct bench bench;
	uint32_t i, j;

	(void)state;
	start(&bench);
	for (i = 0; i < ODD_NUMBERS; i++) {
		for (j = 0; j < ODD_NUMBERS; j++)
			step(&bench, (int32_t)(j < 16 ? j : 1u << j), odd_numbers[i],
			     odd_numbers[i], odd_numbers[j]);
		for (j = 0; j < 1000; j++)
			step(&bench, random_integer(), odd_numbers[i], odd_numbers[i],
			     random_number(1, 254));
		for (j = 0; j < 1000; j++)
			step(&bench, rng_one_in(2) ? INT32_MIN : INT32_MAX, odd_numbers[i],
			     random_number(1, 254), odd_numbers[i]);
	}
	stop(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_product_ties),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_odd),
	};

	rng_start("f32");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
