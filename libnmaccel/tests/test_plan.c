// SPDX-License-Identifier: MIT
/*
 * Building plans: from a valid call, one wrong field at a time; then what a compiled plan tells of
 * itself, and the memory that it holds.
 */
#include "plan_util.h"

#include <math.h>

#include "drm/nmaccel_hw.h"
#include "inject.h"
#include "weights.h"

struct fixture {
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id image, sums;		       /* 1 x 6 x 6 x 4 u8; 32-bit */
	struct nmaccel_weights *w1x1, *w3x3, *grouped; /* 4 channels in; 6 rows */
};

static int setup(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 6, 6, 4);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_ok(inject_open(&(struct inject_settings){0}, &f->dev));
	f->w1x1 = make_weights(6, 4, 1, 1, NULL, NULL);
	f->w3x3 = make_weights(6, 4, 3, 1, NULL, NULL);
	f->grouped = make_weights(6, 2, 3, 2, NULL, NULL);
	assert_ok(nmaccel_plan_create(f->dev, &f->plan));
	assert_ok(nmaccel_plan_input(f->plan, &tensor, &f->image));
	layer.weights = f->w1x1;
	assert_ok(nmaccel_plan_linear(f->plan, f->image, &layer, &f->sums));
	assert_ok(nmaccel_plan_output(f->plan, f->sums, NMACCEL_LAYOUT_NCHW));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nmaccel_plan_unref(f->plan);
	nmaccel_weights_unref(f->w1x1);
	nmaccel_weights_unref(f->w3x3);
	nmaccel_weights_unref(f->grouped);
	nmaccel_device_unref(f->dev);
	inject_wait_gone();
	free(f);
	return 0;
}

/* Nothing that failed was added: the plan still compiles, with its one layer. */
static void assert_unchanged(struct fixture *f)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};

	assert_ok(nmaccel_plan_compile(f->plan, NULL));
	assert_ok(nmaccel_plan_query(f->plan, &info));
	assert_int_equal(info.n_inputs, 1);
	assert_int_equal(info.n_layers, 1);
	assert_int_equal(info.n_outputs, 1);
}

/* ---- inputs and outputs ---------------------------------------------------------------------- */

static void test_create_misuse(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = NULL;

	assert_fails(nmaccel_plan_create(NULL, &plan), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_plan_create(f->dev, NULL), NMACCEL_ERR_INVALID, "plan");
	assert_null(plan);
	nmaccel_plan_unref(NULL);
	assert_null(nmaccel_plan_ref(NULL));
	assert_ptr_equal(nmaccel_plan_ref(f->plan), f->plan);
	nmaccel_plan_unref(f->plan);
}

static void bad_input(struct fixture *f, const struct nmaccel_tensor *tensor,
		      enum nmaccel_status status, const char *words)
{
	nmaccel_tensor_id id = 77;

	assert_fails(nmaccel_plan_input(f->plan, tensor, &id), status, words);
	assert_words("input 1");
	assert_int_equal(id, 77);
}

