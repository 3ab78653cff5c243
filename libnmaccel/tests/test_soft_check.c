/* SPDX-License-Identifier: MIT */
/* What the soft executor refuses: from a valid descriptor, one thing broken at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "exec_fault.h"
#include "soft/check.h"
#include "soft/settings.h"
#include "soft_case.h"

#define AT(field) ((uint32_t)offsetof(struct nmaccel_hw_desc, field))

enum {
	BUF_IN,
	BUF_OUT,
	BUF_WEIGHTS,
	BUF_PARAMS,
	N_BUFS
};

enum {
	ROWS = 5,
	CHANNELS = 20,
	STREAM_BYTES = 16 + (1 + 0 + 2 + 1 + 1) * 16
};

/* One block of 20 channels, five rows with 1, 0, 2, 1 and 1 steps. */
struct fixture {
	struct nmaccel_hw_desc desc;
	struct nmaccel_exec_buffer buffers[N_BUFS];
	void *executor;
	uint8_t *stream;
};

static void setup_desc(struct nmaccel_hw_desc *d, enum nmaccel_op op)
{
	memset(d, 0, sizeof(*d));
	d->op = op;
	d->in = (struct nmaccel_hw_tensor){.channels = 24, .offset = 16, .ch0 = 2, .ch = CHANNELS};
	d->out = (struct nmaccel_hw_tensor){
		.buffer = BUF_OUT, .channels = 24, .ch0 = 1, .ch = CHANNELS};
	d->batch = 2;
	d->in_h = d->out_h = 6;
	d->in_w = d->out_w = 7;
	d->kernel_h = d->kernel_w = d->stride_h = d->stride_w = 1;
	d->dilation_h = d->dilation_w = 1;
	d->act_min = -128;
	d->act_max = 127;
	if (op == NMACCEL_OP_CONV) {
		d->out.ch = ROWS;
		d->weights = BUF_WEIGHTS;
		d->params = BUF_PARAMS;
		d->weights_offset = 32;
		d->weights_bytes = STREAM_BYTES;
		d->params_offset = 16;
		d->block_rows = 128;
	} else if (op == NMACCEL_OP_ADD) {
		d->in2 = d->in;
		d->scale = d->scale2 = 0x3f800000;
	} else if (op == NMACCEL_OP_POOL_AVG) {
		d->scale = 0x3f800000;
	}
}

static void setup_buffer(struct nmaccel_exec_buffer *buffer, uint64_t bytes, uint32_t flags)
{
	buffer->data = case_alloc(bytes);
	memset(buffer->data, 0, bytes);
	buffer->size = bytes;
	buffer->flags = flags;
}

static int setup(void **state)
{
	static const uint8_t counts[ROWS] = {1, 0, 2, 1, 1};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(nmaccel_soft_executor.open(&f->executor), NMACCEL_OK);
	setup_desc(&f->desc, NMACCEL_OP_CONV);
	/* Two blocks of columns; the last one ends with the last channel that is used. */
	setup_buffer(&f->buffers[BUF_IN], 16 + (24 + 22) * 64, NMACCEL_BUF_READ);
	setup_buffer(&f->buffers[BUF_OUT], (24 + 21) * 64, NMACCEL_BUF_WRITE | NMACCEL_BUF_READ);
	setup_buffer(&f->buffers[BUF_WEIGHTS], 32 + STREAM_BYTES, NMACCEL_BUF_READ);
	setup_buffer(&f->buffers[BUF_PARAMS], 16 + ROWS * 8, NMACCEL_BUF_READ);
	f->stream = (uint8_t *)f->buffers[BUF_WEIGHTS].data + 32;
	memcpy(f->stream, counts, sizeof(counts));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < N_BUFS; i++)
		free(f->buffers[i].data);
	nmaccel_soft_executor.close(f->executor);
	free(f);
	return 0;
}

