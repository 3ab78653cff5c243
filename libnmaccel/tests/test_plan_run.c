// SPDX-License-Identifier: MIT
/*
 * Whole plans against sums written out here: every layer on the model and the soft device, with
 * the results worked out element by element from the definitions of nmaccel.h.
 */
#include "plan_util.h"

#include <math.h>

#include "inject.h"

/* x[batch][pixel][channel] of the tests: the whole range of a byte. */
static uint8_t input_byte(size_t i)
{
	return (uint8_t)(i * 89 + 17);
}

static int32_t real_value(enum nmaccel_type type, uint8_t byte, int32_t zero)
{
	return (type == NMACCEL_TYPE_U8 ? byte : (int8_t)byte) - zero;
}

static int32_t requantise(float f, const struct nmaccel_epilogue *epilogue, int32_t lo, int32_t hi)
{
	float q = rintf(f);
	int32_t v;

	if (q < -1000.0f)
		q = -1000.0f;
	if (q > 1000.0f)
		q = 1000.0f;
	v = (int32_t)q + epilogue->quant.zero_point;
	return v < lo ? lo : v > hi ? hi : v;
}

/* ---- linear ---------------------------------------------------------------------------------- */

struct linear_case {
	enum nmaccel_type in, out;
	enum nmaccel_activation activation;
	uint32_t tokens, k, rows;
};

static int8_t weight_at(uint32_t row, uint32_t c)
{
	return (row + c) % 3 ? 0 : (int8_t)((row * 31 + c * 7) % 255 - 127);
}

static void check_element(const struct linear_case *c, const struct nmaccel_epilogue *epilogue,
			  int32_t acc, float scale, const void *out, size_t i)
{
	int32_t lo = c->out == NMACCEL_TYPE_U8 ? 0 : -128, hi = lo + 255, got, want;
	float real;

	switch (c->out) {
	case NMACCEL_TYPE_S32:
		if (c->activation == NMACCEL_ACT_RELU && acc < 0)
			acc = 0;
		assert_int_equal(((const int32_t *)out)[i], acc);
		return;
	case NMACCEL_TYPE_F32:
		real = (float)acc * scale;
		if (c->activation == NMACCEL_ACT_RELU && real < 0)
			real = 0;
		assert_memory_equal((const float *)out + i, &real, sizeof(real));
		return;
	default:
		if (c->activation == NMACCEL_ACT_RELU)
			lo = epilogue->quant.zero_point;
		want = requantise((float)acc * (scale / epilogue->quant.scale), epilogue, lo, hi);
		got = c->out == NMACCEL_TYPE_U8 ? ((const uint8_t *)out)[i]
						: ((const int8_t *)out)[i];
		assert_int_equal(got, want);
	}
}

static void check_linear(struct nmaccel_device *dev, const struct linear_case *c)
{
	struct nmaccel_tensor tensor = make_tensor(c->in, c->tokens, 1, 1, c->k);
	struct nmaccel_linear layer = {.size = sizeof(layer), .epilogue = make_epilogue(c->out)};
	size_t n_in = (size_t)c->tokens * c->k, n_out = (size_t)c->tokens * c->rows, i;
	int8_t *dense = malloc((size_t)c->rows * c->k);
	float *scales = malloc(c->rows * sizeof(*scales));
	int32_t *bias = malloc(c->rows * sizeof(*bias));
	uint8_t *x = malloc(n_in), *y = malloc(n_out * 4);
	struct nmaccel_io in = {.data = x, .bytes = n_in}, out = {.data = y, .bytes = n_out * 4};
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;
	uint32_t t, r, k;
	int32_t acc;

	for (r = 0; r < c->rows; r++) {
		scales[r] = 0.01f * (float)(r % 5 + 1);
		bias[r] = (int32_t)r * 1000 - 5000;
		for (k = 0; k < c->k; k++)
			dense[(size_t)r * c->k + k] = weight_at(r, k);
	}
	for (i = 0; i < n_in; i++)
		x[i] = input_byte(i);
	layer.weights = make_weights(c->rows, c->k, 1, 1, scales, dense);
	layer.bias_s32 = bias;
	layer.epilogue.activation = c->activation;
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	assert_ok(nmaccel_plan_linear(plan, id, &layer, &id));
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
	assert_ok(nmaccel_plan_run(plan, &in, &out));
	for (t = 0; t < c->tokens; t++) {
		for (r = 0; r < c->rows; r++) {
			acc = bias[r];
			for (k = 0; k < c->k; k++)
				acc += weight_at(r, k) * real_value(c->in, x[(size_t)t * c->k + k],
								    tensor.quant.zero_point);
			check_element(c, &layer.epilogue, acc, tensor.quant.scale * scales[r], y,
				      (size_t)t * c->rows + r);
		}
	}
	nmaccel_plan_unref(plan);
	nmaccel_weights_unref(layer.weights);
	free(dense);
	free(scales);
	free(bias);
	free(x);
	free(y);
}

static void check_linears(const char *name)
{
	static const struct linear_case cases[] = {
		{NMACCEL_TYPE_U8, NMACCEL_TYPE_U8, NMACCEL_ACT_NONE, 1, 1, 1},
		{NMACCEL_TYPE_U8, NMACCEL_TYPE_U8, NMACCEL_ACT_RELU, 65, 130, 17},
		{NMACCEL_TYPE_S8, NMACCEL_TYPE_S8, NMACCEL_ACT_NONE, 64, 256, 33},
		{NMACCEL_TYPE_S8, NMACCEL_TYPE_U8, NMACCEL_ACT_RELU, 3, 300, 600},
		{NMACCEL_TYPE_U8, NMACCEL_TYPE_S32, NMACCEL_ACT_NONE, 70, 40, 10},
		{NMACCEL_TYPE_S8, NMACCEL_TYPE_S32, NMACCEL_ACT_RELU, 1, 40, 10},
		{NMACCEL_TYPE_U8, NMACCEL_TYPE_F32, NMACCEL_ACT_NONE, 130, 64, 19},
		{NMACCEL_TYPE_U8, NMACCEL_TYPE_F32, NMACCEL_ACT_RELU, 5, 64, 3},
	};
	struct nmaccel_device *dev;
	size_t i;

	assert_ok(nmaccel_device_open(name, &dev));
	for (i = 0; i < N_ELEMENTS(cases); i++)
		check_linear(dev, &cases[i]);
	nmaccel_device_unref(dev);
}

static void linear_on_model(void **state)
{
	(void)state;
	check_linears("model");
}

static void linear_on_soft(void **state)
{
	(void)state;
	check_linears("soft");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_on_model),
		cmocka_unit_test(linear_on_soft),
	};

	return cmocka_run_group_tests_name("plan_run", tests, NULL, NULL);
}