#define BAD_INPUT(field, value, status, words)                                                     \
	do {                                                                                       \
		struct nmaccel_tensor t = make_tensor(NMACCEL_TYPE_U8, 2, 3, 4, 5);                \
                                                                                                   \
		t.field = (value);                                                                 \
		bad_input(f, &t, NMACCEL_ERR_##status, words);                                     \
	} while (0)

static void test_input_misuse(void **state)
{
	struct nmaccel_tensor good = make_tensor(NMACCEL_TYPE_U8, 2, 3, 4, 5);
	struct fixture *f = *state;
	nmaccel_tensor_id id;

	BAD_INPUT(type, NMACCEL_TYPE_F32, INVALID, "type");
	BAD_INPUT(type, NMACCEL_TYPE_S32, INVALID, "type");
	BAD_INPUT(type, (enum nmaccel_type)0, INVALID, "type");
	BAD_INPUT(type, (enum nmaccel_type)9, INVALID, "type");
	BAD_INPUT(layout, (enum nmaccel_layout)0, INVALID, "layout");
	BAD_INPUT(layout, (enum nmaccel_layout)3, INVALID, "layout");
	BAD_INPUT(batch, 0, INVALID, "no elements");
	BAD_INPUT(height, 0, INVALID, "no elements");
	BAD_INPUT(width, 0, INVALID, "no elements");
	BAD_INPUT(channels, 0, INVALID, "no elements");
	BAD_INPUT(channels, NMACCEL_MAX_CHANNELS + 1, OVERFLOW, "channels");
	BAD_INPUT(batch, UINT32_MAX, OVERFLOW, "pixels");
	BAD_INPUT(height, UINT32_MAX, OVERFLOW, "pixels");
	BAD_INPUT(width, NMACCEL_MAX_PIXELS, OVERFLOW, "pixels");
	BAD_INPUT(quant.scale, 0, INVALID, "scale");
	BAD_INPUT(quant.scale, -1, INVALID, "scale");
	BAD_INPUT(quant.scale, NAN, INVALID, "scale");
	BAD_INPUT(quant.scale, INFINITY, INVALID, "scale");
	BAD_INPUT(quant.zero_point, -1, INVALID, "zero_point");
	BAD_INPUT(quant.zero_point, 256, INVALID, "zero_point");
	good.type = NMACCEL_TYPE_S8;
	good.quant.zero_point = 128;
	bad_input(f, &good, NMACCEL_ERR_INVALID, "zero_point");
	good.quant.zero_point = -129;
	bad_input(f, &good, NMACCEL_ERR_INVALID, "zero_point");
	assert_fails(nmaccel_plan_input(NULL, &good, &id), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_input(f->plan, NULL, &id), NMACCEL_ERR_INVALID, "tensor");
	assert_fails(nmaccel_plan_input(f->plan, &good, NULL), NMACCEL_ERR_INVALID, "id");
	assert_unchanged(f);
}

static void test_output_misuse(void **state)
{
	const enum nmaccel_layout nhwc = NMACCEL_LAYOUT_NHWC;
	struct fixture *f = *state;

	assert_fails(nmaccel_plan_output(NULL, f->sums, nhwc), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_output(f->plan, 2, nhwc), NMACCEL_ERR_INVALID, "tensor 2");
	assert_fails(nmaccel_plan_output(f->plan, UINT32_MAX, nhwc), NMACCEL_ERR_INVALID,
		     "not of this plan");
	assert_fails(nmaccel_plan_output(f->plan, f->image, nhwc), NMACCEL_ERR_UNSUPPORTED,
		     "is an input");
	assert_fails(nmaccel_plan_output(f->plan, f->sums, (enum nmaccel_layout)7),
		     NMACCEL_ERR_INVALID, "layout");
	assert_unchanged(f);
}

/* ---- linear and convolution ------------------------------------------------------------------ */

static struct nmaccel_linear good_linear(struct fixture *f)
{
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .weights = f->w1x1,
				       .epilogue = make_epilogue(NMACCEL_TYPE_U8)};

	return layer;
}

static struct nmaccel_conv2d good_conv2d(struct fixture *f)
{
	struct nmaccel_conv2d layer = {.size = sizeof(layer),
				       .weights = f->w3x3,
				       .epilogue = make_epilogue(NMACCEL_TYPE_U8)};

	return layer;
}

#define BAD_LINEAR(field, value, status, words)                                                    \
	do {                                                                                       \
		struct nmaccel_linear bad_ = good_linear(f);                                       \
		nmaccel_tensor_id id_ = 77;                                                        \
                                                                                                   \
		bad_.field = (value);                                                              \
		assert_fails(nmaccel_plan_linear(f->plan, f->image, &bad_, &id_),                  \
			     NMACCEL_ERR_##status, words);                                         \
		assert_words("layer 1 (linear)");                                                  \
		assert_int_equal(id_, 77);                                                         \
	} while (0)

#define BAD_CONV2D(field, value, status, words)                                                    \
	do {                                                                                       \
		struct nmaccel_conv2d bad_ = good_conv2d(f);                                       \
		nmaccel_tensor_id id_ = 77;                                                        \
                                                                                                   \
		bad_.field = (value);                                                              \
		assert_fails(nmaccel_plan_conv2d(f->plan, f->image, &bad_, &id_),                  \
			     NMACCEL_ERR_##status, words);                                         \
		assert_words("layer 1 (conv2d)");                                                  \
		assert_int_equal(id_, 77);                                                         \
	} while (0)

static void test_epilogue_misuse(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_linear l = good_linear(f);
	nmaccel_tensor_id id;

	BAD_LINEAR(epilogue.type, (enum nmaccel_type)0, INVALID, "type");
	BAD_LINEAR(epilogue.type, (enum nmaccel_type)5, INVALID, "type");
	BAD_LINEAR(epilogue.quant.scale, 0, INVALID, "scale");
	BAD_LINEAR(epilogue.quant.scale, NAN, INVALID, "scale");
	BAD_LINEAR(epilogue.quant.scale, 1e-45f, OVERFLOW, "multiplier");
	BAD_LINEAR(epilogue.quant.zero_point, 256, INVALID, "zero_point");
	BAD_LINEAR(epilogue.quant.zero_point, -1, INVALID, "zero_point");
	BAD_LINEAR(epilogue.activation, (enum nmaccel_activation)3, INVALID, "activation");
	l.epilogue.activation = NMACCEL_ACT_CLAMP;
	l.epilogue.clamp_min = 1;
	assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, &id), NMACCEL_ERR_INVALID,
		     "clamp_min");
	l.epilogue.clamp_max = NAN;
	assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, &id), NMACCEL_ERR_INVALID,
		     "clamp_min");
	l.epilogue.clamp_max = 2;
	l.epilogue.type = NMACCEL_TYPE_S32;
	assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, &id), NMACCEL_ERR_UNSUPPORTED,
		     "f32");
	assert_unchanged(f);
}

