// SPDX-License-Identifier: MIT
/*
 * The read master on a memory whose content, and where it refuses, follow from the address: what a
 * request must give is known without looking at the bus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "../mem_axi/bursts.h"
#include "rng.h"
#include "shim.h"

#define WORD_BYTES   16u
#define MAX_WORDS    64u
#define MAX_EXPECTED 128u
#define BEAT_WORDS   (DATA_BYTES / WORD_BYTES)

struct expected {
	uint32_t client;
	uint64_t addr; /* on the bus */
	uint32_t words;
	uint32_t given;
	bool refused; /* without asking the bus */
};

struct bench {
	struct read_dut *dut;
	struct axi_read axi;
	struct read_in in;
	struct read_out out;
	struct expected expected[MAX_EXPECTED]; /* taken, not answered */
	uint32_t first, count;
	struct bursts bursts;
	uint64_t beats, requests, errors;
	uint64_t clocks;
};

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return value ^ value >> 29;
}

static bool beat_is_bad(uint64_t addr)
{
	return mix(addr / DATA_BYTES) % 128 == 0;
}

static void fill_word(uint64_t addr, uint8_t *bytes)
{
	const uint64_t halves[2] = {mix(addr), mix(addr + 1)};

	memcpy(bytes, halves, WORD_BYTES);
}

static bool memory_read(void *context, uint64_t addr, uint8_t *bytes, uint32_t size)
{
	uint32_t i;

	(void)context;
	if (beat_is_bad(addr))
		return false;
	for (i = 0; i < size; i += WORD_BYTES)
		fill_word(addr + i, bytes + i);
	return true;
}

static void clock_once(struct bench *bench);

static void start(struct bench *bench, const struct axi_timing *timing)
{
	const struct axi_target target = {.read = memory_read};

	memset(bench, 0, sizeof(*bench));
	bench->dut = read_create();
	assert_non_null(bench->dut);
	axi_read_init(&bench->axi, DATA_BYTES, &target, timing);
	bench->in.rst = true;
	clock_once(bench);
	clock_once(bench);
	bench->in.rst = false;
}

static void take_request(struct bench *bench, uint32_t client)
{
	const struct read_request *request = &bench->in.req[client];
	struct expected *expected;

	assert_in_range(bench->count, 0, MAX_EXPECTED - 1);
	expected = &bench->expected[(bench->first + bench->count++) % MAX_EXPECTED];
	expected->client = client;
	expected->addr = request->addr + bench->in.base;
	expected->words = request->words;
	expected->given = 0;
	expected->refused = bursts_leave(ADDR_BITS, bench->in.base, request->addr,
					 request->words * WORD_BYTES) ||
			    expected->addr % WORD_BYTES;
	if (!expected->refused)
		bursts_expect(&bench->bursts, DATA_BYTES, expected->addr,
			      expected->words * WORD_BYTES);
	bench->in.req_valid &= ~(1u << client);
}

static bool is_in_error(const struct expected *expected)
{
	const uint64_t last = expected->addr + expected->words * WORD_BYTES - 1;
	uint64_t beat;

	if (expected->refused)
		return true;
	for (beat = expected->addr / DATA_BYTES; beat <= last / DATA_BYTES; beat++) {
		if (beat_is_bad(beat * DATA_BYTES))
			return true;
	}
	return false;
}

static void check_words(const struct read_out *out, const struct expected *expected)
{
	uint8_t word[WORD_BYTES];
	uint32_t i;

	for (i = 0; i < out->rsp_words; i++) {
		fill_word(expected->addr + (expected->given + i) * WORD_BYTES, word);
		assert_memory_equal(&out->rsp_data[i * WORD_BYTES], word, WORD_BYTES);
	}
}

static void check_response(struct bench *bench)
{
	const struct read_out *out = &bench->out;
	struct expected *expected = &bench->expected[bench->first];
	uint32_t left;

	if (!out->rsp_valid)
		return;
	assert_true(bench->count);
	assert_int_equal(out->rsp_valid, 1u << expected->client);
	left = expected->words - expected->given;
	assert_int_equal(out->rsp_words, left < BEAT_WORDS ? left : BEAT_WORDS);
	assert_int_equal(out->rsp_last, left <= BEAT_WORDS);
	if (!is_in_error(expected))
		check_words(out, expected);
	bench->beats++;
	expected->given += out->rsp_words;
	if (!out->rsp_last)
		return;
	assert_int_equal(out->rsp_error, is_in_error(expected));
	bench->errors += out->rsp_error;
	bench->requests++;
	bench->first = (bench->first + 1) % MAX_EXPECTED;
	bench->count--;
}

