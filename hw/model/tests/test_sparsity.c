/* SPDX-License-Identifier: MIT */
/* Counting against trying out all ways, and against the numbers of the literature survey. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sparsity.h"

#define NEAR 1e-9

static void near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.12g is not %.12g", a, b);
}

static uint32_t count_bits(uint32_t word)
{
	return (uint32_t)__builtin_popcount(word);
}

static bool keeps(uint32_t word, uint32_t size, uint32_t cell, uint32_t bound)
{
	for (uint32_t at = 0; at < size; at += cell)
		if (count_bits(word >> at & ((1u << cell) - 1)) > bound)
			return false;
	return true;
}

static void groups_by_trying(void **state)
{
	uint32_t tried = 0;

	(void)state;
	for (uint32_t size = 1; size <= 13; size++)
		for (uint32_t n = 1; n <= size; n++)
			for (uint32_t cell = 2; cell <= 8; cell *= 2)
				for (uint32_t bound = 1; bound <= cell; bound++) {
					uint32_t all = 0, good = 0;

					for (uint32_t word = 0; word < 1u << size; word++) {
						if (count_bits(word) != n)
							continue;
						all++;
						good += keeps(word, size, cell, bound);
					}
					near(sparsity_group_keeps(size, n, cell, bound),
					     (double)good / all, NEAR);
					tried++;
				}
	assert_int_equal(tried, 91 * 14);
}

/* 8:128 on an array that takes N:4, and 16:128, as the survey of rivals counted them. */
static void rows_of_8_128(void **state)
{
	static const struct {
		uint32_t k, bound;
		double percent;
	} rows[] = {{128, 1, 48}, {512, 1, 5.4}, {1024, 1, 0.3}, {128, 2, 98},
		    {512, 2, 92}, {1024, 2, 85}, {2048, 2, 72}};
	const struct cycles_pattern p8 = {8, 128}, p16 = {16, 128};
	struct cycles_layer layer = {.kernel_h = 1, .kernel_w = 1, .rows = 1, .channels = 512};

	(void)state;
	near(100 * sparsity_row_keeps(&layer, p16, 4, 2), 44, 0.5);
	near(100 * sparsity_row_keeps(&layer, p8, 8, 4), 99.9, 0.05);
	near(100 * sparsity_row_keeps(&layer, p8, 8, 3), 97, 0.5);
	near(100 * sparsity_row_keeps(&layer, p8, 8, 2), 59, 0.5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		layer.channels = rows[i].k;
		near(100 * sparsity_row_keeps(&layer, p8, 4, rows[i].bound), rows[i].percent, 0.5);
	}
}

/* Fine patterns keep a bound always or never. */
static void rows_of_fine_patterns(void **state)
{
	static const struct {
		struct cycles_pattern pattern;
		uint32_t channels, cell, least;
	} rows[] = {{{2, 4}, 64, 4, 2}, {{1, 4}, 64, 4, 1}, {{1, 2}, 64, 4, 2}, {{1, 1}, 64, 4, 4},
		    {{2, 4}, 64, 8, 4}, {{1, 4}, 64, 8, 2}, {{1, 1}, 64, 8, 8}, {{1, 1}, 3, 8, 3},
		    {{2, 4}, 3, 4, 2},	{{1, 2}, 64, 8, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cycles_layer layer = {
			.kernel_h = 3, .kernel_w = 3, .rows = 1, .channels = rows[i].channels};

		for (uint32_t bound = 1; bound <= rows[i].cell; bound++)
			near(sparsity_row_keeps(&layer, rows[i].pattern, rows[i].cell, bound),
			     bound >= rows[i].least, 0);
	}
}

/* Channels [3, 9) of groups of 4 holding 1: parts of 1 in 4, a whole group, 1 in 4. */
static void counts_by_hand(void **state)
{
	struct sparsity_count count;

	(void)state;
	sparsity_count_start(&count);
	sparsity_count_add(&count, 12, (struct cycles_pattern){1, 4}, 3, 9);
	assert_int_equal(count.sure, 1);
	assert_int_equal(count.most, 2);
	near(count.chance[0], 9.0 / 16, NEAR);
	near(count.chance[1], 6.0 / 16, NEAR);
	near(count.chance[2], 1.0 / 16, NEAR);
	near(sparsity_count_mean(&count), 1.5, NEAR);
	near(sparsity_count_steps(&count, 1), 1.5, NEAR);
	near(sparsity_count_steps(&count, 2), 1 + 1.0 / 16, NEAR);
	/* What is left of the channels is a group of its own: 9 .. 9 of 10, which is dense. */
	sparsity_count_start(&count);
	sparsity_count_add(&count, 10, (struct cycles_pattern){2, 4}, 8, 10);
	assert_int_equal(count.sure, 2);
	assert_int_equal(count.most, 0);
}

/* All chances make 1, and the mean is what the density says, whatever is cut. */
static void counts_are_whole(void **state)
{
	static const struct cycles_pattern patterns[] = {{1, 1},    {1, 2},   {2, 4},
							 {32, 128}, {8, 128}, {8, 256}};

	(void)state;
	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++)
		for (uint32_t from = 0; from < 256; from += 7)
			for (uint32_t to = from; to <= 256; to += 5) {
				struct sparsity_count count;
				double sum = 0;

				sparsity_count_start(&count);
				sparsity_count_add(&count, 256, patterns[p], from, to);
				for (uint32_t i = 0; i <= count.most; i++)
					sum += count.chance[i];
				near(sum, 1, NEAR);
				near(sparsity_count_mean(&count),
				     (to - from) * (double)patterns[p].n / patterns[p].m, 1e-7);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_by_trying),	 cmocka_unit_test(rows_of_8_128),
		cmocka_unit_test(rows_of_fine_patterns), cmocka_unit_test(counts_by_hand),
		cmocka_unit_test(counts_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
