/* SPDX-License-Identifier: MIT */
/* The control unit in a bench: memory, and what retires contexts and writes records. */
#ifndef CTL_BENCH_H
#define CTL_BENCH_H

#include "context.h"

#define BENCH_CLOCKS	  5000000u /* a job that takes more hangs */
#define BENCH_DATA_WORDS  (CTL_DATA_BYTES / 16u)
#define BENCH_NO_DESC	  UINT32_MAX
#define BENCH_ADDR_CLOCKS 20u /* that the address of the job is there */

/* How the rest of the engine behaves in one job. */
struct pace {
	uint32_t latency;    /* of memory, at most */
	uint32_t stall;	     /* once in so many clocks a hand-shake waits; 0: never */
	uint32_t retire;     /* clocks that a descriptor takes, at most */
	uint32_t fault_desc; /* that ends in a fault, or BENCH_NO_DESC */
	bool begin_fault;    /* the first record is refused */
	uint64_t refuse;     /* this request is refused, counted from 1; 0: none */
};

struct bench {
	struct ctl_dut *dut;
	struct ctl_in in;
	struct ctl_out out;
	struct world *world;
	struct pace pace;
	uint64_t clock;

	/* Memory: one request at a time. */
	struct nmaccel_word words[16];
	uint32_t left, at, wait;
	bool refused;
	uint64_t requests, last_request;

	uint32_t published, retired, busy;
	uint64_t publish_clock[WORLD_DESCS];
	bool flushed, begun, ended, none;
};

static bool bench_stalls(const struct bench *bench)
{
	return bench->pace.stall && rng_one_in(bench->pace.stall);
}

static void bench_respond(struct bench *bench)
{
	struct ctl_in *in = &bench->in;

	in->rsp_valid = false;
	in->rsp_error = rng_one_in(2);
	in->rsp_last = rng_one_in(2);
	rng_fill((uint8_t *)in->rsp_data, sizeof(in->rsp_data));
	if (!bench->left || bench_stalls(bench))
		return;
	if (bench->wait) {
		bench->wait--;
		return;
	}
	in->rsp_valid = true;
	in->rsp_last = bench->left <= BENCH_DATA_WORDS;
	if (in->rsp_last)
		in->rsp_error = bench->refused;
	memcpy(in->rsp_data, &bench->words[bench->at],
	       (in->rsp_last ? bench->left : BENCH_DATA_WORDS) * NMACCEL_WORD_BYTES);
	bench->at += BENCH_DATA_WORDS;
	bench->left -= in->rsp_last ? bench->left : BENCH_DATA_WORDS;
}

static void bench_request(struct bench *bench)
{
	const struct ctl_out *out = &bench->out;

	if (!out->req_valid || !bench->in.req_ready)
		return;
	assert_int_equal(bench->left, 0);
	assert_in_range(out->req_words, 1, 16);
	assert_false(bench->ended || bench->none);
	/* Before the record says that the job has been taken, only its header is read. */
	assert_int_equal(bench->begun, out->req_addr != bench->world->job_at);
	bench->left = out->req_words;
	bench->at = 0;
	bench->wait = rng_range(0, bench->pace.latency);
	bench->refused = !world_read(bench->world, out->req_addr, bench->words, out->req_words) ||
			 ++bench->requests == bench->pace.refuse;
	bench->last_request = out->req_addr;
}

static void bench_contexts(struct bench *bench)
{
	const uint32_t new = (bench->out.desc_count - bench->published) % 4u;
	struct ctl_desc got;

	assert_in_range(new, 0, 1);
	if (new) {
		assert_true(bench->begun && bench->published - bench->retired < 2);
		assert_false(bench->in.retire_fault);
		assert_in_range(bench->published, 0, WORLD_DESCS - 1);
		bench->publish_clock[bench->published] = bench->clock;
		ctl_desc(bench->dut, bench->published % 2, &got);
		context_check(bench->world, bench->published, &got);
		bench->published++;
	}
	if (bench->published == bench->retired || bench->in.retire_fault)
		return;
	if (bench->busy--)
		return;
	bench->busy = rng_range(0, bench->pace.retire);
	if (bench->retired == bench->pace.fault_desc) {
		bench->in.retire_fault = true;
		return;
	}
	/* It is still what it was. */
	ctl_desc(bench->dut, bench->retired % 2, &got);
	context_check(bench->world, bench->retired, &got);
	bench->retired++;
	bench->in.desc_retired = bench->retired % 4u;
}

static void bench_record(const struct bench *bench)
{
	assert_true(bench->out.record_addr == bench->world->job.record);
	assert_true(bench->out.seq == bench->world->job.seq);
	if (bench->world->job.n_descs <= NMACCEL_MAX_DESCS)
		assert_int_equal(bench->out.n_descs, bench->world->job.n_descs);
}

