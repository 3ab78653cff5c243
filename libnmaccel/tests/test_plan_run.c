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

/* ---- one network, many devices --------------------------------------------------------------- */

/*
 * Two inputs, a grouped convolution of odd rows, a branch, pools, adds, outputs that are also read
 * and that are given twice in two layouts.
 */
struct network {
	struct nmaccel_weights *grouped, *wide;
	struct nmaccel_plan *plan;
};

#define N_INPUTS  2
#define N_OUTPUTS 4
#define MAX_BYTES 65536

static nmaccel_tensor_id add_conv(struct network *n, nmaccel_tensor_id in)
{
	struct nmaccel_conv2d layer = {
		.size = sizeof(layer),
		.weights = n->grouped,
		.window = {.stride_h = 2, .pad_top = 1, .pad_right = 2, .dilation_w = 2},
		.epilogue = make_epilogue(NMACCEL_TYPE_U8),
	};
	nmaccel_tensor_id id;

	layer.epilogue.quant.scale = 40.0f;
	layer.epilogue.activation = NMACCEL_ACT_CLAMP;
	layer.epilogue.clamp_min = -2000;
	layer.epilogue.clamp_max = 4000;
	assert_ok(nmaccel_plan_conv2d(n->plan, in, &layer, &id));
	return id;
}

static nmaccel_tensor_id add_pool(struct network *n, nmaccel_tensor_id in,
				  enum nmaccel_pool_kind kind)
{
	struct nmaccel_pool2d layer = {
		.size = sizeof(layer),
		.kind = kind,
		.kernel_h = 3,
		.kernel_w = 2,
		.window = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1},
		.count_padding = 1,
		.epilogue = make_epilogue(NMACCEL_TYPE_S8),
	};
	nmaccel_tensor_id id;

	layer.epilogue.quant.scale = 50.0f;
	assert_ok(nmaccel_plan_pool2d(n->plan, in, &layer, &id));
	return id;
}

static nmaccel_tensor_id add_linear(struct network *n, nmaccel_tensor_id in, enum nmaccel_type type)
{
	struct nmaccel_linear layer = {
		.size = sizeof(layer), .weights = n->wide, .epilogue = make_epilogue(type)};
	nmaccel_tensor_id id;

	assert_ok(nmaccel_plan_linear(n->plan, in, &layer, &id));
	return id;
}