static void expect_good(struct fixture *f)
{
	void *program = NULL;

	if (nmaccel_soft_executor.prepare(f->executor, &f->desc, 1, f->buffers, N_BUFS, &program) !=
	    NMACCEL_OK)
		fail_msg("refused: %s", nmaccel_last_error());
	nmaccel_soft_executor.release(f->executor, program);
}

/* prepare refuses and names the fault, after a first descriptor that is good. */
static void expect_fault(struct fixture *f, enum nmaccel_fault fault)
{
	struct nmaccel_hw_desc descs[2];
	void *program = NULL;

	setup_desc(&descs[0], NMACCEL_OP_POOL_MAX);
	descs[0].in.ch = descs[0].out.ch = ROWS;
	descs[1] = f->desc;
	if (fault == NMACCEL_FAULT_BUFFER || fault == NMACCEL_FAULT_ACCESS ||
	    fault == NMACCEL_FAULT_BOUNDS)
		descs[0] = f->desc;
	assert_int_equal(
		nmaccel_soft_executor.prepare(f->executor, descs, 2, f->buffers, N_BUFS, &program),
		NMACCEL_ERR_FAULT);
	assert_null(program);
	if (!strstr(nmaccel_last_error(), nmaccel_fault_name(fault)))
		fail_msg("no '%s' in: %s", nmaccel_fault_name(fault), nmaccel_last_error());
}

/* ---- fields ---------------------------------------------------------------------------------- */

struct bad_field {
	enum nmaccel_op op;
	uint32_t offset;
	uint32_t value;
	enum nmaccel_fault fault;
	uint32_t detail;
};

#define C   NMACCEL_OP_CONV
#define A   NMACCEL_OP_ADD
#define MAX NMACCEL_OP_POOL_MAX
#define AVG NMACCEL_OP_POOL_AVG
#define FLD NMACCEL_FAULT_FIELD
#define LIM NMACCEL_FAULT_LIMIT

