// SPDX-License-Identifier: MIT
/* Plans, runs and fences: each argument wrong in turn, and right calls in a wrong order. */
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <unistd.h>

#include "api.h"

struct fixture {
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan; /* one s8 input of 2 x 5 x 6 x 4, nothing else */
	nmaccel_tensor_id in;
	struct nmaccel_weights *weights; /* 3 x 4 */
};

static const struct nmaccel_tensor good_tensor = {
	.type = NMACCEL_TYPE_S8,
	.layout = NMACCEL_LAYOUT_NHWC,
	.batch = 2,
	.height = 5,
	.width = 6,
	.channels = 4,
	.quant = {0.5f, 3},
};

static const struct nmaccel_epilogue good_epilogue = {
	.type = NMACCEL_TYPE_U8,
	.quant = {0.25f, 7},
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dev = open_device();
	f->weights = make_weights(3, 4);
	expect_ok(nmaccel_plan_create(f->dev, &f->plan));
	expect_ok(nmaccel_plan_input(f->plan, &good_tensor, &f->in));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	nmaccel_plan_unref(f->plan);
	nmaccel_weights_unref(f->weights);
	nmaccel_device_unref(f->dev);
	free(f);
	return 0;
}

static void test_create(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = UNTOUCHED(struct nmaccel_plan);

	expect_invalid(nmaccel_plan_create(NULL, &plan));
	expect_invalid(nmaccel_plan_create(f->dev, NULL));
	assert_ptr_equal(plan, UNTOUCHED(struct nmaccel_plan));
	assert_ptr_equal(nmaccel_plan_ref(f->plan), f->plan);
	nmaccel_plan_unref(f->plan);
	nmaccel_plan_unref(NULL);
	assert_null(nmaccel_plan_ref(NULL));
}

static void expect_input_refused(struct fixture *f, const struct nmaccel_tensor *tensor)
{
	nmaccel_tensor_id id = 77;
	enum nmaccel_status status = nmaccel_plan_input(f->plan, tensor, &id);

	if (status != NMACCEL_ERR_INVALID && status != NMACCEL_ERR_OVERFLOW)
		fail_msg("%s", nmaccel_status_name(status));
	assert_int_equal(id, 77);
}

static void test_input(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_tensor t;
	nmaccel_tensor_id id;

	expect_invalid(nmaccel_plan_input(NULL, &good_tensor, &id));
	expect_invalid(nmaccel_plan_input(f->plan, NULL, &id));
	expect_invalid(nmaccel_plan_input(f->plan, &good_tensor, NULL));
#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		t = good_tensor;                                                                   \
		t.field = value;                                                                   \
		expect_input_refused(f, &t);                                                       \
	} while (0)
	REFUSED(type, NMACCEL_TYPE_S32);
	REFUSED(type, NMACCEL_TYPE_F32);
	REFUSED(type, (enum nmaccel_type)0);
	REFUSED(type, (enum nmaccel_type)BAD_ENUM);
	REFUSED(layout, (enum nmaccel_layout)0);
	REFUSED(layout, (enum nmaccel_layout)BAD_ENUM);
	REFUSED(batch, 0);
	REFUSED(height, 0);
	REFUSED(width, 0);
	REFUSED(channels, 0);
	REFUSED(batch, UINT32_MAX);
	REFUSED(height, UINT32_MAX);
	REFUSED(width, UINT32_MAX);
	REFUSED(channels, UINT32_MAX);
	REFUSED(channels, 65537);
	REFUSED(quant.scale, 0.0f);
	REFUSED(quant.scale, -1.0f);
	REFUSED(quant.scale, NAN);
	REFUSED(quant.scale, INFINITY);
	REFUSED(quant.zero_point, 128);
	REFUSED(quant.zero_point, -129);
	REFUSED(quant.zero_point, INT32_MIN);
