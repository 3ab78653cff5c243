// SPDX-License-Identifier: MIT
/*
 * One negative test per field: from a valid job break one field, expect one fault with its place,
 * and nothing written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen.h"
#include "rng.h"

#define AT(field)	((uint32_t)offsetof(struct nmaccel_hw_desc, field))
#define JOB_AT(field)	((uint32_t)offsetof(struct nmaccel_hw_job, field))
#define ENTRY_AT(field) ((uint32_t)offsetof(struct nmaccel_hw_buffer, field))

#define CONV	 NMACCEL_OP_CONV
#define ADD	 NMACCEL_OP_ADD
#define POOL_MAX NMACCEL_OP_POOL_MAX
#define POOL_AVG NMACCEL_OP_POOL_AVG

#define OP     NMACCEL_FAULT_OP
#define FIELD  NMACCEL_FAULT_FIELD
#define LIMIT  NMACCEL_FAULT_LIMIT
#define BUFFER NMACCEL_FAULT_BUFFER
#define ACCESS NMACCEL_FAULT_ACCESS
#define BOUNDS NMACCEL_FAULT_BOUNDS
#define ALIGN  NMACCEL_FAULT_ALIGN

/* Buffers of the base job, by what they may be used for. */
enum {
	BUF_IN,
	BUF_IN2,
	BUF_OUT,
	BUF_WEIGHTS,
	BUF_PARAMS,
	BUF_COUNT,
};

/*
 * The base job has 2 x 5 x 7 columns, 9 channels of which it uses 3 to 7, and an empty row of
 * weights: with 64 columns a tensor uses (9 + 3 + 5) * 64 = 1088 bytes, from offset 32 on.
 */
#define BUF_BYTES 0x4000u

/* One more than the contract's limits. */
#define CHANNELS_OVER (NMACCEL_MAX_CHANNELS + 1)
#define PIXELS_OVER   (NMACCEL_MAX_PIXELS + 1)
#define KERNEL_OVER   (NMACCEL_MAX_KERNEL + 1)

struct field_case {
	uint32_t op;
	uint32_t at;	/* of the field that is changed */
	uint32_t bytes; /* 4 or 8 */
	uint64_t value;
	uint32_t fault;
	uint32_t detail;
	uint32_t buffer;
	uint64_t offset; /* expected fault_offset */
};

/* A fault that is about no buffer, told by the field that was changed. */
#define PLAIN(op, field, value, fault)                                                             \
	{                                                                                          \
		op, AT(field), 4, (uint32_t)(value), fault, AT(field), 0, 0                        \
	}
#define PLAIN64(op, field, value, fault)                                                           \
	{                                                                                          \
		op, AT(field), 8, value, fault, AT(field), 0, 0                                    \
	}
/* One told by another field. */
#define OTHER(op, field, value, fault, told)                                                       \
	{                                                                                          \
		op, AT(field), 4, (uint32_t)(value), fault, AT(told), 0, 0                         \
	}

#define TENSOR_FIELDS(op, t)                                                                       \
	PLAIN(op, t.channels, 0, FIELD), PLAIN(op, t.channels, CHANNELS_OVER, LIMIT),              \
		PLAIN(op, t.channels, 0xffffffff, LIMIT), OTHER(op, t.channels, 2, FIELD, t.ch0),  \
		OTHER(op, t.channels, 7, FIELD, t.ch), PLAIN(op, t.ch0, 9, FIELD),                 \
		PLAIN(op, t.ch0, 0xffffffff, FIELD), OTHER(op, t.ch0, 5, FIELD, t.ch),             \
		PLAIN(op, t.ch, 0, FIELD), PLAIN(op, t.ch, 8, FIELD),                              \
		PLAIN(op, t.ch, 0xffffffff, FIELD)

