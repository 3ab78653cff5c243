// SPDX-License-Identifier: MIT
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"

#define PATIENCE 20000u /* clocks without anything */
#define SETTLE	 600u	/* clocks after the end in which nothing may come */
#define MAX_WAIT 4u	/* banks and descriptors that wait to be given back */

struct waiting {
	uint64_t at[MAX_WAIT];
	uint32_t count;
};

/* One run. */
struct run {
	const struct bench_params *params;
	const struct walk *walk;
	const struct bench_mood *mood;
	struct memory memory;
	struct shim_in in;
	struct shim_out out;
	struct bench_seen *seen;
	uint64_t now;
	uint64_t last_event;

	uint32_t hdrs, runs, steps, core_steps, results; /* of the walk, that have come */
	uint32_t published, retired;
	uint64_t publish_at;
	struct waiting banks, descs; /* to be given back */

	uint32_t blk_given, blk_freed, units_used;
	bool blk_offered;
	uint32_t ended;	      /* blocks whose steps have all been on the core's port */
	uint64_t ended_steps; /* of them */
	uint64_t *block_end;  /* clock of each one's last step */

	bool bank_busy[2];
	bool bank_clear[2];
	uint32_t clears;

	uint64_t params_seen[1024];
	bool params_set[1024];
	struct shim_out last;
	bool last_res_taken;
};

struct bench {
	struct bench_params params;
	struct shim *shim;
};

struct bench *bench_create(const struct bench_params *params)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct shim_in in;
	struct shim_out out;

	assert_non_null(bench);
	bench->params = *params;
	bench->shim = shim_create();
	memset(&in, 0, sizeof(in));
	in.rst = true;
	shim_clock(bench->shim, &in, &out);
	shim_clock(bench->shim, &in, &out);
	return bench;
}

void bench_destroy(struct bench *bench)
{
	shim_destroy(bench->shim);
	free(bench);
}

static bool stalls(uint32_t of_256)
{
	return of_256 && rng_range(0, 255) < of_256;
}

static void fill_port(const struct run *run, uint64_t *fields, uint32_t buffer)
{
	const struct test_buffer *data = &run->walk->job->buffers[buffer];

	fields[0] = memory_buffer_addr(&run->memory, buffer);
	fields[1] = data->size;
	fields[2] = data->page_shift != 0;
	fields[3] = data->page_shift;
	fields[4] = buffer;
}

static void fill_desc(const struct run *run, const struct nmaccel_hw_desc *desc, uint64_t *fields)
{
	const struct walk_build *build = &run->walk->build;
	const bool conv = desc->op == NMACCEL_OP_CONV;
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	uint32_t i;

	for (i = 0; i < SHIM_FIELDS; i++)
		fields[i] = rng_u64();
	fields[SHIM_OP] = desc->op;
	fields[SHIM_BLOCK256] = (conv ? desc->block_rows : build->block_rows) == 256;
	fields[SHIM_IN_CH] = desc->in.ch;
	fields[SHIM_OUT_CH] = desc->out.ch;
	fields[SHIM_TILES] = walk_tiles(build, desc);
	fields[SHIM_LAST_COLUMNS] = columns - (fields[SHIM_TILES] - 1) * build->columns;
	fields[SHIM_KERNEL_H] = desc->kernel_h;
	fields[SHIM_KERNEL_W] = desc->kernel_w;
	if (!conv)
		return;
	fill_port(run, &fields[SHIM_WEIGHTS_ADDR], desc->weights);
	fill_port(run, &fields[SHIM_PARAMS_ADDR], desc->params);
	fields[SHIM_WEIGHTS_OFFSET] = desc->weights_offset;
	fields[SHIM_WEIGHTS_END] = desc->weights_offset + desc->weights_bytes;
	fields[SHIM_PARAMS_OFFSET] = desc->params_offset;
}

static void add_waiting(struct waiting *waiting, uint64_t at)
{
	assert_true(waiting->count < MAX_WAIT);
	waiting->at[waiting->count++] = at;
}

/* The oldest that waits, when it is time. */
static bool take_waiting(struct waiting *waiting, uint64_t now)
{
	if (!waiting->count || waiting->at[0] > now)
		return false;
	waiting->count--;
	memmove(waiting->at, waiting->at + 1, waiting->count * sizeof(waiting->at[0]));
	return true;
}

