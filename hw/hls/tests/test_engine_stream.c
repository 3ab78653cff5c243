// SPDX-License-Identifier: MIT
/*
 * Weight streams that are cut, extended and damaged, byte by byte and also while the engine runs:
 * each gives a fault that its damage explains, or the result that its bytes mean.
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

#define JOBS	   4
#define MAX_STREAM 2000 /* bytes: each is tried in turn */

/* A copy of a job with buffers of its own. */
static void clone_job(struct test_job *copy, const struct test_job *job)
{
	uint32_t i;

	*copy = *job;
	for (i = 0; i < job->n_buffers; i++) {
		copy->buffers[i].data = malloc(job->buffers[i].size ? job->buffers[i].size : 1);
		assert_non_null(copy->buffers[i].data);
		memcpy(copy->buffers[i].data, job->buffers[i].data, job->buffers[i].size);
	}
}

/* Run a job of one descriptor; expect what the expectation says, fault or bytes. */
static uint32_t run_and_check(const struct gen *gen, const struct test_job *job)
{
	struct expect_counts counts = {0};
	struct test_job got, want;
	struct sim sim;
	uint32_t faults, fault, i;

	clone_job(&got, job);
	clone_job(&want, job);
	sim_map(&sim, job, SIM_WIDE);
	sim_run(&sim, gen->variant);
	sim_fetch(&sim, &got);
	assert_int_equal(sim.strays, 0);
	faults = expect_desc(&gen->build, &want, &job->descs[0], &counts);
	fault = sim.record->fault;
	if (faults) {
		assert_int_equal(sim.record->state, NMACCEL_JOB_FAULT);
		assert_int_equal(sim.record->fault_buffer, job->descs[0].weights);
		assert_true(faults & 1u << fault);
	} else {
		assert_int_equal(fault, NMACCEL_FAULT_NONE);
		assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		assert_int_equal(sim.record->steps, counts.steps);
	}
	for (i = 0; i < job->n_buffers; i++)
		if (job->buffers[i].size)
			assert_memory_equal(got.buffers[i].data, want.buffers[i].data,
					    job->buffers[i].size);
	sim_free(&sim);
	test_job_free(&got);
	test_job_free(&want);
	return fault;
}

static void make_job(struct gen *gen, struct test_job *job, uint32_t i)
{
	const struct nmaccel_engine_variant *variant = nmaccel_engine_at(i % 6);

	assert_non_null(variant);
	gen_init(gen, variant, NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(job);
	gen_small_conv(gen, job);
	while (job->descs[0].weights_bytes > MAX_STREAM) {
		test_job_free(job);
		test_job_init(job);
		gen_small_conv(gen, job);
	}
}

/* A stream that ends early, at each byte. */
static void test_truncated(void **state)
{
	uint32_t i, cuts = 0;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		struct test_job job;
		struct gen gen;
		uint64_t bytes;

		make_job(&gen, &job, i);
		for (bytes = job.descs[0].weights_bytes; bytes-- > 0; cuts++) {
			job.descs[0].weights_bytes = bytes;
			assert_int_equal(run_and_check(&gen, &job), NMACCEL_FAULT_TRUNCATED);
		}
		test_job_free(&job);
	}
	printf("%u jobs compared: streams cut at each byte\n", cuts);
}

/* Each byte with one bit flipped, with all, and with a random other value. */
static void test_flipped(void **state)
{
	uint32_t i, b, flips = 0, faults = 0;

	(void)state;
	for (i = 0; i < JOBS; i++) {
		struct test_job job;
		struct gen gen;
		uint8_t *stream;
		uint64_t at;

		make_job(&gen, &job, i + 2);
		stream = job.buffers[job.descs[0].weights].data + job.descs[0].weights_offset;
		for (at = 0; at < job.descs[0].weights_bytes; at++) {
			const uint8_t flip[] = {(uint8_t)(1u << rng_range(0, 7)), 0xff,
						(uint8_t)rng_range(1, 255)};

			for (b = 0; b < sizeof(flip); b++, flips++) {
				stream[at] ^= flip[b];
				faults += run_and_check(&gen, &job) != NMACCEL_FAULT_NONE;
				stream[at] ^= flip[b];
			}
		}
		test_job_free(&job);
	}
	printf("%u jobs compared: streams with a byte changed, %u faults\n", flips, faults);
	assert_true(faults > 0 && faults < flips);
}