/* The place of a tensor: no such buffer, the wrong direction, misplaced, too far. */
#define TENSOR_PLACE(op, t, buf, wrong)                                                             \
	{op, AT(t.buffer), 4, BUF_COUNT, BUFFER, AT(t.buffer), BUF_COUNT, 0},                       \
		{op, AT(t.buffer), 4, 0xffffffff, BUFFER, AT(t.buffer), 0xffffffff, 0},             \
		{op, AT(t.buffer), 4, wrong, ACCESS, AT(t.buffer), wrong, 32},                      \
		{op, AT(t.offset), 8, 8, ALIGN, AT(t.offset), buf, 8},                              \
		{op, AT(t.offset), 8, 33, ALIGN, AT(t.offset), buf, 33},                            \
		{op,	 AT(t.offset), 8,   BUF_BYTES - 16,                                         \
		 BOUNDS, AT(t.offset), buf, BUF_BYTES - 16 + 1088},                                 \
		{op, AT(t.offset), 8, BUF_BYTES - 1072, BOUNDS, AT(t.offset), buf, BUF_BYTES + 16}, \
	{                                                                                           \
		op, AT(t.offset), 8, 0xfffffffffffffff0, BOUNDS, AT(t.offset), buf, UINT64_MAX      \
	}

#define TENSOR_UNUSED(op, t)                                                                       \
	PLAIN(op, t.buffer, 1, FIELD), PLAIN(op, t.channels, 1, FIELD),                            \
		PLAIN64(op, t.offset, 16, FIELD), PLAIN64(op, t.offset, (uint64_t)1 << 40, FIELD), \
		PLAIN(op, t.ch0, 1, FIELD), PLAIN(op, t.ch, 1, FIELD)

#define PIXELS(op)                                                                                 \
	PLAIN(op, batch, 0, FIELD), PLAIN(op, batch, PIXELS_OVER, LIMIT),                          \
		PLAIN(op, batch, NMACCEL_MAX_PIXELS, LIMIT), PLAIN(op, in_h, 0, FIELD),            \
		PLAIN(op, in_h, PIXELS_OVER, LIMIT), PLAIN(op, in_h, 0xffffffff, LIMIT),           \
		PLAIN(op, in_h, NMACCEL_MAX_PIXELS / 6, LIMIT), PLAIN(op, in_w, 0, FIELD),         \
		PLAIN(op, in_w, PIXELS_OVER, LIMIT),                                               \
		OTHER(op, in_w, NMACCEL_MAX_PIXELS, LIMIT, in_h), PLAIN(op, out_h, 0, FIELD),      \
		PLAIN(op, out_h, PIXELS_OVER, LIMIT),                                              \
		PLAIN(op, out_h, NMACCEL_MAX_PIXELS / 6, LIMIT), PLAIN(op, out_w, 0, FIELD),       \
		PLAIN(op, out_w, PIXELS_OVER, LIMIT),                                              \
		OTHER(op, out_w, NMACCEL_MAX_PIXELS, LIMIT, out_h)

#define WINDOW(op)                                                                                 \
	PLAIN(op, kernel_h, 0, FIELD), PLAIN(op, kernel_h, KERNEL_OVER, LIMIT),                    \
		PLAIN(op, kernel_w, 0, FIELD), PLAIN(op, kernel_w, 0xffffffff, LIMIT),             \
		PLAIN(op, stride_h, 0, FIELD), PLAIN(op, stride_h, KERNEL_OVER, LIMIT),            \
		PLAIN(op, stride_w, 0, FIELD), PLAIN(op, stride_w, KERNEL_OVER, LIMIT),            \
		PLAIN(op, pad_top, KERNEL_OVER, LIMIT), PLAIN(op, pad_top, 0xffffffff, LIMIT),     \
		PLAIN(op, pad_left, KERNEL_OVER, LIMIT), PLAIN(op, dilation_h, 0, FIELD),          \
		PLAIN(op, dilation_h, KERNEL_OVER, LIMIT), PLAIN(op, dilation_w, 0, FIELD),        \
		PLAIN(op, dilation_w, KERNEL_OVER, LIMIT)