static void drive_descs(struct run *run)
{
	if (take_waiting(&run->descs, run->now))
		run->retired++;
	if (run->published < run->walk->job->n_descs && run->published - run->retired < 2 &&
	    run->now >= run->publish_at) {
		fill_desc(run, &run->walk->job->descs[run->published],
			  run->in.fields[run->published & 1]);
		run->published++;
		run->publish_at = run->now + run->mood->desc_delay;
	}
	run->in.desc_count = run->published & 3;
}

static uint32_t block_units(const struct run *run, uint32_t block)
{
	return block < run->walk->n_hdrs && run->walk->hdrs[block].block256 ? 2 : 1;
}

/* The loader gives a block when its memory is free; one more than the walk knows it may have. */
static void drive_blk(struct run *run)
{
	const uint32_t block = run->blk_given;
	const bool faulty = block == run->walk->blk_fault_at;
	const uint32_t units = block_units(run, block);

	if (!run->blk_offered && block <= run->walk->n_hdrs && run->units_used + units <= 4 &&
	    !stalls(run->mood->blk_stall) && (block < run->walk->n_hdrs || run->walk->faulted)) {
		run->blk_offered = true;
		run->units_used += units;
	}
	run->in.blk_valid = run->blk_offered;
	memset(&run->in.blk, 0, sizeof(run->in.blk));
	if (faulty)
		run->in.blk = run->walk->blk_fault;
}

static void drive(struct run *run)
{
	struct shim_in *in = &run->in;

	in->rst = in->flush = false;
	in->job_start = run->now == 0;
	memory_before(&run->memory, in);
	drive_descs(run);
	drive_blk(run);
	in->hdr_gate = !stalls(run->mood->hdr_stall);
	in->run_gate = !stalls(run->mood->run_stall);
	in->step_gate = !stalls(run->mood->step_stall);
	in->res_ready = !stalls(run->mood->res_stall);
	in->bank_free = take_waiting(&run->banks, run->now);
}

/* All parameters of the descriptor that the header begins. */
static void check_params(const struct run *run)
{
	const struct shim_hdr *hdr = &run->out.hdr;
	uint32_t desc = 0, row, i;

	if (!hdr->counted)
		return;
	for (i = 0; i < run->hdrs; i++)
		desc += run->walk->hdrs[i].desc_end;
	for (row = 0; row < hdr->rows; row++) {
		const struct nmaccel_hw_desc *hw = &run->walk->job->descs[desc];
		const uint32_t at = (desc & 1) << 9 | row;
		uint64_t want;

		memcpy(&want,
		       run->walk->job->buffers[hw->params].data + hw->params_offset + 8 * row, 8);
		assert_true(run->params_set[at]);
		assert_int_equal(run->params_seen[at], want);
	}
}

static void check_hdr(struct run *run)
{
	const struct shim_hdr *got = &run->out.hdr, *want;

	assert_true(run->hdrs < run->walk->n_hdrs);
	want = &run->walk->hdrs[run->hdrs];
	if (!run->hdrs || run->walk->hdrs[run->hdrs - 1].desc_end)
		check_params(run);
	assert_int_equal(got->desc, want->desc);
	assert_int_equal(got->counted, want->counted);
	assert_int_equal(got->block256, want->block256);
	assert_int_equal(got->largest, want->largest);
	assert_int_equal(got->late, want->late);
	assert_int_equal(got->truncated, want->truncated);
	assert_int_equal(got->positions, want->positions);
	assert_int_equal(got->total, want->total);
	assert_int_equal(got->rows, want->rows);
	if (!want->late) {
		assert_int_equal(got->group_end, want->group_end);
		assert_int_equal(got->tile_end, want->tile_end);
		assert_int_equal(got->desc_end, want->desc_end);
		assert_int_equal(got->first, want->first);
		assert_int_equal(got->columns, want->columns);
	}
	run->hdrs++;
}

static void check_same_step(const struct run *run, const struct shim_step *got,
			    const struct shim_step *want)
{
	assert_memory_equal(got->values, want->values, run->walk->build.lanes);
	assert_memory_equal(got->indices, want->indices, run->walk->build.lanes);
}

/* Steps past the sure ones of a word with a fault in it need not be what they would have been. */
static bool is_loose(const struct run *run, uint32_t step)
{
	return run->walk->loose && step >= run->walk->sure_steps;
}

