// SPDX-License-Identifier: MIT
/* The divider against the processor's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "../requantize/number.h"
#include "shim.h"

#define MOST_CLOCKS 44u

/* A quotient below 2^-126 is a zero, also one that rounds up to it as a subnormal. */
static uint64_t expect(uint32_t scale, uint16_t count)
{
	const float value = number_float(scale);
	const float quotient = value / (float)count;

	if (fabsf(value) < 1.0f && fabsf(value * 0x1p24f / (float)count) < 0x1p-102f)
		return number_pack(scale & 0x80000000);
	return number_pack(number_bits(quotient));
}

static void check(struct divide_dut *dut, uint32_t scale, uint16_t count)
{
	const uint64_t expected = expect(scale, count);
	uint64_t quotient;
	const uint32_t clocks = divide(dut, number_pack(scale), count, &quotient);

	assert_in_range(clocks, 1, MOST_CLOCKS);
	if (number_meaning(quotient) != number_meaning(expected))
		fail_msg("%08x / %u: %09llx, not %09llx", scale, count,
			 (unsigned long long)quotient, (unsigned long long)expected);
}

static void test_all_counts(void **state)
{
	struct divide_dut *dut = divide_create();
	uint32_t count;

	(void)state;
	for (count = 1; count < 65536; count++) {
		check(dut, 0x3f800000, (uint16_t)count);
		check(dut, (uint32_t)rng_u64(), (uint16_t)count);
	}
	divide_destroy(dut);
}

static void test_odd_scales(void **state)
{
	const uint32_t counts[] = {1, 2, 3, 4, 9, 49, 255, 256, 257, 32767, 32768, 32769, 65025};
	struct divide_dut *dut = divide_create();
	uint32_t i, j;

	(void)state;
	for (i = 0; i < ODD_NUMBERS; i++)
		for (j = 0; j < sizeof(counts) / sizeof(counts[0]); j++)
			check(dut, odd_numbers[i], (uint16_t)counts[j]);
	divide_destroy(dut);
}

static void test_random(void **state)
{
	struct divide_dut *dut = divide_create();
	uint32_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		check(dut, number_random(1.0f),
		      (uint16_t)rng_range(1, rng_one_in(2) ? 100 : 65535));
	divide_destroy(dut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_counts),
		cmocka_unit_test(test_odd_scales),
		cmocka_unit_test(test_random),
	};

	rng_start("f32_divide");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
