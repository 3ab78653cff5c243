// SPDX-License-Identifier: MIT
/* The reference against values worked out by hand: it is what all else is measured against. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reference.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ref_epilogue to_s32 = {.type = REF_S32};

static struct ref_tensor make_tensor(enum ref_type type, size_t batch, size_t height, size_t width,
				     size_t channels, float scale, int32_t zero, const int32_t *q)
{
	struct ref_tensor t = {
		.type = type,
		.batch = batch,
		.height = height,
		.width = width,
		.channels = channels,
		.scale = scale,
		.zero_point = zero,
	};

	assert_true(ref_tensor_alloc(&t));
	memcpy(t.q, q, ref_tensor_count(&t) * sizeof(*q));
	return t;
}

static void expect_values(struct ref_tensor *t, const int32_t *q, size_t count)
{
	assert_int_equal(ref_tensor_count(t), count);
	for (size_t i = 0; i < count; i++)
		if (t->q[i] != q[i])
			fail_msg("element %zu is %d, not %d", i, t->q[i], q[i]);
	ref_tensor_free(t);
}

static void test_round_ties(void **state)
{
	static const struct {
		float in;
		int32_t out;
	} cases[] = {
		{0.0f, 0},
		{-0.0f, 0},
		{0.5f, 0},
		{1.5f, 2},
		{2.5f, 2},
		{3.5f, 4},
		{-0.5f, 0},
		{-1.5f, -2},
		{-2.5f, -2},
		{0.49999997f, 0},
		{0.50000006f, 1},
		{-0.50000006f, -1},
		{126.5f, 126},
		{127.5f, 128},
		{8388607.5f, 8388608},
		{16777215.0f, 16777215},
		{16777216.0f, 16777216},
		{3e38f, 16777216},
		{-3e38f, -16777216},
		{INFINITY, 16777216},
		{-INFINITY, -16777216},
		{NAN, -16777216},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (ref_round_half_even(cases[i].in) != cases[i].out)
			fail_msg("%a rounds to %d, not %d", (double)cases[i].in,
				 ref_round_half_even(cases[i].in), cases[i].out);
}

/* The C library rounds half to even in its default mode; it is a second opinion on all binades. */
static void test_round_against_libm(void **state)
{
	(void)state;
	for (uint64_t step = 0; step < UINT32_MAX; step += 65521) {
		uint32_t bits = (uint32_t)step;
		float f;

		memcpy(&f, &bits, sizeof(f));
		if (isnan(f) || fabsf(f) > 16777216.0f)
			continue;
		if (ref_round_half_even(f) != (int32_t)nearbyintf(f))
			fail_msg("%a rounds to %d", (double)f, ref_round_half_even(f));
	}
}

static void test_wrap(void **state)
{
	(void)state;
	assert_int_equal(ref_wrap32(0), 0);
	assert_int_equal(ref_wrap32(INT32_MAX), INT32_MAX);
	assert_int_equal(ref_wrap32((int64_t)INT32_MAX + 1), INT32_MIN);
	assert_int_equal(ref_wrap32((int64_t)INT32_MIN - 1), INT32_MAX);
	assert_int_equal(ref_wrap32(INT64_C(0x1200000005)), 5);
	assert_int_equal(ref_wrap32(-1), -1);
}

static void test_quantise(void **state)
{
	struct ref_epilogue u8 = {.type = REF_U8, .scale = 0.5f, .zero_point = 3};
	struct ref_epilogue s8 = {.type = REF_S8, .scale = 0.5f, .zero_point = -128};

	(void)state;
	assert_int_equal(ref_quantise(&u8, 2.5f), 5);
	assert_int_equal(ref_quantise(&u8, -3.4f), 0);
	assert_int_equal(ref_quantise(&u8, 300.0f), 255);
	assert_int_equal(ref_quantise(&s8, 255.5f), 127);
	assert_int_equal(ref_quantise(&s8, -1.0f), -128);

	u8.activation = REF_RELU;
	assert_int_equal(ref_quantise(&u8, -1.0f), 3);
	assert_int_equal(ref_quantise(&u8, 1.0f), 4);

	u8.activation = REF_CLAMP;
	u8.clamp_min = -0.5f; /* 2 */
	u8.clamp_max = 6.0f;  /* 15 */
	assert_int_equal(ref_quantise(&u8, -9.0f), 2);
	assert_int_equal(ref_quantise(&u8, 9.0f), 12);
	assert_int_equal(ref_quantise(&u8, 13.0f), 15);
}

