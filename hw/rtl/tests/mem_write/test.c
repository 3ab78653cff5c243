// SPDX-License-Identifier: MIT
/*
 * The write master on a memory of its own: each client plans its requests, and offers these and
 * their data at times that have nothing to do with each other. What the memory must then hold
 * follows from the order in which the requests were taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../mem_axi/bursts.h"
#include "rng.h"
#include "shim.h"

#define WORD_BYTES 16u
#define MAX_WORDS  64u
#define BEAT_WORDS (DATA_BYTES / WORD_BYTES)
#define PLAN	   256u
#define AHEAD	   8u /* how far requests may be from their data, either way */
#define MAX_TAKEN  256u
#define WINDOW	   0x40000u
#define WINDOW_AT  (UINT64_C(0x7e12345000))

struct plan {
	uint64_t addr;
	uint32_t words;
	uint8_t data[MAX_WORDS * WORD_BYTES + AXI_MAX_BYTES];
};

/* Of requests, data and dones: how many there were. */
struct client {
	struct plan plan[PLAN];
	uint64_t planned;
	uint64_t asked;
	uint64_t given; /* all data */
	uint64_t done;
	uint32_t beat; /* of the next data */
	bool failed[PLAN];
	uint64_t bursts[PLAN]; /* of the bus when it is done, at least */
};

struct bench {
	struct write_dut *dut;
	struct axi_write axi;
	struct write_in in;
	struct write_out out;
	struct client clients[WRITE_CLIENTS];
	struct bursts bursts;
	uint64_t bursts_taken;
	uint64_t next_addr; /* not 0: no word is written twice */
	uint64_t clocks, requests, errors, beats;
	uint8_t *memory;
	uint8_t *expected;
	uint8_t *touched; /* of a word: 1 asked for, 2 done */
};

static bool beat_is_bad(uint64_t addr)
{
	const uint64_t beat = addr / DATA_BYTES;

	return (beat ^ beat >> 7) % 97 == 5;
}

static bool memory_write(void *context, uint64_t addr, const uint8_t *bytes, uint64_t strobes,
			 uint32_t size)
{
	struct bench *bench = context;
	uint32_t i;

	if (beat_is_bad(addr) || addr < WINDOW_AT || addr - WINDOW_AT >= WINDOW)
		return false;
	for (i = 0; i < size; i++) {
		if (strobes >> i & 1)
			bench->memory[addr - WINDOW_AT + i] = bytes[i];
	}
	return true;
}

static void clock_once(struct bench *bench);

static struct bench *start(const struct axi_timing *timing)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct axi_target target = {.context = bench, .write = memory_write};

	assert_non_null(bench);
	bench->memory = calloc(1, WINDOW);
	bench->expected = calloc(1, WINDOW);
	bench->touched = calloc(1, WINDOW / WORD_BYTES);
	assert_true(bench->memory && bench->expected && bench->touched);
	bench->dut = write_create();
	assert_non_null(bench->dut);
	axi_write_init(&bench->axi, DATA_BYTES, &target, timing);
	bench->in.rst = true;
	clock_once(bench);
	clock_once(bench);
	bench->in.rst = false;
	return bench;
}

static void destroy(struct bench *bench)
{
	write_destroy(bench->dut);
	free(bench->touched);
	free(bench->expected);
	free(bench->memory);
	free(bench);
}

static uint64_t random_addr(struct bench *bench, uint32_t words)
{
	const uint64_t base = bench->in.base;
	uint64_t addr = bench->next_addr;

	if (addr) {
		addr += rng_range(0, 3) * WORD_BYTES;
		bench->next_addr = addr + words * WORD_BYTES;
		assert_in_range(bench->next_addr, WINDOW_AT, WINDOW_AT + WINDOW - 1);
		return addr - base;
	}
	if (rng_one_in(12))
		return bursts_random_addr(ADDR_BITS, base) & ~(uint64_t)(WORD_BYTES - 1);
	return WINDOW_AT + rng_range(0, WINDOW / WORD_BYTES - words) * WORD_BYTES - base;
}

/* The client's request of this number, planned when it is wanted first. */
static struct plan *plan_of(struct bench *bench, struct client *client, uint64_t number)
{
	struct plan *plan = &client->plan[number % PLAN];

