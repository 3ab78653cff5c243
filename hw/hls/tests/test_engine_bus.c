// SPDX-License-Identifier: MIT
/* A memory system that refuses, page lists in detail, and engines side by side. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen.h"
#include "rng.h"

#define THREADS 4

/* A job with every operation, whose buffers are linear and page lists. */
static void make_job(struct gen *gen, struct test_job *job)
{
	gen_init(gen, nmaccel_engine_find(8, 128, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(job);
	gen_small_conv(gen, job);
	gen_desc(gen, job, NMACCEL_OP_ADD);
	gen_desc(gen, job, NMACCEL_OP_POOL_MAX);
	gen_desc(gen, job, NMACCEL_OP_POOL_AVG);
}

/*
 * Refuse each access in turn. The engine stops at once: the only access that may follow is the last
 * write of the record, which then tells of it.
 */
static void test_refused(void **state)
{
	struct test_job job;
	struct gen gen;
	struct sim sim;
	uint64_t total, refuse;

	(void)state;
	make_job(&gen, &job);
	sim_map(&sim, &job, SIM_WIDE);
	sim_run(&sim, gen.variant);
	assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
	total = sim.accesses;
	for (refuse = 1; refuse <= total; refuse++) {
		sim.refuse = refuse;
		sim_run(&sim, gen.variant);
		assert_int_equal(sim.strays, 0);
		if (refuse == 1 || refuse >= total - 1) {
			/* The job itself, and the two pieces of the last record. */
			assert_int_equal(sim.accesses, refuse);
			assert_int_not_equal(sim.record->state, NMACCEL_JOB_DONE);
			continue;
		}
		assert_int_equal(sim.accesses, refuse + 2);
		assert_int_equal(sim.record->state, NMACCEL_JOB_FAULT);
		assert_int_equal(sim.record->fault, NMACCEL_FAULT_BUS);
		assert_int_equal(sim.record->seq, sim.job->seq);
		assert_true(sim.record->fault_buffer == NMACCEL_NO_BUFFER ||
			    sim.record->fault_buffer < job.n_buffers);
	}
	printf("each of %llu accesses refused\n", (unsigned long long)total);
	sim_free(&sim);
	test_job_free(&job);
}

/* Which structure was refused is told: by its address, or by the buffer and offset. */
static void run_unmapped(uint32_t what)
{
	struct test_job job;
	struct gen gen;
	struct sim sim;
	uint64_t addr;
	uint32_t i;

	make_job(&gen, &job);
	sim_map(&sim, &job, SIM_WIDE);
	addr = what == 0 ? sim.job->descs : sim.job->buffers;
	for (i = 0; i < sim.n_regions; i++)
		if (sim.regions[i].addr == addr)
			sim.regions[i].size = 0;
	sim_run(&sim, gen.variant);
	assert_int_equal(sim.strays, 1);
	assert_int_equal(sim.record->fault, NMACCEL_FAULT_BUS);
	assert_int_equal(sim.record->fault_buffer, NMACCEL_NO_BUFFER);
	assert_int_equal(sim.record->fault_offset, addr);
	sim_free(&sim);
	test_job_free(&job);
}

static void test_unmapped(void **state)
{
	(void)state;
	run_unmapped(0);
	run_unmapped(1);
}

/* A page that is missing behind a page list: the place is where the access went. */
static void test_missing_page(void **state)
{
	struct nmaccel_hw_desc *desc;
	struct test_job job;
	struct gen gen;
	struct sim sim;

	(void)state;
	gen_init(&gen, nmaccel_engine_find(8, 128, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job);
	gen_desc(&gen, &job, NMACCEL_OP_POOL_MAX);
	desc = &job.descs[0];
	desc->batch = desc->in_h = desc->in_w = desc->out_h = desc->out_w = 1;
	desc->kernel_h = desc->kernel_w = 1;
	desc->pad_top = desc->pad_left = 0;
	desc->in.channels = desc->in.ch = desc->out.channels = desc->out.ch = 200;
	desc->in.ch0 = desc->out.ch0 = 0;
	desc->in.offset = desc->out.offset = 0;
	desc->in.buffer = test_job_buffer(&job, 200 * 64, NMACCEL_BUF_READ, 12);
	desc->out.buffer = test_job_buffer(&job, 200 * 64, NMACCEL_BUF_WRITE, 13);
	sim_map(&sim, &job, SIM_WIDE);
	sim.page_lists[desc->in.buffer][2] = (uint64_t)3 << 62;
	sim_run(&sim, gen.variant);
	assert_int_equal(sim.strays, 1);
	assert_int_equal(sim.record->fault, NMACCEL_FAULT_BUS);
	assert_int_equal(sim.record->fault_buffer, desc->in.buffer);
	assert_int_equal(sim.record->fault_offset, 2 * 4096);
	sim_free(&sim);
	test_job_free(&job);
}

/* Pages of every legal size. */
static void test_page_shifts(void **state)
{
	uint32_t shift;

	(void)state;
	for (shift = NMACCEL_MIN_PAGE_SHIFT; shift <= NMACCEL_MAX_PAGE_SHIFT; shift++) {
		struct expect_counts counts = {0};
		struct test_job job;
		struct gen gen;
		struct sim sim;
		uint32_t i;

		make_job(&gen, &job);
		for (i = 0; i < job.n_buffers; i++)
			job.buffers[i].page_shift = shift;
		sim_map(&sim, &job, SIM_WIDE);
		sim_run(&sim, gen.variant);
		assert_int_equal(sim.strays, 0);
		assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		for (i = 0; i < job.n_descs; i++)
			assert_int_equal(expect_desc(&gen.build, &job, &job.descs[i], &counts), 0);
		for (i = 0; i < job.n_buffers; i++) {
			struct test_job got = job;
			uint8_t *data = malloc(job.buffers[i].size);

			assert_non_null(data);
			got.n_buffers = i + 1;
			memcpy(data, job.buffers[i].data, job.buffers[i].size);
			sim_fetch(&sim, &got);
			assert_memory_equal(job.buffers[i].data, data, job.buffers[i].size);
			free(data);
		}
		sim_free(&sim);
		test_job_free(&job);
	}
}

/*
 * The record grows while the job runs: state running, then a tile more each time. When the state
 * says that the job has ended, all the rest has been written, and nothing is accessed any more.
 */
struct progress {
	struct nmaccel_hw_record before_last;
	uint64_t writes;
	uint64_t last_tiles;
	bool ordered;
};

static void watch(struct sim *sim, void *context)
{
	struct progress *progress = context;

	progress->before_last = *sim->record;
	if (sim->record->seq != sim->job->seq)
		return;
	if (sim->record->state != NMACCEL_JOB_RUNNING ||
	    sim->record->tiles_done < progress->last_tiles ||
	    sim->record->tiles_done > progress->last_tiles + 1)
		progress->ordered = false;
	if (sim->record->tiles_done != progress->last_tiles)
		progress->writes++;
	progress->last_tiles = sim->record->tiles_done;
}

static void test_progress(void **state)
{
	struct progress progress = {.ordered = true};
	struct test_job job;
	struct gen gen;
	struct sim sim;

	(void)state;
	make_job(&gen, &job);
	sim_map(&sim, &job, SIM_WIDE);
	sim.before = watch;
	sim.context = &progress;
	sim_run(&sim, gen.variant);
	assert_true(progress.ordered);
	assert_int_equal(progress.writes, sim.record->tiles_done);
	assert_true(sim.record->tiles_done >= 5);
	assert_int_equal(progress.before_last.state, NMACCEL_JOB_RUNNING);
	assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
	assert_memory_equal(&progress.before_last.tiles_done, &sim.record->tiles_done,
			    sizeof(*sim.record) - offsetof(struct nmaccel_hw_record, tiles_done));
	sim_free(&sim);
	test_job_free(&job);
}

/* One engine per thread, all of one build: no one sees another's memories. */
struct worker {
	pthread_t thread;
	struct test_job job;
	struct sim sim;
	const struct nmaccel_engine_variant *variant;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	uint32_t i;

	for (i = 0; i < 8; i++)
		sim_run(&worker->sim, worker->variant);
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[THREADS];
	struct gen gen;
	uint32_t t, i;

	(void)state;
	for (t = 0; t < THREADS; t++) {
		make_job(&gen, &workers[t].job);
		workers[t].variant = gen.variant;
		sim_map(&workers[t].sim, &workers[t].job, SIM_WIDE);
	}
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
	for (t = 0; t < THREADS; t++) {
		struct test_job *job = &workers[t].job;
		struct expect_counts counts = {0};
		uint8_t *out;
		const struct nmaccel_hw_desc *desc = &job->descs[0];
		struct test_buffer *buffer = &job->buffers[desc->out.buffer];

		assert_int_equal(workers[t].sim.record->state, NMACCEL_JOB_DONE);
		for (i = 0; i < job->n_descs; i++)
			assert_int_equal(expect_desc(&gen.build, job, &job->descs[i], &counts), 0);
		out = malloc(buffer->size);
		assert_non_null(out);
		memcpy(out, buffer->data, buffer->size);
		sim_fetch(&workers[t].sim, job);
		assert_memory_equal(buffer->data, out, buffer->size);
		free(out);
		sim_free(&workers[t].sim);
		test_job_free(job);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	     cmocka_unit_test(test_unmapped),
		cmocka_unit_test(test_missing_page), cmocka_unit_test(test_page_shifts),
		cmocka_unit_test(test_progress),     cmocka_unit_test(test_threads),
	};

	rng_start("test_engine_bus");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