/* A stream longer than its blocks, by one byte and by whole units. */
static void test_trailing(void **state)
{
	uint32_t extra;

	(void)state;
	for (extra = 1; extra <= 64; extra++) {
		struct nmaccel_hw_desc *desc;
		struct test_buffer *buffer;
		struct test_job job;
		struct gen gen;
		uint8_t *data;

		make_job(&gen, &job, extra);
		desc = &job.descs[0];
		buffer = &job.buffers[desc->weights];
		data = realloc(buffer->data, buffer->size + extra);
		assert_non_null(data);
		memset(data + buffer->size, 0, extra);
		buffer->data = data;
		buffer->size += extra;
		desc->weights_bytes += extra;
		assert_int_equal(run_and_check(&gen, &job), NMACCEL_FAULT_TRAILING);
		test_job_free(&job);
	}
}

/*
 * A stream by hand, to see the places of faults: 3 rows of 20 positions in one block, with 1, 0 and
 * 2 steps of 4 slots, so counts are 16 bytes and the steps 24 bytes and 8 of padding.
 */
#define HAND_ROWS      3
#define HAND_POSITIONS 20
#define HAND_BYTES     48
#define HAND_OFFSET    64

struct hand_case {
	const char *what;
	uint64_t bytes; /* of the stream */
	uint32_t at;	/* byte that is changed */
	uint8_t value;
	uint32_t fault;
	uint64_t offset;
	uint32_t detail;
};

static const struct hand_case hand_cases[] = {
	{"whole", 48, 0, 1, NMACCEL_FAULT_NONE, 0, 0},
	{"last legal index", 48, 16 + 4, 19, NMACCEL_FAULT_NONE, 0, 0},
	{"index past the block", 48, 16 + 4, 20, NMACCEL_FAULT_INDEX, HAND_OFFSET + 20, 0},
	{"index of a later row", 48, 16 + 15, 255, NMACCEL_FAULT_INDEX, HAND_OFFSET + 31, 2},
	{"index of the last step", 48, 16 + 21, 128, NMACCEL_FAULT_INDEX, HAND_OFFSET + 37, 2},
	{"padding of the counts", 48, 3, 1, NMACCEL_FAULT_PADDING, HAND_OFFSET + 3, 0},
	{"end of that padding", 48, 15, 128, NMACCEL_FAULT_PADDING, HAND_OFFSET + 15, 0},
	{"padding of the steps", 48, 40, 1, NMACCEL_FAULT_PADDING, HAND_OFFSET + 40, 0},
	{"end of that padding", 48, 47, 1, NMACCEL_FAULT_PADDING, HAND_OFFSET + 47, 0},
	{"nothing", 0, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET, 0},
	{"two counts", 2, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 2, 2},
	{"no padding of the counts", 15, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 15, 2},
	{"no steps", 16, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 16, 0},
	{"one step and a half", 28, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 28, 2},
	{"no padding of the steps", 40, 0, 1, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 40, 2},
	{"a step too many", 48, 1, 2, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 48, 2},
	{"far too many steps", 48, 0, 255, NMACCEL_FAULT_TRUNCATED, HAND_OFFSET + 48, 0},
	{"one unit more", 64, 0, 1, NMACCEL_FAULT_TRAILING, HAND_OFFSET + 48, 0},
};

