// SPDX-License-Identifier: MIT
/*
 * The limits that the card announces hold: a job that needs all of each runs, and one field that
 * goes one beyond is the fault that the contract names, with nothing written. So is an operation
 * that it does not announce.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "job.h"
#include "rng.h"

#define AT(field)     ((uint32_t)offsetof(struct nmaccel_hw_desc, field))
#define JOB_AT(field) ((uint32_t)offsetof(struct nmaccel_hw_job, field))

#define ROUNDS 20

/* What a job needs. */
struct need {
	uint32_t descs;
	uint32_t buffers;
	uint32_t rows;
	uint32_t channels;
	uint32_t pixels;
	uint32_t kernel;
};

static void grow(uint32_t *value, uint32_t other)
{
	if (*value < other)
		*value = other;
}

static void need_desc(struct need *need, const struct nmaccel_hw_desc *desc)
{
	const uint32_t steps[] = {desc->kernel_h,   desc->kernel_w,  desc->stride_h,
				  desc->stride_w,   desc->pad_top,   desc->pad_left,
				  desc->dilation_h, desc->dilation_w};
	size_t i;

	if (desc->op == NMACCEL_OP_CONV)
		grow(&need->rows, desc->out.ch);
	grow(&need->channels, desc->in.channels);
	grow(&need->channels, desc->in2.channels);
	grow(&need->channels, desc->out.channels);
	grow(&need->pixels, desc->batch * desc->in_h * desc->in_w);
	grow(&need->pixels, desc->batch * desc->out_h * desc->out_w);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		grow(&need->kernel, steps[i]);
}

/* A job of the operation, and a card that can do just that. */
struct fixture {
	struct client client;
	const struct nmaccel_engine_variant *variant;
	struct card_job job;
	struct need need;
};

/* With one option more, or NULL. */
static void start_card(struct fixture *f, const char *option)
{
	const struct need *need = &f->need;
	char text[6][40];
	const char *const options[] = {text[0], text[1], text[2], text[3],
				       text[4], text[5], option,  NULL};

	snprintf(text[0], sizeof(text[0]), "--max-descs=%u", need->descs);
	snprintf(text[1], sizeof(text[1]), "--max-buffers=%u", need->buffers);
	snprintf(text[2], sizeof(text[2]), "--max-rows=%u", need->rows);
	snprintf(text[3], sizeof(text[3]), "--max-channels=%u", need->channels);
	snprintf(text[4], sizeof(text[4]), "--max-pixels=%u", need->pixels);
	snprintf(text[5], sizeof(text[5]), "--max-kernel=%u", need->kernel);
	client_open(&f->client, options);
}

static void open_fixture_with(struct fixture *f, uint32_t op, uint32_t descs, const char *option)
{
	struct gen gen;
	uint32_t i;

	f->variant = client_has_rtl() ? nmaccel_engine_find(4, 128, 16)
				      : nmaccel_engine_find(8, 256, 64);
	gen_init(&gen, f->variant, NMACCEL_MIN_PAGE_SHIFT + 1);
	test_job_init(&f->job.job);
	for (i = 0; i < descs; i++)
		if (op == NMACCEL_OP_CONV)
			gen_small_conv(&gen, &f->job.job);
		else
			gen_desc(&gen, &f->job.job, op);
	sim_map(&f->job.sim, &f->job.job, SIM_FLAT);
	f->job.base = 0;
	f->need = (struct need){.descs = descs, .buffers = f->job.job.n_buffers, .rows = 1};
	for (i = 0; i < descs; i++)
		need_desc(&f->need, &f->job.job.descs[i]);
	start_card(f, option);
}

static void open_fixture(struct fixture *f, uint32_t op, uint32_t descs)
{
	open_fixture_with(f, op, descs, NULL);
}

static void close_fixture(struct fixture *f)
{
	card_job_free(&f->job);
	client_close(&f->client);
}

static struct nmaccel_hw_record run(struct fixture *f)
{
	card_job_place(&f->client, &f->job);
	card_job_start(&f->client, &f->job, 0);
	client_wait_engine(&f->client, 0, NMACCEL_REG_CTRL, NMACCEL_CTRL_IDLE);
	return card_job_record(&f->client, &f->job);
}

/* All memory but the record is as it was placed. */
static void check_unchanged(struct fixture *f)
{
	const struct sim *sim = &f->job.sim;
	uint32_t r;

	for (r = 0; r < sim->n_regions; r++)
		if (sim->regions[r].data != (uint8_t *)sim->record)
			assert_memory_equal(f->client.memory + sim->regions[r].addr,
					    sim->regions[r].data, sim->regions[r].size);
}

static void check_fault(struct fixture *f, uint32_t fault, uint32_t desc, uint32_t detail)
{
	const struct nmaccel_hw_record record = run(f);

	assert_int_equal(record.seq, f->job.sim.job->seq);
	assert_int_equal(record.state, NMACCEL_JOB_FAULT);
	assert_int_equal(record.fault, fault);
	assert_int_equal(record.fault_detail, detail);
	assert_int_equal(record.fault_desc, desc);
	assert_int_equal(record.fault_buffer, 0);
	assert_int_equal(record.fault_offset, 0);
	assert_int_equal(record.descs_done, desc);
}

/* One field of the first descriptor, and put back. */
static void check_field(struct fixture *f, uint32_t at, uint32_t value, uint32_t told)
{
	uint32_t *field = (uint32_t *)(void *)((uint8_t *)f->job.sim.descs + at);
	const uint32_t good = *field;

	*field = value;
	check_fault(f, NMACCEL_FAULT_LIMIT, 0, told);
	check_unchanged(f);
	*field = good;
}