/* A field that must not be this; detail 0 means the field itself. */
static const struct bad_field bad_fields[] = {
	{C, AT(op), 0, NMACCEL_FAULT_OP, 0},
	{C, AT(op), 5, NMACCEL_FAULT_OP, 0},
	{C, AT(op), 33, NMACCEL_FAULT_OP, 0},
	{C, AT(flags), 2, FLD, 0},
	{C, AT(flags), 4, FLD, 0},
	{A, AT(flags), 1, FLD, 0},
	{MAX, AT(flags), 2, FLD, 0},
	{AVG, AT(flags), 1, FLD, 0},
	{C, AT(in.channels), 0, FLD, 0},
	{C, AT(in.channels), 65537, LIM, 0},
	{C, AT(in.channels), 21, FLD, AT(in.ch)},
	{C, AT(in.ch0), 24, FLD, 0},
	{C, AT(in.ch0), 5, FLD, AT(in.ch)},
	{C, AT(in.ch0), 0xffffffff, FLD, 0},
	{C, AT(in.ch), 0, FLD, 0},
	{C, AT(in.ch), 23, FLD, 0},
	{C, AT(in.ch), 0xffffffff, FLD, 0},
	{C, AT(out.channels), 0, FLD, 0},
	{C, AT(out.channels), 65537, LIM, 0},
	{C, AT(out.ch0), 24, FLD, 0},
	{C, AT(out.ch), 0, FLD, 0},
	{C, AT(out.ch), 24, FLD, 0},
	{MAX, AT(out.ch), 19, FLD, 0},
	{A, AT(out.ch), 19, FLD, 0},
	{A, AT(in2.ch), 19, FLD, 0},
	{A, AT(in2.channels), 0, FLD, 0},
	{A, AT(in2.channels), 65537, LIM, 0},
	{A, AT(in2.ch0), 24, FLD, 0},
	{C, AT(in2.buffer), 1, FLD, 0},
	{C, AT(in2.channels), 1, FLD, 0},
	{C, AT(in2.offset), 16, FLD, 0},
	{C, AT(in2.ch0), 1, FLD, 0},
	{MAX, AT(in2.ch), 1, FLD, 0},
	{A, AT(weights), 1, FLD, 0},
	{A, AT(params), 1, FLD, 0},
	{MAX, AT(weights_offset), 16, FLD, 0},
	{MAX, AT(weights_bytes), 16, FLD, 0},
	{AVG, AT(params_offset), 16, FLD, 0},
	{C, AT(batch), 0, FLD, 0},
	{C, AT(batch), 0x40000001, LIM, 0},
	{C, AT(batch), 0x40000000, LIM, 0},
	{C, AT(in_h), 0, FLD, 0},
	{C, AT(in_h), 0x40000000, LIM, 0},
	{C, AT(in_h), 0xffffffff, LIM, 0},
	{C, AT(in_w), 0, FLD, 0},
	{C, AT(in_w), 0xffffffff, LIM, 0},
	{C, AT(out_h), 0, FLD, 0},
	{C, AT(out_h), 0x40000000, LIM, 0},
	{C, AT(out_w), 0, FLD, 0},
	{C, AT(out_w), 0xffffffff, LIM, 0},
	{A, AT(out_h), 7, FLD, 0},
	{A, AT(out_w), 6, FLD, 0},
	{C, AT(kernel_h), 0, FLD, 0},
	{C, AT(kernel_h), 256, LIM, 0},
	{C, AT(kernel_w), 0, FLD, 0},
	{C, AT(kernel_w), 256, LIM, 0},
	{C, AT(stride_h), 0, FLD, 0},
	{C, AT(stride_h), 256, LIM, 0},
	{C, AT(stride_w), 0, FLD, 0},
	{C, AT(stride_w), 256, LIM, 0},
	{C, AT(dilation_h), 0, FLD, 0},
	{C, AT(dilation_h), 256, LIM, 0},
	{C, AT(dilation_w), 0, FLD, 0},
	{C, AT(dilation_w), 256, LIM, 0},
	{C, AT(pad_top), 256, LIM, 0},
	{C, AT(pad_left), 256, LIM, 0},
	{A, AT(kernel_h), 2, FLD, 0},
	{A, AT(kernel_w), 2, FLD, 0},
	{A, AT(stride_h), 2, FLD, 0},
	{A, AT(stride_w), 2, FLD, 0},
	{A, AT(dilation_h), 2, FLD, 0},
	{A, AT(dilation_w), 2, FLD, 0},
	{A, AT(pad_top), 1, FLD, 0},
	{A, AT(pad_left), 1, FLD, 0},
	{C, AT(in_zero), 128, FLD, 0},
	{C, AT(in_zero), (uint32_t)-129, FLD, 0},
	{C, AT(in2_zero), 1, FLD, 0},
	{A, AT(in2_zero), 128, FLD, 0},
	{C, AT(out_zero), 128, FLD, 0},
	{C, AT(out_zero), (uint32_t)-129, FLD, 0},
	{C, AT(act_min), (uint32_t)-129, FLD, 0},
	{C, AT(act_max), 128, FLD, 0},
	{C, AT(act_max), (uint32_t)-128 - 1, FLD, 0},
	{C, AT(scale), 1, FLD, 0},
	{MAX, AT(scale), 1, FLD, 0},
	{AVG, AT(scale2), 1, FLD, 0},
	{C, AT(block_rows), 0, FLD, 0},
	{C, AT(block_rows), 64, FLD, 0},
	{C, AT(block_rows), 512, FLD, 0},
	{A, AT(block_rows), 128, FLD, 0},
	{C, AT(reserved[0]), 1, FLD, 0},
	{MAX, AT(reserved[14]), 0x80000000, FLD, 0},
};

static void set_field(struct nmaccel_hw_desc *desc, uint32_t offset, uint32_t value)
{
	memcpy((char *)desc + offset, &value, sizeof(value));
}

