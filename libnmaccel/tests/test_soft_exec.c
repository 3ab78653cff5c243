/* SPDX-License-Identifier: MIT */
/* The soft executor as a whole: random descriptors of each kind against naive definitions. */
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "soft/kernels.h"
#include "soft_case.h"

enum {
	BUF_IN,
	BUF_IN2,
	BUF_OUT,
	BUF_WEIGHTS,
	BUF_PARAMS,
	N_BUFS
};

/* A descriptor, its memory and the bytes that must come out. */
struct test_case {
	struct nmaccel_hw_desc desc;
	struct nmaccel_exec_buffer buffers[N_BUFS];
	int8_t *weights;
	uint8_t *expected;
	uint64_t steps, loads;
};

static const char *const isas[] = {"scalar", "avx2", "avx512"};

static void *open_executor(const char *isa, const char *threads)
{
	void *executor = NULL;

	assert_int_equal(setenv("NMACCEL_ISA", isa, 1), 0);
	assert_int_equal(setenv("NMACCEL_THREADS", threads, 1), 0);
	assert_int_equal(nmaccel_soft_executor.open(&executor), NMACCEL_OK);
	assert_int_equal(unsetenv("NMACCEL_ISA"), 0);
	assert_int_equal(unsetenv("NMACCEL_THREADS"), 0);
	return executor;
}

/* ---- making cases ---------------------------------------------------------------------------- */

static void buffer_init(struct nmaccel_exec_buffer *buffer, uint64_t bytes, uint32_t flags)
{
	buffer->data = case_alloc(bytes + CASE_GUARD);
	memset(buffer->data, CASE_POISON, bytes + CASE_GUARD);
	buffer->size = bytes;
	buffer->flags = flags;
}

/* Memory that ends where the buffer ends, for the sanitizer to see any read beyond it. */
static void input_init(struct nmaccel_exec_buffer *buffer, uint64_t bytes)
{
	buffer->data = malloc(bytes);
	assert_non_null(buffer->data);
	assert_int_equal((uintptr_t)buffer->data % NMACCEL_ALIGN, 0);
	buffer->size = bytes;
	buffer->flags = NMACCEL_BUF_READ;
}

static void fill_random(struct case_rng *rng, struct nmaccel_exec_buffer *buffer)
{
	int8_t *data = buffer->data;
	bool extreme = case_random(rng) % 8 == 0;
	uint64_t i;

	for (i = 0; i < buffer->size; i++)
		data[i] = extreme ? -128 : (int8_t)case_random(rng);
}

static void tensor_init(struct case_rng *rng, struct nmaccel_hw_tensor *tensor, uint32_t buffer,
			uint32_t ch)
{
	tensor->buffer = buffer;
	tensor->ch = ch;
	tensor->ch0 = (uint32_t)case_range(rng, 0, 3);
	tensor->channels = tensor->ch0 + ch + (uint32_t)case_range(rng, 0, 3);
	tensor->offset = 16u * (uint32_t)case_range(rng, 0, 3);
}

static void window_init(struct case_rng *rng, struct nmaccel_hw_desc *d)
{
	d->batch = (uint32_t)case_range(rng, 1, 3);
	d->in_h = (uint32_t)case_range(rng, 1, 18);
	d->in_w = (uint32_t)case_range(rng, 1, 40);
	d->kernel_h = (uint32_t)case_range(rng, 1, 4);
	d->kernel_w = (uint32_t)case_range(rng, 1, 4);
	d->stride_h = (uint32_t)case_range(rng, 1, 3);
	d->stride_w = (uint32_t)case_range(rng, 1, 3);
	d->dilation_h = (uint32_t)case_range(rng, 1, 3);
	d->dilation_w = (uint32_t)case_range(rng, 1, 3);
	d->pad_top = (uint32_t)case_range(rng, 0, 5);
	d->pad_left = (uint32_t)case_range(rng, 0, 5);
	d->out_h = (uint32_t)case_range(rng, 1, 14);
	d->out_w = (uint32_t)case_range(rng, 1, 30);
}