#undef REFUSED
	t = good_tensor;
	t.type = NMACCEL_TYPE_U8;
	t.quant.zero_point = -1;
	expect_input_refused(f, &t);
}

static void test_tensor_bytes(void **state)
{
	struct nmaccel_tensor t = good_tensor;

	(void)state;
	assert_int_equal(nmaccel_tensor_bytes(&t), 240);
	t.type = NMACCEL_TYPE_F32;
	assert_int_equal(nmaccel_tensor_bytes(&t), 960);
	assert_int_equal(nmaccel_tensor_bytes(NULL), 0);
	t.type = (enum nmaccel_type)BAD_ENUM;
	assert_int_equal(nmaccel_tensor_bytes(&t), 0);
	t = good_tensor;
	t.batch = t.height = t.width = t.channels = UINT32_MAX;
	assert_int_equal(nmaccel_tensor_bytes(&t), 0);
}

static void expect_linear_refused(struct fixture *f, const struct nmaccel_linear *linear)
{
	nmaccel_tensor_id id = 77;
	enum nmaccel_status status = nmaccel_plan_linear(f->plan, f->in, linear, &id);

	if (status != NMACCEL_ERR_INVALID && status != NMACCEL_ERR_OVERFLOW &&
	    status != NMACCEL_ERR_UNSUPPORTED)
		fail_msg("%s", nmaccel_status_name(status));
	assert_int_equal(id, 77);
}

/* The epilogue is checked alike for all layers; here it is gone through once. */
static void test_epilogue(void **state)
{
	struct fixture *f = *state;
	const struct nmaccel_linear good = {
		.size = sizeof(good),
		.weights = f->weights,
		.epilogue = good_epilogue,
	};
	struct nmaccel_linear bad;

#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.epilogue.activation = NMACCEL_ACT_CLAMP;                                       \
		bad.epilogue.clamp_min = -1;                                                       \
		bad.epilogue.clamp_max = 1;                                                        \
		bad.epilogue.field = value;                                                        \
		expect_linear_refused(f, &bad);                                                    \
	} while (0)
	REFUSED(type, (enum nmaccel_type)0);
	REFUSED(type, (enum nmaccel_type)BAD_ENUM);
	REFUSED(type, NMACCEL_TYPE_S32);
	REFUSED(quant.scale, 0.0f);
	REFUSED(quant.scale, -0.25f);
	REFUSED(quant.scale, NAN);
	REFUSED(quant.scale, INFINITY);
	REFUSED(quant.zero_point, 256);
	REFUSED(quant.zero_point, -1);
	REFUSED(activation, (enum nmaccel_activation)3);
	REFUSED(activation, (enum nmaccel_activation)BAD_ENUM);
	REFUSED(clamp_min, 1.5f);
	REFUSED(clamp_min, NAN);
	REFUSED(clamp_max, NAN);
#undef REFUSED
	/* A multiplier that fp32 cannot hold. */
	bad = good;
	bad.epilogue.quant.scale = 1e-39f;
	expect_linear_refused(f, &bad);
}