static void make_hand_job(struct test_job *job)
{
	static const uint8_t counts[HAND_ROWS] = {1, 0, 2};
	struct nmaccel_hw_desc *desc = &job->descs[0];
	uint8_t *stream;

	test_job_init(job);
	job->n_descs = 1;
	desc->op = NMACCEL_OP_CONV;
	desc->in.buffer = test_job_buffer(job, HAND_POSITIONS * 16u, NMACCEL_BUF_READ, 0);
	desc->in.channels = desc->in.ch = HAND_POSITIONS;
	desc->out.buffer = test_job_buffer(job, HAND_ROWS * 16u, NMACCEL_BUF_WRITE, 0);
	desc->out.channels = desc->out.ch = HAND_ROWS;
	desc->weights = test_job_buffer(job, HAND_OFFSET + 64, NMACCEL_BUF_READ, 0);
	desc->weights_offset = HAND_OFFSET;
	desc->weights_bytes = HAND_BYTES;
	desc->params = test_job_buffer(job, HAND_ROWS * 8u, NMACCEL_BUF_READ, 0);
	desc->batch = 5;
	desc->in_h = desc->in_w = desc->out_h = desc->out_w = 1;
	desc->kernel_h = desc->kernel_w = desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->act_min = -128;
	desc->act_max = 127;
	desc->block_rows = 128;
	stream = job->buffers[desc->weights].data + HAND_OFFSET;
	memset(stream, 0, 64);
	memcpy(stream, counts, sizeof(counts));
	memset(stream + 16, 7, 24);
}

static void test_places(void **state)
{
	const struct nmaccel_engine_variant *variant = nmaccel_engine_find(4, 128, 16);
	uint32_t i;

	(void)state;
	assert_non_null(variant);
	for (i = 0; i < sizeof(hand_cases) / sizeof(hand_cases[0]); i++) {
		const struct hand_case *c = &hand_cases[i];
		struct test_job job;
		struct sim sim;

		make_hand_job(&job);
		job.descs[0].weights_bytes = c->bytes;
		job.buffers[job.descs[0].weights].data[HAND_OFFSET + c->at] = c->value;
		sim_map(&sim, &job, SIM_WIDE);
		sim_run(&sim, variant);
		if (sim.record->fault != c->fault || sim.record->fault_offset != c->offset)
			print_message("case '%s'\n", c->what);
		assert_int_equal(sim.strays, 0);
		assert_int_equal(sim.record->fault, c->fault);
		assert_int_equal(sim.record->fault_offset, c->offset);
		assert_int_equal(sim.record->fault_detail, c->detail);
		assert_int_equal(sim.record->fault_buffer, c->fault ? job.descs[0].weights : 0);
		assert_int_equal(sim.record->tiles_done, c->fault ? 0 : 1);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* Someone writes to streams, parameters and activations at each access of the engine. */
static void scribble(struct sim *sim, void *context)
{
	const struct test_job *job = context;
	uint32_t i, n;

	for (i = 0; i < job->n_buffers; i++) {
		const uint32_t first = sim->first_region[i];
		const struct sim_region *region = &sim->regions[first];

		for (n = 0; n < 4 && region->size; n++)
			region->data[rng_u64() % region->size] = (uint8_t)rng_u64();
	}
}

static void test_changing_memory(void **state)
{
	const uint32_t jobs = gen_jobs(300);
	uint32_t i, faults = 0;

	(void)state;
	for (i = 0; i < jobs; i++) {
		struct test_job job;
		struct sim sim;
		struct gen gen;

		make_job(&gen, &job, i);
		sim_map(&sim, &job, SIM_WIDE);
		sim.before = scribble;
		sim.context = &job;
		sim_run(&sim, gen.variant);
		assert_int_equal(sim.strays, 0);
		assert_int_equal(sim.record->seq, sim.job->seq);
		assert_true(sim.record->state == NMACCEL_JOB_DONE ||
			    sim.record->state == NMACCEL_JOB_FAULT);
		faults += sim.record->state == NMACCEL_JOB_FAULT;
		sim_free(&sim);
		test_job_free(&job);
	}
	printf("%u jobs in changing memory, %u faults\n", jobs, faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_changing_memory),
	};

	rng_start("test_engine_stream");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