/* A linear layer, or a 1 x 1 convolution that reads each pixel as it lies. */
static void window_straight(struct case_rng *rng, struct nmaccel_hw_desc *d)
{
	d->batch = (uint32_t)case_range(rng, 1, 200);
	d->in_h = d->out_h = (uint32_t)case_range(rng, 1, 2);
	d->in_w = d->out_w = (uint32_t)case_range(rng, 1, 2);
	d->kernel_h = d->kernel_w = d->stride_h = d->stride_w = 1;
	d->dilation_h = (uint32_t)case_range(rng, 1, 2);
	d->dilation_w = (uint32_t)case_range(rng, 1, 2);
	d->pad_top = d->pad_left = 0;
}

/* A 1 x 1 convolution of an image larger or smaller than the output. */
static void window_crop(struct case_rng *rng, struct nmaccel_hw_desc *d)
{
	window_init(rng, d);
	d->kernel_h = d->kernel_w = d->stride_h = d->stride_w = 1;
	d->pad_top = d->pad_left = 0;
}

/* More taps than are kept from one channel group to the next. */
static void window_large(struct case_rng *rng, struct nmaccel_hw_desc *d)
{
	window_init(rng, d);
	d->kernel_h = (uint32_t)case_range(rng, 5, 9);
	d->kernel_w = (uint32_t)case_range(rng, 6, 9);
	d->out_h = d->batch = 1;
}

static void numbers_init(struct case_rng *rng, struct nmaccel_hw_desc *d)
{
	d->in_zero = case_range(rng, -128, 127);
	d->out_zero = case_range(rng, -128, 127);
	d->act_min = case_range(rng, -128, 0);
	d->act_max = case_range(rng, 0, 127);
	if (case_random(rng) % 2) {
		d->act_min = -128;
		d->act_max = 127;
	}
}

static uint32_t random_scale(struct case_rng *rng)
{
	static const uint32_t odd[] = {0x7fc00000, 0x7f800000, 0xff800000, 0x00000001,
				       0x80000000, 0x7f7fffff, 0x3f000000};

	if (case_random(rng) % 16 == 0)
		return odd[case_random(rng) % 7];
	return case_bits((float)(case_random(rng) % 1000 + 1) * 1e-5f);
}

static void make_weights(struct case_rng *rng, struct test_case *test)
{
	struct nmaccel_hw_desc *d = &test->desc;
	uint32_t taps = d->kernel_h * d->kernel_w;
	size_t i, n = (size_t)d->out.ch * taps * d->in.ch;
	uint32_t percent = (uint32_t)case_range(rng, 0, 100);
	bool extreme = case_random(rng) % 8 == 0;
	struct case_panel panel = {d->out.ch, taps, d->in.ch, d->block_rows, NULL};
	struct case_stream stream;

	test->weights = case_alloc(n);
	for (i = 0; i < n; i++) {
		test->weights[i] = extreme ? -128 : (int8_t)case_random(rng);
		if (case_random(rng) % 100 >= percent)
			test->weights[i] = 0;
	}
	panel.weights = test->weights;
	stream = case_pack(&panel, rng, true);
	d->weights_offset = 16u * (uint32_t)case_range(rng, 0, 2);
	d->weights_bytes = stream.bytes;
	input_init(&test->buffers[BUF_WEIGHTS], d->weights_offset + stream.bytes);
	memcpy((uint8_t *)test->buffers[BUF_WEIGHTS].data + d->weights_offset, stream.data,
	       stream.bytes);
	free(stream.data);
}

static void make_params(struct case_rng *rng, struct test_case *test)
{
	struct nmaccel_hw_desc *d = &test->desc;
	struct nmaccel_hw_param *params;
	uint32_t r;

	d->params_offset = 16u * (uint32_t)case_range(rng, 0, 2);
	input_init(&test->buffers[BUF_PARAMS],
		   d->params_offset + d->out.ch * sizeof(struct nmaccel_hw_param));
	params = (void *)((uint8_t *)test->buffers[BUF_PARAMS].data + d->params_offset);
	for (r = 0; r < d->out.ch; r++) {
		params[r].bias = (int32_t)case_random(rng) >> case_range(rng, 0, 24);
		params[r].scale = random_scale(rng);
	}
}

