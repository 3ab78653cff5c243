// SPDX-License-Identifier: MIT
#include <float.h>
#include <math.h>

#include "quantize.h"
#include "weights_util.h"

/* Half to even without the tricks of the library. */
static int round_by_hand(double x)
{
	double down = floor(x), rest = x - down;

	if (rest > 0.5 || (rest == 0.5 && fmod(down, 2.0) != 0.0))
		down += 1.0;
	return (int)down;
}

static int quantize_by_hand(float w, float scale)
{
	int q = round_by_hand((double)fminf(fmaxf(w / scale, -200.0f), 200.0f));

	return q > 127 ? 127 : q < -127 ? -127 : q;
}

static void check_row(const float *w, uint32_t n)
{
	struct nmaccel_weight_view src, dst;
	float scale = -1.0f, max = 0.0f;
	int8_t *q = malloc(n);
	uint32_t i;

	assert_non_null(q);
	assert_ok(nmaccel_weight_view_init(&src, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32,
					   (void *)w, 1, n, 1, 1));
	assert_ok(nmaccel_weight_view_init(&dst, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, q, 1, n,
					   1, 1));
	assert_ok(nmaccel_quantize(&src, &dst, &scale));
	for (i = 0; i < n; i++)
		max = fmaxf(max, fabsf(w[i]));
	if (max == 0.0f)
		assert_true(scale == 1.0f);
	else if (max / 127.0f > 0.0f)
		assert_true(scale == max / 127.0f);
	else
		assert_true(scale > 0.0f);
	for (i = 0; i < n; i++)
		if (q[i] != quantize_by_hand(w[i], scale))
			fail_msg("%a / %a: %d, not %d", (double)w[i], (double)scale, q[i],
				 quantize_by_hand(w[i], scale));
	free(q);
}

static void test_rows(void **state)
{
	static const float rows[][6] = {
		{0.0f, -0.0f, 0.0f, 0.0f, 0.0f, 0.0f},
		{127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f},
		{-127.0f, 126.5f, 125.5f, -126.5f, 63.5f, 64.5f},
		{FLT_MAX, -FLT_MAX, FLT_MAX / 2, 1.0f, FLT_MIN, 0.0f},
		{FLT_MIN, -FLT_MIN, FLT_MIN / 2, 0x1p-149f, 0.0f, -0x1p-149f},
		{0x1p-149f, -0x1p-149f, 0.0f, 0.0f, 0.0f, 0.0f},
		{0x3fp-149f, -0x40p-149f, 0x1p-149f, 0.0f, 0.0f, 0.0f},
		{1e-30f, 1.0f, -1.0f, 0.00393700787f, 0.00393700788f, 0.0118110236f},
	};
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(rows); i++)
		check_row(rows[i], 6);
}

static void test_random_rows(void **state)
{
	float w[600];
	int round;

	(void)state;
	random_start("test_random_rows");
	for (round = 0; round < 300; round++) {
		uint32_t n = random_range(1, 600), i;
		int exponent = (int)random_range(0, 250) - 140;

		for (i = 0; i < n; i++)
			w[i] = ldexpf((float)(int)random_range(0, 2000) - 1000.0f, exponent - 10);
		check_row(w, n);
	}
}

/* All layouts and strides give the numbers of the plain one. */
static void test_strides(void **state)
{
	int round;

	(void)state;
	random_start("test_strides");
	for (round = 0; round < 20; round++) {
		struct nmaccel_weight_view src, dst;
		void *src_base, *dst_base;
		struct dense d;
		float *scales;
		uint32_t r;

		dense_random_shape(&d);
		dense_random_fill(&d);
		scales = calloc(d.rows, sizeof(*scales));
		assert_non_null(scales);
		/* With 127 in each row the scale is 1 and the numbers stay. */
		for (r = 0; r < d.count; r++)
			d.data[r] = d.data[r] == -128 ? -127 : d.data[r];
		for (r = 0; r < d.rows; r++)
			*dense_at(&d, r, 0, 0, 0) = 127;
		view_random(&src, NMACCEL_TYPE_F32, &d, &src_base);
		view_random(&dst, NMACCEL_TYPE_S8, &d, &dst_base);
		view_write(&src, &d);
		assert_ok(nmaccel_quantize(&src, &dst, scales));
		view_assert_equal(&dst, &d);
		for (r = 0; r < d.rows; r++)
			assert_true(scales[r] == 1.0f);
		free(scales);
		free(src_base);
		free(dst_base);
		dense_free(&d);
	}
}

static void test_not_finite(void **state)
{
	static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
	float w[4] = {1.0f, 2.0f, 3.0f, 4.0f}, scales[2] = {77.0f, 77.0f};
	struct nmaccel_weight_view src, dst;
	int8_t q[4] = {77, 77, 77, 77};
	size_t i;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&src, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32, w, 2, 2,
					   1, 1));
	assert_ok(nmaccel_weight_view_init(&dst, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, q, 2, 2,
					   1, 1));
	for (i = 0; i < N_ELEMENTS(bad); i++) {
		w[3] = bad[i];
		assert_fails(nmaccel_quantize(&src, &dst, scales), NMACCEL_ERR_INVALID,
			     "row 1, tap (0, 0), channel 1");
		assert_int_equal(q[0], 77);
		assert_true(scales[0] == 77.0f);
	}
}

static void test_misuse(void **state)
{
	float w[4] = {1.0f, 2.0f, 3.0f, 4.0f}, scales[2];
	struct nmaccel_weight_view src, dst, other;
	int8_t q[4];

	(void)state;
	assert_ok(nmaccel_weight_view_init(&src, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32, w, 2, 2,
					   1, 1));
	assert_ok(nmaccel_weight_view_init(&dst, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, q, 2, 2,
					   1, 1));
	assert_fails(nmaccel_quantize(NULL, &dst, scales), NMACCEL_ERR_INVALID, "src");
	assert_fails(nmaccel_quantize(&src, NULL, scales), NMACCEL_ERR_INVALID, "dst");
	assert_fails(nmaccel_quantize(&src, &dst, NULL), NMACCEL_ERR_INVALID, "scales");
	assert_fails(nmaccel_quantize(&dst, &dst, scales), NMACCEL_ERR_INVALID, "F32");
	assert_fails(nmaccel_quantize(&src, &src, scales), NMACCEL_ERR_INVALID, "S8");
	other = dst;
	other.rows = 1;
	assert_fails(nmaccel_quantize(&src, &other, scales), NMACCEL_ERR_INVALID, "shape");
	other = dst;
	other.data = w;
	assert_fails(nmaccel_quantize(&src, &other, scales), NMACCEL_ERR_INVALID, "overlap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	cmocka_unit_test(test_random_rows),
		cmocka_unit_test(test_strides), cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("quantize", tests, NULL, NULL);
}