static void check_queues(struct run *run)
{
	const struct shim_out *out = &run->out;

	if (out->par_we) {
		run->params_seen[out->par_addr] = out->par_data;
		run->params_set[out->par_addr] = true;
	}
	if (out->hdr_taken)
		check_hdr(run);
	if (out->run_taken) {
		assert_true(run->runs < run->walk->n_runs);
		assert_int_equal(out->run_row, run->walk->runs[run->runs].row);
		assert_int_equal(out->run_steps, run->walk->runs[run->runs].steps);
		run->runs++;
	}
	if (out->step_taken) {
		assert_true(run->steps < run->walk->n_steps + run->walk->loose);
		if (!is_loose(run, run->steps))
			check_same_step(run, &out->step, &run->walk->steps[run->steps].step);
		run->steps++;
	}
}

static void end_blocks(struct run *run)
{
	const struct shim_hdr *hdrs = run->walk->hdrs;

	while (run->ended < run->hdrs && !hdrs[run->ended].late &&
	       run->ended_steps + hdrs[run->ended].total <= run->core_steps) {
		run->ended_steps += hdrs[run->ended].total;
		run->block_end[run->ended++] = run->now;
	}
}

static void check_core_step(struct run *run)
{
	const struct shim_out *out = &run->out;
	const struct walk_core_step *want;

	assert_true(run->core_steps < run->walk->n_steps + run->walk->loose);
	if (run->seen->steps && run->now - run->seen->last_step - 1 > run->seen->longest_gap)
		run->seen->longest_gap = run->now - run->seen->last_step - 1;
	if (!run->seen->steps)
		run->seen->first_step = run->now;
	run->seen->last_step = run->now;
	run->seen->steps++;
	assert_true(run->bank_clear[out->core_bank]);
	if (!is_loose(run, run->core_steps)) {
		want = &run->walk->steps[run->core_steps];
		assert_int_equal(out->core_row, want->row);
		assert_int_equal(out->core_bank, want->bank);
		assert_int_equal(out->core_max, want->max);
		assert_int_equal(out->core_base, want->base);
		check_same_step(run, &out->core, &want->step);
	}
	run->core_steps++;
}

/* The banks: cleared when free, before the first step; given back when read. */
static void check_banks(struct run *run)
{
	const struct shim_out *out = &run->out;

	if (out->core_valid)
		check_core_step(run);
	if (out->clear_valid) {
		assert_int_equal(out->clear_bank, run->clears & 1);
		assert_false(run->bank_busy[out->clear_bank]);
		run->bank_busy[out->clear_bank] = true;
		run->bank_clear[out->clear_bank] = true;
		run->clears++;
	}
	if (run->in.bank_free) {
		const uint32_t bank = run->clears & 1;

		/* The older one, if both are used. */
		if (run->bank_busy[bank]) {
			run->bank_busy[bank] = run->bank_clear[bank] = false;
		} else {
			assert_true(run->bank_busy[!bank]);
			run->bank_busy[!bank] = run->bank_clear[!bank] = false;
		}
	}
}

static void check_blk(struct run *run)
{
	if (run->in.blk_valid && run->out.blk_ready) {
		run->blk_offered = false;
		run->blk_given++;
	}
	if (run->out.blk_free) {
		/* The block's last step, if it has one, has been gone for long enough. */
		assert_true(run->blk_freed < run->ended);
		assert_true(run->now >=
			    run->block_end[run->blk_freed] + (run->walk->hdrs[run->blk_freed].total
								      ? run->params->block_latency
								      : 0));
		run->units_used -= block_units(run, run->blk_freed);
		run->blk_freed++;
	}
}

/* The block that ends with a result. */
static uint32_t result_block(const struct run *run, uint32_t result)
{
	uint32_t block;

	for (block = 0; block < run->walk->n_hdrs; block++)
		if (run->walk->hdrs[block].group_end && result-- == 0)
			break;
	assert_true(block < run->walk->n_hdrs);
	return block;
}

static void check_fault(const struct run *run, const struct shim_result *got,
			const struct shim_result *want)
{
	assert_int_equal(got->fault.code, want->fault.code);
	assert_int_equal(got->rows, want->rows);
	assert_int_equal(got->desc, want->desc);
	assert_int_equal(got->tile_end, want->tile_end);
	assert_int_equal(got->desc_end, want->desc_end);
	assert_int_equal(got->steps, want->steps);
	assert_int_equal(got->loads, want->loads);
	if (!want->fault.code)
		return;
	assert_int_equal(got->fault.buffer, want->fault.buffer);
	assert_int_equal(got->fault.detail, want->fault.detail);
	assert_int_equal(got->fault.offset, want->fault.offset);
	assert_true(run->core_steps >= run->walk->sure_steps);
}

