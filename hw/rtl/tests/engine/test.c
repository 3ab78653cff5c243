// SPDX-License-Identifier: MIT
/*
 * The engine against the model of hw/hls: the same random jobs in the same memory; afterwards every
 * byte of it must be the same, the record included.
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

#define JOBS 40

static const uint32_t ops[] = {
	NMACCEL_OP_CONV, NMACCEL_OP_CONV,     NMACCEL_OP_CONV,
	NMACCEL_OP_ADD,	 NMACCEL_OP_POOL_MAX, NMACCEL_OP_POOL_AVG,
};

static const struct nmaccel_engine_variant *variant;

static uint8_t **save(const struct sim *sim)
{
	uint8_t **copy = calloc(sim->n_regions, sizeof(*copy));
	uint32_t i;

	assert_non_null(copy);
	for (i = 0; i < sim->n_regions; i++) {
		copy[i] = malloc(sim->regions[i].size + 1);
		assert_non_null(copy[i]);
		memcpy(copy[i], sim->regions[i].data, sim->regions[i].size);
	}
	return copy;
}

static void restore(struct sim *sim, uint8_t **copy)
{
	uint32_t i;

	for (i = 0; i < sim->n_regions; i++)
		memcpy(sim->regions[i].data, copy[i], sim->regions[i].size);
}

static void drop(const struct sim *sim, uint8_t **copy)
{
	uint32_t i;

	for (i = 0; i < sim->n_regions; i++)
		free(copy[i]);
	free(copy);
}

static void print_record(const char *who, const struct nmaccel_hw_record *r)
{
	printf("%s: state %u descs %u tiles %llu steps %llu loads %llu fault %u desc %u buffer %u "
	       "detail %u offset %llu\n",
	       who, r->state, r->descs_done, (unsigned long long)r->tiles_done,
	       (unsigned long long)r->steps, (unsigned long long)r->loads, r->fault, r->fault_desc,
	       r->fault_buffer, r->fault_detail, (unsigned long long)r->fault_offset);
}

static void compare(const struct sim *sim, uint8_t **want, const struct test_job *job)
{
	struct nmaccel_hw_record record;
	uint32_t i, d;
	uint64_t at;

	for (i = 0; i < sim->n_regions; i++) {
		if (!memcmp(sim->regions[i].data, want[i], sim->regions[i].size))
			continue;
		for (at = 0; sim->regions[i].data[at] == want[i][at]; at++)
			;
		if (sim->regions[i].data == (uint8_t *)sim->record) {
			memcpy(&record, want[i], sizeof(record));
			print_record("got ", sim->record);
			print_record("want", &record);
		}
		for (d = 0; d < job->n_descs; d++)
			printf("desc %u: op %u flags %u ch %u -> %u, %ux%ux%u -> %ux%u kernel %ux%u"
			       " stride %ux%u pad %u,%u dilation %ux%u block %u\n",
			       d, job->descs[d].op, job->descs[d].flags, job->descs[d].in.ch,
			       job->descs[d].out.ch, job->descs[d].batch, job->descs[d].in_h,
			       job->descs[d].in_w, job->descs[d].out_h, job->descs[d].out_w,
			       job->descs[d].kernel_h, job->descs[d].kernel_w,
			       job->descs[d].stride_h, job->descs[d].stride_w,
			       job->descs[d].pad_top, job->descs[d].pad_left,
			       job->descs[d].dilation_h, job->descs[d].dilation_w,
			       job->descs[d].block_rows);
		fail_msg("region %u of %llu bytes: byte %llu is %u, not %u", i,
			 (unsigned long long)sim->regions[i].size, (unsigned long long)at,
			 sim->regions[i].data[at], want[i][at]);
	}
}

static struct axi_timing random_timing(void)
{
	struct axi_timing timing = {.latency_min = rng_range(1, 20)};

	timing.latency_max = timing.latency_min + rng_range(0, 100);
	timing.stall = rng_one_in(2) ? 0 : rng_range(1, 200);
	timing.address_waits = rng_one_in(2);
	return timing;
}

/* Returns the clocks that the engine took. */
static uint64_t run_both(struct test_job *job, struct sim *sim, const struct axi_timing *timing)
{
	uint8_t **before, **want;
	struct bench bench;
	uint64_t clocks;

	before = save(sim);
	sim_run(sim, variant);
	want = save(sim);
	restore(sim, before);
	memset(sim->record, 0, sizeof(*sim->record));
	bench_init(&bench, sim, DATA_BYTES, timing);
	bench_start(&bench);
	clocks = bench_wait(&bench);
	assert_int_equal(bench.strays, 0);
	compare(sim, want, job);
	bench_free(&bench);
	drop(sim, before);
	drop(sim, want);
	return clocks;
}

static void random_jobs(const uint32_t *kinds, uint32_t n_kinds, uint32_t jobs)
{
	uint64_t clocks = 0, steps = 0;
	struct gen gen;
	uint32_t i;

	gen_init(&gen, variant, 16);
	for (i = 0; i < jobs; i++) {
		const struct axi_timing timing = random_timing();
		struct test_job job;
		struct sim sim;
		uint32_t n;

		test_job_init(&job);
		for (n = rng_range(1, 4); n; n--)
			gen_desc(&gen, &job, kinds[rng_range(0, n_kinds - 1)]);
		sim_map(&sim, &job, SIM_WIDE);
		clocks += run_both(&job, &sim, &timing);
		assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		steps += sim.record->steps;
		sim_free(&sim);
		test_job_free(&job);
	}
	printf("%u jobs, %llu clocks, %llu steps\n", jobs, (unsigned long long)clocks,
	       (unsigned long long)steps);
}

static void test_conv(void **state)
{
	(void)state;
	random_jobs(ops, 1, JOBS);
}

static void test_add(void **state)
{
	(void)state;
	random_jobs(ops + 3, 1, JOBS / 4);
}

static void test_pool(void **state)
{
	(void)state;
	random_jobs(ops + 4, 2, JOBS / 4);
}

static void test_mixed(void **state)
{
	(void)state;
	random_jobs(ops, sizeof(ops) / sizeof(ops[0]), JOBS);
}

static void test_empty_job(void **state)
{
	const struct axi_timing timing = random_timing();
	struct test_job job;
	struct sim sim;

	(void)state;
	test_job_init(&job);
	sim_map(&sim, &job, SIM_WIDE);
	run_both(&job, &sim, &timing);
	sim_free(&sim);
	test_job_free(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_job), cmocka_unit_test(test_conv),
		cmocka_unit_test(test_add),	  cmocka_unit_test(test_pool),
		cmocka_unit_test(test_mixed),
	};

	variant = nmaccel_engine_find(LANES, BLOCK_ROWS, COLUMNS);
	rng_start("test_rtl_engine");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
