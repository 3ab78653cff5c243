// SPDX-License-Identifier: MIT
/* Building plans: from a valid call, one wrong field at a time. */
#include "plan_fixture.h"

#include <math.h>

#include "drm/nmaccel_hw.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_create_misuse),	  PLAN_TEST(test_input_misuse),
		PLAN_TEST(test_output_misuse),	  PLAN_TEST(test_epilogue_misuse),
		PLAN_TEST(test_linear_misuse),	  PLAN_TEST(test_bias_f32_misuse),
		PLAN_TEST(test_conv2d_misuse),	  PLAN_TEST(test_output_too_large),
		PLAN_TEST(test_add_misuse),	  PLAN_TEST(test_pool_misuse),
		PLAN_TEST(test_compile_misuse),	  PLAN_TEST(test_calls_after_compile),
		PLAN_TEST(test_compile_failures), PLAN_TEST(test_device_limits),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