static void bench_job(struct bench *bench)
{
	const struct ctl_out *out = &bench->out;

	assert_int_equal(out->flush, bench->clock == 1);
	if (out->begin_valid && bench->in.begin_ready) {
		assert_false(bench->begun || bench->ended || bench->none);
		bench_record(bench);
		bench->begun = true;
		bench->in.retire_fault = bench->pace.begin_fault;
	}
	if (out->end_valid && bench->in.end_ready) {
		assert_false(bench->ended || bench->none);
		assert_true(bench->published == bench->retired || bench->in.retire_fault);
		bench_record(bench);
		bench->ended = true;
	}
	if (out->none) {
		assert_false(bench->begun || bench->ended || bench->none);
		bench->none = true;
	}
}

static void bench_clock(struct bench *bench)
{
	bench->in.req_ready = !bench_stalls(bench);
	bench->in.begin_ready = !bench_stalls(bench);
	bench->in.end_ready = !bench_stalls(bench);
	if (bench->clock >= BENCH_ADDR_CLOCKS)
		bench->in.job_addr = rng_u64();
	bench_respond(bench);
	ctl_clock(bench->dut, &bench->in, &bench->out);
	bench_request(bench);
	bench_job(bench);
	bench_contexts(bench);
	bench->clock++;
}

static void bench_start(struct bench *bench, struct world *world, const struct pace *pace)
{
	struct ctl_dut *dut = bench->dut;

	memset(bench, 0, sizeof(*bench));
	bench->dut = dut;
	bench->world = world;
	bench->pace = *pace;
	bench->busy = rng_range(0, pace->retire);
	bench->in.start = true;
	bench->in.job_addr = world->job_at;
	/* What the contexts before were counted to is not known yet. */
	bench->in.desc_retired = (uint8_t)rng_range(0, 3);
	bench->in.retire_fault = rng_one_in(2);
	bench->in.req_ready = bench->in.begin_ready = bench->in.end_ready = true;
	ctl_clock(dut, &bench->in, &bench->out);
	bench->clock = 1;
	bench->in.start = false;
	bench->in.desc_retired = 0;
	bench->in.retire_fault = false;
}

/* Run a job to its end, and a few clocks more, in which nothing may happen. */
static void bench_run(struct bench *bench, struct world *world, const struct pace *pace)
{
	struct ctl_out end;
	uint32_t i;

	bench_start(bench, world, pace);
	while (!bench->ended && !bench->none) {
		bench_clock(bench);
		assert_true(bench->clock < BENCH_CLOCKS);
	}
	end = bench->out;
	for (i = rng_range(0, 20); i; i--)
		bench_clock(bench);
	bench->out = end;
	assert_int_equal(world->strays, 0);
}

static void bench_create(struct bench *bench)
{
	struct ctl_in in = {.rst = true};
	struct ctl_out out;

	memset(bench, 0, sizeof(*bench));
	bench->dut = ctl_create();
	assert_non_null(bench->dut);
	ctl_clock(bench->dut, &in, &out);
	ctl_clock(bench->dut, &in, &out);
}

static struct pace random_pace(void)
{
	const uint32_t latencies[] = {0, 3, 50, 300};
	const uint32_t stalls[] = {0, 0, 2, 5, 20};
	const uint32_t times[] = {0, 10, 300, 2000, 6000};
	const struct pace pace = {
		.latency = latencies[rng_range(0, 3)],
		.stall = stalls[rng_range(0, 4)],
		.retire = times[rng_range(0, 4)],
		.fault_desc = BENCH_NO_DESC,
	};

	return pace;
}

/* A job as it must end when no descriptor fails while it runs. */
static void bench_check(struct bench *bench, struct world *world, const struct pace *pace)
{
	struct outcome want;

	world_outcome(world, &want);
	bench_run(bench, world, pace);
	assert_int_equal(bench->none, want.none);
	assert_int_equal(bench->begun, want.begun);
	if (want.none)
		return;
	if (bench->out.fault_code != want.code ||
	    (want.code && bench->out.fault_detail != want.detail))
		print_message("fault %u, detail %u instead of fault %u, detail %u\n",
			      bench->out.fault_code, bench->out.fault_detail, want.code,
			      want.detail);
	assert_int_equal(bench->published, want.good);
	assert_int_equal(bench->retired, want.good);
	assert_int_equal(bench->out.fault_code, want.code);
	if (!want.code)
		return;
	assert_int_equal(bench->out.fault_detail, want.detail);
	assert_int_equal(bench->out.fault_buffer, want.buffer);
	assert_true(bench->out.fault_offset == want.offset);
}

#endif /* CTL_BENCH_H */