#define QUANT(op)                                                                                  \
	PLAIN(op, in_zero, 128, FIELD), PLAIN(op, in_zero, -129, FIELD),                           \
		PLAIN(op, out_zero, 128, FIELD), PLAIN(op, out_zero, -129, FIELD),                 \
		PLAIN(op, act_min, -129, FIELD), PLAIN(op, act_min, 101, FIELD),                   \
		PLAIN(op, act_max, 128, FIELD), OTHER(op, act_max, -101, FIELD, act_min)

#define RESERVED(op)                                                                               \
	PLAIN(op, reserved[0], 1, FIELD), PLAIN(op, reserved[1], 1, FIELD),                        \
		PLAIN(op, reserved[2], 1, FIELD), PLAIN(op, reserved[3], 1, FIELD),                \
		PLAIN(op, reserved[4], 1, FIELD), PLAIN(op, reserved[5], 1, FIELD),                \
		PLAIN(op, reserved[6], 1, FIELD), PLAIN(op, reserved[7], 1, FIELD),                \
		PLAIN(op, reserved[8], 1, FIELD), PLAIN(op, reserved[9], 1, FIELD),                \
		PLAIN(op, reserved[10], 1, FIELD), PLAIN(op, reserved[11], 1, FIELD),              \
		PLAIN(op, reserved[12], 1, FIELD), PLAIN(op, reserved[13], 1, FIELD),              \
		PLAIN(op, reserved[14], 0x80000000, FIELD)

#define NO_WEIGHTS(op)                                                                             \
	PLAIN(op, weights, 1, FIELD), PLAIN(op, params, 1, FIELD),                                 \
		PLAIN64(op, weights_offset, 16, FIELD), PLAIN64(op, weights_bytes, 16, FIELD),     \
		PLAIN64(op, params_offset, (uint64_t)1 << 32, FIELD),                              \
		PLAIN(op, block_rows, 128, FIELD)

#define ALL_OPS(op)                                                                                \
	PLAIN(op, flags, 4, FIELD), PLAIN(op, flags, 0x80000000, FIELD), TENSOR_FIELDS(op, in),    \
		TENSOR_FIELDS(op, out), TENSOR_PLACE(op, in, BUF_IN, BUF_OUT),                     \
		TENSOR_PLACE(op, out, BUF_OUT, BUF_IN), PIXELS(op), QUANT(op), RESERVED(op)

