// SPDX-License-Identifier: MIT
/*
 * Jobs of the engine's tests, whole and damaged, through the stream and the issue unit. What must
 * come of them is walked over in C, and the walk is held against the model of the engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "gen.h"
#include "rng.h"

#define CORE_LATENCY  16u
#define BLOCK_LATENCY 4u
#define MAX_STREAM    700u /* bytes: each is tried in turn */
#define JOBS	      120u

static const struct walk_build build = {LANES, BLOCK_ROWS, COLUMNS};
static struct bench *bench;

/* The model of this build, or one that only says its parameters. */
static const struct nmaccel_engine_variant *variant(void)
{
	static const struct nmaccel_engine_variant none = {.lanes = LANES,
							   .block_rows = BLOCK_ROWS,
							   .columns = COLUMNS,
							   .max_rows = NMACCEL_MAX_PANEL_ROWS};
	const struct nmaccel_engine_variant *found =
		nmaccel_engine_find(LANES, BLOCK_ROWS, COLUMNS);

	return found ? found : &none;
}

static struct bench_mood any_mood(void)
{
	const uint32_t calm = rng_range(0, 3);
	struct bench_mood mood = {
		.latency = rng_range(5, 200),
		.xlat_latency = rng_range(1, 30),
		.memory_stall = rng_one_in(2) ? 0 : rng_range(0, 200),
		.hdr_stall = rng_one_in(2) ? 0 : rng_range(0, 250),
		.run_stall = rng_one_in(2) ? 0 : rng_range(0, 200),
		.step_stall = rng_one_in(2) ? 0 : rng_range(0, 200),
		.blk_stall = rng_one_in(2) ? 0 : rng_range(0, 253),
		.res_stall = rng_one_in(2) ? 0 : rng_range(0, 250),
		.free_delay = rng_one_in(2) ? 0 : rng_range(0, 500),
		.desc_delay = rng_range(0, 1000),
	};

	if (!calm) {
		mood.memory_stall = mood.hdr_stall = mood.run_stall = mood.step_stall = 0;
		mood.blk_stall = mood.res_stall = mood.free_delay = mood.desc_delay = 0;
	}
	return mood;
}

/* The walk against the record of the model's run. damage is done to the model's memory before. */
static void check_walk(const struct walk *walk, bool hole_in_list)
{
	const struct shim_result *last = &walk->results[walk->n_results - 1];
	const struct walk_hole *hole = &walk->hole;
	struct sim sim;

	if (!variant()->run || walk->blk_fault_at != UINT32_MAX)
		return;
	sim_map(&sim, walk->job, SIM_WIDE);
	if (hole->words) {
		const uint32_t page =
			(uint32_t)(hole->at >> walk->job->buffers[hole->buffer].page_shift);

		if (hole_in_list)
			sim.page_lists[hole->buffer][page] += 16;
		else
			sim.regions[sim.first_region[hole->buffer] + page].size = 0;
	}
	sim_run(&sim, variant());
	assert_int_equal(sim.record->fault, last->fault.code);
	assert_int_equal(sim.record->steps, last->steps);
	assert_int_equal(sim.record->loads, last->loads);
	assert_int_equal(sim.record->fault_buffer, last->fault.buffer);
	assert_int_equal(sim.record->fault_detail, last->fault.detail);
	assert_int_equal(sim.record->fault_offset, last->fault.offset);
	sim_free(&sim);
}

/* Run a job and check it all, with the model unless it has no tensors; returns the fault. */
static uint32_t run_with(const struct test_job *job, bool model)
{
	const struct bench_mood mood = any_mood();
	struct bench_seen seen;
	struct walk walk;

	walk_init(&walk, &build, job);
	walk_run(&walk);
	if (model)
		check_walk(&walk, false);
	bench_run(bench, &walk, false, &mood, &seen);
	walk_free(&walk);
	return seen.last.fault.code;
}

static uint32_t run_job(const struct test_job *job)
{
	return run_with(job, true);
}

static void run_bare(const struct test_job *job)
{
	assert_int_equal(run_with(job, false), NMACCEL_FAULT_NONE);
}

static struct gen any_gen(void)
{
	struct gen gen;

	gen_init(&gen, variant(), NMACCEL_MIN_PAGE_SHIFT);
	return gen;
}

static void make_jobs(const struct gen *gen, struct test_job *job, uint32_t op)
{
	uint32_t n = rng_one_in(8) ? 6 : rng_range(1, 4);

	test_job_init(job);
	while (n--)
		gen_desc(gen, job, op ? op : rng_range(NMACCEL_OP_CONV, NMACCEL_OP_POOL_AVG));
}

