// SPDX-License-Identifier: MIT
/*
 * The issue unit alone: random blocks, more mixed than any descriptor has them, against a list of
 * what must come of them, with each kind of fault; and to the clock how long things take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "issue_shim.h"
#include "rng.h"

#define MAX_BLOCKS 60u
#define MAX_RUNS   (MAX_BLOCKS * 20u)
#define MAX_STEPS  (MAX_RUNS * 12u)
#define JOBS	   600u
#define PATIENCE   4000u
#define SETTLE	   100u

enum fault_kind {
	FAULT_NONE,
	FAULT_HDR,
	FAULT_LATE,	 /* header, its row known */
	FAULT_TRUNCATED, /* header, its row to be found */
	FAULT_BLK,
	FAULT_INDEX,
	FAULT_STEP, /* another one of a step */
	FAULT_KINDS,
};

struct script {
	/* What goes in. */
	struct issue_hdr hdrs[MAX_BLOCKS];
	uint32_t n_hdrs;
	struct issue_run runs[MAX_RUNS];
	uint32_t n_runs;
	struct issue_step steps[MAX_STEPS];
	uint32_t n_steps;
	struct issue_fault step_fault;
	struct issue_fault blks[MAX_BLOCKS];
	/* What comes out. */
	struct issue_core core[MAX_STEPS];
	uint32_t n_core;
	struct issue_result results[MAX_BLOCKS + 1];
	uint32_t n_results;
	uint32_t n_begun; /* blocks */
	bool faulted;
	/* Under way. */
	uint32_t tile, unit;
	bool bank;
	uint64_t n_counted, n_loads;
};

/* How fast things come, of 256. */
struct mood {
	uint32_t hdr, run, step, blk, res, free;
};

struct bench {
	struct issue *issue;
	const struct script *script;
	struct issue_in in;
	struct issue_out out;
	uint64_t now;
	uint32_t hdrs, runs, steps, blks;     /* given */
	uint32_t core, results, freed, ended; /* seen */
	uint32_t clears;
	uint32_t banks_free;  /* results whose bank may be given back */
	uint32_t banks_given; /* and was */
	uint64_t ended_steps;
	uint64_t last_step[MAX_BLOCKS]; /* clock of each block's last step */
	uint64_t first_step, last, last_event;
	uint64_t longest_gap;
};

static struct script script;

static struct issue_fault any_fault(void)
{
	const struct issue_fault fault = {rng_range(1, 15), (uint32_t)rng_u64(),
					  (uint32_t)rng_u64(), rng_u64()};

	return fault;
}

static void add_result(struct script *s, struct issue_result result)
{
	result.steps = s->n_counted;
	result.loads = s->n_loads;
	s->results[s->n_results++] = result;
}

static void add_fault(struct script *s, const struct issue_hdr *hdr, struct issue_fault fault)
{
	struct issue_result result = {.desc = hdr->desc, .fault = fault};

	add_result(s, result);
	s->faulted = true;
}

/* Runs and steps of a block; bad is the step that has a fault, UINT32_MAX if none. */
static void add_steps(struct script *s, struct issue_hdr *hdr, uint32_t runs, uint32_t most)
{
	hdr->total = 0;
	while (runs--) {
		struct issue_run *run = &s->runs[s->n_runs++];
		uint32_t i;

		run->row = rng_range(0, 511);
		run->steps = rng_range(1, most);
		hdr->total += run->steps;
		for (i = 0; i < run->steps; i++) {
			struct issue_step *step = &s->steps[s->n_steps++];

			step->values = rng_u64();
			step->indices = rng_u64();
			step->bad = false;
		}
	}
}

/* The steps of the block as the core gets them, up to number stop. */
static uint32_t add_core(struct script *s, const struct issue_hdr *hdr, uint32_t run, uint32_t step,
			 uint32_t stop)
{
	uint32_t i, left = s->runs[run].steps;

	for (i = 0; i < stop; i++, left--) {
		struct issue_core *core = &s->core[s->n_core++];

		if (!left)
			left = s->runs[++run].steps;
		core->row = s->runs[run].row;
		core->bank = s->bank;
		core->max = hdr->largest;
		core->base = s->unit;
		core->values = s->steps[step + i].values;
		core->indices = s->steps[step + i].indices;
	}
	return left || run + 1 == s->n_runs ? s->runs[run].row : s->runs[run + 1].row;
}

