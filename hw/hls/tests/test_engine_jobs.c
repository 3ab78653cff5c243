// SPDX-License-Identifier: MIT
/*
 * Random jobs on every build of the model, and on the top function for HLS: all buffers must hold
 * what the contract says, to the last byte beside the results too, and the record must count right.
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

#define JOBS_PER_BUILD 120
#define FLAT_JOBS      60

/* The build that hw/hls/src/nmaccel_engine.c is when nothing else is asked for. */
#define TOP_LANES      8
#define TOP_BLOCK_ROWS 256
#define TOP_COLUMNS    64

static const uint32_t ops[] = {
	NMACCEL_OP_CONV, NMACCEL_OP_CONV,     NMACCEL_OP_CONV,
	NMACCEL_OP_ADD,	 NMACCEL_OP_POOL_MAX, NMACCEL_OP_POOL_AVG,
};

static void check_buffers(const struct test_job *got, const struct test_job *want)
{
	uint32_t i;

	for (i = 0; i < want->n_buffers; i++)
		if (want->buffers[i].size)
			assert_memory_equal(got->buffers[i].data, want->buffers[i].data,
					    want->buffers[i].size);
}

static void check_record(const struct sim *sim, const struct test_job *job,
			 const struct expect_counts *counts)
{
	const struct nmaccel_hw_record *record = sim->record;

	assert_int_equal(record->fault, NMACCEL_FAULT_NONE);
	assert_int_equal(record->state, NMACCEL_JOB_DONE);
	assert_int_equal(record->seq, sim->job->seq);
	assert_int_equal(record->descs_done, job->n_descs);
	assert_int_equal(record->tiles_done, counts->tiles);
	assert_int_equal(record->steps, counts->steps);
	assert_int_equal(record->loads, counts->loads);
	assert_int_equal(record->fault_desc, 0);
	assert_int_equal(record->fault_buffer, 0);
	assert_int_equal(record->fault_detail, 0);
	assert_int_equal(record->fault_offset, 0);
}

/* Run the job, then do the same to its buffers by the expectation, and compare. */
static void run_and_check(const struct gen *gen, struct test_job *job, bool flat)
{
	struct expect_counts counts = {0};
	struct test_job got = *job;
	struct sim sim;
	uint32_t i;

	sim_map(&sim, job, flat ? SIM_FLAT : SIM_WIDE);
	if (flat)
		assert_int_equal(sim_run_flat(&sim), 0);
	else
		sim_run(&sim, gen->variant);
	assert_int_equal(sim.strays, 0);
	for (i = 0; i < job->n_buffers; i++) {
		got.buffers[i].data = malloc(job->buffers[i].size ? job->buffers[i].size : 1);
		assert_non_null(got.buffers[i].data);
	}
	sim_fetch(&sim, &got);
	for (i = 0; i < job->n_descs; i++)
		assert_int_equal(expect_desc(&gen->build, job, &job->descs[i], &counts), 0);
	check_record(&sim, job, &counts);
	check_buffers(&got, job);
	test_job_free(&got);
	sim_free(&sim);
}

static void random_jobs(const struct gen *gen, uint32_t jobs, bool flat)
{
	struct test_job job;
	uint32_t i, d, n;

	for (i = 0; i < jobs; i++) {
		test_job_init(&job);
		n = rng_range(1, 3);
		for (d = 0; d < n; d++)
			gen_desc(gen, &job, ops[rng_range(0, sizeof(ops) / sizeof(ops[0]) - 1)]);
		run_and_check(gen, &job, flat);
		test_job_free(&job);
	}
}

static void test_random_jobs(void **state)
{
	const struct nmaccel_engine_variant *variant;
	const uint32_t jobs = gen_jobs(JOBS_PER_BUILD);
	struct gen gen;
	uint32_t i;

	(void)state;
	for (i = 0; (variant = nmaccel_engine_at(i)); i++) {
		gen_init(&gen, variant, NMACCEL_MAX_PAGE_SHIFT);
		random_jobs(&gen, jobs, false);
	}
	printf("%u jobs compared: %u builds of the model, %u random jobs each\n", i * jobs, i,
	       jobs);
}

static void test_hls_top(void **state)
{
	const uint32_t jobs = gen_jobs(FLAT_JOBS);
	struct gen gen;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(TOP_LANES, TOP_BLOCK_ROWS, TOP_COLUMNS), 13);
	random_jobs(&gen, jobs, true);
	printf("%u jobs compared: random jobs on the top function for HLS\n", jobs);
}

/* Descriptors run in order: each reads what the one before it wrote. */
static void test_chain(void **state)
{
	struct nmaccel_hw_desc *conv, *pool, *add;
	struct test_job job;
	struct gen gen;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(8, 256, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job);
	gen_small_conv(&gen, &job);
	gen_desc(&gen, &job, NMACCEL_OP_POOL_MAX);
	gen_desc(&gen, &job, NMACCEL_OP_ADD);
	conv = &job.descs[0];
	pool = &job.descs[1];
	add = &job.descs[2];
	job.buffers[conv->out.buffer].flags = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE;
	job.buffers[conv->in.buffer].flags = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE;
	pool->batch = add->batch = conv->batch;
	pool->in_h = pool->out_h = add->in_h = add->out_h = conv->out_h;
	pool->in_w = pool->out_w = add->in_w = add->out_w = conv->out_w;
	pool->in = conv->out;
	pool->out = conv->in;
	pool->out.ch = conv->out.ch;
	add->in = add->in2 = pool->out;
	add->out = conv->out;
	run_and_check(&gen, &job, false);
	test_job_free(&job);
}