static void test_jobs(void **state)
{
	const struct gen gen = any_gen();
	uint32_t i;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		struct test_job job;

		make_jobs(&gen, &job, rng_one_in(2) ? NMACCEL_OP_CONV : 0);
		assert_int_equal(run_job(&job), NMACCEL_FAULT_NONE);
		test_job_free(&job);
	}
}

static void make_small(const struct gen *gen, struct test_job *job)
{
	test_job_init(job);
	gen_small_conv(gen, job);
	while (job->descs[0].weights_bytes > MAX_STREAM) {
		test_job_free(job);
		test_job_init(job);
		gen_small_conv(gen, job);
	}
}

/* A stream that ends early, at each byte. */
static void test_cut(void **state)
{
	const struct gen gen = any_gen();
	struct test_job job;
	uint64_t bytes;

	(void)state;
	make_small(&gen, &job);
	for (bytes = job.descs[0].weights_bytes; bytes-- > 0;) {
		job.descs[0].weights_bytes = bytes;
		assert_int_equal(run_job(&job), NMACCEL_FAULT_TRUNCATED);
	}
	test_job_free(&job);
}

/* Each byte changed. */
static void test_changed(void **state)
{
	const struct gen gen = any_gen();
	struct test_job job;
	uint32_t faults = 0;
	uint8_t *stream;
	uint64_t at;

	(void)state;
	make_small(&gen, &job);
	stream = job.buffers[job.descs[0].weights].data + job.descs[0].weights_offset;
	for (at = 0; at < job.descs[0].weights_bytes; at++) {
		const uint8_t was = stream[at];

		stream[at] ^= rng_one_in(2) ? 0xff : (uint8_t)rng_range(1, 255);
		faults += run_job(&job) != NMACCEL_FAULT_NONE;
		stream[at] = was;
	}
	printf("%u faults in %u changed bytes\n", faults, (uint32_t)job.descs[0].weights_bytes);
	assert_true(faults > 0);
	test_job_free(&job);
}

/* Several things are wrong with larger streams: the first one counts. */
static void test_damaged(void **state)
{
	const struct gen gen = any_gen();
	uint32_t i, n, faults = 0;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		struct nmaccel_hw_desc *desc;
		struct test_job job;
		uint8_t *stream;

		make_jobs(&gen, &job, NMACCEL_OP_CONV);
		desc = &job.descs[rng_range(0, job.n_descs - 1)];
		stream = job.buffers[desc->weights].data + desc->weights_offset;
		for (n = rng_range(1, 4); n--;)
			stream[rng_range(0, (uint32_t)desc->weights_bytes - 1)] ^=
				(uint8_t)(rng_one_in(2) ? 0x80 : rng_range(1, 255));
		if (rng_one_in(3))
			desc->weights_bytes = rng_range(0, (uint32_t)desc->weights_bytes);
		faults += run_job(&job) != NMACCEL_FAULT_NONE;
		test_job_free(&job);
	}
	printf("%u faults in %u jobs\n", faults, JOBS);
}

static void test_trailing(void **state)
{
	const struct gen gen = any_gen();
	uint32_t extra;

	(void)state;
	for (extra = 1; extra <= 40; extra++) {
		struct nmaccel_hw_desc *desc;
		struct test_buffer *buffer;
		struct test_job job;

		make_small(&gen, &job);
		desc = &job.descs[0];
		buffer = &job.buffers[desc->weights];
		buffer->data = realloc(buffer->data, buffer->size + extra);
		assert_non_null(buffer->data);
		rng_fill(buffer->data + buffer->size, extra);
		buffer->size += extra;
		desc->weights_bytes += extra;
		assert_int_equal(run_job(&job), NMACCEL_FAULT_TRAILING);
		test_job_free(&job);
	}
}

/* Memory that refuses: a page, or, as no model can, some words. */
static void make_hole(struct walk *walk, const struct nmaccel_hw_desc *desc, bool *in_list)
{
	const bool params = rng_one_in(4);
	const uint32_t buffer = params ? desc->params : desc->weights;
	const uint64_t first = params ? desc->params_offset : desc->weights_offset;
	const uint64_t bytes = params ? 8 * desc->out.ch : desc->weights_bytes;
	const uint32_t shift = walk->job->buffers[buffer].page_shift;
	struct walk_hole *hole = &walk->hole;
	uint64_t end;

	*in_list = false;
	hole->buffer = buffer;
	hole->at = first + 16 * (rng_u64() % ((bytes + 15) / 16));
	hole->words = 1;
	hole->fault.code = NMACCEL_FAULT_BUS;
	hole->fault.buffer = buffer;
	if (shift) {
		*in_list = rng_one_in(2);
		hole->at = hole->at >> shift << shift;
		hole->words = ((uint64_t)1 << shift) / 16;
		if (hole->at < first) {
			hole->words -= (first - hole->at) / 16;
			hole->at = first;
		}
		hole->fault.offset = hole->at;
		if (*in_list) {
			hole->fault.code = NMACCEL_FAULT_BUFFER;
			hole->fault.detail = sizeof(struct nmaccel_hw_buffer);
		}
		return;
	}
	end = hole->at + 16;
	hole->at = hole->fault.offset = walk_request_start(walk->job, desc, buffer, hole->at);
	hole->words = (end - hole->at) / 16;
}