static void check_counts(struct fixture *f)
{
	struct nmaccel_hw_job *job = f->job.sim.job;

	job->n_descs++;
	check_fault(f, NMACCEL_FAULT_JOB, 0, JOB_AT(n_descs));
	check_unchanged(f);
	job->n_descs--;
	job->n_buffers++;
	check_fault(f, NMACCEL_FAULT_JOB, 0, JOB_AT(n_buffers));
	check_unchanged(f);
	job->n_buffers--;
}

static void check_pixels(struct fixture *f)
{
	const struct nmaccel_hw_desc *desc = f->job.sim.descs;
	const uint32_t max = f->need.pixels;

	check_field(f, AT(in_h), max + 1, AT(in_h));
	check_field(f, AT(in_w), max + 1, AT(in_w));
	check_field(f, AT(in_h), max / desc->in_w + 1, AT(in_h));
	check_field(f, AT(out_h), max + 1, AT(out_h));
	check_field(f, AT(out_w), max + 1, AT(out_w));
	check_field(f, AT(out_h), max / desc->out_w + 1, AT(out_h));
	check_field(f, AT(batch), max + 1, AT(batch));
	check_field(f, AT(batch), max / (desc->in_h * desc->in_w) + 1, AT(batch));
	/* Products that 32 bits do not hold. */
	check_field(f, AT(in_h), NMACCEL_MAX_PIXELS, AT(in_h));
	check_field(f, AT(batch), NMACCEL_MAX_PIXELS, AT(batch));
}

static void check_window(struct fixture *f)
{
	static const uint32_t steps[] = {AT(kernel_h),	 AT(kernel_w),	AT(stride_h),
					 AT(stride_w),	 AT(pad_top),	AT(pad_left),
					 AT(dilation_h), AT(dilation_w)};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		check_field(f, steps[i], f->need.kernel + 1, steps[i]);
}

static void check_rows(struct fixture *f)
{
	struct nmaccel_hw_tensor *out = &f->job.sim.descs->out;
	const struct nmaccel_hw_tensor good = *out;

	out->ch0 = 0;
	out->ch = f->need.rows + 1;
	grow(&out->channels, out->ch);
	assert_true(out->channels <= f->need.channels);
	check_fault(f, NMACCEL_FAULT_LIMIT, 0, AT(out.ch));
	/* A tensor that is wrong in itself is told first. */
	out->ch0 = out->channels;
	check_fault(f, NMACCEL_FAULT_FIELD, 0, AT(out.ch0));
	*out = good;
}

static void test_every_limit(void **state)
{
	uint32_t op;

	(void)state;
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		struct fixture f;

		open_fixture(&f, op, 1);
		check_counts(&f);
		check_field(&f, AT(in.channels), f.need.channels + 1, AT(in.channels));
		check_field(&f, AT(out.channels), f.need.channels + 1, AT(out.channels));
		if (op == NMACCEL_OP_ADD)
			check_field(&f, AT(in2.channels), f.need.channels + 1, AT(in2.channels));
		check_pixels(&f);
		/* The only window of an addition is 1, which is another fault. */
		if (op != NMACCEL_OP_ADD)
			check_window(&f);
		if (op == NMACCEL_OP_CONV)
			check_rows(&f);
		/* And the card can still do what it can do. */
		assert_int_equal(run(&f).state, NMACCEL_JOB_DONE);
		card_job_check(&f.client, &f.job, f.variant);
		close_fixture(&f);
	}
}

/* Random jobs of all that there is, on cards that can do just that and no more. */
static void test_exact_limits(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		struct fixture f;

		open_fixture(&f, NMACCEL_OP_CONV + i % 4, rng_range(1, 3));
		assert_int_equal(run(&f).state, NMACCEL_JOB_DONE);
		card_job_check(&f.client, &f.job, f.variant);
		close_fixture(&f);
	}
}

/* What comes before the descriptor that goes too far is done. */
static void test_second_descriptor(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, NMACCEL_OP_CONV, 3);
	f.job.sim.descs[1].kernel_w = f.need.kernel + 1;
	check_fault(&f, NMACCEL_FAULT_LIMIT, 1, AT(kernel_w));
	close_fixture(&f);
}

/* Two limits at once: the first that the engine looks at. */
static void test_first_of_two(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, NMACCEL_OP_CONV, 1);
	f.job.sim.descs->pad_left = f.need.kernel + 1;
	f.job.sim.descs->out_h = f.need.pixels + 1;
	check_fault(&f, NMACCEL_FAULT_LIMIT, 0, AT(out_h));
	f.job.sim.descs->in.channels = f.need.channels + 1;
	check_fault(&f, NMACCEL_FAULT_LIMIT, 0, AT(in.channels));
	f.job.sim.descs->op = 0;
	check_fault(&f, NMACCEL_FAULT_OP, 0, AT(op));
	close_fixture(&f);
}

/* An operation that the card does not announce, and one that it does. */
static void test_missing_operations(void **state)
{
	uint32_t op;

	(void)state;
	for (op = NMACCEL_OP_ADD; op <= NMACCEL_OP_POOL_AVG; op++) {
		const bool add = op == NMACCEL_OP_ADD;
		struct fixture f;

		open_fixture_with(&f, op, 1, add ? "--no-add" : "--no-pool");
		check_fault(&f, NMACCEL_FAULT_OP, 0, AT(op));
		check_unchanged(&f);
		close_fixture(&f);
		open_fixture_with(&f, op, 1, add ? "--no-pool" : "--no-add");
		assert_int_equal(run(&f).state, NMACCEL_JOB_DONE);
		close_fixture(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_limit),	   cmocka_unit_test(test_exact_limits),
		cmocka_unit_test(test_second_descriptor),  cmocka_unit_test(test_first_of_two),
		cmocka_unit_test(test_missing_operations),
	};

	rng_start("card limits");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