static void make_conv(struct case_rng *rng, struct test_case *test)
{
	struct nmaccel_hw_desc *d = &test->desc;
	uint32_t ch = (uint32_t)case_range(rng, 1, 40);

	switch (case_random(rng) % 8) {
	case 0:
		window_crop(rng, d);
		break;
	case 1:
		window_large(rng, d);
		break;
	case 2:
	case 3:
	case 4:
		window_straight(rng, d);
		break;
	default:
		window_init(rng, d);
	}
	if (case_random(rng) % 3 == 0)
		ch = (uint32_t)case_range(rng, 100, 300);
	d->op = NMACCEL_OP_CONV;
	d->block_rows = case_random(rng) % 2 ? 128 : 256;
	tensor_init(rng, &d->in, BUF_IN, ch);
	tensor_init(rng, &d->out, BUF_OUT, (uint32_t)case_range(rng, 1, 90));
	d->weights = BUF_WEIGHTS;
	d->params = BUF_PARAMS;
	if (case_random(rng) % 3 == 0) {
		d->flags = NMACCEL_FLAG_OUT_S32;
		d->out_zero = 0;
		d->act_min = case_random(rng) % 2 ? INT32_MIN : -1000;
		d->act_max = case_random(rng) % 2 ? INT32_MAX : 1000;
	}
	make_weights(rng, test);
	make_params(rng, test);
}

static void make_add(struct case_rng *rng, struct test_case *test)
{
	struct nmaccel_hw_desc *d = &test->desc;
	uint32_t ch = (uint32_t)case_range(rng, 1, 100);

	window_straight(rng, d);
	d->op = NMACCEL_OP_ADD;
	d->dilation_h = d->dilation_w = 1;
	tensor_init(rng, &d->in, BUF_IN, ch);
	tensor_init(rng, &d->in2, BUF_IN2, ch);
	tensor_init(rng, &d->out, BUF_OUT, ch);
	d->in2_zero = case_range(rng, -128, 127);
	d->scale = random_scale(rng);
	d->scale2 = random_scale(rng);
}

static void make_pool(struct case_rng *rng, struct test_case *test)
{
	struct nmaccel_hw_desc *d = &test->desc;
	uint32_t ch = (uint32_t)case_range(rng, 1, 100);

	window_init(rng, d);
	if (case_random(rng) % 4 == 0) {
		d->kernel_h = d->in_h;
		d->kernel_w = d->in_w;
		d->out_h = d->out_w = 1;
		d->batch = (uint32_t)case_range(rng, 1, 70);
	}
	d->op = case_random(rng) % 2 ? NMACCEL_OP_POOL_MAX : NMACCEL_OP_POOL_AVG;
	tensor_init(rng, &d->in, BUF_IN, ch);
	tensor_init(rng, &d->out, BUF_OUT, ch);
	if (d->op == NMACCEL_OP_POOL_AVG) {
		d->scale = random_scale(rng);
		d->flags = case_random(rng) % 2 ? NMACCEL_FLAG_COUNT_VALID : 0;
	}
}

/* What the naive definition says, over a copy of the poisoned output buffer. */
static void make_expected(struct test_case *test)
{
	const struct nmaccel_hw_desc *d = &test->desc;
	const struct nmaccel_exec_buffer *out = &test->buffers[BUF_OUT];
	uint32_t elem = d->flags & NMACCEL_FLAG_OUT_S32 && d->op == NMACCEL_OP_CONV ? 4 : 1;
	const int8_t *in = test->buffers[BUF_IN].data;
	const struct nmaccel_hw_param *params = NULL;
	uint64_t pixels = case_pixels(d, true);
	uint64_t p, end = (pixels + CASE_COLUMNS - 1) / CASE_COLUMNS * CASE_COLUMNS;
	uint32_t c;

	if (d->op == NMACCEL_OP_CONV)
		params = (const void *)((const uint8_t *)test->buffers[BUF_PARAMS].data +
					d->params_offset);
	test->expected = case_alloc(out->size + CASE_GUARD);
	memset(test->expected, CASE_POISON, out->size + CASE_GUARD);
	for (c = 0; c < d->out.ch; c++) {
		for (p = 0; p < end; p++) {
			int32_t q = 0;

			if (p >= pixels)
				q = 0;
			else if (d->op == NMACCEL_OP_CONV)
				q = (int32_t)case_conv(d, in, params, test->weights, p, c);
			else if (d->op == NMACCEL_OP_ADD)
				q = (int32_t)case_add(d, in, test->buffers[BUF_IN2].data, p, c);
			else
				q = (int32_t)case_pool(d, in, p, c);
			if (elem == 4)
				memcpy(test->expected + case_at(&d->out, p, c, 4), &q, 4);
			else
				test->expected[case_at(&d->out, p, c, 1)] = (uint8_t)q;
		}
	}
}