static const struct field_case field_cases[] = {
	ALL_OPS(CONV),
	WINDOW(CONV),
	TENSOR_UNUSED(CONV, in2),
	PLAIN(CONV, op, 0, OP),
	PLAIN(CONV, op, 5, OP),
	PLAIN(CONV, op, 0xffffffff, OP),
	PLAIN(CONV, flags, NMACCEL_FLAG_COUNT_VALID, FIELD),
	OTHER(CONV, flags, NMACCEL_FLAG_OUT_S32, FIELD, out_zero),
	{CONV, AT(weights), 4, BUF_COUNT, BUFFER, AT(weights), BUF_COUNT, 0},
	{CONV, AT(weights), 4, BUF_OUT, ACCESS, AT(weights), BUF_OUT, 0},
	{CONV, AT(params), 4, BUF_COUNT, BUFFER, AT(params), BUF_COUNT, 0},
	{CONV, AT(params), 4, BUF_OUT, ACCESS, AT(params), BUF_OUT, 64},
	{CONV, AT(weights_offset), 8, 8, ALIGN, AT(weights_offset), BUF_WEIGHTS, 8},
	{CONV, AT(weights_offset), 8, BUF_BYTES, BOUNDS, AT(weights_offset), BUF_WEIGHTS,
	 BUF_BYTES + 16},
	{CONV, AT(weights_bytes), 8, BUF_BYTES + 1, BOUNDS, AT(weights_offset), BUF_WEIGHTS,
	 BUF_BYTES + 1},
	{CONV, AT(weights_bytes), 8, UINT64_MAX, BOUNDS, AT(weights_offset), BUF_WEIGHTS,
	 UINT64_MAX},
	{CONV, AT(params_offset), 8, 4, ALIGN, AT(params_offset), BUF_PARAMS, 4},
	{CONV, AT(params_offset), 8, BUF_BYTES - 32, BOUNDS, AT(params_offset), BUF_PARAMS,
	 BUF_BYTES + 8},
	{CONV, AT(params_offset), 8, 0xfffffffffffffff0, BOUNDS, AT(params_offset), BUF_PARAMS,
	 UINT64_MAX},
	PLAIN(CONV, in2_zero, 1, FIELD),
	PLAIN(CONV, scale, 1, FIELD),
	PLAIN(CONV, scale2, 0x80000000, FIELD),
	PLAIN(CONV, block_rows, 0, FIELD),
	PLAIN(CONV, block_rows, 127, FIELD),
	PLAIN(CONV, block_rows, 512, FIELD),

	ALL_OPS(ADD),
	TENSOR_FIELDS(ADD, in2),
	TENSOR_PLACE(ADD, in2, BUF_IN2, BUF_OUT),
	NO_WEIGHTS(ADD),
	PLAIN(ADD, flags, NMACCEL_FLAG_OUT_S32, FIELD),
	PLAIN(ADD, flags, NMACCEL_FLAG_COUNT_VALID, FIELD),
	OTHER(ADD, in.ch, 4, FIELD, in2.ch),
	PLAIN(ADD, in2.ch, 4, FIELD),
	PLAIN(ADD, out.ch, 4, FIELD),
	OTHER(ADD, in_h, 4, FIELD, out_h),
	OTHER(ADD, in_w, 4, FIELD, out_w),
	PLAIN(ADD, out_h, 4, FIELD),
	PLAIN(ADD, out_w, 4, FIELD),
	PLAIN(ADD, kernel_h, 2, FIELD),
	PLAIN(ADD, kernel_w, 0, FIELD),
	PLAIN(ADD, stride_h, 2, FIELD),
	PLAIN(ADD, stride_w, 2, FIELD),
	PLAIN(ADD, dilation_h, 2, FIELD),
	PLAIN(ADD, dilation_w, 2, FIELD),
	PLAIN(ADD, pad_top, 1, FIELD),
	PLAIN(ADD, pad_left, 1, FIELD),
	PLAIN(ADD, in2_zero, 128, FIELD),
	PLAIN(ADD, in2_zero, -129, FIELD),

	ALL_OPS(POOL_MAX),
	WINDOW(POOL_MAX),
	TENSOR_UNUSED(POOL_MAX, in2),
	NO_WEIGHTS(POOL_MAX),
	PLAIN(POOL_MAX, flags, NMACCEL_FLAG_OUT_S32, FIELD),
	PLAIN(POOL_MAX, flags, NMACCEL_FLAG_COUNT_VALID, FIELD),
	OTHER(POOL_MAX, in.ch, 4, FIELD, out.ch),
	PLAIN(POOL_MAX, out.ch, 4, FIELD),
	PLAIN(POOL_MAX, in2_zero, 1, FIELD),
	PLAIN(POOL_MAX, scale, 1, FIELD),
	PLAIN(POOL_MAX, scale2, 1, FIELD),

	ALL_OPS(POOL_AVG),
	WINDOW(POOL_AVG),
	TENSOR_UNUSED(POOL_AVG, in2),
	NO_WEIGHTS(POOL_AVG),
	PLAIN(POOL_AVG, flags, NMACCEL_FLAG_OUT_S32, FIELD),
	PLAIN(POOL_AVG, out.ch, 4, FIELD),
	PLAIN(POOL_AVG, in2_zero, 1, FIELD),
	PLAIN(POOL_AVG, scale2, 1, FIELD),
};

static const struct nmaccel_hw_tensor base_tensor = {
	.channels = 9,
	.offset = 32,
	.ch0 = 3,
	.ch = 5,
};