static void test_linear_misuse(void **state)
{
	struct nmaccel_weights *narrow = make_weights(6, 3, 1, 1, NULL, NULL);
	struct fixture *f = *state;
	const int32_t bias_s32[6] = {0};
	const float bias_f32[6] = {0, 0, 0, 1e12f, 0, 0};
	struct nmaccel_linear l = good_linear(f);
	nmaccel_tensor_id id = 0;

	BAD_LINEAR(size, 0, INVALID, "size");
	BAD_LINEAR(weights, NULL, INVALID, "weights");
	BAD_LINEAR(weights, narrow, INVALID, "3");
	BAD_LINEAR(weights, f->w3x3, INVALID, "nmaccel_plan_conv2d");
	BAD_LINEAR(weights, f->grouped, INVALID, "nmaccel_plan_conv2d");
	BAD_LINEAR(bias_f32, bias_f32, OVERFLOW, "bias_f32[3]");
	l.bias_s32 = bias_s32;
	l.bias_f32 = bias_f32;
	assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, &id), NMACCEL_ERR_INVALID, "both");
	l = good_linear(f);
	assert_fails(nmaccel_plan_linear(NULL, f->image, &l, &id), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_linear(f->plan, f->image, NULL, &id), NMACCEL_ERR_INVALID,
		     "layer");
	assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, NULL), NMACCEL_ERR_INVALID, "out");
	assert_fails(nmaccel_plan_linear(f->plan, 9, &l, &id), NMACCEL_ERR_INVALID, "tensor 9");
	assert_fails(nmaccel_plan_linear(f->plan, f->sums, &l, &id), NMACCEL_ERR_INVALID, "32-bit");
	nmaccel_weights_unref(narrow);
	assert_unchanged(f);
}

static void test_bias_f32_misuse(void **state)
{
	static const float bad[] = {INFINITY, -INFINITY, NAN, 2147483648.0f * 0.5f, 1e38f};
	struct fixture *f = *state;
	struct nmaccel_linear l = good_linear(f);
	nmaccel_tensor_id id;
	float bias[6] = {0};
	size_t i;

	l.bias_f32 = bias;
	for (i = 0; i < N_ELEMENTS(bad); i++) {
		bias[5] = bad[i];
		assert_fails(nmaccel_plan_linear(f->plan, f->image, &l, &id), NMACCEL_ERR_OVERFLOW,
			     "bias_f32[5]");
	}
	assert_unchanged(f);
}

static void test_conv2d_misuse(void **state)
{
	struct nmaccel_weights *tall = make_weights(2, 4, 7, 1, NULL, NULL);
	struct fixture *f = *state;
	struct nmaccel_conv2d l = good_conv2d(f);
	nmaccel_tensor_id id = 0;

	BAD_CONV2D(size, SIZE_MAX, INVALID, "size");
	BAD_CONV2D(weights, NULL, INVALID, "weights");
	BAD_CONV2D(weights, tall, INVALID, "spans 7 pixels of height");
	BAD_CONV2D(window.dilation_h, 3, INVALID, "height");
	BAD_CONV2D(window.dilation_w, 3, INVALID, "width");
	BAD_CONV2D(window.stride_h, 256, OVERFLOW, "stride_h");
	BAD_CONV2D(window.stride_w, 256, OVERFLOW, "stride_w");
	BAD_CONV2D(window.dilation_h, 256, OVERFLOW, "dilation_h");
	BAD_CONV2D(window.dilation_w, UINT32_MAX, OVERFLOW, "dilation_w");
	BAD_CONV2D(window.pad_top, 256, OVERFLOW, "pad_top");
	BAD_CONV2D(window.pad_left, UINT32_MAX, OVERFLOW, "pad_left");
	BAD_CONV2D(window.pad_bottom, 256, OVERFLOW, "pad_bottom");
	BAD_CONV2D(window.pad_right, 256, OVERFLOW, "pad_right");
	assert_fails(nmaccel_plan_conv2d(NULL, f->image, &l, &id), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_conv2d(f->plan, f->image, NULL, &id), NMACCEL_ERR_INVALID,
		     "layer");
	assert_fails(nmaccel_plan_conv2d(f->plan, f->image, &l, NULL), NMACCEL_ERR_INVALID, "out");
	assert_fails(nmaccel_plan_conv2d(f->plan, 9, &l, &id), NMACCEL_ERR_INVALID, "tensor 9");
	nmaccel_weights_unref(tall);
	assert_unchanged(f);
}