static void clock_once(struct bench *bench)
{
	struct axi_read_master master;
	const struct axi_read_slave *slave = axi_read_drive(&bench->axi);
	uint32_t taken, i;

	read_clock(bench->dut, &bench->in, slave, &bench->out, &master);
	if (bench->in.rst)
		return;
	axi_read_clock(&bench->axi, &master);
	if (bench->axi.common.error)
		fail_msg("%s", bench->axi.common.error);
	assert_false(bench->out.idle && (bench->count || bench->bursts.count));
	taken = bench->in.req_valid & bench->out.req_ready;
	assert_false(taken & (taken - 1));
	assert_false(bench->in.stop && taken);
	for (i = 0; i < READ_CLIENTS; i++) {
		if (taken >> i & 1)
			take_request(bench, i);
	}
	assert_true(bursts_check(&bench->bursts, &bench->axi.common));
	check_response(bench);
	bench->clocks++;
}

/* To the end of all that was taken. */
static void drain(struct bench *bench)
{
	uint32_t left = 100000;

	do {
		assert_true(left--);
		clock_once(bench);
	} while (!bench->out.idle);
	assert_int_equal(bench->count, 0);
	assert_int_equal(bench->bursts.count, 0);
	assert_int_equal(bench->axi.common.accepted, bench->axi.common.answered);
}

static void finish(struct bench *bench)
{
	bench->in.req_valid = 0;
	drain(bench);
	read_destroy(bench->dut);
}

static void random_request(struct bench *bench, uint32_t client)
{
	struct read_request *request = &bench->in.req[client];

	request->addr = bursts_random_addr(ADDR_BITS, bench->in.base) & ~(uint64_t)(WORD_BYTES - 1);
	request->words = rng_one_in(3) ? rng_range(1, 5) : rng_range(1, MAX_WORDS);
	bench->in.req_valid |= 1u << client;
}

static void run_random(struct bench *bench, uint32_t clocks)
{
	uint32_t every = 1, i, client;

	for (i = 0; i < clocks; i++) {
		if (i % 500 == 0)
			every = rng_range(1, 60);
		for (client = 0; client < READ_CLIENTS; client++) {
			if (!(bench->in.req_valid >> client & 1) && rng_one_in(every))
				random_request(bench, client);
		}
		clock_once(bench);
	}
}

static struct axi_timing random_timing(void)
{
	const uint32_t min = rng_range(0, 40);
	const struct axi_timing timing = {
		.latency_min = min,
		.latency_max = min + rng_range(0, 40),
		.stall = rng_one_in(3) ? 0 : rng_range(0, 200),
	};

	return timing;
}

static void test_random(void **state)
{
	struct axi_timing timing;
	struct bench bench;
	uint64_t errors = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 10; i++) {
		timing = random_timing();
		start(&bench, &timing);
		/* Not all bases are good ones. */
		bench.in.base = rng_one_in(3) ? 0 : rng_u64() >> rng_range(64 - ADDR_BITS, 40);
		if (!rng_one_in(4))
			bench.in.base &= ~(uint64_t)(WORD_BYTES - 1);
		run_random(&bench, 4000);
		finish(&bench);
		assert_in_range(bench.requests, 30, UINT32_MAX);
		errors += bench.errors;
	}
	assert_in_range(errors, 10, UINT32_MAX);
}

/* In the middle of work: what was taken is finished, and after a reset all is as new. */
static void test_stop(void **state)
{
	struct axi_timing timing;
	struct bench bench;
	uint32_t i;

	(void)state;
	timing = random_timing();
	start(&bench, &timing);
	for (i = 0; i < 60; i++) {
		run_random(&bench, rng_range(1, 200));
		bench.in.stop = true;
		drain(&bench);
		bench.in.rst = true;
		clock_once(&bench);
		bench.in.rst = bench.in.stop = false;
	}
	finish(&bench);
	assert_in_range(bench.requests, 60, UINT32_MAX);
}

