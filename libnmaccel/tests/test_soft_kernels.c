/* SPDX-License-Identifier: MIT */
/* Every kernel of every rung that this CPU has, against naive loops. */
#include "soft_kernel_check.h"

static const char *const isas[] = {"scalar", "avx2", "avx512"};

/* Call check for each rung, all with the same random numbers; what is skipped shows. */
static void for_each_rung(void (*check)(const struct nmaccel_soft_kernels *, struct case_rng *))
{
	uint64_t seed = case_seed();
	int isa;

	for (isa = NMACCEL_SOFT_ISA_SCALAR; isa <= NMACCEL_SOFT_ISA_AVX512; isa++) {
		struct nmaccel_soft_kernels kernels;
		struct case_rng rng = {seed};

		if (!nmaccel_soft_kernels_init(&kernels, (enum nmaccel_soft_isa)isa)) {
			print_message("# %s: SKIPPED, this CPU lacks it\n", isas[isa]);
			assert_true(isa > (int)nmaccel_soft_isa_best());
			continue;
		}
		assert_string_equal(kernels.isa, isas[isa]);
		check(&kernels, &rng);
		print_message("# %s: checked\n", isas[isa]);
	}
}

static void products(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	check_products(kernels, rng, 200);
}

static void test_products(void **state)
{
	(void)state;
	for_each_rung(products);
}

/* ---- the epilogue ---------------------------------------------------------------------------- */

static int32_t odd_number(struct case_rng *rng)
{
	static const int32_t odd[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX, 16777215,
				      16777217,	 -16777217,	0,	   -1,
				      1,	 33554433};

	if (case_random(rng) % 2)
		return odd[case_random(rng) % 10];
	return (int32_t)case_random(rng) >> (case_random(rng) % 32);
}

static uint32_t odd_scale(struct case_rng *rng)
{
	static const uint32_t odd[] = {
		0x7fc00000, 0xffc00001, 0x7f800000, 0xff800000, 0x00000001, 0x80000001, 0x007fffff,
		0x7f7fffff, 0x3f000000, 0xbf000000, 0x3e800000, 0x00000000, 0x80000000, 0x7f800001,
	};

	if (case_random(rng) % 2)
		return odd[case_random(rng) % 14];
	return case_random(rng) % 4 ? case_bits((float)(case_random(rng) % 999) * 1e-4f)
				    : case_random(rng);
}

struct finish_case {
	int32_t acc[3 * 64], comp[3];
	struct nmaccel_hw_param params[3];
	struct nmaccel_soft_finish finish;
	int32_t numbers[3 * 64]; /* acc, in the order of the columns */
};

static void finish_init(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng,
			struct finish_case *test, bool wide)
{
	struct nmaccel_soft_finish *finish = &test->finish;
	uint32_t r, c, columns = (uint32_t)case_range(rng, 1, 64);

	memset(test, 0, sizeof(*test));
	finish->params = test->params;
	finish->comp = test->comp;
	finish->columns = columns;
	memset(finish->valid, 0xff, columns);
	finish->out_zero = wide ? 0 : case_range(rng, -128, 127);
	finish->act_min = wide ? odd_number(rng) : case_range(rng, -128, 127);
	finish->act_max = wide ? odd_number(rng) : case_range(rng, -128, 127);
	if (case_random(rng) % 2 || finish->act_min > finish->act_max) {
		finish->act_min = wide ? INT32_MIN : -128;
		finish->act_max = wide ? INT32_MAX : 127;
	}
	for (r = 0; r < 3; r++) {
		test->comp[r] = odd_number(rng);
		test->params[r].bias = odd_number(rng);
		if (case_random(rng) % 2)
			test->params[r].bias = -(test->comp[r] % 16);
		test->params[r].scale = odd_scale(rng);
		for (c = 0; c < 64; c++) {
			test->numbers[64 * r + c] = odd_number(rng);
			test->acc[64 * r + check_place(kernels, c)] = test->numbers[64 * r + c];
		}
	}
}