static void test_linear(void **state)
{
	struct fixture *f = *state;
	const struct nmaccel_linear good = {
		.size = sizeof(good),
		.weights = f->weights,
		.epilogue = good_epilogue,
	};
	struct nmaccel_linear bad = good;
	nmaccel_tensor_id id = 77;

	expect_invalid(nmaccel_plan_linear(NULL, f->in, &good, &id));
	expect_invalid(nmaccel_plan_linear(f->plan, f->in, NULL, &id));
	expect_invalid(nmaccel_plan_linear(f->plan, f->in, &good, NULL));
	expect_invalid(nmaccel_plan_linear(f->plan, f->in + 1, &good, &id));
	expect_invalid(nmaccel_plan_linear(f->plan, UINT32_MAX, &good, &id));
	bad.size = 0;
	expect_linear_refused(f, &bad);
	bad.size = SIZE_MAX;
	expect_linear_refused(f, &bad);
	bad = good;
	bad.weights = NULL;
	expect_linear_refused(f, &bad);
	bad = good;
	bad.bias_s32 = (const int32_t[3]){0};
	bad.bias_f32 = (const float[3]){0};
	expect_linear_refused(f, &bad);
	bad = good;
	bad.bias_f32 = (const float[3]){0, NAN, 0};
	expect_linear_refused(f, &bad);
	bad.bias_f32 = (const float[3]){0, 1e30f, 0};
	expect_linear_refused(f, &bad);
	bad = good;
	bad.weights = make_weights(3, 5);
	expect_linear_refused(f, &bad);
	nmaccel_weights_unref(bad.weights);
	assert_int_equal(id, 77);
	expect_ok(nmaccel_plan_linear(f->plan, f->in, &good, &id));

	/* 32-bit results go out, not on. */
	bad = good;
	bad.epilogue = (struct nmaccel_epilogue){.type = NMACCEL_TYPE_S32};
	expect_ok(nmaccel_plan_linear(f->plan, f->in, &bad, &id));
	bad = good;
	bad.weights = make_weights(3, 3);
	expect_invalid(nmaccel_plan_linear(f->plan, id, &bad, &id));
	nmaccel_weights_unref(bad.weights);
}

static void test_conv2d(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_conv2d good = {
		.size = sizeof(good),
		.epilogue = good_epilogue,
	};
	int8_t w[3 * 3 * 3 * 4] = {0};
	struct nmaccel_weight_view view;
	struct nmaccel_conv2d bad;
	nmaccel_tensor_id id = 77;

	expect_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, w, 3, 4, 3,
					   3));
	expect_ok(nmaccel_weights_pack(&view, NULL, &good.weights));
	expect_invalid(nmaccel_plan_conv2d(NULL, f->in, &good, &id));
	expect_invalid(nmaccel_plan_conv2d(f->plan, f->in, NULL, &id));
	expect_invalid(nmaccel_plan_conv2d(f->plan, f->in, &good, NULL));
	expect_invalid(nmaccel_plan_conv2d(f->plan, 1, &good, &id));
#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		enum nmaccel_status status;                                                        \
                                                                                                   \
		bad = good;                                                                        \
		bad.field = value;                                                                 \
		status = nmaccel_plan_conv2d(f->plan, f->in, &bad, &id);                           \
		assert_true(status == NMACCEL_ERR_INVALID || status == NMACCEL_ERR_OVERFLOW);      \
		assert_int_equal(id, 77);                                                          \
	} while (0)
	REFUSED(size, 1);
	REFUSED(weights, NULL);
	REFUSED(window.stride_h, 256);
	REFUSED(window.stride_w, UINT32_MAX);
	REFUSED(window.dilation_h, 256);
	REFUSED(window.dilation_w, UINT32_MAX);
	REFUSED(window.pad_top, 256);
	REFUSED(window.pad_left, UINT32_MAX);
	REFUSED(window.pad_bottom, UINT32_MAX);
	REFUSED(window.pad_right, 256);
	/* The taps then span 7 pixels of a width of 6. */
	REFUSED(window.dilation_w, 3);
#undef REFUSED
	expect_ok(nmaccel_plan_conv2d(f->plan, f->in, &good, &id));
	/* Its output has 3 channels, where the weights want 4. */
	expect_invalid(nmaccel_plan_conv2d(f->plan, id, &good, &id));
	nmaccel_weights_unref(good.weights);
}