	if (number < client->planned)
		return plan;
	client->planned++;
	plan->words = rng_one_in(3) ? rng_range(1, 5) : rng_range(1, MAX_WORDS);
	plan->addr = random_addr(bench, plan->words);
	rng_fill(plan->data, sizeof(plan->data));
	return plan;
}

static void offer_request(struct bench *bench, uint32_t index)
{
	struct client *client = &bench->clients[index];
	const struct plan *plan;

	if (bench->in.req_valid >> index & 1 || client->asked >= client->given + AHEAD)
		return;
	plan = plan_of(bench, client, client->asked);
	bench->in.req[index] = (struct write_request){plan->addr, plan->words};
	bench->in.req_valid |= 1u << index;
}

static void offer_data(struct bench *bench, uint32_t index)
{
	struct client *client = &bench->clients[index];
	const struct plan *plan;

	if (bench->in.data_valid >> index & 1 || client->given >= client->asked + AHEAD)
		return;
	plan = plan_of(bench, client, client->given);
	memcpy(bench->in.data[index], &plan->data[client->beat * DATA_BYTES], DATA_BYTES);
	bench->in.data_valid |= 1u << index;
}

/* Into the expected memory; false if the bus must refuse a part. */
static bool expect_words(struct bench *bench, uint64_t addr, const struct plan *plan)
{
	bool fine = true;
	uint64_t at;
	uint32_t i;

	for (i = 0; i < plan->words; i++) {
		at = addr + i * WORD_BYTES;
		if (beat_is_bad(at) || at < WINDOW_AT || at - WINDOW_AT >= WINDOW) {
			fine = false;
			continue;
		}
		memcpy(&bench->expected[at - WINDOW_AT], &plan->data[i * WORD_BYTES], WORD_BYTES);
		bench->touched[(at - WINDOW_AT) / WORD_BYTES] = 1;
	}
	return fine;
}

static void take_request(struct bench *bench, uint32_t index)
{
	struct client *client = &bench->clients[index];
	const struct plan *plan = plan_of(bench, client, client->asked);
	const uint64_t addr = plan->addr + bench->in.base;
	const uint64_t size = plan->words * WORD_BYTES;
	bool refused = bursts_leave(ADDR_BITS, bench->in.base, plan->addr, size);

	refused = refused || addr % WORD_BYTES;
	if (!refused)
		bench->bursts_taken += bursts_expect(&bench->bursts, DATA_BYTES, addr, size);
	client->failed[client->asked % PLAN] = refused || !expect_words(bench, addr, plan);
	client->bursts[client->asked % PLAN] = bench->bursts_taken;
	client->asked++;
	assert_true(client->asked - client->done <= MAX_TAKEN);
	bench->in.req_valid &= ~(1u << index);
}

static void take_data(struct bench *bench, uint32_t index)
{
	struct client *client = &bench->clients[index];
	const struct plan *plan = plan_of(bench, client, client->given);

	bench->in.data_valid &= ~(1u << index);
	bench->beats++;
	if (++client->beat * BEAT_WORDS < plan->words)
		return;
	client->beat = 0;
	client->given++;
}

static void mark_done(struct bench *bench, const struct plan *plan)
{
	const uint64_t at = plan->addr + bench->in.base - WINDOW_AT;
	uint32_t i;

	for (i = 0; i < plan->words && at < WINDOW; i++)
		bench->touched[at / WORD_BYTES + i] = 2;
}

static void check_done(struct bench *bench)
{
	const uint32_t index = bench->out.done >> 1;
	struct client *client = &bench->clients[index];
	uint32_t at;

	if (!bench->out.done)
		return;
	assert_true(bench->out.done == 1 || bench->out.done == 2);
	at = client->done++ % PLAN;
	assert_true(client->done <= client->asked);
	/* While it stops, data do not matter any more. */
	assert_true(client->done <= client->given || bench->in.stop);
	assert_true(client->bursts[at] <= bench->axi.common.answered);
	assert_int_equal(bench->out.done_error, client->failed[at]);
	if (!bench->in.stop)
		mark_done(bench, &client->plan[at]);
	bench->requests++;
	bench->errors += bench->out.done_error;
}

static void check_idle(const struct bench *bench)
{
	uint32_t i;

	if (!bench->out.idle)
		return;
	assert_false(bench->out.done);
	assert_int_equal(bench->bursts.count, 0);
	for (i = 0; i < WRITE_CLIENTS; i++)
		assert_int_equal(bench->clients[i].done, bench->clients[i].asked);
}