/* Images whose output has more pixels than the contract names. */
static void test_output_too_large(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1 << 20, 1, 1, 4);
	struct fixture *f = *state;
	struct nmaccel_conv2d l = good_conv2d(f);
	nmaccel_tensor_id in, id;

	assert_ok(nmaccel_plan_input(f->plan, &tensor, &in));
	l.window.pad_top = l.window.pad_bottom = l.window.pad_left = l.window.pad_right = 255;
	assert_fails(nmaccel_plan_conv2d(f->plan, in, &l, &id), NMACCEL_ERR_OVERFLOW, "output");
}

/* ---- add and pooling ------------------------------------------------------------------------- */

static void test_add_misuse(void **state)
{
	struct nmaccel_tensor other = make_tensor(NMACCEL_TYPE_S8, 1, 6, 6, 5);
	struct nmaccel_epilogue e = make_epilogue(NMACCEL_TYPE_S8), bad = e;
	struct fixture *f = *state;
	struct nmaccel_plan *p = f->plan;
	nmaccel_tensor_id id = 77, wider;

	assert_ok(nmaccel_plan_input(p, &other, &wider));
	assert_fails(nmaccel_plan_add(p, f->image, wider, &e, &id), NMACCEL_ERR_INVALID, "shapes");
	assert_fails(nmaccel_plan_add(p, f->image, 9, &e, &id), NMACCEL_ERR_INVALID, "tensor 9");
	assert_fails(nmaccel_plan_add(p, 9, f->image, &e, &id), NMACCEL_ERR_INVALID, "tensor 9");
	assert_fails(nmaccel_plan_add(p, f->image, f->sums, &e, &id), NMACCEL_ERR_INVALID,
		     "32-bit");
	assert_fails(nmaccel_plan_add(NULL, f->image, f->image, &e, &id), NMACCEL_ERR_INVALID,
		     "plan");
	assert_fails(nmaccel_plan_add(p, f->image, f->image, NULL, &id), NMACCEL_ERR_INVALID,
		     "epilogue");
	assert_fails(nmaccel_plan_add(p, f->image, f->image, &e, NULL), NMACCEL_ERR_INVALID, "out");
	bad.type = NMACCEL_TYPE_F32;
	assert_fails(nmaccel_plan_add(p, f->image, f->image, &bad, &id), NMACCEL_ERR_UNSUPPORTED,
		     "S8 or U8");
	bad = e;
	bad.quant.scale = 1e-45f;
	assert_fails(nmaccel_plan_add(p, f->image, f->image, &bad, &id), NMACCEL_ERR_OVERFLOW,
		     "beyond fp32");
	bad.quant.scale = -1;
	assert_fails(nmaccel_plan_add(p, f->image, f->image, &bad, &id), NMACCEL_ERR_INVALID,
		     "scale");
	assert_words("layer 1 (add)");
	assert_int_equal(id, 77);
}

static struct nmaccel_pool2d good_pool(void)
{
	struct nmaccel_pool2d layer = {.size = sizeof(layer),
				       .kind = NMACCEL_POOL_AVERAGE,
				       .kernel_h = 2,
				       .kernel_w = 2,
				       .epilogue = make_epilogue(NMACCEL_TYPE_U8)};

	return layer;
}