static void test_holes(void **state)
{
	const struct gen gen = any_gen();
	uint32_t i, faults = 0;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		const struct bench_mood mood = any_mood();
		struct bench_seen seen;
		struct test_job job;
		struct walk walk;
		bool in_list;

		make_jobs(&gen, &job, NMACCEL_OP_CONV);
		walk_init(&walk, &build, &job);
		make_hole(&walk, &job.descs[rng_range(0, job.n_descs - 1)], &in_list);
		if (rng_one_in(3)) { /* and an index in its window, perhaps */
			struct nmaccel_hw_desc *desc = &job.descs[0];

			job.buffers[desc->weights]
				.data[desc->weights_offset +
				      rng_u64() % (desc->weights_bytes ? desc->weights_bytes : 1)] =
				0xff;
		}
		walk_run(&walk);
		if (job.buffers[walk.hole.buffer].page_shift)
			check_walk(&walk, in_list);
		bench_run(bench, &walk, in_list, &mood, &seen);
		faults += walk.faulted;
		walk_free(&walk);
		test_job_free(&job);
	}
	printf("%u faults in %u jobs\n", faults, JOBS);
	assert_true(faults > JOBS / 2);
}

/* The loader's faults come in their place, before what is wrong with a block's steps. */
static void test_loader(void **state)
{
	const struct gen gen = any_gen();
	uint32_t i;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		const struct bench_mood mood = any_mood();
		struct bench_seen seen;
		struct test_job job;
		struct walk walk;
		uint32_t blocks;

		make_jobs(&gen, &job, 0);
		walk_init(&walk, &build, &job);
		walk_run(&walk);
		blocks = walk.n_hdrs;
		walk_free(&walk);
		walk_init(&walk, &build, &job);
		walk.blk_fault_at = rng_range(0, blocks);
		walk.blk_fault.code = NMACCEL_FAULT_BUS;
		walk.blk_fault.buffer = rng_range(0, 255);
		walk.blk_fault.detail = rng_range(0, 1000);
		walk.blk_fault.offset = rng_u64();
		walk_run(&walk);
		bench_run(bench, &walk, false, &mood, &seen);
		walk_free(&walk);
		test_job_free(&job);
	}
}

/* A convolution without a tensor, of rows with most steps at most, of which one in few has none. */
static void add_conv(struct test_job *job, uint32_t rows, uint32_t channels, uint32_t kernel,
		     uint32_t columns, uint32_t most, uint32_t few)
{
	struct nmaccel_hw_desc *desc = &job->descs[job->n_descs++];
	uint32_t channel, group, first, n, r, i;
	struct test_buffer *buffer;
	uint64_t at = 0;

	desc->op = NMACCEL_OP_CONV;
	desc->in.ch = channels;
	desc->out.ch = rows;
	desc->batch = columns;
	desc->out_h = desc->out_w = 1;
	desc->kernel_h = 1;
	desc->kernel_w = kernel;
	desc->block_rows = BLOCK_ROWS;
	desc->params = test_job_buffer(job, 8 * rows, NMACCEL_BUF_READ, 0);
	desc->weights = test_job_buffer(job, 0, NMACCEL_BUF_READ, 0);
	buffer = &job->buffers[desc->weights];
	for (channel = 0; channel < channels; channel += group) {
		group = channels - channel < BLOCK_ROWS ? channels - channel : BLOCK_ROWS;
		for (first = 0; first < group * kernel; first += n) {
			const uint64_t counts = at;

			n = group * kernel - first < BLOCK_ROWS ? group * kernel - first
								: BLOCK_ROWS;
			at += (rows + 15) / 16 * 16;
			buffer->data = realloc(buffer->data, at + rows * most * 2 * LANES + 16);
			assert_non_null(buffer->data);
			memset(buffer->data + counts, 0, at - counts);
			for (r = 0; r < rows; r++) {
				uint32_t k = few > 1 && !rng_one_in(few) ? 0 : rng_range(1, most);

				buffer->data[counts + r] = (uint8_t)k;
				for (; k--; at += 2 * LANES) {
					rng_fill(buffer->data + at, LANES);
					for (i = 0; i < LANES; i++)
						buffer->data[at + LANES + i] =
							(uint8_t)rng_range(0, n - 1);
				}
			}
			memset(buffer->data + at, 0, 16);
			at = (at + 15) / 16 * 16;
		}
	}
	buffer->size = desc->weights_bytes = at;
}

