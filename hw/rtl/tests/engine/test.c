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
#include "cover.h"
#include "gen.h"
#include "rng.h"

/*
 * Random jobs of a kind, 40 unless NMACCEL_JOBS says. That is for builds whose columns are few; the
 * others take ten times as long for a job, and do not care.
 */
static uint32_t n_jobs = 40;

static void jobs_init(void)
{
	const char *text = getenv("NMACCEL_JOBS");
	const unsigned long jobs = text ? strtoul(text, NULL, 10) : 0;

	if (COLUMNS <= 16 && jobs >= 8 && jobs <= 100000)
		n_jobs = (uint32_t)jobs;
}

/* Jobs whose memory was compared, byte for byte. */
static uint32_t compared;

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

/* The engine of all tests: what a job leaves in it must not matter to the next. */
static struct bench bench;

/* The model's bus, with a word that it refuses. */
struct refusing_bus {
	struct nmaccel_bus bus;
	struct sim *sim;
	uint64_t refuse_addr;
};

static bool covers(const struct refusing_bus *bus, uint64_t addr, uint32_t words)
{
	return bus->refuse_addr && bus->refuse_addr >= addr &&
	       bus->refuse_addr - addr < words * 16ull;
}

static int refusing_read(struct nmaccel_bus *base, uint64_t addr, struct nmaccel_word *dst,
			 uint32_t words)
{
	struct refusing_bus *bus = (struct refusing_bus *)base;

	return covers(bus, addr, words) ? -1 : bus->sim->bus.read(&bus->sim->bus, addr, dst, words);
}

static int refusing_write(struct nmaccel_bus *base, uint64_t addr, const struct nmaccel_word *src,
			  uint32_t words)
{
	struct refusing_bus *bus = (struct refusing_bus *)base;

	return covers(bus, addr, words) ? -1
					: bus->sim->bus.write(&bus->sim->bus, addr, src, words);
}

static void run_model(struct sim *sim, uint64_t refuse_addr)
{
	struct refusing_bus bus = {{refusing_read, refusing_write}, sim, refuse_addr};
	void *state = malloc(variant->state_bytes);

	assert_non_null(state);
	memset(state, 0x5a, variant->state_bytes);
	memset(sim->record, 0, sizeof(*sim->record));
	variant->run(&bus.bus, state, sim->job_addr);
	free(state);
}

/* Returns the clocks that the engine took; the model's memory is left in want. */
static uint64_t run_engine(struct sim *sim, const struct axi_timing *timing, uint64_t refuse_addr,
			   uint8_t ***want)
{
	uint8_t **before = save(sim);
	uint64_t clocks;

	run_model(sim, refuse_addr);
	*want = save(sim);
	restore(sim, before);
	drop(sim, before);
	memset(sim->record, 0, sizeof(*sim->record));
	bench_attach(&bench, sim, timing);
	bench.refuse_addr = refuse_addr;
	bench_start(&bench);
	clocks = bench_wait(&bench);
	assert_int_equal(bench.strays, 0);
	return clocks;
}

static uint64_t run_both(struct test_job *job, struct sim *sim, const struct axi_timing *timing)
{
	uint64_t clocks;
	uint8_t **want;

	clocks = run_engine(sim, timing, 0, &want);
	compare(sim, want, job);
	compared++;
	cover_job(sim, job);
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
	random_jobs(ops, 1, n_jobs);
}

static void test_add(void **state)
{
	(void)state;
	random_jobs(ops + 3, 1, n_jobs / 4);
}

static void test_pool(void **state)
{
	(void)state;
	random_jobs(ops + 4, 2, n_jobs / 4);
}

static void test_mixed(void **state)
{
	(void)state;
	random_jobs(ops, sizeof(ops) / sizeof(ops[0]), n_jobs);
}

/*
 * The second descriptor waits for the first one's results if it reads them, and not if it reads
 * what that one has read. Memory that answers at once shows what is read too early.
 */