#define BAD_POOL(field, value, status, words)                                                      \
	do {                                                                                       \
		struct nmaccel_pool2d bad_ = good_pool();                                          \
		nmaccel_tensor_id id_ = 77;                                                        \
                                                                                                   \
		bad_.field = (value);                                                              \
		assert_fails(nmaccel_plan_pool2d(f->plan, f->image, &bad_, &id_),                  \
			     NMACCEL_ERR_##status, words);                                         \
		assert_words("layer 1 (pool2d)");                                                  \
		assert_int_equal(id_, 77);                                                         \
	} while (0)

static void test_pool_misuse(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_pool2d l = good_pool();
	nmaccel_tensor_id id = 0;

	BAD_POOL(size, 1, INVALID, "size");
	BAD_POOL(kind, (enum nmaccel_pool_kind)0, INVALID, "kind");
	BAD_POOL(kind, (enum nmaccel_pool_kind)3, INVALID, "kind");
	BAD_POOL(kernel_h, 0, INVALID, "empty");
	BAD_POOL(kernel_w, 0, INVALID, "empty");
	BAD_POOL(kernel_h, 7, INVALID, "height");
	BAD_POOL(kernel_w, 7, INVALID, "width");
	BAD_POOL(kernel_w, 256, OVERFLOW, "kernel_w");
	BAD_POOL(count_padding, 2, INVALID, "count_padding");
	BAD_POOL(epilogue.type, NMACCEL_TYPE_S32, UNSUPPORTED, "S8 or U8");
	BAD_POOL(epilogue.quant.scale, INFINITY, INVALID, "scale");
	BAD_POOL(epilogue.quant.scale, 1e-45f, OVERFLOW, "beyond fp32");
	l.kernel_h = l.kernel_w = 0;
	l.window.pad_left = 1;
	assert_fails(nmaccel_plan_pool2d(f->plan, f->image, &l, &id), NMACCEL_ERR_INVALID,
		     "global");
	l = good_pool();
	assert_fails(nmaccel_plan_pool2d(NULL, f->image, &l, &id), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_pool2d(f->plan, f->image, NULL, &id), NMACCEL_ERR_INVALID,
		     "layer");
	assert_fails(nmaccel_plan_pool2d(f->plan, f->image, &l, NULL), NMACCEL_ERR_INVALID, "out");
	assert_fails(nmaccel_plan_pool2d(f->plan, 9, &l, &id), NMACCEL_ERR_INVALID, "tensor 9");
	assert_unchanged(f);
}

/* ---- compile --------------------------------------------------------------------------------- */

static void test_compile_misuse(void **state)
{
	struct nmaccel_compile_options options = {.size = sizeof(options), .max_in_flight = 257};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 6, 6, 4);
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct fixture *f = *state;
	struct nmaccel_linear l = good_linear(f);
	struct nmaccel_plan *empty;
	nmaccel_tensor_id id;

	assert_fails(nmaccel_plan_compile(NULL, NULL), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_compile(f->plan, &options), NMACCEL_ERR_INVALID, "max_in_flight");
	options.size = 1;
	assert_fails(nmaccel_plan_compile(f->plan, &options), NMACCEL_ERR_INVALID, "size");
	assert_ok(nmaccel_plan_create(f->dev, &empty));
	assert_fails(nmaccel_plan_compile(empty, NULL), NMACCEL_ERR_INVALID, "no output");
	nmaccel_plan_unref(empty);
	assert_fails(nmaccel_plan_query(f->plan, &info), NMACCEL_ERR_INVALID, "compile");
	/* An unread input, then a layer that leads nowhere. */
	assert_ok(nmaccel_plan_input(f->plan, &tensor, &id));
	assert_fails(nmaccel_plan_compile(f->plan, NULL), NMACCEL_ERR_INVALID, "input tensor 2");
	assert_ok(nmaccel_plan_linear(f->plan, id, &l, &id));
	assert_fails(nmaccel_plan_compile(f->plan, NULL), NMACCEL_ERR_INVALID, "layer 1 (linear)");
	assert_ok(nmaccel_plan_output(f->plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(f->plan, NULL));
}

static void test_calls_after_compile(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 6, 6, 4);
	struct nmaccel_epilogue e = make_epilogue(NMACCEL_TYPE_S8);
	struct fixture *f = *state;
	struct nmaccel_pool2d pool = good_pool();
	struct nmaccel_linear linear = good_linear(f);
	struct nmaccel_conv2d conv = good_conv2d(f);
	struct nmaccel_plan *p = f->plan;
	nmaccel_tensor_id id;

	assert_ok(nmaccel_plan_compile(p, NULL));
	assert_fails(nmaccel_plan_compile(p, NULL), NMACCEL_ERR_INVALID, "compiled already");
	assert_fails(nmaccel_plan_input(p, &tensor, &id), NMACCEL_ERR_INVALID, "compiled already");
	assert_fails(nmaccel_plan_output(p, f->sums, NMACCEL_LAYOUT_NHWC), NMACCEL_ERR_INVALID,
		     "compiled already");
	assert_fails(nmaccel_plan_linear(p, 0, &linear, &id), NMACCEL_ERR_INVALID,
		     "compiled already");
	assert_fails(nmaccel_plan_conv2d(p, 0, &conv, &id), NMACCEL_ERR_INVALID,
		     "compiled already");
	assert_fails(nmaccel_plan_add(p, 0, 0, &e, &id), NMACCEL_ERR_INVALID, "compiled already");
	assert_fails(nmaccel_plan_pool2d(p, 0, &pool, &id), NMACCEL_ERR_INVALID,
		     "compiled already");
}