static void end_block(struct script *s, const struct issue_hdr *hdr)
{
	s->unit = hdr->desc_end ? 0 : (s->unit + (hdr->block256 ? 2 : 1)) % 4;
	if (!hdr->group_end)
		return;
	add_result(s, (struct issue_result){.desc = hdr->desc,
					    .bank = s->bank,
					    .first = hdr->first,
					    .rows = hdr->rows,
					    .tile = s->tile,
					    .columns = hdr->columns,
					    .tile_end = hdr->tile_end,
					    .desc_end = hdr->desc_end});
	s->bank = !s->bank;
	if (hdr->tile_end)
		s->tile = hdr->desc_end ? 0 : s->tile + 1;
}

/* The row of the run that a stream of so many steps ends in. */
static uint32_t find_row(const struct script *s, uint32_t run, uint32_t steps)
{
	while (s->runs[run].steps <= steps)
		steps -= s->runs[run++].steps;
	return s->runs[run].row;
}

static struct issue_hdr any_hdr(void)
{
	struct issue_hdr hdr = {
		.desc = rng_one_in(2),
		.counted = !rng_one_in(3),
		.block256 = rng_one_in(2),
		.largest = rng_one_in(2),
		.positions = rng_range(1, 256),
		.group_end = rng_one_in(3),
		.first = rng_range(0, 65535),
		.rows = rng_range(1, 512),
		.columns = rng_range(1, 1024),
		.fault = {.buffer = (uint32_t)rng_u64(), .offset = rng_u64()},
	};

	hdr.tile_end = hdr.group_end && rng_one_in(2);
	hdr.desc_end = hdr.tile_end && rng_one_in(2);
	return hdr;
}

/* A block whose header has a fault; true if nothing of it is to be begun. */
static void add_bad_hdr(struct script *s, struct issue_hdr *hdr, enum fault_kind kind, uint32_t run)
{
	const bool begun = kind != FAULT_HDR;

	hdr->fault = any_fault();
	hdr->late = kind != FAULT_HDR;
	hdr->truncated = kind == FAULT_TRUNCATED;
	if (begun && hdr->counted)
		s->n_loads += hdr->positions;
	s->n_begun += begun;
	add_fault(s, hdr, hdr->fault);
	if (!hdr->truncated)
		return;
	hdr->total = rng_range(0, hdr->total - 1);
	s->results[s->n_results - 1].fault.detail = find_row(s, run, hdr->total);
}

static void add_bad_step(struct script *s, struct issue_hdr *hdr, enum fault_kind kind,
			 uint32_t run, uint32_t step)
{
	const uint32_t bad = rng_range(0, hdr->total - 1);
	uint32_t row;

	s->steps[step + bad].bad = true;
	s->step_fault = any_fault();
	s->step_fault.code = kind == FAULT_INDEX ? NMACCEL_FAULT_INDEX : NMACCEL_FAULT_PADDING;
	row = add_core(s, hdr, run, step, bad);
	add_fault(s, hdr, s->step_fault);
	if (kind == FAULT_INDEX)
		s->results[s->n_results - 1].fault.detail = row;
}

static void add_block(struct script *s, struct issue_hdr hdr, uint32_t runs, uint32_t most,
		      enum fault_kind kind)
{
	const uint32_t first_run = s->n_runs, first_step = s->n_steps;
	struct issue_fault *blk = &s->blks[s->n_hdrs];

	memset(blk, 0, sizeof(*blk));
	add_steps(s, &hdr, runs, most);
	if (kind == FAULT_BLK) {
		*blk = any_fault();
		add_fault(s, &hdr, *blk);
	} else if (kind == FAULT_HDR || kind == FAULT_LATE || kind == FAULT_TRUNCATED) {
		add_bad_hdr(s, &hdr, kind, first_run);
	} else {
		s->n_begun++;
		if (hdr.counted) {
			s->n_loads += hdr.positions;
			s->n_counted += hdr.total;
		}
		if (kind != FAULT_NONE) {
			add_bad_step(s, &hdr, kind, first_run, first_step);
		} else {
			add_core(s, &hdr, first_run, first_step, hdr.total);
			end_block(s, &hdr);
		}
	}
	s->hdrs[s->n_hdrs++] = hdr;
}