static void test_order(void **state)
{
	const struct axi_timing timing = {.latency_min = 1, .latency_max = 1};
	struct gen gen;
	uint32_t i;

	(void)state;
	gen_init(&gen, variant, 16);
	for (i = 0; i < 24; i++) {
		struct test_job job;
		struct sim sim;

		test_job_init(&job);
		gen_two_layers(&gen, &job, i % 2);
		sim_map(&sim, &job, SIM_WIDE);
		run_both(&job, &sim, &timing);
		assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
		sim_free(&sim);
		test_job_free(&job);
	}
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

/* A job of a few descriptors, mapped. */
static void make_job(struct test_job *job, struct sim *sim)
{
	struct gen gen;
	uint32_t n;

	gen_init(&gen, variant, 16);
	test_job_init(job);
	for (n = rng_range(1, 3); n; n--)
		gen_desc(&gen, job, ops[rng_range(0, sizeof(ops) / sizeof(ops[0]) - 1)]);
	sim_map(sim, job, SIM_WIDE);
}

/* Whether some descriptor may write what it reads: its result is then undefined. */
static bool may_write_input(const struct test_job *job, const struct sim *sim)
{
	uint32_t i;

	for (i = 0; i < job->n_descs; i++) {
		const struct nmaccel_hw_desc *desc = &sim->descs[i];
		const uint32_t out = desc->out.buffer;

		if (memcmp(desc, &job->descs[i], sizeof(*desc)) &&
		    (desc->in.buffer == out || desc->in2.buffer == out || desc->weights == out ||
		     desc->params == out))
			return true;
	}
	return false;
}

/* A word of the job, the table or a descriptor that is something else: the same fault. */
static void test_fields(void **state)
{
	uint32_t i, faults = 0;

	(void)state;
	for (i = 0; i < 2 * n_jobs; i++) {
		const struct axi_timing timing = random_timing();
		struct test_job job;
		struct sim sim;
		uint32_t value = rng_one_in(2) ? (uint32_t)rng_u64() : rng_range(0, 300);
		uint32_t *word;

		make_job(&job, &sim);
		switch (rng_range(0, 6)) {
		case 0:
			/* Not addresses and counts: what they name must exist. */
			word = (uint32_t *)sim.job + rng_range(12, 15);
			break;
		case 1:
			/* Reserved: another size or page size would name what does not exist. */
			word = (uint32_t *)&sim.table[rng_range(0, job.n_buffers - 1)] +
			       rng_range(6, 7);
			break;
		case 2:
			/* Who may do what with a buffer; no other bit, as in reserved words. */
			word = &sim.table[rng_range(0, job.n_buffers - 1)].flags;
			value = *word ^ rng_range(1, NMACCEL_BUF_READ | NMACCEL_BUF_WRITE);
			break;
		default:
			word = (uint32_t *)&sim.descs[rng_range(0, job.n_descs - 1)] +
			       rng_range(0, 63);
		}
		*word = value;
		/* What is valid all the same must end soon. */
		if (sim.descs[0].in.ch < 600 && !may_write_input(&job, &sim))
			run_both(&job, &sim, &timing);
		faults += sim.record->fault != NMACCEL_FAULT_NONE;
		sim_free(&sim);
		test_job_free(&job);
	}
	assert_true(faults > n_jobs / 2);
	printf("%u faults\n", faults);
}

/* The stream is longer than its blocks. */
static void add_trailing(struct test_job *job, struct nmaccel_hw_desc *desc)
{
	struct test_buffer *buffer = &job->buffers[desc->weights];
	uint8_t *data = realloc(buffer->data, buffer->size + 16);

	assert_non_null(data);
	memset(data + buffer->size, 0, 16);
	buffer->data = data;
	buffer->size += 16;
	desc->weights_bytes += 16;
}

/* A byte of a stream that is another one: the same fault in the same place, or the same result. */
static void test_stream(void **state)
{
	uint32_t i, faults = 0;

	(void)state;
	for (i = 0; i < 2 * n_jobs; i++) {
		const struct axi_timing timing = random_timing();
		const struct nmaccel_hw_desc *desc;
		struct test_job job;
		struct sim sim;
		struct gen gen;
		uint64_t at;

		gen_init(&gen, variant, 16);
		test_job_init(&job);
		gen_desc(&gen, &job, NMACCEL_OP_CONV);
		gen_desc(&gen, &job, NMACCEL_OP_POOL_MAX);
		desc = &job.descs[0];
		at = desc->weights_offset +
		     rng_u64() % (rng_one_in(3) ? 64 : desc->weights_bytes) % desc->weights_bytes;
		if (rng_one_in(8))
			add_trailing(&job, &job.descs[0]);
		else
			job.buffers[desc->weights].data[at] = (uint8_t)rng_u64();
		sim_map(&sim, &job, SIM_WIDE);
		if (rng_one_in(4))
			sim.descs[0].weights_bytes -=
				16u * (rng_u64() % (desc->weights_bytes / 16));
		run_both(&job, &sim, &timing);
		faults += sim.record->fault != NMACCEL_FAULT_NONE;
		sim_free(&sim);
		test_job_free(&job);
	}
	assert_true(faults > 0);
	printf("%u faults\n", faults);
}

/*
 * A word of memory that the bus refuses. The engine reads in other bursts than the model, so the
 * place that it names may be the begin of another burst of the same buffer.
 */
static void test_refused(void **state)
{
	uint32_t i, faults = 0;

	(void)state;
	/* A wider beat holds words that were not asked for. */
	if (DATA_BYTES > 16) {
		printf("only with beats of 16 bytes\n");
		return;
	}
	for (i = 0; i < 2 * n_jobs; i++) {
		const struct axi_timing timing = random_timing();
		struct nmaccel_hw_record wanted;
		const struct sim_region *region;
		struct test_job job;
		struct sim sim;
		uint8_t **want;
		uint32_t r;

		make_job(&job, &sim);
		do
			region = &sim.regions[rng_range(0, sim.n_regions - 1)];
		while (region->size == 0 || region->data == (uint8_t *)sim.record);
		run_engine(&sim, &timing, region->addr + 16 * (rng_u64() % (region->size / 16)),
			   &want);
		for (r = 0; sim.regions[r].data != (uint8_t *)sim.record; r++)
			;
		memcpy(&wanted, want[r], sizeof(wanted));
		if (memcmp(&wanted, sim.record, sizeof(wanted))) {
			wanted.fault_offset = sim.record->fault_offset;
			wanted.steps = sim.record->steps;
			wanted.loads = sim.record->loads;
		}
		if (memcmp(&wanted, sim.record, sizeof(wanted))) {
			print_record("got ", sim.record);
			print_record("want", &wanted);
			fail();
		}
		faults += wanted.fault == NMACCEL_FAULT_BUS;
		cover_job(&sim, &job);
		drop(&sim, want);
		sim_free(&sim);
		test_job_free(&job);
	}
	assert_true(faults > n_jobs / 4);
	printf("%u faults\n", faults);
}

/* Reset in the middle of a job; the next one runs as if nothing had been. */
static void test_reset(void **state)
{
	uint32_t i, n;

	(void)state;
	for (i = 0; i < n_jobs; i++) {
		const struct axi_timing timing = random_timing();
		struct test_job job;
		struct sim sim;

		make_job(&job, &sim);
		bench_attach(&bench, &sim, &timing);
		bench_start(&bench);
		for (n = rng_range(0, 5000); n && !bench.out.interrupt; n--)
			bench_clock(&bench);
		bench_reset(&bench);
		sim_free(&sim);
		test_job_free(&job);
		if (i % 4)
			continue;
		make_job(&job, &sim);
		run_both(&job, &sim, &timing);
		sim_free(&sim);
		test_job_free(&job);
	}
}

/* For hw/Makefile, which adds the programs' numbers up. */
static void report_compared(void)
{
	const char *name = getenv("NMACCEL_COMPARED");
	FILE *file = name ? fopen(name, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%u\n", compared);
	fclose(file);
}

/* NMACCEL_COVERAGE wants all bins hit. */
static void test_coverage(void **state)
{
	const uint32_t unhit = cover_report();

	(void)state;
	if (getenv("NMACCEL_COVERAGE") && unhit)
		fail_msg("%u bins are not hit", unhit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_job), cmocka_unit_test(test_conv),
		cmocka_unit_test(test_add),	  cmocka_unit_test(test_pool),
		cmocka_unit_test(test_mixed),	  cmocka_unit_test(test_order),
		cmocka_unit_test(test_fields),	  cmocka_unit_test(test_stream),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_reset),
		cmocka_unit_test(test_coverage),
	};
	const struct axi_timing quick = {.latency_min = 1, .latency_max = 1};
	struct test_job job;
	struct sim sim;
	int failed;

	variant = nmaccel_engine_find(LANES, BLOCK_ROWS, COLUMNS);
	rng_start("test_rtl_engine");
	jobs_init();
	test_job_init(&job);
	sim_map(&sim, &job, SIM_WIDE);
	bench_init(&bench, &sim, DATA_BYTES, &quick);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	report_compared();
	bench_free(&bench);
	sim_free(&sim);
	return failed;
}