static void test_fields(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(bad_fields) / sizeof(bad_fields[0]); i++) {
		const struct bad_field *bad = &bad_fields[i];
		struct nmaccel_hw_record record = {0};
		uint32_t detail = bad->detail ? bad->detail : bad->offset;

		setup_desc(&f->desc, bad->op);
		expect_good(f);
		set_field(&f->desc, bad->offset, bad->value);
		if (nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record) ||
		    record.fault != bad->fault || record.fault_detail != detail)
			fail_msg("bad_fields[%zu]: op %d field %u = %u: fault %u, detail %u", i,
				 bad->op, bad->offset, bad->value, record.fault,
				 record.fault_detail);
		expect_fault(f, bad->fault);
	}
}

static void test_order_and_size(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record record = {0};

	f->desc.act_min = 5;
	f->desc.act_max = 4;
	assert_false(nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record));
	assert_int_equal(record.fault, NMACCEL_FAULT_FIELD);
	assert_int_equal(record.fault_detail, AT(act_min));

	/* 32-bit output: any range, but no zero point. */
	setup_desc(&f->desc, NMACCEL_OP_CONV);
	f->desc.flags = NMACCEL_FLAG_OUT_S32;
	f->desc.act_min = INT32_MIN;
	f->desc.act_max = INT32_MAX;
	f->desc.out_zero = 1;
	assert_false(nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record));
	assert_int_equal(record.fault_detail, AT(out_zero));

	/* More rows than an engine's accumulators hold, a longer reduction than is exact. */
	setup_desc(&f->desc, NMACCEL_OP_CONV);
	f->desc.out = (struct nmaccel_hw_tensor){.buffer = BUF_OUT, .channels = 600, .ch = 513};
	assert_false(nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record));
	assert_int_equal(record.fault, NMACCEL_FAULT_LIMIT);
	assert_int_equal(record.fault_detail, AT(out.ch));
	setup_desc(&f->desc, NMACCEL_OP_CONV);
	f->desc.kernel_h = f->desc.kernel_w = 81;
	assert_false(nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record));
	assert_int_equal(record.fault, NMACCEL_FAULT_LIMIT);
	assert_int_equal(record.fault_detail, AT(in.ch));
}

/* ---- buffers --------------------------------------------------------------------------------- */

static void expect_buffer_fault(struct fixture *f, enum nmaccel_fault fault, uint32_t buffer,
				uint64_t offset, uint32_t detail)
{
	struct nmaccel_hw_record record = {0};

	assert_false(nmaccel_soft_check_buffers(f->buffers, N_BUFS, &record) &&
		     nmaccel_soft_check_desc(&f->desc, f->buffers, N_BUFS, &record));
	assert_int_equal(record.fault, fault);
	assert_int_equal(record.fault_buffer, buffer);
	assert_int_equal(record.fault_offset, offset);
	assert_int_equal(record.fault_detail, detail);
	expect_fault(f, fault);
}

static void test_no_such_buffer(void **state)
{
	static const uint32_t fields[] = {AT(in.buffer), AT(out.buffer), AT(weights), AT(params)};
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		setup_desc(&f->desc, NMACCEL_OP_CONV);
		set_field(&f->desc, fields[i], N_BUFS);
		expect_buffer_fault(f, NMACCEL_FAULT_BUFFER, N_BUFS, 0, fields[i]);
		set_field(&f->desc, fields[i], 0xffffffff);
		expect_buffer_fault(f, NMACCEL_FAULT_BUFFER, 0xffffffff, 0, fields[i]);
	}
}

/* Just as large as the convolution's output. */
static void fit_output(struct fixture *f)
{
	f->buffers[BUF_OUT].size = (24 + 1 + ROWS) * 64;
}

/* How the convolution uses each buffer. */
static const struct {
	uint32_t at_buffer, at_offset;
	uint64_t offset, bytes;
} uses[N_BUFS] = {
	[BUF_IN] = {AT(in.buffer), AT(in.offset), 16, (24 + 22) * 64},
	[BUF_OUT] = {AT(out.buffer), AT(out.offset), 0, (24 + 1 + ROWS) * 64},
	[BUF_WEIGHTS] = {AT(weights), AT(weights_offset), 32, STREAM_BYTES},
	[BUF_PARAMS] = {AT(params), AT(params_offset), 16, ROWS * 8},
};