static void clock_once(struct bench *bench)
{
	struct axi_write_master master;
	const struct axi_write_slave *slave = axi_write_drive(&bench->axi);
	uint32_t asked, given, i;

	write_clock(bench->dut, &bench->in, slave, &bench->out, &master);
	if (bench->in.rst)
		return;
	check_done(bench);
	check_idle(bench);
	axi_write_clock(&bench->axi, &master);
	if (bench->axi.common.error)
		fail_msg("%s", bench->axi.common.error);
	asked = bench->in.req_valid & bench->out.req_ready;
	given = bench->in.data_valid & bench->out.data_ready;
	assert_false(asked & (asked - 1));
	assert_false(bench->in.stop && (asked || given));
	for (i = 0; i < WRITE_CLIENTS; i++) {
		if (asked >> i & 1)
			take_request(bench, i);
		if (given >> i & 1)
			take_data(bench, i);
	}
	assert_true(bursts_check(&bench->bursts, &bench->axi.common));
	bench->clocks++;
}

static void run_random(struct bench *bench, uint32_t clocks)
{
	uint32_t request_every = 1, data_every = 1, i, client;

	for (i = 0; i < clocks; i++) {
		if (i % 300 == 0) {
			request_every = rng_range(1, 40);
			data_every = rng_range(1, 6);
		}
		for (client = 0; client < WRITE_CLIENTS; client++) {
			if (rng_one_in(request_every))
				offer_request(bench, client);
			if (rng_one_in(data_every))
				offer_data(bench, client);
		}
		clock_once(bench);
	}
}

static void drain(struct bench *bench)
{
	uint32_t left = 100000;

	do {
		assert_true(left--);
		clock_once(bench);
	} while (!bench->out.idle);
	assert_int_equal(bench->axi.common.accepted, bench->axi.common.answered);
	assert_int_equal(bench->axi.n_data, 0);
}

/* Data for what was taken, no more requests, and to the end. */
static void finish(struct bench *bench)
{
	uint32_t left = 100000, i;
	bool more;

	bench->in.req_valid = 0;
	do {
		assert_true(left--);
		more = false;
		for (i = 0; i < WRITE_CLIENTS; i++) {
			if (bench->clients[i].given >= bench->clients[i].asked)
				continue;
			offer_data(bench, i);
			more = true;
		}
		clock_once(bench);
	} while (more);
	drain(bench);
}

static struct axi_timing random_timing(void)
{
	const uint32_t min = rng_range(0, 40);
	const struct axi_timing timing = {
		.latency_min = min,
		.latency_max = min + rng_range(0, 40),
		.stall = rng_one_in(3) ? 0 : rng_range(0, 200),
		.address_waits = rng_one_in(3),
	};

	return timing;
}

static uint64_t random_base(void)
{
	const uint64_t base = rng_one_in(3) ? 0 : rng_u64() >> rng_range(64 - ADDR_BITS, 40);

	return rng_one_in(8) ? base : base & ~(uint64_t)(WORD_BYTES - 1);
}

static void test_random(void **state)
{
	uint64_t errors = 0, requests = 0;
	struct axi_timing timing;
	struct bench *bench;
	uint32_t i;

	(void)state;
	for (i = 0; i < 10; i++) {
		timing = random_timing();
		bench = start(&timing);
		bench->in.base = random_base();
		run_random(bench, 4000);
		finish(bench);
		assert_memory_equal(bench->memory, bench->expected, WINDOW);
		errors += bench->errors;
		requests += bench->requests;
		destroy(bench);
	}
	assert_in_range(errors, 10, requests - 100);
}

/* A word is there, or it is not, and where nobody asked, and after done, only one of them is right.
 */
static void check_touched(const struct bench *bench)
{
	static const uint8_t zero[WORD_BYTES];
	const uint8_t *word;
	uint32_t i;

	for (i = 0; i < WINDOW / WORD_BYTES; i++) {
		word = &bench->memory[i * WORD_BYTES];
		if (bench->touched[i] == 1 && memcmp(word, zero, WORD_BYTES) == 0)
			continue;
		assert_memory_equal(word, &bench->expected[i * WORD_BYTES], WORD_BYTES);
	}
}