/* Windows of all sizes, and as many channels as make them long. */
static void test_windows(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 40; i++) {
		struct test_job job;
		uint32_t n;

		test_job_init(&job);
		for (n = rng_range(1, 3); n--;) {
			const uint32_t wide = rng_range(1, NMACCEL_MAX_KERNEL);
			const uint32_t narrow = rng_range(1, 1 + 250 / wide);
			const uint32_t channels = rng_range(1, 1 + 6000 / (wide * narrow));
			struct nmaccel_hw_desc *desc;

			add_conv(&job, rng_range(1, 40), channels, wide * narrow,
				 rng_range(1, 2 * COLUMNS), 2, 3);
			desc = &job.descs[job.n_descs - 1];
			desc->kernel_w = rng_one_in(2) ? wide : narrow;
			desc->kernel_h = wide * narrow / desc->kernel_w;
			if (rng_one_in(2))
				continue;
			desc->op = rng_one_in(2) ? NMACCEL_OP_POOL_MAX : NMACCEL_OP_POOL_AVG;
			desc->out.ch = desc->in.ch;
		}
		run_bare(&job);
		test_job_free(&job);
	}
}

static void speed(const char *what, const struct test_job *job, struct bench_seen *seen)
{
	const struct bench_mood mood = {.latency = 200, .xlat_latency = 6};
	struct walk walk;

	walk_init(&walk, &build, job);
	walk_run(&walk);
	bench_run(bench, &walk, false, &mood, seen);
	printf("%s: first step after %u clocks, %u steps in %u clocks, longest gap %u, %.2f bytes "
	       "a "
	       "clock\n",
	       what, (uint32_t)seen->first_step, (uint32_t)seen->steps,
	       (uint32_t)(seen->last_step - seen->first_step + 1), (uint32_t)seen->longest_gap,
	       16.0 * (double)seen->words / (double)(seen->last_step - seen->first_step + 1));
	walk_free(&walk);
}

/* With ideal memory there is a step in each clock, unless the port gives less than that. */
static void test_speed(void **state)
{
	static const struct {
		const char *what;
		uint32_t rows, channels, kernel, columns, most, few;
	} cases[] = {
		{"512 rows of one step", 512, 1024, 1, 4 * COLUMNS, 1, 1},
		{"512 rows of 1 to 3 steps", 512, 512, 1, 4 * COLUMNS, 3, 1},
		{"512 rows, 1 in 8 has steps", 512, 1024, 1, 4 * COLUMNS, 2, 8},
		{"16 rows of 1 to 2 steps", 16, 512, 3, 20 * COLUMNS, 2, 1},
		{"40 rows of 3 channels", 40, 3, 7, 10 * COLUMNS, 3, 1},
		{"512 rows of 1 to 255 steps", 512, 200, 1, COLUMNS, NMACCEL_MAX_STEPS, 1},
	};
	struct bench_seen seen;
	struct test_job job;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double clocks, need;

		test_job_init(&job);
		add_conv(&job, cases[i].rows, cases[i].channels, cases[i].kernel, cases[i].columns,
			 cases[i].most, cases[i].few);
		speed(cases[i].what, &job, &seen);
		clocks = (double)(seen.last_step - seen.first_step + 1);
		need = (double)seen.words * 16 / DATA_BYTES;
		if (need < 0.8 * (double)seen.steps)
			assert_int_equal(clocks, seen.steps);
		else
			assert_true(clocks <
				    1.1 * (need > (double)seen.steps ? need : (double)seen.steps));
		test_job_free(&job);
	}
}

static int setup(void **state)
{
	static const struct bench_params params = {
		{LANES, BLOCK_ROWS, COLUMNS}, DATA_BYTES, CORE_LATENCY, BLOCK_LATENCY};

	(void)state;
	bench = bench_create(&params);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_destroy(bench);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jobs),    TEST(test_cut),	 TEST(test_changed),
		TEST(test_damaged), TEST(test_trailing), TEST(test_holes),
		TEST(test_loader),  TEST(test_windows),	 TEST(test_speed),
	};

	rng_start("test_rtl_stream");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