static void base_desc(struct nmaccel_hw_desc *desc, uint32_t op)
{
	memset(desc, 0, sizeof(*desc));
	desc->op = op;
	desc->in = base_tensor;
	desc->out = base_tensor;
	desc->in.buffer = BUF_IN;
	desc->out.buffer = BUF_OUT;
	desc->batch = 2;
	desc->in_h = desc->out_h = 5;
	desc->in_w = desc->out_w = 7;
	desc->kernel_h = desc->kernel_w = 1;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->in_zero = -7;
	desc->out_zero = 5;
	desc->act_min = -100;
	desc->act_max = 100;
	if (op == ADD) {
		desc->in2 = base_tensor;
		desc->in2.buffer = BUF_IN2;
		desc->in2_zero = 3;
		desc->scale = desc->scale2 = 0x3f000000;
		return;
	}
	desc->kernel_h = 2;
	desc->kernel_w = 3;
	desc->pad_top = desc->pad_left = 1;
	if (op == POOL_AVG)
		desc->scale = 0x3e000000;
	if (op != CONV)
		return;
	desc->weights = BUF_WEIGHTS;
	desc->weights_bytes = 16;
	desc->params = BUF_PARAMS;
	desc->params_offset = 64;
	desc->block_rows = 128;
}

static void base_job(struct test_job *job, uint32_t op)
{
	uint32_t i;

	test_job_init(job);
	for (i = 0; i < BUF_COUNT; i++)
		test_job_buffer(job, BUF_BYTES, i == BUF_OUT ? NMACCEL_BUF_WRITE : NMACCEL_BUF_READ,
				i % 2 ? 12 : 0);
	memset(job->buffers[BUF_WEIGHTS].data, 0, 16);
	base_desc(&job->descs[job->n_descs++], op);
}

static const struct nmaccel_engine_variant *default_build(void)
{
	const struct nmaccel_engine_variant *variant = nmaccel_engine_find(8, 256, 64);

	assert_non_null(variant);
	return variant;
}

static void check_unchanged(const struct sim *sim, const struct test_job *job)
{
	struct test_job got = *job;
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++) {
		got.buffers[i].data = malloc(job->buffers[i].size);
		assert_non_null(got.buffers[i].data);
	}
	sim_fetch(sim, &got);
	for (i = 0; i < job->n_buffers; i++)
		assert_memory_equal(got.buffers[i].data, job->buffers[i].data,
				    job->buffers[i].size);
	test_job_free(&got);
}

static void check_fault(const struct sim *sim, uint32_t fault, uint32_t buffer, uint64_t offset,
			uint32_t detail)
{
	const struct nmaccel_hw_record *record = sim->record;

	assert_int_equal(sim->strays, 0);
	assert_int_equal(record->seq, sim->job->seq);
	assert_int_equal(record->state, NMACCEL_JOB_FAULT);
	assert_int_equal(record->fault, fault);
	assert_int_equal(record->fault_detail, detail);
	assert_int_equal(record->fault_buffer, buffer);
	assert_int_equal(record->fault_offset, offset);
	assert_int_equal(record->steps, 0);
	assert_int_equal(record->loads, 0);
}

static void run_field_case(const struct field_case *c, uint32_t n)
{
	struct test_job job;
	struct sim sim;

	base_job(&job, c->op);
	memcpy((uint8_t *)&job.descs[0] + c->at, &c->value, c->bytes);
	sim_map(&sim, &job, SIM_WIDE);
	sim_run(&sim, default_build());
	if (sim.record->fault != c->fault || sim.record->fault_detail != c->detail)
		print_message("case %u: operation %u, byte %u = 0x%llx\n", n, c->op, c->at,
			      (unsigned long long)c->value);
	check_fault(&sim, c->fault, c->buffer, c->offset, c->detail);
	assert_int_equal(sim.record->fault_desc, 0);
	assert_int_equal(sim.record->descs_done, 0);
	assert_int_equal(sim.record->tiles_done, 0);
	check_unchanged(&sim, &job);
	sim_free(&sim);
	test_job_free(&job);
}