static void forget(struct client *client)
{
	memset(client, 0, sizeof(*client));
}

/* In the middle of work, with requests that lack their data, and data that lack their requests. */
static void test_stop(void **state)
{
	struct axi_timing timing;
	struct bench *bench;
	uint32_t i;

	(void)state;
	timing = random_timing();
	bench = start(&timing);
	bench->next_addr = WINDOW_AT;
	for (i = 0; i < 30; i++) {
		run_random(bench, rng_range(1, 150));
		bench->in.stop = true;
		drain(bench);
		bench->in.rst = true;
		clock_once(bench);
		bench->in.rst = bench->in.stop = false;
		bench->in.req_valid = bench->in.data_valid = 0;
		forget(&bench->clients[0]);
		forget(&bench->clients[1]);
		check_touched(bench);
	}
	run_random(bench, 1000);
	finish(bench);
	check_touched(bench);
	assert_in_range(bench->requests, 30, UINT32_MAX);
	destroy(bench);
}

static const struct axi_timing quick = {.latency_min = 15, .latency_max = 15};

/* Clocks from the first data of a client to the last, n requests of words each in order. */
static uint64_t stream_clocks(uint64_t addr, uint32_t words, uint32_t n)
{
	const uint64_t beats = (uint64_t)n * ((words + BEAT_WORDS - 1) / BEAT_WORDS);
	struct bench *bench = start(&quick);
	uint64_t first = 0, clocks;
	uint32_t i;

	for (i = 0; i < n; i++) {
		bench->clients[0].plan[i].addr = addr + (uint64_t)i * words * WORD_BYTES;
		bench->clients[0].plan[i].words = words;
	}
	bench->clients[0].planned = n;
	while (bench->beats < beats) {
		if (bench->clients[0].asked < n)
			offer_request(bench, 0);
		offer_data(bench, 0);
		if (!bench->beats)
			first = bench->clocks;
		clock_once(bench);
		assert_in_range(bench->clocks, 0, 100000);
	}
	clocks = bench->clocks - first;
	bench->in.data_valid = 0;
	drain(bench);
	destroy(bench);
	return clocks;
}

static void test_throughput(void **state)
{
	const uint32_t beats = MAX_WORDS / BEAT_WORDS;

	(void)state;
	assert_int_equal(stream_clocks(WINDOW_AT, MAX_WORDS, 100), 100 * beats);
	assert_int_equal(stream_clocks(WINDOW_AT, BEAT_WORDS, 200), 200);
	if (BEAT_WORDS > 1)
		assert_int_equal(stream_clocks(WINDOW_AT + WORD_BYTES, MAX_WORDS, 100),
				 100 * (beats + 1) - 1);
}

static void test_latency(void **state)
{
	struct bench *bench = start(&quick);
	struct client *client = &bench->clients[1];
	uint64_t data_at;

	(void)state;
	client->plan[0].addr = WINDOW_AT;
	client->plan[0].words = 1;
	client->planned = 1;
	offer_request(bench, 1);
	while (!bench->axi.common.accepted)
		clock_once(bench);
	assert_int_equal(bench->clocks, 5);
	clock_once(bench);
	clock_once(bench);
	offer_data(bench, 1);
	data_at = bench->clocks;
	while (!bench->requests)
		clock_once(bench);
	/* 2 to the bus, which then has its latency, and 1 back. */
	assert_int_equal(bench->clocks - data_at - 1, 2 + quick.latency_min + 1);
	destroy(bench);
}

/* Both ask all the time: in turn. */
static void test_turns(void **state)
{
	struct bench *bench = start(&quick);
	uint64_t others;
	uint32_t i, j;

	(void)state;
	for (i = 0; i < 3000; i++) {
		for (j = 0; j < WRITE_CLIENTS; j++) {
			offer_request(bench, j);
			offer_data(bench, j);
		}
		clock_once(bench);
		others = bench->clients[1].asked;
		assert_in_range(bench->clients[0].asked, others, others + 1);
	}
	finish(bench);
	assert_in_range(bench->requests, 50, UINT32_MAX);
	destroy(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	   cmocka_unit_test(test_stop),
		cmocka_unit_test(test_throughput), cmocka_unit_test(test_latency),
		cmocka_unit_test(test_turns),
	};

	rng_start("mem_write");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