static void test_linear(void **state)
{
	/* Two tokens of three features, u8 with zero point 10; real values scale 0.5. */
	static const int32_t x[] = {10, 11, 12, 255, 0, 10};
	int8_t w[] = {1, 2, 3, -128, 127, 0};
	float scale[] = {0.25f, 1.0f};
	static const int32_t bias[] = {100, -7};
	struct ref_weights weights = {2, 1, 1, 3, 1, w, scale};
	struct ref_epilogue s8 = {.type = REF_S8, .scale = 2.0f, .zero_point = 1};
	struct ref_tensor in = make_tensor(REF_U8, 2, 1, 1, 3, 0.5f, 10, x);
	struct ref_tensor out;

	(void)state;
	/* 1*2 + 2*3 + 100 = 108; 127 - 7 = 120; 245 - 20 + 100 = 325; -128*245 - 1270 - 7. */
	assert_true(ref_linear(&in, &weights, bias, &to_s32, &out));
	expect_values(&out, (const int32_t[]){108, 120, 325, -32637}, 4);

	/* Multipliers 0.0625 and 0.25: 6.75 -> 7, 30, 20.3125 -> 20, saturated; then + 1. */
	assert_true(ref_linear(&in, &weights, bias, &s8, &out));
	expect_values(&out, (const int32_t[]){8, 31, 21, -128}, 4);
	ref_tensor_free(&in);
}

static void test_linear_float(void **state)
{
	static const int32_t x[] = {-3, 5};
	int8_t w[] = {2, 1, -1, -1};
	float scale[] = {0.25f, 0.5f};
	struct ref_weights weights = {2, 1, 1, 2, 1, w, scale};
	struct ref_epilogue f32 = {.type = REF_F32};
	struct ref_tensor in = make_tensor(REF_S8, 1, 1, 1, 2, 0.5f, 0, x);
	struct ref_tensor out;

	(void)state;
	assert_true(ref_linear(&in, &weights, NULL, &f32, &out));
	assert_true(out.f[0] == -0.125f && out.f[1] == -0.5f);
	ref_tensor_free(&out);

	f32.activation = REF_RELU;
	assert_true(ref_linear(&in, &weights, NULL, &f32, &out));
	assert_true(out.f[0] == 0.0f && out.f[1] == 0.0f);
	ref_tensor_free(&out);
	ref_tensor_free(&in);
}

/* 255 * -128 * 131071 needs 33 bits: the accumulator keeps the low 32. */
static void test_linear_wraps(void **state)
{
	enum {
		K = 131071
	};
	struct ref_tensor in = {
		.type = REF_U8, .batch = 1, .height = 1, .width = 1, .channels = K, .scale = 1.0f};
	float scale = 1.0f;
	struct ref_weights weights = {1, 1, 1, K, 1, malloc(K), &scale};
	struct ref_tensor out;

	(void)state;
	assert_non_null(weights.w);
	assert_true(ref_tensor_alloc(&in));
	for (size_t k = 0; k < K; k++) {
		in.q[k] = 255;
		weights.w[k] = -128;
	}
	assert_true(ref_linear(&in, &weights, NULL, &to_s32, &out));
	expect_values(&out, (const int32_t[]){(int32_t)(4294967296 - 4278157440)}, 1);
	free(weights.w);
	ref_tensor_free(&in);
}