static void case_init(struct case_rng *rng, struct test_case *test, enum nmaccel_op op)
{
	struct nmaccel_hw_desc *d = &test->desc;
	uint32_t elem;

	memset(test, 0, sizeof(*test));
	numbers_init(rng, d);
	if (op == NMACCEL_OP_CONV)
		make_conv(rng, test);
	else if (op == NMACCEL_OP_ADD)
		make_add(rng, test);
	else
		make_pool(rng, test);

	elem = d->flags & NMACCEL_FLAG_OUT_S32 && d->op == NMACCEL_OP_CONV ? 4 : 1;
	input_init(&test->buffers[BUF_IN],
		   d->in.offset + case_tensor_bytes(&d->in, case_pixels(d, false), 1));
	fill_random(rng, &test->buffers[BUF_IN]);
	input_init(&test->buffers[BUF_IN2],
		   d->in2.offset + case_tensor_bytes(&d->in2, case_pixels(d, false), 1) +
			   (op == NMACCEL_OP_ADD ? 0 : 16));
	fill_random(rng, &test->buffers[BUF_IN2]);
	buffer_init(&test->buffers[BUF_OUT],
		    d->out.offset + case_tensor_bytes(&d->out, case_pixels(d, true), elem),
		    NMACCEL_BUF_WRITE);
	if (!test->buffers[BUF_WEIGHTS].data)
		input_init(&test->buffers[BUF_WEIGHTS], 16);
	if (!test->buffers[BUF_PARAMS].data)
		input_init(&test->buffers[BUF_PARAMS], 16);
	make_expected(test);
}

static void case_fini(struct test_case *test)
{
	uint32_t i;

	for (i = 0; i < N_BUFS; i++)
		free(test->buffers[i].data);
	free(test->weights);
	free(test->expected);
}

/* ---- running them ---------------------------------------------------------------------------- */

static void check_case(void *executor, struct test_case *test)
{
	const struct nmaccel_exec_buffer *out = &test->buffers[BUF_OUT];
	struct nmaccel_hw_record record = {.seq = 77};
	uint64_t tiles = (case_pixels(&test->desc, true) + CASE_COLUMNS - 1) / CASE_COLUMNS;
	void *program = NULL;
	int status;

	memset(out->data, CASE_POISON, out->size + CASE_GUARD);
	status = (int)nmaccel_soft_executor.prepare(executor, &test->desc, 1, test->buffers, N_BUFS,
						    &program);
	if (status != NMACCEL_OK)
		print_error("%s\n", nmaccel_last_error());
	assert_int_equal(status, NMACCEL_OK);
	assert_int_equal(nmaccel_soft_executor.run(executor, program, test->buffers, &record),
			 NMACCEL_OK);
	nmaccel_soft_executor.release(executor, program);

	assert_memory_equal(out->data, test->expected, out->size + CASE_GUARD);
	assert_int_equal(record.seq, 77);
	assert_int_equal(record.state, NMACCEL_JOB_DONE);
	assert_int_equal(record.fault, NMACCEL_FAULT_NONE);
	assert_int_equal(record.descs_done, 1);
	assert_int_equal(record.tiles_done, tiles);
	if (test->desc.op == NMACCEL_OP_CONV)
		assert_int_equal(record.loads, tiles * test->desc.kernel_h * test->desc.kernel_w *
						       test->desc.in.ch);
	else
		assert_int_equal(record.loads + record.steps, 0);
}