static int64_t finish_naive(const struct finish_case *test, uint32_t r, uint32_t c, bool wide)
{
	const struct nmaccel_soft_finish *finish = &test->finish;
	struct nmaccel_hw_desc d = {.act_min = finish->act_min, .act_max = finish->act_max};
	uint32_t sum = (uint32_t)test->numbers[64 * r + c] + (uint32_t)test->comp[r] +
		       (uint32_t)test->params[r].bias;
	float f;

	if (!finish->valid[c])
		return 0;
	if (wide)
		return case_clamp((int32_t)sum, &d);
	f = (float)(int32_t)sum * case_float(test->params[r].scale);
	return case_clamp(case_round(f) + finish->out_zero, &d);
}

static void finishes(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	uint32_t round, r, c;

	for (round = 0; round < 4000; round++) {
		uint32_t bytes = round % 2 ? 3 * 256 : 3 * 64;
		uint8_t *memory = check_guarded(bytes);
		struct finish_case *test = case_alloc(sizeof(*test));
		int32_t wide[3 * 64];

		finish_init(kernels, rng, test, round % 2);
		if (round % 2)
			kernels->finish_s32(memory + CASE_GUARD, test->acc, 3, &test->finish);
		else
			kernels->finish_s8(memory + CASE_GUARD, test->acc, 3, &test->finish);
		memcpy(wide, memory + CASE_GUARD, bytes);
		for (r = 0; r < 3; r++)
			for (c = 0; c < 64; c++)
				assert_int_equal(round % 2
							 ? wide[64 * r + c]
							 : (int8_t)memory[CASE_GUARD + 64 * r + c],
						 finish_naive(test, r, c, round % 2));
		check_guards(memory, bytes);
		free(memory);
		free(test);
	}
}

static void test_finishes(void **state)
{
	(void)state;
	for_each_rung(finishes);
}

/* Products that end in just .5, on both sides of zero, round to even. */
static void ties(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	struct finish_case *test = case_alloc(sizeof(*test));
	int8_t out[64];
	uint32_t c;

	finish_init(kernels, rng, test, false);
	test->finish.columns = 64;
	memset(test->finish.valid, 0xff, 64);
	test->finish.out_zero = 0;
	test->finish.act_min = -128;
	test->finish.act_max = 127;
	test->params[0].bias = test->comp[0] = 0;
	test->params[0].scale = case_bits(0.5f);
	for (c = 0; c < 64; c++)
		test->acc[check_place(kernels, c)] = (int32_t)c * 2 - 63;
	kernels->finish_s8(out, test->acc, 1, &test->finish);
	for (c = 0; c < 64; c++) {
		/* -31.5 -> -32, -30.5 -> -30, ... 30.5 -> 30, 31.5 -> 32 */
		int32_t low = (int32_t)c - 32;

		assert_int_equal(out[c], low % 2 ? low + 1 : low);
	}
	free(test);
}

static void test_ties(void **state)
{
	(void)state;
	for_each_rung(ties);
}

/* ---- element by element ---------------------------------------------------------------------- */

/* All pairs of elements. */
static void adds(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	uint32_t round, i;
	int8_t *a = case_alloc(65536), *b = case_alloc(65536);

	for (i = 0; i < 65536; i++) {
		a[i] = (int8_t)i;
		b[i] = (int8_t)(i >> 8);
	}
	for (round = 0; round < 20; round++) {
		uint8_t *memory = check_guarded(65536);
		struct nmaccel_soft_add add = {
			.zero = {case_range(rng, -128, 127), case_range(rng, -128, 127)},
			.scale = {case_float(odd_scale(rng)), case_float(odd_scale(rng))},
			.out_zero = case_range(rng, -128, 127),
			.act_min = case_range(rng, -128, 0),
			.act_max = case_range(rng, 0, 127),
		};
		struct nmaccel_hw_desc d = {.act_min = add.act_min, .act_max = add.act_max};

		/* Over one of its inputs, which element by element is harmless. */
		memcpy(memory + CASE_GUARD, a, 65536);
		kernels->add((int8_t *)memory + CASE_GUARD, (int8_t *)memory + CASE_GUARD, b, 65536,
			     &add);
		for (i = 0; i < 65536; i++) {
			float fa = (float)(a[i] - add.zero[0]) * add.scale[0];
			float fb = (float)(b[i] - add.zero[1]) * add.scale[1];
			float f = fa + fb;

			assert_int_equal((int8_t)memory[CASE_GUARD + i],
					 case_clamp(case_round(f) + add.out_zero, &d));
		}
		check_guards(memory, 65536);
		free(memory);
	}
	free(a);
	free(b);
}