static void test_malformed_buffers(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < N_BUFS; i++) {
		struct nmaccel_exec_buffer good = f->buffers[i];

		f->buffers[i].flags |= NMACCEL_BUF_PAGE_LIST;
		expect_buffer_fault(f, NMACCEL_FAULT_BUFFER, i, 0,
				    offsetof(struct nmaccel_hw_buffer, flags));
		f->buffers[i] = good;
		f->buffers[i].data = (char *)good.data + 8;
		expect_buffer_fault(f, NMACCEL_FAULT_BUFFER, i, 0,
				    offsetof(struct nmaccel_hw_buffer, addr));
		f->buffers[i] = good;

		/* Only what is final must be there already. */
		f->buffers[i].data = NULL;
		if (i == BUF_WEIGHTS || i == BUF_PARAMS)
			expect_buffer_fault(f, NMACCEL_FAULT_BUFFER, i, 0,
					    offsetof(struct nmaccel_hw_buffer, addr));
		else
			expect_good(f);
		f->buffers[i] = good;
	}
}

static void test_uses(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	fit_output(f);
	for (i = 0; i < N_BUFS; i++) {
		struct nmaccel_exec_buffer good = f->buffers[i];
		uint64_t end = uses[i].offset + uses[i].bytes;
		uint64_t far = UINT64_MAX - 15;

		f->buffers[i].flags = i == BUF_OUT ? NMACCEL_BUF_READ : NMACCEL_BUF_WRITE;
		expect_buffer_fault(f, NMACCEL_FAULT_ACCESS, i, uses[i].offset, uses[i].at_buffer);
		f->buffers[i] = good;
		f->buffers[i].size--;
		expect_buffer_fault(f, NMACCEL_FAULT_BOUNDS, i, end, uses[i].at_offset);
		f->buffers[i] = good;

		set_field(&f->desc, uses[i].at_offset, 8);
		expect_buffer_fault(f, NMACCEL_FAULT_ALIGN, i, 8, uses[i].at_offset);
		set_field(&f->desc, uses[i].at_offset, 48);
		expect_buffer_fault(f, NMACCEL_FAULT_BOUNDS, i, 48 + uses[i].bytes,
				    uses[i].at_offset);
		memcpy((char *)&f->desc + uses[i].at_offset, &far, sizeof(far));
		expect_buffer_fault(f, NMACCEL_FAULT_BOUNDS, i, UINT64_MAX, uses[i].at_offset);
		setup_desc(&f->desc, NMACCEL_OP_CONV);
	}
}

static void test_counts(void **state)
{
	struct nmaccel_hw_record record = {0};
	struct fixture *f = *state;
	void *program = NULL;

	assert_int_equal(nmaccel_soft_executor.prepare(f->executor, &f->desc, 1, f->buffers,
						       NMACCEL_MAX_BUFFERS + 1, &program),
			 NMACCEL_ERR_FAULT);
	assert_non_null(strstr(nmaccel_last_error(), "NMACCEL_FAULT_JOB"));
	assert_int_equal(nmaccel_soft_executor.prepare(f->executor, &f->desc, NMACCEL_MAX_DESCS + 1,
						       f->buffers, N_BUFS, &program),
			 NMACCEL_ERR_FAULT);
	assert_non_null(strstr(nmaccel_last_error(), "NMACCEL_FAULT_JOB"));
	assert_null(program);

	/* A job of nothing is done at once. */
	assert_int_equal(
		nmaccel_soft_executor.prepare(f->executor, &f->desc, 0, f->buffers, 0, &program),
		NMACCEL_OK);
	assert_int_equal(nmaccel_soft_executor.run(f->executor, program, f->buffers, &record),
			 NMACCEL_OK);
	assert_int_equal(record.state, NMACCEL_JOB_DONE);
	assert_int_equal(record.descs_done, 0);
	nmaccel_soft_executor.release(f->executor, program);
}

/* ---- streams --------------------------------------------------------------------------------- */