/* Each thing that compile asks of the device fails once; afterwards compile works. */
static void test_compile_failures(void **state)
{
	struct nmaccel_compile_options options = {.size = sizeof(options), .max_in_flight = 3};
	struct fixture *f = *state;
	uint32_t i;

	for (i = 1; i <= 4; i++) {
		inject_set(&(struct inject_settings){.fail_memory = i});
		assert_fails(nmaccel_plan_compile(f->plan, &options), NMACCEL_ERR_NO_MEMORY,
			     "injected");
		assert_int_equal(inject_get_counts().memories, 0);
	}
	inject_set(&(struct inject_settings){.fail_prepare = true});
	assert_fails(nmaccel_plan_compile(f->plan, &options), NMACCEL_ERR_NO_MEMORY, "prepare");
	inject_set(&(struct inject_settings){.fail_sync = true});
	assert_fails(nmaccel_plan_compile(f->plan, &options), NMACCEL_ERR_IO, "sync");
	assert_int_equal(inject_get_counts().memories, 0);
	assert_int_equal(inject_get_counts().programs, 0);
	inject_reset();
	assert_ok(nmaccel_plan_compile(f->plan, &options));
}

static void test_device_limits(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 6, 6, 4);
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct fixture *f = *state;
	struct nmaccel_linear l = good_linear(f);
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;

	/* Six rows are three panels of two. */
	assert_ok(inject_open(&(struct inject_settings){.max_rows = 2, .max_descs = 3}, &dev));
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	assert_ok(nmaccel_plan_linear(plan, id, &l, &id));
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
	assert_ok(nmaccel_plan_query(plan, &info));
	assert_int_equal(info.n_descs, 3);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);

	assert_ok(inject_open(&(struct inject_settings){.max_rows = 2, .max_descs = 2}, &dev));
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	assert_ok(nmaccel_plan_linear(plan, id, &l, &id));
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_fails(nmaccel_plan_compile(plan, NULL), NMACCEL_ERR_UNSUPPORTED, "3 descriptors");
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* ---- submit ---------------------------------------------------------------------------------- */

#define BAD_SUBMIT(io_field, value, words)                                                         \
	do {                                                                                       \
		struct nmaccel_io in = good_in, out = good_out;                                    \
                                                                                                   \
		io_field = (value);                                                                \
		assert_fails(nmaccel_plan_submit(f->plan, &in, &out, &fence), NMACCEL_ERR_INVALID, \
			     words);                                                               \
		assert_null(fence);                                                                \
	} while (0)

static void test_submit_misuse(void **state)
{
	static uint8_t x[6 * 6 * 4];
	static int32_t y[6 * 6 * 6 + 1];
	struct nmaccel_io good_in = {.data = x, .bytes = sizeof(x)};
	struct nmaccel_io good_out = {.data = y, .bytes = 6 * 6 * 6 * 4};
	struct nmaccel_buffer *mine, *foreign;
	struct nmaccel_fence *fence = NULL;
	struct nmaccel_device *soft;
	struct fixture *f = *state;

	assert_fails(nmaccel_plan_submit(f->plan, &good_in, &good_out, &fence), NMACCEL_ERR_INVALID,
		     "compile");
	assert_ok(nmaccel_plan_compile(f->plan, NULL));
	assert_ok(nmaccel_device_open("soft", &soft));
	assert_ok(nmaccel_buffer_create(soft, 4096, &foreign));
	assert_ok(nmaccel_buffer_create(f->dev, 1000, &mine));
	assert_fails(nmaccel_plan_submit(NULL, &good_in, &good_out, &fence), NMACCEL_ERR_INVALID,
		     "plan");
	assert_fails(nmaccel_plan_submit(f->plan, NULL, &good_out, &fence), NMACCEL_ERR_INVALID,
		     "inputs");
	assert_fails(nmaccel_plan_submit(f->plan, &good_in, NULL, &fence), NMACCEL_ERR_INVALID,
		     "outputs");
	assert_fails(nmaccel_plan_submit(f->plan, &good_in, &good_out, NULL), NMACCEL_ERR_INVALID,
		     "fence");
	BAD_SUBMIT(in.data, NULL, "input 0: neither");
	BAD_SUBMIT(out.data, NULL, "output 0: neither");
	BAD_SUBMIT(in.buffer, mine, "input 0: data and buffer");
	BAD_SUBMIT(in.bytes, sizeof(x) - 1, "input 0: 143 bytes");
	BAD_SUBMIT(out.bytes, 6 * 6 * 6 * 4 - 1, "output 0: 863 bytes");
	BAD_SUBMIT(in.offset, 4, "input 0: offset");
	BAD_SUBMIT(out.data, (char *)y + 1, "output 0: data is not aligned");
	good_in.data = NULL;
	good_in.buffer = mine;
	good_out.data = NULL;
	good_out.buffer = mine;
	assert_ok(nmaccel_plan_run(f->plan, &good_in, &good_out));
	BAD_SUBMIT(in.buffer, foreign, "another device");
	BAD_SUBMIT(in.offset, 1000 - sizeof(x) + 1, "beyond");
	BAD_SUBMIT(in.offset, UINT64_MAX, "beyond");
	BAD_SUBMIT(in.bytes, UINT64_MAX, "beyond");
	BAD_SUBMIT(out.offset, 2, "multiple");
	BAD_SUBMIT(out.offset, 140, "beyond");
	good_in.offset = 1000 - sizeof(x);
	assert_ok(nmaccel_plan_run(f->plan, &good_in, &good_out));
	assert_fails(nmaccel_plan_run(f->plan, NULL, &good_out), NMACCEL_ERR_INVALID, "inputs");
	nmaccel_buffer_unref(mine);
	nmaccel_buffer_unref(foreign);
	nmaccel_device_unref(soft);
}