static void test_adds(void **state)
{
	(void)state;
	for_each_rung(adds);
}

static void averages(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	uint32_t round, i;

	for (round = 0; round < 1000; round++) {
		uint8_t *memory = check_guarded(128);
		struct nmaccel_soft_average average = {
			.out_zero = case_range(rng, -128, 127),
			.act_min = case_range(rng, -128, 0),
			.act_max = case_range(rng, 0, 127),
		};
		struct nmaccel_hw_desc d = {.act_min = average.act_min, .act_max = average.act_max};
		int32_t sums[128];

		memset(average.valid, 0xff, (size_t)case_range(rng, 1, 64));
		for (i = 0; i < 64; i++) {
			average.scale[i] = case_float(odd_scale(rng));
			average.bias[i] = case_range(rng, -1000, 1000);
		}
		for (i = 0; i < 128; i++)
			sums[i] = case_range(rng, -100000, 100000) >> (case_random(rng) % 16);
		kernels->average((int8_t *)memory + CASE_GUARD, sums, 2, &average);
		for (i = 0; i < 128; i++) {
			float f = (float)(sums[i] - average.bias[i % 64]) * average.scale[i % 64];
			int64_t q = case_clamp(case_round(f) + average.out_zero, &d);

			assert_int_equal((int8_t)memory[CASE_GUARD + i],
					 average.valid[i % 64] ? q : 0);
		}
		check_guards(memory, 128);
		free(memory);
	}
}

static void test_averages(void **state)
{
	(void)state;
	for_each_rung(averages);
}

static void pools(const struct nmaccel_soft_kernels *kernels, struct case_rng *rng)
{
	uint32_t round, i;

	for (round = 0; round < 1000; round++) {
		uint8_t *max_memory = check_guarded(3 * 64);
		uint8_t *sum_memory = check_guarded(3 * 256);
		int8_t *max = (int8_t *)max_memory + CASE_GUARD;
		int32_t *sum = (int32_t *)(sum_memory + CASE_GUARD);
		int8_t src[3 * 64], old_max[3 * 64];
		int32_t old_sum[3 * 64];
		struct check_gather gather;

		check_gather_init(rng, &gather, 64, 16);
		for (i = 0; i < 3 * 64; i++) {
			src[i] = (int8_t)case_random(rng);
			max[i] = old_max[i] = (int8_t)case_random(rng);
			sum[i] = old_sum[i] = case_range(rng, -1000000, 1000000);
		}
		kernels->pool_max(max, src, 3, &gather.gather);
		kernels->pool_sum(sum, src, 3, &gather.gather);
		for (i = 0; i < 3 * 64; i++) {
			int8_t x = check_gathered(&gather, src + i / 64 * 64, i % 64);

			assert_int_equal(max[i], x > old_max[i] ? x : old_max[i]);
			assert_int_equal(sum[i], old_sum[i] + x);
		}
		check_guards(max_memory, 3 * 64);
		check_guards(sum_memory, 3 * 256);
		free(max_memory);
		free(sum_memory);
	}
}

static void test_pools(void **state)
{
	(void)state;
	for_each_rung(pools);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products), cmocka_unit_test(test_finishes),
		cmocka_unit_test(test_ties),	 cmocka_unit_test(test_adds),
		cmocka_unit_test(test_averages), cmocka_unit_test(test_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