static void test_add(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_epilogue bad = {.type = NMACCEL_TYPE_S32};
	struct nmaccel_tensor smaller = good_tensor;
	nmaccel_tensor_id other, id = 77;

	smaller.width = 5;
	expect_ok(nmaccel_plan_input(f->plan, &smaller, &other));
	expect_invalid(nmaccel_plan_add(NULL, f->in, f->in, &good_epilogue, &id));
	expect_invalid(nmaccel_plan_add(f->plan, f->in, 9, &good_epilogue, &id));
	expect_invalid(nmaccel_plan_add(f->plan, 9, f->in, &good_epilogue, &id));
	expect_invalid(nmaccel_plan_add(f->plan, f->in, other, &good_epilogue, &id));
	expect_invalid(nmaccel_plan_add(f->plan, f->in, f->in, NULL, &id));
	expect_invalid(nmaccel_plan_add(f->plan, f->in, f->in, &good_epilogue, NULL));
	assert_int_not_equal(nmaccel_plan_add(f->plan, f->in, f->in, &bad, &id), NMACCEL_OK);
	bad.type = NMACCEL_TYPE_F32;
	assert_int_not_equal(nmaccel_plan_add(f->plan, f->in, f->in, &bad, &id), NMACCEL_OK);
	assert_int_equal(id, 77);
	expect_ok(nmaccel_plan_add(f->plan, f->in, f->in, &good_epilogue, &id));
}

static void test_pool2d(void **state)
{
	struct fixture *f = *state;
	const struct nmaccel_pool2d good = {
		.size = sizeof(good),
		.kind = NMACCEL_POOL_AVERAGE,
		.kernel_h = 2,
		.kernel_w = 2,
		.epilogue = good_epilogue,
	};
	struct nmaccel_pool2d bad;
	nmaccel_tensor_id id = 77;

	expect_invalid(nmaccel_plan_pool2d(NULL, f->in, &good, &id));
	expect_invalid(nmaccel_plan_pool2d(f->plan, f->in, NULL, &id));
	expect_invalid(nmaccel_plan_pool2d(f->plan, f->in, &good, NULL));
	expect_invalid(nmaccel_plan_pool2d(f->plan, 3, &good, &id));
#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.field = value;                                                                 \
		assert_int_not_equal(nmaccel_plan_pool2d(f->plan, f->in, &bad, &id), NMACCEL_OK);  \
		assert_int_equal(id, 77);                                                          \
	} while (0)
	REFUSED(size, 0);
	REFUSED(kind, (enum nmaccel_pool_kind)0);
	REFUSED(kind, (enum nmaccel_pool_kind)BAD_ENUM);
	REFUSED(kernel_h, 0);
	REFUSED(kernel_w, 0);
	REFUSED(kernel_h, 6);
	REFUSED(kernel_w, 256);
	REFUSED(window.stride_h, UINT32_MAX);
	REFUSED(window.pad_left, UINT32_MAX);
	REFUSED(count_padding, 2);
	REFUSED(epilogue.type, NMACCEL_TYPE_S32);
	REFUSED(epilogue.type, (enum nmaccel_type)BAD_ENUM);
#undef REFUSED
	expect_ok(nmaccel_plan_pool2d(f->plan, f->in, &good, &id));
}