static void test_conv_padding_and_stride(void **state)
{
	/* 3 x 3 image 1 .. 9 with zero point 1, 2 x 2 kernel, one row of padding above and left. */
	static const int32_t x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	int8_t w[] = {1, 10, 100, -1};
	float scale = 1.0f;
	struct ref_weights weights = {1, 2, 2, 1, 1, w, &scale};
	struct ref_window window = {.stride_h = 2,
				    .stride_w = 1,
				    .dilation_h = 1,
				    .dilation_w = 1,
				    .pad_top = 1,
				    .pad_left = 1};
	struct ref_tensor in = make_tensor(REF_U8, 1, 3, 3, 1, 1.0f, 1, x);
	struct ref_tensor out;

	(void)state;
	assert_true(ref_conv2d(&in, &weights, NULL, &window, &to_s32, &out));
	assert_int_equal(out.height, 2);
	assert_int_equal(out.width, 3);
	/* The image less its zero point: 0 1 2 / 3 4 5 / 6 7 8, and zeros around it. */
	expect_values(&out,
		      (const int32_t[]){0, -1, 98, 30 - 6, 3 + 40 + 600 - 7, 4 + 50 + 700 - 8}, 6);
	ref_tensor_free(&in);
}

static void test_conv_groups_and_dilation(void **state)
{
	/* One row of four pixels with two channels, each its own group; taps two pixels apart. */
	static const int32_t x[] = {1, 10, 2, 20, 3, 30, 4, 40};
	int8_t w[] = {1, 2, 3, -1};
	float scale[] = {1.0f, 1.0f};
	struct ref_weights weights = {2, 1, 2, 1, 2, w, scale};
	struct ref_window window = {.stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 2};
	struct ref_tensor in = make_tensor(REF_S8, 1, 1, 4, 2, 1.0f, 0, x);
	struct ref_tensor out;

	(void)state;
	assert_true(ref_conv2d(&in, &weights, NULL, &window, &to_s32, &out));
	expect_values(&out, (const int32_t[]){1 + 6, 30 - 30, 2 + 8, 60 - 40}, 4);
	ref_tensor_free(&in);
}

static void test_conv_batch_and_rows(void **state)
{
	static const int32_t x[] = {1, 2, 3, 4};
	int8_t w[] = {1, 1, 2, -1};
	float scale[] = {1.0f, 1.0f};
	struct ref_weights weights = {2, 1, 1, 2, 1, w, scale};
	struct ref_window window = {.stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1};
	struct ref_tensor in = make_tensor(REF_S8, 2, 1, 1, 2, 1.0f, 0, x);
	struct ref_tensor out;

	(void)state;
	assert_true(ref_conv2d(&in, &weights, (const int32_t[]){5, 0}, &window, &to_s32, &out));
	expect_values(&out, (const int32_t[]){8, 0, 12, 2}, 4);
	ref_tensor_free(&in);
}

static void test_add(void **state)
{
	static const int32_t xa[] = {10, 11, 255, 0};
	static const int32_t xb[] = {0, 1, 127, -128};
	struct ref_tensor a = make_tensor(REF_U8, 1, 1, 2, 2, 0.5f, 10, xa);
	struct ref_tensor b = make_tensor(REF_S8, 1, 1, 2, 2, 0.25f, 0, xb);
	struct ref_epilogue u8 = {.type = REF_U8, .scale = 0.5f, .zero_point = 100};
	struct ref_tensor out;

	(void)state;
	/* (a - 10) + b / 2: 0, 1.5 -> 2, 245 + 63.5 saturates, -10 - 64. */
	assert_true(ref_add(&a, &b, &u8, &out));
	expect_values(&out, (const int32_t[]){100, 102, 255, 26}, 4);

	u8.activation = REF_RELU;
	assert_true(ref_add(&a, &b, &u8, &out));
	expect_values(&out, (const int32_t[]){100, 102, 255, 100}, 4);
	ref_tensor_free(&a);
	ref_tensor_free(&b);
}

static void test_max_pool(void **state)
{
	static const int32_t x[] = {-5, -6, -7, -8};
	struct ref_tensor in = make_tensor(REF_S8, 1, 2, 2, 1, 1.0f, 3, x);
	struct ref_window window = {.kernel_h = 2,
				    .kernel_w = 2,
				    .stride_h = 2,
				    .stride_w = 2,
				    .dilation_h = 1,
				    .dilation_w = 1,
				    .pad_top = 2,
				    .pad_left = 1,
				    .pad_right = 1};
	struct ref_tensor out;

	(void)state;
	/* The upper windows see padding only: the smallest value of the type. */
	assert_true(ref_max_pool(&in, &window, &out));
	expect_values(&out, (const int32_t[]){-128, -128, -5, -6}, 4);
	ref_tensor_free(&in);
}