/* The message of a stream's fault gives the place: byte in the buffer, and row. */
static void expect_stream_fault(struct fixture *f, enum nmaccel_fault fault, uint64_t offset,
				uint32_t row)
{
	char words[64];

	expect_fault(f, fault);
	snprintf(words, sizeof(words), "(offset %llu, detail %u)", (unsigned long long)offset, row);
	if (!strstr(nmaccel_last_error(), words) ||
	    !strstr(nmaccel_last_error(), "at descriptor 1 ") ||
	    !strstr(nmaccel_last_error(), "buffer 2 "))
		fail_msg("no '%s' in: %s", words, nmaccel_last_error());
}

static void test_stream_index(void **state)
{
	struct fixture *f = *state;
	uint32_t slot;

	/* Every slot of the last row, first legal and then one too far; unused slots count. */
	for (slot = 8; slot < 16; slot++) {
		uint8_t *index = f->stream + STREAM_BYTES - 16 + slot;

		*index = CHANNELS - 1;
		expect_good(f);
		*index = CHANNELS;
		expect_stream_fault(f, NMACCEL_FAULT_INDEX, 32 + STREAM_BYTES - 16 + slot,
				    ROWS - 1);
		*index = 255;
		expect_fault(f, NMACCEL_FAULT_INDEX);
		*index = 0;
	}
}

static void test_stream_ends(void **state)
{
	struct fixture *f = *state;

	/* A row more than there is, and a step less than there are. */
	f->stream[4]++;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32 + STREAM_BYTES, 4);
	f->stream[4] -= 2;
	expect_stream_fault(f, NMACCEL_FAULT_TRAILING, 32 + STREAM_BYTES - 16, 0);
	f->stream[4]++;
	f->stream[0] = 255;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32 + STREAM_BYTES, 0);
	f->stream[0] = 1;
	expect_good(f);

	f->desc.weights_bytes = 15;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32 + 15, ROWS - 1);
	f->desc.weights_bytes = 3;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32 + 3, 3);
	f->desc.weights_bytes = 0;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32, 0);
	f->desc.weights_bytes = STREAM_BYTES - 1;
	expect_stream_fault(f, NMACCEL_FAULT_TRUNCATED, 32 + STREAM_BYTES - 1, 4);
}

static void test_stream_padding(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = ROWS; i < 16; i++) {
		f->stream[i] = 1;
		expect_stream_fault(f, NMACCEL_FAULT_PADDING, 32 + i, 0);
		f->stream[i] = 0;
	}
	expect_good(f);
}

/* ---- runs on other buffers than those prepared ----------------------------------------------- */

static void test_run_buffers(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record record = {.seq = 9};
	void *program = NULL;
	uint32_t i, what;

	assert_int_equal(nmaccel_soft_executor.prepare(f->executor, &f->desc, 1, f->buffers, N_BUFS,
						       &program),
			 NMACCEL_OK);
	for (i = 0; i < N_BUFS; i++)
		for (what = 0; what < 4; what++) {
			struct nmaccel_exec_buffer good = f->buffers[i];

			if (what == 0)
				f->buffers[i].data = NULL;
			else if (what == 1)
				f->buffers[i].data = (char *)good.data + 4;
			else if (what == 2)
				f->buffers[i].size -= 64;
			else
				f->buffers[i].flags ^= NMACCEL_BUF_WRITE;
			assert_int_equal(nmaccel_soft_executor.run(f->executor, program, f->buffers,
								   &record),
					 NMACCEL_ERR_FAULT);
			assert_int_equal(record.seq, 9);
			assert_int_equal(record.state, NMACCEL_JOB_FAULT);
			assert_int_equal(record.fault, NMACCEL_FAULT_BUFFER);
			assert_int_equal(record.fault_buffer, i);
			assert_int_equal(record.descs_done, 0);
			f->buffers[i] = good;
		}
	assert_int_equal(nmaccel_soft_executor.run(f->executor, program, f->buffers, &record),
			 NMACCEL_OK);
	assert_int_equal(record.state, NMACCEL_JOB_DONE);
	assert_int_equal(record.steps, 2 * 5);
	assert_int_equal(record.loads, 2 * CHANNELS);
	assert_int_equal(record.tiles_done, 2);
	nmaccel_soft_executor.release(f->executor, program);
}