static void start_bench(struct bench *bench, struct issue *issue)
{
	const struct issue_in in = {.job_start = true};
	struct issue_out out;

	memset(bench, 0, sizeof(*bench));
	bench->issue = issue;
	bench->script = &script;
	issue_clock(issue, &in, &out);
}

static bool comes(uint32_t of_256)
{
	return rng_range(0, 255) < of_256;
}

/* What is offered stays. */
static void drive(struct bench *bench, const struct mood *mood)
{
	const struct script *s = bench->script;
	struct issue_in *in = &bench->in;

	in->rst = in->flush = in->job_start = false;
	in->hdr_valid = bench->hdrs < s->n_hdrs && (in->hdr_valid || comes(mood->hdr));
	in->run_valid = bench->runs < s->n_runs && (in->run_valid || comes(mood->run));
	in->step_valid = bench->steps < s->n_steps && (in->step_valid || comes(mood->step));
	in->blk_valid = bench->blks < s->n_hdrs && (in->blk_valid || comes(mood->blk));
	if (in->hdr_valid)
		in->hdr = s->hdrs[bench->hdrs];
	if (in->run_valid)
		in->run = s->runs[bench->runs];
	if (in->step_valid)
		in->step = s->steps[bench->steps];
	if (in->blk_valid)
		in->blk = s->blks[bench->blks];
	in->step_fault = s->step_fault;
	in->res_ready = comes(mood->res);
	in->bank_free = bench->banks_given < bench->banks_free && comes(mood->free);
	bench->banks_given += in->bank_free;
}

static void take_inputs(struct bench *bench)
{
	struct issue_in *in = &bench->in;
	const struct issue_out *out = &bench->out;

	if (in->hdr_valid && out->hdr_ready) {
		bench->hdrs++;
		in->hdr_valid = false;
		bench->last_event = bench->now;
	}
	if (in->run_valid && out->run_ready) {
		bench->runs++;
		in->run_valid = false;
	}
	if (in->step_valid && out->step_ready) {
		assert_false(in->step.bad);
		bench->steps++;
		in->step_valid = false;
	}
	if (in->blk_valid && out->blk_ready) {
		bench->blks++;
		in->blk_valid = false;
	}
}

static void check_core(struct bench *bench)
{
	const struct issue_core *got = &bench->out.core, *want;

	if (!bench->out.core_valid)
		return;
	assert_true(bench->core < bench->script->n_core);
	want = &bench->script->core[bench->core++];
	assert_int_equal(got->row, want->row);
	assert_int_equal(got->bank, want->bank);
	assert_int_equal(got->max, want->max);
	assert_int_equal(got->base, want->base);
	assert_int_equal(got->values, want->values);
	assert_int_equal(got->indices, want->indices);
	/* Its bank was cleared in an earlier clock. */
	assert_true(bench->clears && ((bench->clears - 1) & 1) == want->bank);
	if (bench->core > 1 && bench->now - bench->last - 1 > bench->longest_gap)
		bench->longest_gap = bench->now - bench->last - 1;
	if (bench->core == 1)
		bench->first_step = bench->now;
	bench->last = bench->last_event = bench->now;
}

static void end_blocks(struct bench *bench)
{
	const struct script *s = bench->script;

	while (bench->ended < bench->hdrs && !s->hdrs[bench->ended].late &&
	       bench->ended_steps + s->hdrs[bench->ended].total <= bench->core) {
		bench->ended_steps += s->hdrs[bench->ended].total;
		bench->last_step[bench->ended++] = bench->now;
	}
}

static void check_clear(struct bench *bench)
{
	if (!bench->out.clear_valid)
		return;
	assert_int_equal(bench->out.clear_bank, bench->clears & 1);
	/* A bank given back in this clock is not known yet. */
	assert_true(bench->clears < 2 + bench->banks_given - bench->in.bank_free);
	bench->clears++;
}