static void test_output_and_compile(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_compile_options options = {.size = 0};
	const struct nmaccel_linear linear = {
		.size = sizeof(linear),
		.weights = f->weights,
		.epilogue = good_epilogue,
	};
	struct nmaccel_io in = {0}, out = {0};
	struct nmaccel_fence *fence = UNTOUCHED(struct nmaccel_fence);
	nmaccel_tensor_id id;

	expect_invalid(nmaccel_plan_compile(NULL, NULL));
	/* Nothing comes out yet. */
	expect_invalid(nmaccel_plan_compile(f->plan, NULL));
	expect_invalid(nmaccel_plan_output(NULL, f->in, NMACCEL_LAYOUT_NHWC));
	expect_ok(nmaccel_plan_linear(f->plan, f->in, &linear, &id));
	expect_invalid(nmaccel_plan_output(f->plan, id + 1, NMACCEL_LAYOUT_NHWC));
	expect_invalid(nmaccel_plan_output(f->plan, id, (enum nmaccel_layout)BAD_ENUM));
	expect_ok(nmaccel_plan_output(f->plan, id, NMACCEL_LAYOUT_NCHW));
	expect_invalid(nmaccel_plan_compile(f->plan, &options));
	options.size = sizeof(options);
	options.max_in_flight = UINT32_MAX;
	assert_int_not_equal(nmaccel_plan_compile(f->plan, &options), NMACCEL_OK);

	/* Before it is compiled a plan cannot run; afterwards it cannot change. */
	expect_invalid(nmaccel_plan_submit(f->plan, &in, &out, &fence));
	expect_invalid(nmaccel_plan_run(f->plan, &in, &out));
	expect_ok(nmaccel_plan_compile(f->plan, NULL));
	expect_invalid(nmaccel_plan_compile(f->plan, NULL));
	expect_invalid(nmaccel_plan_input(f->plan, &good_tensor, &id));
	expect_invalid(nmaccel_plan_linear(f->plan, f->in, &linear, &id));
	expect_invalid(nmaccel_plan_add(f->plan, f->in, f->in, &good_epilogue, &id));
	expect_invalid(nmaccel_plan_output(f->plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ptr_equal(fence, UNTOUCHED(struct nmaccel_fence));
}

static void test_queries(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = make_plan(f->dev, 2, 3, 4, 1);
	struct nmaccel_plan_info info = {0};
	struct nmaccel_tensor tensor;

	expect_invalid(nmaccel_plan_query(plan, &info));
	info.size = sizeof(info);
	expect_invalid(nmaccel_plan_query(NULL, &info));
	expect_invalid(nmaccel_plan_query(plan, NULL));
	expect_ok(nmaccel_plan_query(plan, &info));
	assert_int_equal(info.n_inputs, 1);
	assert_int_equal(info.n_outputs, 1);
	assert_int_equal(info.n_layers, 1);
	assert_int_equal(info.max_in_flight, 1);
	assert_int_equal(info.macs, 2 * 3 * 4);
	assert_int_equal(info.nonzero_macs, 2 * 3 * 4);
	assert_true(info.peak_bytes >= info.weight_bytes + info.activation_bytes);

	expect_invalid(nmaccel_plan_input_tensor(NULL, 0, &tensor));
	expect_invalid(nmaccel_plan_input_tensor(plan, 1, &tensor));
	expect_invalid(nmaccel_plan_input_tensor(plan, 0, NULL));
	expect_invalid(nmaccel_plan_output_tensor(NULL, 0, &tensor));
	expect_invalid(nmaccel_plan_output_tensor(plan, UINT32_MAX, &tensor));
	expect_invalid(nmaccel_plan_output_tensor(plan, 0, NULL));
	expect_ok(nmaccel_plan_output_tensor(plan, 0, &tensor));
	assert_int_equal(tensor.type, NMACCEL_TYPE_S32);
	assert_int_equal(nmaccel_tensor_bytes(&tensor), 2 * 3 * 4);
	nmaccel_plan_unref(plan);
}

static void test_submit(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = make_plan(f->dev, 2, 3, 4, 1);
	struct nmaccel_fence *fence = UNTOUCHED(struct nmaccel_fence);
	struct nmaccel_device *other = open_device();
	struct nmaccel_buffer *buf = NULL, *foreign = NULL;
	int8_t x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	int32_t y[6] = {0};
	const struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};
	const struct nmaccel_io out = {.data = y, .bytes = sizeof(y)};
	struct nmaccel_io bad;

	expect_ok(nmaccel_buffer_create(f->dev, 24, &buf));
	expect_ok(nmaccel_buffer_create(other, 24, &foreign));
	expect_invalid(nmaccel_plan_submit(NULL, &in, &out, &fence));
	expect_invalid(nmaccel_plan_submit(plan, NULL, &out, &fence));
	expect_invalid(nmaccel_plan_submit(plan, &in, NULL, &fence));
	expect_invalid(nmaccel_plan_submit(plan, &in, &out, NULL));
	expect_invalid(nmaccel_plan_run(NULL, &in, &out));
	expect_invalid(nmaccel_plan_run(plan, NULL, &out));
#define REFUSED(...)                                                                               \
	do {                                                                                       \
		bad = (struct nmaccel_io){__VA_ARGS__};                                            \
		expect_invalid(nmaccel_plan_submit(plan, &in, &bad, &fence));                      \
	} while (0)
	REFUSED(.data = NULL, .bytes = sizeof(y));
	REFUSED(.data = y, .bytes = sizeof(y) - 1);
	REFUSED(.data = y, .bytes = sizeof(y), .buffer = buf);
	REFUSED(.buffer = buf, .bytes = sizeof(y), .offset = 1);
	REFUSED(.buffer = buf, .bytes = sizeof(y), .offset = UINT64_MAX);
	REFUSED(.buffer = buf, .bytes = UINT64_MAX);
	REFUSED(.buffer = foreign, .bytes = sizeof(y));
#undef REFUSED
	bad = in;
	bad.bytes--;
	expect_invalid(nmaccel_plan_submit(plan, &bad, &out, &fence));
	assert_ptr_equal(fence, UNTOUCHED(struct nmaccel_fence));

	/* None of that has taken away the one run that may be in flight. */
	expect_ok(nmaccel_plan_run(plan, &in, &out));
	assert_memory_equal(y, ((int32_t[]){10, 10, 10, 26, 26, 26}), sizeof(y));
	nmaccel_buffer_unref(buf);
	nmaccel_buffer_unref(foreign);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(other);
}

static void test_fence(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = make_plan(f->dev, 2, 3, 4, 0);
	struct nmaccel_run_stats stats = {0};
	struct nmaccel_fence *fence = NULL;
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	int8_t x[8] = {0};
	int32_t y[6];
	struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};
	struct nmaccel_io out = {.data = y, .bytes = sizeof(y)};

	expect_invalid(nmaccel_fence_wait(NULL, 0));
	expect_ok(nmaccel_plan_submit(plan, &in, &out, &fence));
	expect_ok(nmaccel_fence_wait(fence, UINT64_MAX - 1));
	expect_ok(nmaccel_fence_wait(fence, 0));
	expect_invalid(nmaccel_fence_stats(fence, &stats));
	stats.size = sizeof(stats);
	expect_invalid(nmaccel_fence_stats(NULL, &stats));
	expect_invalid(nmaccel_fence_stats(fence, NULL));
	expect_ok(nmaccel_fence_stats(fence, &stats));
	expect_ok(nmaccel_plan_query(plan, &info));
	assert_int_equal(stats.steps, info.steps);
	assert_ptr_equal(nmaccel_fence_ref(fence), fence);
	assert_null(nmaccel_fence_ref(NULL));
	nmaccel_fence_unref(fence);
	nmaccel_fence_unref(NULL);

	/* The fence keeps the plan, and the plan its device. */
	nmaccel_plan_unref(plan);
	expect_ok(nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER));
	nmaccel_fence_unref(fence);
}