/* Every word of the descriptor is broken by some case of each operation, if it can be. */
static void check_field_coverage(uint32_t op)
{
	bool seen[sizeof(struct nmaccel_hw_desc) / 4] = {false};
	uint32_t i;

	for (i = 0; i < sizeof(field_cases) / sizeof(field_cases[0]); i++) {
		if (field_cases[i].op != op)
			continue;
		seen[field_cases[i].at / 4] = true;
		seen[(field_cases[i].at + field_cases[i].bytes - 1) / 4] = true;
	}
	/* Any bits are a scale where there is one; the operation is broken under CONV. */
	if (op == ADD || op == POOL_AVG)
		seen[AT(scale) / 4] = true;
	if (op == ADD)
		seen[AT(scale2) / 4] = true;
	if (op != CONV)
		seen[AT(op) / 4] = true;
	for (i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		if (!seen[i])
			fail_msg("no case breaks byte %u for operation %u", i * 4, op);
}

static void test_fields(void **state)
{
	const uint32_t n = sizeof(field_cases) / sizeof(field_cases[0]);
	uint32_t i;

	(void)state;
	for (i = CONV; i <= POOL_AVG; i++)
		check_field_coverage(i);
	for (i = 0; i < n; i++)
		run_field_case(&field_cases[i], i);
	printf("%u descriptor fields broken\n", n);
}

/* The base jobs are valid, so that each case breaks one thing and no more. */
static void test_base_jobs(void **state)
{
	struct test_job job;
	struct sim sim;
	uint32_t op;

	(void)state;
	for (op = CONV; op <= POOL_AVG; op++) {
		base_job(&job, op);
		sim_map(&sim, &job, SIM_WIDE);
		sim_run(&sim, default_build());
		assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		assert_int_equal(sim.record->tiles_done, 2);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* The first fault is told with its descriptor, and those before it are done. */
static void test_second_descriptor(void **state)
{
	struct test_job job;
	struct sim sim;

	(void)state;
	base_job(&job, POOL_MAX);
	job.descs[1] = job.descs[0];
	job.descs[2] = job.descs[0];
	job.descs[1].batch = 0;
	job.descs[2].op = 0;
	job.n_descs = 3;
	sim_map(&sim, &job, SIM_WIDE);
	sim_run(&sim, default_build());
	check_fault(&sim, FIELD, 0, 0, AT(batch));
	assert_int_equal(sim.record->fault_desc, 1);
	assert_int_equal(sim.record->descs_done, 1);
	assert_int_equal(sim.record->tiles_done, 2);
	sim_free(&sim);
	test_job_free(&job);
}

/* Limits that need more than one field: rows, the reduction axis, a block deeper than the build. */
static void run_limit(const struct nmaccel_engine_variant *variant, uint32_t rows, uint32_t kernel,
		      uint32_t block_rows, uint32_t at)
{
	struct test_job job;
	struct sim sim;

	base_job(&job, CONV);
	job.descs[0].out.channels = 600;
	job.descs[0].out.ch = rows;
	job.descs[0].kernel_h = job.descs[0].kernel_w = kernel;
	job.descs[0].block_rows = block_rows;
	sim_map(&sim, &job, SIM_WIDE);
	sim_run(&sim, variant);
	check_fault(&sim, LIMIT, 0, 0, at);
	check_unchanged(&sim, &job);
	sim_free(&sim);
	test_job_free(&job);
}

static void test_limits(void **state)
{
	(void)state;
	run_limit(default_build(), NMACCEL_MAX_PANEL_ROWS + 1, 1, 128, AT(out.ch));
	run_limit(default_build(), 5, 162, 128, AT(in.ch)); /* 162 * 162 * 5 = 131220 */
	run_limit(nmaccel_engine_find(8, 128, 64), 5, 1, 256, AT(block_rows));
}

struct entry_case {
	uint32_t buffer; /* odd ones of the base job are page lists */
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
	uint32_t detail;
};

static const struct entry_case entry_cases[] = {
	{BUF_IN, ENTRY_AT(addr), 8, 4104, ENTRY_AT(addr)},
	{BUF_IN2, ENTRY_AT(addr), 8, 4097, ENTRY_AT(addr)},
	{BUF_IN, ENTRY_AT(addr), 8, 0xfffffffffffff000, ENTRY_AT(size)},
	{BUF_IN2, ENTRY_AT(addr), 8, 0xfffffffffffffff0, ENTRY_AT(size)},
	{BUF_IN, ENTRY_AT(size), 8, UINT64_MAX, ENTRY_AT(size)},
	{BUF_IN, ENTRY_AT(flags), 4, 8 | NMACCEL_BUF_READ, ENTRY_AT(flags)},
	{BUF_IN, ENTRY_AT(flags), 4, 0x80000001, ENTRY_AT(flags)},
	{BUF_IN, ENTRY_AT(flags), 4, NMACCEL_BUF_READ | NMACCEL_BUF_PAGE_LIST,
	 ENTRY_AT(page_shift)},
	{BUF_IN2, ENTRY_AT(flags), 4, NMACCEL_BUF_READ, ENTRY_AT(page_shift)},
	{BUF_IN, ENTRY_AT(page_shift), 4, 12, ENTRY_AT(page_shift)},
	{BUF_IN2, ENTRY_AT(page_shift), 4, 11, ENTRY_AT(page_shift)},
	{BUF_IN2, ENTRY_AT(page_shift), 4, 31, ENTRY_AT(page_shift)},
	{BUF_IN2, ENTRY_AT(page_shift), 4, 0xffffffff, ENTRY_AT(page_shift)},
	{BUF_IN, ENTRY_AT(reserved), 8, 1, ENTRY_AT(reserved)},
	{BUF_IN2, ENTRY_AT(reserved), 8, (uint64_t)1 << 63, ENTRY_AT(reserved)},
	/* An entry that no descriptor uses. */
	{BUF_WEIGHTS, ENTRY_AT(reserved), 8, 1, ENTRY_AT(reserved)},
};

static void test_entries(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(entry_cases) / sizeof(entry_cases[0]); i++) {
		const struct entry_case *c = &entry_cases[i];
		struct test_job job;
		struct sim sim;

		base_job(&job, ADD);
		sim_map(&sim, &job, SIM_WIDE);
		memcpy((uint8_t *)&sim.table[c->buffer] + c->at, &c->value, c->bytes);
		sim_run(&sim, default_build());
		check_fault(&sim, BUFFER, c->buffer, 0, c->detail);
		check_unchanged(&sim, &job);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* Buffers that are too small by one byte, and that just suffice. */
static void test_exact_size(void **state)
{
	uint32_t short_by;

	(void)state;
	for (short_by = 0; short_by < 2; short_by++) {
		struct test_job job;
		struct sim sim;

		base_job(&job, CONV);
		job.buffers[BUF_IN].size = 32 + 1088;
		job.buffers[BUF_OUT].size = 32 + 1088;
		job.buffers[BUF_WEIGHTS].size = 16;
		job.buffers[BUF_PARAMS].size = 64 + 5 * 8 - short_by;
		sim_map(&sim, &job, SIM_WIDE);
		sim_run(&sim, default_build());
		if (short_by)
			check_fault(&sim, BOUNDS, BUF_PARAMS, 64 + 5 * 8, AT(params_offset));
		else
			assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		assert_int_equal(sim.strays, 0);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* A page's address is a multiple of its size, for each page that is used. */
static void test_page_address(void **state)
{
	uint32_t bit;

	(void)state;
	for (bit = 0; bit < 12; bit++) {
		struct test_job job;
		struct sim sim;

		base_job(&job, ADD);
		job.descs[0].in2.offset = 2 * 4096 - 448;
		sim_map(&sim, &job, SIM_WIDE);
		sim.page_lists[BUF_IN2][2] ^= 1u << bit;
		sim_run(&sim, default_build());
		assert_int_equal(sim.record->fault, BUFFER);
		assert_int_equal(sim.record->fault_buffer, BUF_IN2);
		assert_int_equal(sim.record->fault_offset, 2 * 4096);
		assert_int_equal(sim.record->fault_detail, sizeof(struct nmaccel_hw_buffer));
		assert_int_equal(sim.strays, 0);
		sim_free(&sim);
		test_job_free(&job);
	}
}

struct job_case {
	uint32_t at;
	uint32_t bytes;
	uint64_t value;
};

static const struct job_case job_cases[] = {
	{JOB_AT(version), 4, 0},
	{JOB_AT(version), 4, (NMACCEL_CONTRACT_MAJOR + 1) << 16},
	{JOB_AT(version), 4, 0xffffffff},
	{JOB_AT(descs), 8, 0x10008},
	{JOB_AT(descs), 8, 0xffffffffffffff10},
	{JOB_AT(buffers), 8, 0x10001},
	{JOB_AT(buffers), 8, 0xfffffffffffffff0},
	{JOB_AT(n_descs), 4, NMACCEL_MAX_DESCS + 1},
	{JOB_AT(n_descs), 4, 0xffffffff},
	{JOB_AT(n_buffers), 4, NMACCEL_MAX_BUFFERS + 1},
	{JOB_AT(n_buffers), 4, 0xffffffff},
	{JOB_AT(reserved[0]), 8, 1},
	{JOB_AT(reserved[1]), 8, (uint64_t)1 << 63},
};

static void test_job_fields(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(job_cases) / sizeof(job_cases[0]); i++) {
		struct test_job job;
		struct sim sim;

		base_job(&job, POOL_AVG);
		sim_map(&sim, &job, SIM_WIDE);
		memcpy((uint8_t *)sim.job + job_cases[i].at, &job_cases[i].value,
		       job_cases[i].bytes);
		sim_run(&sim, default_build());
		check_fault(&sim, NMACCEL_FAULT_JOB, 0, 0, job_cases[i].at);
		check_unchanged(&sim, &job);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* A later minor version of the contract is accepted. */
static void test_minor_version(void **state)
{
	struct test_job job;
	struct sim sim;

	(void)state;
	base_job(&job, POOL_AVG);
	sim_map(&sim, &job, SIM_WIDE);
	sim.job->version = NMACCEL_CONTRACT_MAJOR << 16 | 0xffff;
	sim_run(&sim, default_build());
	assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
	sim_free(&sim);
	test_job_free(&job);
}

/* What is no job gets no record, and no write at all. */
static void run_no_record(uint32_t at, uint64_t value, uint32_t bytes, uint64_t job_shift,
			  uint64_t accesses)
{
	struct nmaccel_hw_record none = {0};
	struct test_job job;
	struct sim sim;

	base_job(&job, POOL_AVG);
	sim_map(&sim, &job, SIM_WIDE);
	memcpy((uint8_t *)sim.job + at, &value, bytes);
	sim.job_addr += job_shift;
	sim_run(&sim, default_build());
	assert_int_equal(sim.accesses, accesses);
	assert_memory_equal(sim.record, &none, sizeof(none));
	check_unchanged(&sim, &job);
	sim_free(&sim);
	test_job_free(&job);
}

static void test_no_job(void **state)
{
	(void)state;
	run_no_record(JOB_AT(magic), 0, 4, 0, 1);
	run_no_record(JOB_AT(magic), NMACCEL_MAGIC ^ 1u, 4, 0, 1);
	run_no_record(JOB_AT(record), 0x10008, 8, 0, 1);
	run_no_record(JOB_AT(record), 0xffffffffffffffd0, 8, 0, 1);
	run_no_record(JOB_AT(magic), NMACCEL_MAGIC, 4, 8, 0);
	run_no_record(JOB_AT(magic), NMACCEL_MAGIC, 4, (uint64_t)1 << 63, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_jobs),	  cmocka_unit_test(test_fields),
		cmocka_unit_test(test_second_descriptor), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_entries),		  cmocka_unit_test(test_exact_size),
		cmocka_unit_test(test_page_address),	  cmocka_unit_test(test_job_fields),
		cmocka_unit_test(test_minor_version),	  cmocka_unit_test(test_no_job),
	};

	rng_start("test_engine_fields");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