/* A stream whose bytes change after it was checked may give other numbers, but nothing worse. */
static void test_changed_stream(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record record = {0};
	struct case_rng rng = {case_seed()};
	void *program = NULL;
	uint32_t round, i;

	assert_int_equal(nmaccel_soft_executor.prepare(f->executor, &f->desc, 1, f->buffers, N_BUFS,
						       &program),
			 NMACCEL_OK);
	for (round = 0; round < 500; round++) {
		for (i = 0; i < STREAM_BYTES; i++)
			f->stream[i] = (uint8_t)case_random(&rng);
		assert_int_equal(
			nmaccel_soft_executor.run(f->executor, program, f->buffers, &record),
			NMACCEL_OK);
	}
	nmaccel_soft_executor.release(f->executor, program);
}

/* ---- the environment ------------------------------------------------------------------------- */

static void test_threads(void **state)
{
	static const char *const bad[] = {
		"", "0", "257", "-1", "+1", " 1", "1x", "0x2", "two", "1.", "99999999999999999999"};
	struct nmaccel_soft_settings settings;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		void *executor = NULL;

		setenv("NMACCEL_THREADS", bad[i], 1);
		assert_int_equal(nmaccel_soft_executor.open(&executor), NMACCEL_ERR_INVALID);
		assert_null(executor);
		assert_non_null(strstr(nmaccel_last_error(), "NMACCEL_THREADS"));
	}
	setenv("NMACCEL_THREADS", "256", 1);
	assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_OK);
	assert_int_equal(settings.threads, 256);
	unsetenv("NMACCEL_THREADS");
	assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_OK);
	assert_in_range(settings.threads, 1, 256);
}

static void test_isa(void **state)
{
	static const char *const bad[] = {"", "AVX2", "avx", "avx2 ", "sse2"};
	struct nmaccel_soft_settings settings;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("NMACCEL_ISA", bad[i], 1);
		assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_ERR_INVALID);
		assert_non_null(strstr(nmaccel_last_error(), "NMACCEL_ISA"));
	}
	setenv("NMACCEL_ISA", "scalar", 1);
	assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_OK);
	assert_int_equal(settings.isa, NMACCEL_SOFT_ISA_SCALAR);
	setenv("NMACCEL_ISA", "avx512", 1);
	if (nmaccel_soft_isa_best() == NMACCEL_SOFT_ISA_AVX512)
		assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_OK);
	else
		assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_ERR_UNSUPPORTED);
	unsetenv("NMACCEL_ISA");
	assert_int_equal(nmaccel_soft_settings_read(&settings), NMACCEL_OK);
	assert_int_equal(settings.isa, nmaccel_soft_isa_best());
}

static void test_describe(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_device_info info = {.size = sizeof(info), .name = "kept"};

	nmaccel_soft_executor.describe(f->executor, &info);
	assert_int_equal(info.size, sizeof(info));
	assert_string_equal(info.name, "kept");
	assert_string_equal(info.backend, "soft");
	assert_true(strlen(info.description) > 0);
	assert_int_equal(info.lanes, 8);
	assert_int_equal(info.block_rows, 256);
	assert_int_equal(info.columns, 64);
	assert_int_equal(info.max_rows, 512);
	assert_int_equal(info.contract_version, NMACCEL_CONTRACT_VERSION);
	assert_in_range(info.engines, 1, 256);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fields),
		TEST(test_order_and_size),
		TEST(test_no_such_buffer),
		TEST(test_malformed_buffers),
		TEST(test_uses),
		TEST(test_counts),
		TEST(test_stream_index),
		TEST(test_stream_ends),
		TEST(test_stream_padding),
		TEST(test_run_buffers),
		TEST(test_changed_stream),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_isa),
		TEST(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