static void check_free(struct bench *bench)
{
	const struct script *s = bench->script;

	if (!bench->out.blk_free)
		return;
	assert_true(bench->freed < bench->ended);
	if (s->hdrs[bench->freed].total)
		assert_int_equal(bench->now, bench->last_step[bench->freed] + BLOCK_LATENCY);
	bench->freed++;
}

static uint32_t block_of_result(const struct script *s, uint32_t result)
{
	uint32_t i = 0;

	while (!s->hdrs[i].group_end || result--)
		i++;
	return i;
}

static void check_result(struct bench *bench)
{
	const struct issue_result *got = &bench->out.res, *want;
	uint32_t block;

	if (!bench->out.res_valid)
		return;
	assert_true(bench->results < bench->script->n_results);
	want = &bench->script->results[bench->results];
	assert_int_equal(got->fault.code, want->fault.code);
	assert_int_equal(got->desc, want->desc);
	assert_int_equal(got->rows, want->rows);
	assert_int_equal(got->tile_end, want->tile_end);
	assert_int_equal(got->desc_end, want->desc_end);
	assert_int_equal(got->steps, want->steps);
	assert_int_equal(got->loads, want->loads);
	if (want->fault.code) {
		assert_int_equal(got->fault.buffer, want->fault.buffer);
		assert_int_equal(got->fault.detail, want->fault.detail);
		assert_int_equal(got->fault.offset, want->fault.offset);
	} else {
		block = block_of_result(bench->script, bench->results);
		assert_int_equal(got->bank, want->bank);
		assert_int_equal(got->first, want->first);
		assert_int_equal(got->tile, want->tile);
		assert_int_equal(got->columns, want->columns);
		assert_true(block < bench->ended);
		if (bench->script->hdrs[block].total)
			assert_true(bench->now >= bench->last_step[block] + CORE_LATENCY);
	}
	if (!bench->in.res_ready)
		return;
	bench->results++;
	bench->banks_free += !want->fault.code;
	bench->last_event = bench->now;
}

static void clock_once(struct bench *bench, const struct mood *mood)
{
	drive(bench, mood);
	issue_clock(bench->issue, &bench->in, &bench->out);
	check_core(bench);
	check_clear(bench);
	take_inputs(bench);
	end_blocks(bench);
	check_free(bench);
	check_result(bench);
	bench->now++;
	assert_true(bench->now - bench->last_event < PATIENCE);
}

static void flush(struct bench *bench)
{
	struct issue_out out;

	bench->in.flush = true;
	bench->in.bank_free = false;
	issue_clock(bench->issue, &bench->in, &out);
	memset(&bench->in, 0, sizeof(bench->in));
	issue_clock(bench->issue, &bench->in, &out);
}

/* To the end and some time beyond; then forget it. */
static void run(struct bench *bench, const struct mood *mood)
{
	const struct script *s = bench->script;
	uint32_t i;

	while (bench->results < s->n_results || (!s->faulted && bench->freed < s->n_hdrs))
		clock_once(bench, mood);
	for (i = 0; i < SETTLE; i++)
		clock_once(bench, mood);
	assert_int_equal(bench->core, s->n_core);
	assert_int_equal(bench->freed, bench->ended);
	assert_int_equal(bench->blks, s->n_begun);
	flush(bench);
}

static struct mood any_mood(void)
{
	const struct mood mood = {
		rng_one_in(2) ? 256 : rng_range(2, 256),  rng_one_in(2) ? 256 : rng_range(20, 256),
		rng_one_in(2) ? 256 : rng_range(20, 256), rng_one_in(2) ? 256 : rng_range(2, 256),
		rng_one_in(2) ? 256 : rng_range(2, 256),  rng_one_in(2) ? 256 : rng_range(1, 256),
	};

	return mood;
}

static void make_script(struct script *s, enum fault_kind kind)
{
	const uint32_t blocks = rng_range(1, MAX_BLOCKS), most = rng_one_in(2) ? 1 : 12;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	for (i = 1; i <= blocks; i++) {
		const bool last = i == blocks;
		const enum fault_kind here = last ? kind : FAULT_NONE;

		add_block(s, any_hdr(), rng_one_in(4) && here == FAULT_NONE ? 0 : rng_range(1, 20),
			  most, here);
	}
}