static void network_open(struct network *n, struct nmaccel_device *dev)
{
	struct nmaccel_tensor tensors[N_INPUTS] = {make_tensor(NMACCEL_TYPE_U8, 3, 9, 11, 6),
						   make_tensor(NMACCEL_TYPE_S8, 3, 4, 9, 10)};
	struct nmaccel_epilogue epilogue = make_epilogue(NMACCEL_TYPE_S8);
	nmaccel_tensor_id image, other, conv, max, average, sum;

	tensors[0].layout = NMACCEL_LAYOUT_NCHW;
	n->grouped = make_weights(10, 3, 3, 2, NULL, NULL);
	n->wide = make_weights(531, 10, 1, 1, NULL, NULL);
	assert_ok(nmaccel_plan_create(dev, &n->plan));
	assert_ok(nmaccel_plan_input(n->plan, &tensors[0], &image));
	assert_ok(nmaccel_plan_input(n->plan, &tensors[1], &other));
	conv = add_conv(n, image);
	max = add_pool(n, conv, NMACCEL_POOL_MAX);
	average = add_pool(n, conv, NMACCEL_POOL_AVERAGE);
	epilogue.quant.scale = 60.0f;
	assert_ok(nmaccel_plan_add(n->plan, max, average, &epilogue, &sum));
	assert_ok(nmaccel_plan_add(n->plan, sum, other, &epilogue, &sum));
	assert_ok(nmaccel_plan_output(n->plan, sum, NMACCEL_LAYOUT_NCHW));
	assert_ok(nmaccel_plan_output(n->plan, sum, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_output(n->plan, add_linear(n, sum, NMACCEL_TYPE_F32),
				      NMACCEL_LAYOUT_NCHW));
	assert_ok(nmaccel_plan_output(n->plan, add_linear(n, conv, NMACCEL_TYPE_S8),
				      NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(n->plan, NULL));
	nmaccel_weights_unref(n->grouped);
	nmaccel_weights_unref(n->wide);
}

/* All outputs, one behind the other. */
static size_t network_run(struct network *n, uint8_t *result)
{
	struct nmaccel_io inputs[N_INPUTS] = {{0}}, outputs[N_OUTPUTS] = {{0}};
	static uint8_t in[N_INPUTS][MAX_BYTES];
	struct nmaccel_tensor tensor;
	size_t used = 0, b;
	uint32_t i;

	for (i = 0; i < N_INPUTS; i++) {
		assert_ok(nmaccel_plan_input_tensor(n->plan, i, &tensor));
		inputs[i].data = in[i];
		inputs[i].bytes = nmaccel_tensor_bytes(&tensor);
		for (b = 0; b < inputs[i].bytes; b++)
			in[i][b] = input_byte(b + i);
	}
	for (i = 0; i < N_OUTPUTS; i++) {
		assert_ok(nmaccel_plan_output_tensor(n->plan, i, &tensor));
		outputs[i].data = result + used;
		outputs[i].bytes = nmaccel_tensor_bytes(&tensor);
		used = (used + outputs[i].bytes + 3) & ~(size_t)3;
	}
	assert_ok(nmaccel_plan_run(n->plan, inputs, outputs));
	return used;
}

static size_t run_on(struct nmaccel_device *dev, uint8_t *result, uint32_t *n_descs)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct network n;
	size_t bytes;

	network_open(&n, dev);
	nmaccel_device_unref(dev);
	assert_ok(nmaccel_plan_query(n.plan, &info));
	*n_descs = info.n_descs;
	bytes = network_run(&n, result);
	/* Again, in memory that the first run has used. */
	assert_int_equal(network_run(&n, result), bytes);
	nmaccel_plan_unref(n.plan);
	return bytes;
}

/* Sum, twice: NCHW and NHWC of [3][4][9][10]. */
static void check_layouts(const uint8_t *result)
{
	const size_t pixels = 4 * 9, channels = 10, bytes = 3 * pixels * channels;
	const uint8_t *nhwc = result + ((bytes + 3) & ~(size_t)3);
	size_t image, p, c, distinct = 0;

	for (image = 0; image < 3; image++)
		for (p = 0; p < pixels; p++)
			for (c = 0; c < channels; c++)
				assert_int_equal(result[(image * channels + c) * pixels + p],
						 nhwc[(image * pixels + p) * channels + c]);
	for (p = 1; p < bytes; p++)
		distinct += result[p] != result[p - 1];
	assert_true(distinct > bytes / 2);
}

static void test_network(void **state)
{
	/* Panels of 512, 16 and 3 rows; streams in place and copied. */
	static const struct inject_settings settings[] = {
		{0},
		{.no_wrap = true},
		{.max_rows = 16},
		{.max_rows = 3, .no_wrap = true},
		{.max_rows = 1},
	};
	static const uint32_t descs[] = {10, 10, 74, 362, 1076};
	static uint8_t want[4 * MAX_BYTES * 8], got[sizeof(want)];
	struct nmaccel_device *dev;
	uint32_t n_descs;
	size_t bytes, i;

	(void)state;
	assert_ok(nmaccel_device_open("soft", &dev));
	bytes = run_on(dev, want, &n_descs);
	check_layouts(want);
	for (i = 0; i < N_ELEMENTS(settings); i++) {
		assert_ok(inject_open(&settings[i], &dev));
		memset(got, 0, sizeof(got));
		assert_int_equal(run_on(dev, got, &n_descs), bytes);
		assert_int_equal(n_descs, descs[i]);
		assert_memory_equal(got, want, bytes);
		inject_wait_gone();
	}
}

/* More panels than a buffer table has room for: streams are copied, whatever the device can. */
static void test_many_panels(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 1, 1, 10);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	struct nmaccel_io in = {0}, out = {0};
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	int32_t y[2][300] = {{0}};
	uint32_t max_rows[] = {1, 512}, i;
	uint8_t x[10] = {1, 2, 3, 250, 251, 252, 253, 7, 8, 9};
	nmaccel_tensor_id id;

	(void)state;
	layer.weights = make_weights(300, 10, 1, 1, NULL, NULL);
	in = (struct nmaccel_io){.data = x, .bytes = sizeof(x)};
	for (i = 0; i < 2; i++) {
		assert_ok(inject_open(&(struct inject_settings){.max_rows = max_rows[i]}, &dev));
		out = (struct nmaccel_io){.data = y[i], .bytes = sizeof(y[i])};
		assert_ok(nmaccel_plan_create(dev, &plan));
		assert_ok(nmaccel_plan_input(plan, &tensor, &id));
		assert_ok(nmaccel_plan_linear(plan, id, &layer, &id));
		assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
		assert_ok(nmaccel_plan_compile(plan, NULL));
		/* Two arenas, the constants, and the one stream where it is used in place. */
		assert_int_equal(inject_get_counts().memories, i ? 4 : 3);
		assert_ok(nmaccel_plan_run(plan, &in, &out));
		nmaccel_plan_unref(plan);
		nmaccel_device_unref(dev);
		inject_wait_gone();
	}
	assert_memory_equal(y[0], y[1], sizeof(y[0]));
	nmaccel_weights_unref(layer.weights);
}

/* bias_f32 in units of the sums' scale, ties to even. */
static void test_bias_f32(void **state)
{
	const int8_t zeros[6] = {0};
	const float scales[6] = {1, 1, 2, 0.25f, 1, 1};
	/* The input's scale is 0.5. */
	const float bias[6] = {0.25f, 0.75f, -1.5f, 1000.0f, -0.25f, 1e9f};
	const int32_t want[6] = {0, 2, -2, 8000, 0, 2000000000};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 1, 1, 1);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .bias_f32 = bias,
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	int32_t y[6] = {0};
	uint8_t x = 9;
	struct nmaccel_io in = {.data = &x, .bytes = 1}, out = {.data = y, .bytes = sizeof(y)};
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;

	(void)state;
	layer.weights = make_weights(6, 1, 1, 1, scales, zeros);
	assert_ok(nmaccel_device_open("soft", &dev));
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	assert_ok(nmaccel_plan_linear(plan, id, &layer, &id));
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
	assert_ok(nmaccel_plan_run(plan, &in, &out));
	assert_memory_equal(y, want, sizeof(want));
	nmaccel_plan_unref(plan);
	nmaccel_weights_unref(layer.weights);
	nmaccel_device_unref(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_on_model), cmocka_unit_test(linear_on_soft),
		cmocka_unit_test(test_network),	   cmocka_unit_test(test_many_panels),
		cmocka_unit_test(test_bias_f32),
	};

	return cmocka_run_group_tests_name("plan_run", tests, NULL, NULL);
}