/* Sums wrap modulo 2^32: the largest reduction with the largest weights, and a bias on top. */
static void test_wrap(void **state)
{
	const uint32_t lanes = 8, rows = 1, ch = 16384;
	struct nmaccel_hw_desc *desc;
	struct test_job job;
	struct gen gen;
	uint64_t i;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(lanes, 256, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job);
	gen_small_conv(&gen, &job);
	desc = &job.descs[0];
	desc->flags = NMACCEL_FLAG_OUT_S32;
	desc->out_zero = 0;
	desc->act_min = INT32_MIN;
	desc->act_max = INT32_MAX;
	desc->batch = 1;
	desc->in_h = desc->in_w = desc->out_h = desc->out_w = 1;
	desc->kernel_h = desc->kernel_w = 1;
	desc->pad_top = desc->pad_left = 0;
	desc->in.channels = desc->in.ch = ch;
	desc->in.ch0 = 0;
	desc->in.offset = 0;
	desc->in.buffer = test_job_buffer(&job, ch * 64u, NMACCEL_BUF_READ, 0);
	memset(job.buffers[desc->in.buffer].data, 0x80, ch * 64u);
	desc->out.channels = desc->out.ch = rows;
	desc->out.ch0 = 0;
	desc->out.offset = 0;
	desc->out.buffer = test_job_buffer(&job, 256, NMACCEL_BUF_WRITE, 0);
	desc->weights_bytes = ch / 128u * (16u + 255u * 2u * lanes);
	desc->weights_offset = 0;
	desc->weights = test_job_buffer(&job, desc->weights_bytes, NMACCEL_BUF_READ, 0);
	memset(job.buffers[desc->weights].data, 0, desc->weights_bytes);
	for (i = 0; i < desc->weights_bytes; i += 16u + 255u * 2u * lanes) {
		uint8_t *block = job.buffers[desc->weights].data + i;
		uint32_t k;

		block[0] = 255;
		for (k = 0; k < 255; k++)
			memset(block + 16 + k * 2u * lanes, 0x80, lanes);
	}
	run_and_check(&gen, &job, false);
	test_job_free(&job);
}

/* A job without descriptors only reports. */
static void test_empty_job(void **state)
{
	struct test_job job;
	struct gen gen;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(8, 256, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job);
	run_and_check(&gen, &job, false);
}

static void test_find(void **state)
{
	const struct nmaccel_engine_variant *variant;
	uint32_t i;

	(void)state;
	for (i = 0; (variant = nmaccel_engine_at(i)); i++) {
		assert_ptr_equal(
			nmaccel_engine_find(variant->lanes, variant->block_rows, variant->columns),
			variant);
		assert_int_equal(variant->max_rows, NMACCEL_MAX_PANEL_ROWS);
	}
	assert_non_null(nmaccel_engine_find(8, 128, 64));
	assert_non_null(nmaccel_engine_find(8, 256, 64));
	assert_non_null(nmaccel_engine_find(4, 128, 16));
	assert_non_null(nmaccel_engine_find(16, 256, 32));
	assert_non_null(nmaccel_engine_find(8, 256, 32));
	assert_null(nmaccel_engine_find(8, 256, 63));
	assert_null(nmaccel_engine_find(7, 256, 64));
	assert_null(nmaccel_engine_find(8, 64, 64));
	assert_null(nmaccel_engine_at(1000));
}

#define CHAIN 3

struct progress {
	struct test_job *job;
	uint8_t *before[CHAIN]; /* the outputs as they were */
	uint32_t seen[CHAIN];	/* accesses after the first change of each */
};

/* Once a descriptor has written anything, memory says that those before it are done. */
static void watch_progress(struct sim *sim, void *context)
{
	struct progress *progress = context;
	uint32_t i;

	sim_fetch(sim, progress->job);
	for (i = 0; i < CHAIN; i++) {
		const struct test_buffer *out =
			&progress->job->buffers[progress->job->descs[i].out.buffer];

		if (!memcmp(out->data, progress->before[i], out->size))
			continue;
		progress->seen[i]++;
		assert_in_range(sim->record->descs_done, i, CHAIN);
	}
}

static void test_progress(void **state)
{
	struct progress progress = {0};
	struct test_job job;
	struct gen gen;
	struct sim sim;
	uint32_t i;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(8, 256, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job);
	progress.job = &job;
	for (i = 0; i < CHAIN; i++) {
		const struct test_buffer *out;

		gen_small_conv(&gen, &job);
		out = &job.buffers[job.descs[i].out.buffer];
		progress.before[i] = malloc(out->size);
		assert_non_null(progress.before[i]);
		memcpy(progress.before[i], out->data, out->size);
	}
	sim_map(&sim, &job, SIM_WIDE);
	sim.before = watch_progress;
	sim.context = &progress;
	sim_run(&sim, gen.variant);
	assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
	for (i = 0; i < CHAIN; i++) {
		assert_true(progress.seen[i] > 0);
		free(progress.before[i]);
	}
	sim_free(&sim);
	test_job_free(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	    cmocka_unit_test(test_empty_job),
		cmocka_unit_test(test_chain),	    cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_random_jobs), cmocka_unit_test(test_hls_top),
		cmocka_unit_test(test_progress),
	};

	rng_start("test_engine_jobs");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