static void run_random(enum nmaccel_op op, uint32_t n)
{
	static const char *const threads[] = {"1", "2", "7"};
	struct case_rng rng = {case_seed() + op};
	uint32_t i, isa, t, checked = 0;
	void *executors[3][3] = {{NULL}};

	for (isa = 0; isa <= (uint32_t)nmaccel_soft_isa_best(); isa++)
		for (t = 0; t < 3; t++)
			executors[isa][t] = open_executor(isas[isa], threads[t]);
	for (i = 0; i < n; i++) {
		struct test_case test;

		case_init(&rng, &test, op);
		for (isa = 0; isa < 3; isa++)
			for (t = 0; t < 3; t++)
				if (executors[isa][t]) {
					check_case(executors[isa][t], &test);
					checked++;
				}
		case_fini(&test);
	}
	for (isa = 0; isa < 3; isa++)
		for (t = 0; t < 3; t++)
			if (executors[isa][t])
				nmaccel_soft_executor.close(executors[isa][t]);
	print_message("# %u runs checked, best ISA %s\n", checked, isas[nmaccel_soft_isa_best()]);
}

static void test_conv(void **state)
{
	(void)state;
	run_random(NMACCEL_OP_CONV, 300);
}

static void test_add(void **state)
{
	(void)state;
	run_random(NMACCEL_OP_ADD, 100);
}

static void test_pool(void **state)
{
	(void)state;
	run_random(NMACCEL_OP_POOL_MAX, 150);
}

/* ---- the caller's floating-point environment --------------------------------------------------
 */

static void test_rounding_mode(void **state)
{
	static const int modes[] = {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
	static const enum nmaccel_op ops[] = {NMACCEL_OP_CONV, NMACCEL_OP_ADD, NMACCEL_OP_POOL_AVG};
	struct case_rng rng = {case_seed()};
	uint32_t i, isa;

	(void)state;
	for (i = 0; i < 60; i++) {
		struct test_case test;

		case_init(&rng, &test, ops[i % 3]);
		for (isa = 0; isa <= (uint32_t)nmaccel_soft_isa_best(); isa++) {
			void *executor;

			/* The executor's threads are started in this mode, too. */
			assert_int_equal(fesetround(modes[i / 3 % 3]), 0);
			executor = open_executor(isas[isa], "3");
			check_case(executor, &test);
			assert_int_equal(fegetround(), modes[i / 3 % 3]);
			nmaccel_soft_executor.close(executor);
			assert_int_equal(fesetround(FE_TONEAREST), 0);
		}
		case_fini(&test);
	}
}

/* ---- several callers at once ----------------------------------------------------------------- */

struct caller {
	void *executor;
	uint64_t seed;
	uint32_t bad;
};

static void *caller_main(void *arg)
{
	struct caller *caller = arg;
	struct case_rng rng = {caller->seed};
	uint32_t i, k;

	for (i = 0; i < 10; i++) {
		struct nmaccel_hw_record record = {0};
		struct test_case test;
		void *program = NULL;

		case_init(&rng, &test, i % 2 ? NMACCEL_OP_CONV : NMACCEL_OP_POOL_MAX);
		if (nmaccel_soft_executor.prepare(caller->executor, &test.desc, 1, test.buffers,
						  N_BUFS, &program) != NMACCEL_OK) {
			caller->bad++;
			case_fini(&test);
			continue;
		}
		for (k = 0; k < 3; k++) {
			const struct nmaccel_exec_buffer *out = &test.buffers[BUF_OUT];

			memset(out->data, CASE_POISON, out->size);
			if (nmaccel_soft_executor.run(caller->executor, program, test.buffers,
						      &record) != NMACCEL_OK ||
			    memcmp(out->data, test.expected, out->size) != 0)
				caller->bad++;
		}
		nmaccel_soft_executor.release(caller->executor, program);
		case_fini(&test);
	}
	return NULL;
}

static void test_callers(void **state)
{
	struct caller callers[5];
	pthread_t threads[5];
	uint64_t seed = case_seed();
	void *executor;
	uint32_t i;

	(void)state;
	executor = open_executor(isas[nmaccel_soft_isa_best()], "3");
	for (i = 0; i < 5; i++) {
		callers[i] = (struct caller){.executor = executor, .seed = seed + 100 * i};
		assert_int_equal(pthread_create(&threads[i], NULL, caller_main, &callers[i]), 0);
	}
	for (i = 0; i < 5; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(callers[i].bad, 0);
	}
	nmaccel_soft_executor.close(executor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conv),	cmocka_unit_test(test_add),
		cmocka_unit_test(test_pool),	cmocka_unit_test(test_rounding_mode),
		cmocka_unit_test(test_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