static void check_result(struct run *run)
{
	const struct shim_result *got = &run->out.res, *want;

	assert_true(run->results < run->walk->n_results);
	want = &run->walk->results[run->results];
	check_fault(run, got, want);
	if (!want->fault.code) {
		const uint32_t block = result_block(run, run->results);

		assert_int_equal(got->bank, want->bank);
		assert_int_equal(got->first, want->first);
		assert_int_equal(got->tile, want->tile);
		assert_int_equal(got->columns, want->columns);
		assert_true(block < run->ended);
		assert_true(!run->walk->hdrs[block].total ||
			    run->now >= run->block_end[block] + run->params->core_latency);
		add_waiting(&run->banks, run->now + rng_range(1, run->mood->free_delay + 1));
		if (want->desc_end)
			add_waiting(&run->descs, run->now + rng_range(1, 30));
	}
	run->results++;
}

static void check(struct run *run)
{
	const struct shim_out *out = &run->out;

	memory_after(&run->memory, &run->in, out);
	check_queues(run);
	check_banks(run);
	end_blocks(run);
	check_blk(run);
	if (run->last.res_valid && !run->last_res_taken)
		assert_true(out->res_valid && !memcmp(&out->res, &run->last.res, sizeof(out->res)));
	if (out->res_valid && run->in.res_ready)
		check_result(run);
	run->last = *out;
	run->last_res_taken = run->in.res_ready;
	if (out->hdr_taken || out->core_valid || out->run_taken || out->res_valid ||
	    out->req_valid || run->in.rsp_valid || out->par_we)
		run->last_event = run->now;
	run->now++;
	assert_true(run->now - run->last_event < PATIENCE);
}

static void clock_once(struct bench *bench, struct run *run)
{
	drive(run);
	shim_clock(bench->shim, &run->in, &run->out);
	check(run);
}

/* All was used, and nothing of it twice or not at all. */
static void check_end(const struct run *run)
{
	if (run->walk->faulted)
		return;
	assert_int_equal(run->hdrs, run->walk->n_hdrs);
	assert_int_equal(run->runs, run->walk->n_runs);
	assert_int_equal(run->steps, run->walk->n_steps);
	assert_int_equal(run->core_steps, run->walk->n_steps);
	assert_int_equal(run->blk_freed, run->walk->n_hdrs);
	assert_false(run->bank_busy[0] || run->bank_busy[1]);
}

static void flush(struct bench *bench, struct run *run)
{
	struct shim_in in = run->in;
	struct shim_out out;

	in.flush = true;
	in.blk_valid = in.bank_free = in.rsp_valid = in.xlat_rsp_valid = in.job_start = false;
	in.desc_count = 0;
	shim_clock(bench->shim, &in, &out);
	in.flush = false;
	shim_clock(bench->shim, &in, &out);
}

void bench_run(struct bench *bench, const struct walk *walk, bool hole_in_list,
	       const struct bench_mood *mood, struct bench_seen *seen)
{
	struct run *run = calloc(1, sizeof(*run));
	uint32_t i;

	assert_non_null(run);
	memset(seen, 0, sizeof(*seen));
	run->params = &bench->params;
	run->walk = walk;
	run->mood = mood;
	run->seen = seen;
	run->block_end = calloc(walk->n_hdrs + 1, sizeof(*run->block_end));
	assert_non_null(run->block_end);
	memory_init(&run->memory, walk->job, bench->params.data_bytes);
	run->memory.latency = mood->latency;
	run->memory.xlat_latency = mood->xlat_latency;
	run->memory.stall = mood->memory_stall;
	run->memory.hole = walk->hole;
	run->memory.hole_in_list = hole_in_list;
	while (run->results < walk->n_results)
		clock_once(bench, run);
	seen->clocks = run->now;
	for (i = 0; i < SETTLE || !memory_idle(&run->memory); i++)
		clock_once(bench, run);
	check_end(run);
	seen->words = run->memory.words;
	seen->faulted = walk->faulted;
	if (walk->n_results)
		seen->last = walk->results[walk->n_results - 1];
	flush(bench, run);
	free(run->block_end);
	free(run);
}
