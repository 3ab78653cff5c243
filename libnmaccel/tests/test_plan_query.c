// SPDX-License-Identifier: MIT
/* Compiled plans: misuse of submit, what a plan tells of itself, the memory that it holds. */
#include "plan_fixture.h"

#include "weights.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_submit_misuse), PLAN_TEST(test_tensors),	     PLAN_TEST(test_query),
		PLAN_TEST(test_memory),	       PLAN_TEST(test_weights_kept),
	};

	return cmocka_run_group_tests_name("plan_query", tests, NULL, NULL);
}