static void test_average_pool(void **state)
{
	static const int32_t x[] = {1, 2, 3, 5};
	struct ref_tensor in = make_tensor(REF_U8, 1, 2, 2, 1, 1.0f, 1, x);
	struct ref_window window = {.kernel_h = 2,
				    .kernel_w = 2,
				    .stride_h = 2,
				    .stride_w = 2,
				    .dilation_h = 1,
				    .dilation_w = 1};
	struct ref_epilogue s8 = {.type = REF_S8, .scale = 0.5f, .zero_point = -2};
	struct ref_tensor out;

	(void)state;
	/* (0 + 1 + 2 + 4) / 4 / 0.5 = 3.5 -> 4. */
	assert_true(ref_average_pool(&in, &window, false, &s8, &out));
	expect_values(&out, (const int32_t[]){2}, 1);

	/* Windows of one pixel and of padding only. */
	window.pad_top = 1;
	window.pad_left = 3;
	assert_true(ref_average_pool(&in, &window, false, &s8, &out));
	expect_values(&out, (const int32_t[]){-2, 0 - 2}, 2);

	window.pad_left = 1;
	window.pad_bottom = 1;
	window.pad_right = 1;
	assert_true(ref_average_pool(&in, &window, false, &s8, &out));
	expect_values(&out, (const int32_t[]){-2, 0, 2, 6}, 4);
	assert_true(ref_average_pool(&in, &window, true, &s8, &out));
	expect_values(&out, (const int32_t[]){-2, -2, -1, 0}, 4);
	ref_tensor_free(&in);
}

static void test_layouts(void **state)
{
	static const int8_t nchw[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct ref_tensor t = {.type = REF_S8, .batch = 1, .height = 2, .width = 2, .channels = 2};
	int8_t back[8];

	(void)state;
	assert_true(ref_tensor_alloc(&t));
	ref_tensor_read(&t, REF_NCHW, nchw);
	ref_tensor_write(&t, REF_NCHW, back);
	assert_memory_equal(back, nchw, sizeof(back));
	ref_tensor_write(&t, REF_NHWC, back);
	assert_memory_equal(back, ((const int8_t[]){1, 5, 2, 6, 3, 7, 4, 8}), sizeof(back));
	ref_tensor_free(&t);
}

static void test_wrong_arguments(void **state)
{
	static const int32_t x[] = {1, 2};
	int8_t w[] = {1, 1, 1};
	float scale = 1.0f;
	struct ref_weights weights = {1, 1, 1, 3, 1, w, &scale};
	struct ref_window window = {.kernel_h = 3,
				    .kernel_w = 1,
				    .stride_h = 1,
				    .stride_w = 1,
				    .dilation_h = 1,
				    .dilation_w = 1};
	struct ref_epilogue clamped = {.type = REF_S32, .activation = REF_CLAMP};
	struct ref_tensor in = make_tensor(REF_S8, 1, 1, 1, 2, 1.0f, 0, x);
	struct ref_tensor out;

	(void)state;
	assert_false(ref_linear(&in, &weights, NULL, &to_s32, &out));
	assert_false(ref_conv2d(&in, &weights, NULL, &window, &to_s32, &out));
	assert_false(ref_max_pool(&in, &window, &out));
	weights.channels = 2;
	assert_false(ref_linear(&in, &weights, NULL, &clamped, &out));
	ref_tensor_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_ties),
		cmocka_unit_test(test_round_against_libm),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_quantise),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_linear_float),
		cmocka_unit_test(test_linear_wraps),
		cmocka_unit_test(test_conv_padding_and_stride),
		cmocka_unit_test(test_conv_groups_and_dilation),
		cmocka_unit_test(test_conv_batch_and_rows),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_max_pool),
		cmocka_unit_test(test_average_pool),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_wrong_arguments),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