static void poll_export(struct nmaccel_fence *fence)
{
	struct pollfd ready = {.events = POLLIN};

	expect_ok(nmaccel_fence_export_fd(fence, &ready.fd));
	assert_int_equal(fcntl(ready.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(poll(&ready, 1, -1), 1);
	close(ready.fd);
}

/* A card's run can be polled for; a CPU's cannot, and says so. */
static void test_fence_export(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_plan *plan = make_plan(f->dev, 2, 3, 4, 0);
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_fence *fence = NULL;
	int8_t x[8] = {0};
	int32_t y[6];
	struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};
	struct nmaccel_io out = {.data = y, .bytes = sizeof(y)};
	int fd = -5;

	expect_ok(nmaccel_device_query(f->dev, &info));
	expect_ok(nmaccel_plan_submit(plan, &in, &out, &fence));
	expect_invalid(nmaccel_fence_export_fd(NULL, &fd));
	expect_invalid(nmaccel_fence_export_fd(fence, NULL));
	if (strcmp(info.backend, "drm")) {
		expect_status(NMACCEL_ERR_UNSUPPORTED, nmaccel_fence_export_fd(fence, &fd));
		/* The run writes to this frame. */
		expect_ok(nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER));
	} else {
		/* While the run is under way, and when it has ended. */
		poll_export(fence);
		expect_ok(nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER));
		poll_export(fence);
	}
	assert_int_equal(fd, -5);
	nmaccel_fence_unref(fence);
	nmaccel_plan_unref(plan);
}

