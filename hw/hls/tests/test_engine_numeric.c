// SPDX-License-Identifier: MIT
/* The engine's rounding against the C library's, at all edges and at random. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../src/numeric.h"
#include "expect.h"
#include "rng.h"

#define RANDOM_VALUES 2000000u

static void check_round(uint32_t bits)
{
	const float value = engine_f32(bits);

	if (engine_round(value) != expect_round(value))
		fail_msg("round(%a): %d, not %lld", (double)value, engine_round(value),
			 (long long)expect_round(value));
}

/* The value, its neighbours, and the negatives of all three. */
static void check_around(float value)
{
	uint32_t bits, i;

	memcpy(&bits, &value, sizeof(bits));
	for (i = 0; i < 3; i++) {
		check_round(bits + i - 1u);
		check_round((bits + i - 1u) ^ 0x80000000);
	}
}

static void test_round_edges(void **state)
{
	uint32_t i;

	(void)state;
	check_round(0);
	check_round(0x80000000);
	check_around(INFINITY);
	check_around(NAN);
	check_around(1.401298464e-45f);
	check_around(1.17549435e-38f);
	check_around(3.40282347e+38f);
	for (i = 0; i < 24; i++) {
		check_around((float)(1u << i));
		check_around((float)(1u << i) + 0.5f);
		check_around((float)(1u << i) - 0.5f);
	}
	check_around(16777216.0f);
	check_around(8388608.0f);
	check_around(8388607.5f);
	for (i = 0; i < 100000; i++) {
		check_around((float)i);
		check_around((float)i + 0.5f);
	}
	assert_int_equal(engine_round(NAN), -16777216);
	assert_int_equal(engine_round(-NAN), -16777216);
	assert_int_equal(engine_round(INFINITY), 16777216);
	assert_int_equal(engine_round(-INFINITY), -16777216);
	assert_int_equal(engine_round(0.5f), 0);
	assert_int_equal(engine_round(1.5f), 2);
	assert_int_equal(engine_round(2.5f), 2);
	assert_int_equal(engine_round(-0.5f), 0);
	assert_int_equal(engine_round(-1.5f), -2);
}

static void test_round_random(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < RANDOM_VALUES; i++)
		check_round((uint32_t)rng_u64());
	/* Most random exponents are far from the range where rounding does something. */
	for (i = 0; i < RANDOM_VALUES; i++)
		check_round(((uint32_t)rng_u64() & 0x807fffff) | rng_range(120, 152) << 23);
}

static void test_clamp(void **state)
{
	(void)state;
	assert_int_equal(engine_clamp(5, -3, 4), 4);
	assert_int_equal(engine_clamp(-5, -3, 4), -3);
	assert_int_equal(engine_clamp(4, -3, 4), 4);
	assert_int_equal(engine_clamp(INT32_MAX, INT32_MIN, INT32_MAX), INT32_MAX);
	assert_int_equal(engine_clamp(INT32_MIN, INT32_MIN, INT32_MAX), INT32_MIN);
	assert_int_equal(engine_clamp(0, 7, 7), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_edges),
		cmocka_unit_test(test_round_random),
		cmocka_unit_test(test_clamp),
	};

	rng_start("test_engine_numeric");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