static const struct axi_timing quick = {.latency_min = 15, .latency_max = 15};

/* Clocks from the first response to the last of n requests of words each, one after the other. */
static uint64_t stream_clocks(uint64_t addr, uint32_t words, uint32_t n)
{
	struct bench bench;
	uint64_t first = 0;
	uint32_t asked = 0;

	start(&bench, &quick);
	while (bench.requests < n) {
		if (!bench.in.req_valid && asked < n) {
			bench.in.req[2].addr = addr + (uint64_t)asked++ * words * WORD_BYTES;
			bench.in.req[2].words = words;
			bench.in.req_valid = 1u << 2;
		}
		if (!bench.beats)
			first = bench.clocks;
		clock_once(&bench);
		assert_in_range(bench.clocks, 0, 100000);
	}
	finish(&bench);
	return bench.clocks - first;
}

/* drain() of the finish above takes one clock. */
static void test_throughput(void **state)
{
	const uint32_t beats = MAX_WORDS / BEAT_WORDS;

	(void)state;
	assert_int_equal(stream_clocks(0x10000, MAX_WORDS, 100), 100 * beats + 1);
	/* A beat of the bus in each request. */
	assert_int_equal(stream_clocks(0x10000, BEAT_WORDS, 500), 500 + 1);
	/* Each page has one request that is two bursts. */
	if (BEAT_WORDS > 1)
		assert_in_range(stream_clocks(0x10000 + WORD_BYTES, MAX_WORDS, 100), 100 * beats,
				100 * (beats + 1) + 1);
}

static void test_latency(void **state)
{
	struct bench bench;
	uint32_t to_bus = 0;

	(void)state;
	start(&bench, &quick);
	bench.in.req[1] = (struct read_request){.addr = 0x2000, .words = 1};
	bench.in.req_valid = 1u << 1;
	while (!bench.axi.common.accepted)
		clock_once(&bench);
	to_bus = (uint32_t)bench.clocks;
	assert_int_equal(to_bus, 5);
	while (!bench.requests)
		clock_once(&bench);
	/* The model's data are there latency clocks after its address, the next at the soonest. */
	assert_int_equal(bench.clocks - to_bus, quick.latency_min + 2);
	finish(&bench);
}

/* All ask all the time: who is taken. */
static void test_order(void **state)
{
	struct bench bench;
	uint32_t last = 0, i, j, now;
	uint32_t with[READ_CLIENTS] = {0};

	(void)state;
	start(&bench, &quick);
	for (i = 0; i < 2000; i++) {
		for (j = i < 1000 ? 2 : 0; j < READ_CLIENTS; j++) {
			if (!(bench.in.req_valid >> j & 1))
				random_request(&bench, j);
		}
		now = bench.in.req_valid;
		clock_once(&bench);
		now &= ~bench.in.req_valid;
		if (!now)
			continue;
		assert_int_not_equal(i < 1000 ? now : 0, last);
		last = i < 1000 ? now : 8;
		for (j = 0; j < READ_CLIENTS; j++)
			with[j] += i >= 1000 && now == 1u << j;
	}
	finish(&bench);
	assert_in_range(with[0], 10, UINT32_MAX);
	assert_int_equal(with[1] + with[2] + with[3], 0);
}

/* No more than it may have, and as many as that when the memory is slow. */
static void test_outstanding(void **state)
{
	const struct axi_timing slow = {.latency_min = 2000, .latency_max = 2000};
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench, &slow);
	for (i = 0; i < 1500; i++) {
		if (!bench.in.req_valid)
			bench.in.req[0] = (struct read_request){.addr = 0x3000, .words = 4};
		bench.in.req_valid = 1;
		clock_once(&bench);
	}
	assert_int_equal(bench.axi.common.queue.most, 32);
	finish(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	   cmocka_unit_test(test_stop),
		cmocka_unit_test(test_throughput), cmocka_unit_test(test_latency),
		cmocka_unit_test(test_order),	   cmocka_unit_test(test_outstanding),
	};

	rng_start("mem_read");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