/* All references are dropped while runs are under way: they end on their own. */
static void test_drop_in_flight(void **state)
{
	static int8_t x[512 * 64];
	/* Nobody waits for all the runs of a round, so the next one must not write where they do.
	 */
	static int32_t y[20][8][64 * 64];
	struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};

	(void)state;
	for (size_t i = 0; i < COUNT(y); i++) {
		struct nmaccel_device *dev = open_device();
		struct nmaccel_plan *plan = make_plan(dev, 64, 64, 512, 2);
		struct nmaccel_fence *fence = NULL;

		nmaccel_device_unref(dev);
		for (size_t j = 0; j < COUNT(y[i]); j++) {
			struct nmaccel_io out = {.data = y[i][j], .bytes = sizeof(y[i][j])};

			nmaccel_fence_unref(fence);
			fence = NULL;
			expect_ok(nmaccel_plan_submit(plan, &in, &out, &fence));
		}
		nmaccel_plan_unref(plan);
		if (i % 2)
			expect_ok(nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER));
		nmaccel_fence_unref(fence);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void test_load(void **state)
{
	static const char no_weights[] = "{\"format\": \"nmaccel-plan\", \"version\": 1, "
					 "\"weights\": \"none.nmw\", \"name\": \"x\", "
					 "\"inputs\": [], \"layers\": [], \"outputs\": []}";
	static const char *const wrong[] = {
		"",
		"{",
		"[]",
		"null",
		"{}",
		"\"nmaccel-plan\"",
		"{\"format\": \"nmaccel-plan\"}",
		"{\"format\": \"other\", \"version\": 1}",
		no_weights,
	};
	struct fixture *f = *state;
	struct nmaccel_plan *plan = UNTOUCHED(struct nmaccel_plan);
	char path[] = "/tmp/nmaccel-api.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	expect_invalid(nmaccel_plan_load(NULL, path, 1, &plan));
	expect_invalid(nmaccel_plan_load(f->dev, NULL, 1, &plan));
	expect_invalid(nmaccel_plan_load(f->dev, path, 1, NULL));
	expect_status(NMACCEL_ERR_IO, nmaccel_plan_load(f->dev, "/no/such/net.plan", 1, &plan));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		write_file(path, wrong[i]);
		assert_int_not_equal(nmaccel_plan_load(f->dev, path, 1, &plan), NMACCEL_OK);
		assert_true(*nmaccel_last_error());
	}
	write_file(path, "{\"format\": \"nmaccel-plan\", \"version\": 2}");
	expect_status(NMACCEL_ERR_VERSION, nmaccel_plan_load(f->dev, path, 1, &plan));
	assert_ptr_equal(plan, UNTOUCHED(struct nmaccel_plan));
	unlink(path);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_create),	 test(test_input),	    test(test_tensor_bytes),
		test(test_epilogue),	 test(test_linear),	    test(test_conv2d),
		test(test_add),		 test(test_pool2d),	    test(test_output_and_compile),
		test(test_queries),	 test(test_submit),	    test(test_fence),
		test(test_fence_export), test(test_drop_in_flight), test(test_load),
	};

	return cmocka_run_group_tests_name("api: plans", tests, NULL, NULL);
}