/* ---- queries --------------------------------------------------------------------------------- */

static void test_tensors(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_tensor t;

	assert_ok(nmaccel_plan_input_tensor(f->plan, 0, &t));
	assert_int_equal(t.type, NMACCEL_TYPE_U8);
	assert_int_equal(t.layout, NMACCEL_LAYOUT_NHWC);
	assert_int_equal(nmaccel_tensor_bytes(&t), 6 * 6 * 4);
	assert_ok(nmaccel_plan_output_tensor(f->plan, 0, &t));
	assert_int_equal(t.type, NMACCEL_TYPE_S32);
	assert_int_equal(t.layout, NMACCEL_LAYOUT_NCHW);
	assert_int_equal(t.channels, 6);
	assert_int_equal(nmaccel_tensor_bytes(&t), 6 * 6 * 6 * 4);
	assert_fails(nmaccel_plan_input_tensor(f->plan, 1, &t), NMACCEL_ERR_INVALID, "beyond");
	assert_fails(nmaccel_plan_output_tensor(f->plan, 1, &t), NMACCEL_ERR_INVALID, "beyond");
	assert_fails(nmaccel_plan_input_tensor(NULL, 0, &t), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_output_tensor(NULL, 0, &t), NMACCEL_ERR_INVALID, "plan");
	assert_fails(nmaccel_plan_input_tensor(f->plan, 0, NULL), NMACCEL_ERR_INVALID, "tensor");
	assert_fails(nmaccel_plan_output_tensor(f->plan, 0, NULL), NMACCEL_ERR_INVALID, "tensor");
	assert_int_equal(nmaccel_tensor_bytes(NULL), 0);
	t.type = (enum nmaccel_type)0;
	assert_int_equal(nmaccel_tensor_bytes(&t), 0);
	t = make_tensor(NMACCEL_TYPE_F32, UINT32_MAX, UINT32_MAX, UINT32_MAX, 1);
	assert_int_equal(nmaccel_tensor_bytes(&t), 0);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_S8), 1);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_F32), 4);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type) - 1), 0);
}

static void test_query(void **state)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_compile_options options = {.size = sizeof(options), .max_in_flight = 5};
	struct nmaccel_weights_info weights = {.size = sizeof(weights)};
	struct fixture *f = *state;

	assert_fails(nmaccel_plan_query(NULL, &info), NMACCEL_ERR_INVALID, "plan");
	assert_ok(nmaccel_plan_compile(f->plan, &options));
	assert_fails(nmaccel_plan_query(f->plan, NULL), NMACCEL_ERR_INVALID, "info");
	assert_ok(nmaccel_plan_query(f->plan, &info));
	assert_ok(nmaccel_weights_query(f->w1x1, &weights));
	assert_int_equal(info.n_inputs, 1);
	assert_int_equal(info.n_outputs, 1);
	assert_int_equal(info.n_layers, 1);
	assert_int_equal(info.n_descs, 1);
	assert_int_equal(info.max_in_flight, 5);
	/* Parameters of 6 rows, and up to two to align those of the one panel. */
	assert_in_range(info.weight_bytes, weights.stream_bytes + 6 * 8,
			weights.stream_bytes + 8 * 8);
	/* 36 pixels: one tile of 64 columns; 4 channels in, 6 of 32 bits out. */
	assert_int_equal(info.steps, weights.steps);
	assert_int_equal(info.activation_bytes, 4 * 64 + 6 * 256);
	assert_int_equal(info.macs, 36 * 4 * 6);
	assert_int_equal(info.nonzero_macs, 36 * weights.nonzeros);
	assert_true(info.peak_bytes >= info.weight_bytes + 5 * info.activation_bytes);
	info.size = 2;
	assert_fails(nmaccel_plan_query(f->plan, &info), NMACCEL_ERR_INVALID, "size");
}