static void test_blocks(void **state)
{
	struct issue *issue = *state;
	uint32_t i;

	for (i = 0; i < JOBS; i++) {
		const struct mood mood = any_mood();
		struct bench bench;

		make_script(&script, rng_one_in(3) ? FAULT_NONE : rng_range(1, FAULT_KINDS - 1));
		start_bench(&bench, issue);
		run(&bench, &mood);
	}
}

/* Forgotten in the middle, the next job is as if there had been none. */
static void test_flush(void **state)
{
	struct issue *issue = *state;
	uint32_t i, n;

	for (i = 0; i < JOBS; i++) {
		const struct mood mood = any_mood();
		struct bench bench;

		make_script(&script, FAULT_NONE);
		start_bench(&bench, issue);
		for (n = rng_range(0, 400);
		     n-- && (bench.results < script.n_results || bench.freed < script.n_hdrs);)
			clock_once(&bench, &mood);
		flush(&bench);
	}
}

static void make_plain(struct script *s, uint32_t blocks, uint32_t runs, uint32_t most)
{
	memset(s, 0, sizeof(*s));
	while (blocks--) {
		struct issue_hdr hdr = any_hdr();

		hdr.group_end = hdr.tile_end = true;
		add_block(s, hdr, runs, most, FAULT_NONE);
	}
}

static const struct mood ideal = {256, 256, 256, 256, 256, 256};

/* One step per clock from the first to the last; a result takes CORE_LATENCY. */
static void test_speed(void **state)
{
	struct issue *issue = *state;
	struct bench bench;

	make_plain(&script, 50, 20, 2);
	start_bench(&bench, issue);
	while (!bench.results)
		clock_once(&bench, &ideal);
	assert_int_equal(bench.now - 1, bench.last_step[0] + CORE_LATENCY);
	run(&bench, &ideal);
	printf("%u steps in %u clocks\n", bench.core,
	       (uint32_t)(bench.last - bench.first_step + 1));
	assert_int_equal(bench.last - bench.first_step + 1, bench.core);
}

/* Two results are begun and no third one until a bank is given back: then at once. */
static void test_banks(void **state)
{
	const struct mood none = {256, 256, 256, 256, 256, 0};
	struct issue *issue = *state;
	struct bench bench;
	uint64_t since;
	uint32_t i;

	make_plain(&script, 3, 10, 3);
	start_bench(&bench, issue);
	for (i = 0; i < 300; i++)
		clock_once(&bench, &none);
	assert_int_equal(bench.clears, 2);
	assert_int_equal(bench.core, script.hdrs[0].total + script.hdrs[1].total);
	assert_int_equal(bench.results, 2);
	since = bench.now;
	while (bench.clears == 2)
		clock_once(&bench, &ideal);
	assert_int_equal(bench.now - 1 - since, 2);
	run(&bench, &ideal);
}

/* Results wait; the next ones go on. */
static void test_held_result(void **state)
{
	const struct mood held = {256, 256, 256, 256, 0, 256};
	struct issue *issue = *state;
	struct bench bench;
	uint32_t i;

	make_plain(&script, 4, 10, 3);
	start_bench(&bench, issue);
	for (i = 0; i < 300; i++)
		clock_once(&bench, &held);
	assert_int_equal(bench.core, script.hdrs[0].total + script.hdrs[1].total);
	assert_true(bench.out.res_valid);
	run(&bench, &ideal);
}

static int setup(void **state)
{
	const struct issue_in in = {.rst = true};
	struct issue_out out;
	struct issue *issue = issue_create();

	issue_clock(issue, &in, &out);
	issue_clock(issue, &in, &out);
	*state = issue;
	return 0;
}

static int teardown(void **state)
{
	issue_destroy(*state);
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocks), TEST(test_flush),	   TEST(test_speed),
		TEST(test_banks),  TEST(test_held_result),
	};

	rng_start("test_rtl_issue");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