/* ---- memory ---------------------------------------------------------------------------------- */

/*
 * A chain of layers wide and narrow with a branch over all of them: the peak stays within 10 % of
 * the weights and the live activations, and the plan lets go of weights that it had to change.
 */
static void check_memory(struct nmaccel_device *dev, bool copies)
{
	static const uint32_t widths[] = {64, 96, 512, 128, 384, 96, 64};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 8, 16, 16, widths[0]);
	struct nmaccel_linear l = {.size = sizeof(l), .epilogue = make_epilogue(NMACCEL_TYPE_U8)};
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_plan *plan;
	nmaccel_tensor_id first, id;
	uint64_t all = 64, bound;
	size_t i;

	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	first = id;
	for (i = 0; i + 1 < N_ELEMENTS(widths); i++) {
		l.weights = make_weights(widths[i + 1], widths[i], 1, 1, NULL, NULL);
		assert_ok(nmaccel_plan_linear(plan, id, &l, &id));
		all += widths[i + 1];
		/* In place, the plan shares the object; copied, it keeps none. */
		assert_int_equal(l.weights->refs, 2);
		nmaccel_weights_unref(l.weights);
	}
	assert_ok(nmaccel_plan_add(plan, first, id, &l.epilogue, &id));
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
	assert_ok(nmaccel_plan_query(plan, &info));
	/* Most is live at the layer 512 -> 128 or 96 -> 512 (64 + 96 + 512, 64 + 512 + 128). */
	assert_int_equal(info.activation_bytes, (uint64_t)2048 * (64 + 512 + 128));
	assert_true(info.activation_bytes < all * 2048);
	bound = info.weight_bytes + 2 * info.activation_bytes;
	assert_true(info.peak_bytes >= bound);
	assert_true(info.peak_bytes <= bound + bound / 10);
	if (copies)
		assert_int_equal(inject_get_counts().memories, 3);
	nmaccel_plan_unref(plan);
	assert_int_equal(inject_get_counts().memories, 0);
}

static void test_memory(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_device *dev;

	check_memory(f->dev, false);
	assert_ok(inject_open(&(struct inject_settings){.no_wrap = true}, &dev));
	check_memory(dev, true);
	nmaccel_device_unref(dev);
}

/* Copied weights are let go at compile; those used in place with the plan. */
static void test_weights_kept(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 1, 1, 4);
	struct nmaccel_linear l = good_linear(f);
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;
	int copies;

	/* The fixture and its plan. */
	assert_int_equal(f->w1x1->refs, 2);
	for (copies = 0; copies < 2; copies++) {
		assert_ok(inject_open(&(struct inject_settings){.no_wrap = copies}, &dev));
		assert_ok(nmaccel_plan_create(dev, &plan));
		assert_ok(nmaccel_plan_input(plan, &tensor, &id));
		assert_ok(nmaccel_plan_linear(plan, id, &l, &id));
		assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
		assert_int_equal(f->w1x1->refs, 3);
		assert_ok(nmaccel_plan_compile(plan, NULL));
		assert_int_equal(f->w1x1->refs, copies ? 2 : 3);
		nmaccel_plan_unref(plan);
		nmaccel_device_unref(dev);
		assert_int_equal(f->w1x1->refs, 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_misuse),
		TEST(test_input_misuse),
		TEST(test_output_misuse),
		TEST(test_epilogue_misuse),
		TEST(test_linear_misuse),
		TEST(test_bias_f32_misuse),
		TEST(test_conv2d_misuse),
		TEST(test_output_too_large),
		TEST(test_add_misuse),
		TEST(test_pool_misuse),
		TEST(test_compile_misuse),
		TEST(test_calls_after_compile),
		TEST(test_compile_failures),
		TEST(test_device_limits),
		TEST(test_submit_misuse),
		TEST(test_tensors),
		TEST(test_query),
		TEST(test_memory),
		TEST(test_weights_kept),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
