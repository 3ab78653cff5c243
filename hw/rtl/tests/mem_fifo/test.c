// SPDX-License-Identifier: MIT
/* The FIFO against a ring in C: order, fill, latency and throughput. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "rng.h"
#include "shim.h"

#define LATENCY (FIFO_BLOCK ? 3u : 1u)
#define CLOCKS	20000u

/* What went in and has not come out, and when it went in. */
struct model {
	uint32_t data[FIFO_DEPTH];
	uint64_t when[FIFO_DEPTH];
	uint32_t first;
	uint32_t count;
	uint64_t now;
	uint64_t given;
};

static struct fifo_dut *reset_dut(void)
{
	struct fifo_dut *dut = fifo_create();
	const struct fifo_in in = {.rst = true, .in_valid = true, .out_ready = true};
	struct fifo_out out;

	assert_non_null(dut);
	fifo_clock(dut, &in, &out);
	fifo_clock(dut, &in, &out);
	return dut;
}

static void check_out(const struct model *model, const struct fifo_out *out)
{
	assert_int_equal(out->count, model->count);
	assert_int_equal(out->in_ready, model->count < FIFO_DEPTH);
	if (model->count && model->now - model->when[model->first] >= LATENCY)
		assert_true(out->out_valid);
	if (!out->out_valid)
		return;
	assert_true(model->count);
	assert_int_equal(out->out_data, model->data[model->first]);
}

static void step(struct fifo_dut *dut, struct model *model, bool in_valid, bool out_ready)
{
	const struct fifo_in in = {
		.in_valid = in_valid,
		.in_data = (uint32_t)rng_u64(),
		.out_ready = out_ready,
	};
	struct fifo_out out;
	uint32_t last;

	fifo_clock(dut, &in, &out);
	check_out(model, &out);
	last = (model->first + model->count) % FIFO_DEPTH;
	if (out.out_valid && out_ready) {
		model->first = (model->first + 1) % FIFO_DEPTH;
		model->count--;
		model->given++;
	}
	if (in_valid && out.in_ready) {
		model->data[last] = in.in_data;
		model->when[last] = model->now;
		model->count++;
	}
	model->now++;
}

/* Phases in which one side is the faster, so that it is full and empty many times. */
static void test_random(void **state)
{
	struct fifo_dut *dut = reset_dut();
	struct model model = {0};
	uint32_t in_every = 1, out_every = 1, left = 0, i;

	(void)state;
	for (i = 0; i < CLOCKS; i++, left--) {
		if (!left) {
			in_every = rng_range(1, 4);
			out_every = rng_range(1, 4);
			left = rng_range(1, 4 * FIFO_DEPTH + 20);
		}
		step(dut, &model, rng_one_in(in_every), rng_one_in(out_every));
	}
	assert_true(model.given > CLOCKS / 10);
	fifo_destroy(dut);
}

static void test_fill_and_drain(void **state)
{
	struct fifo_dut *dut = reset_dut();
	struct model model = {0};
	uint32_t i;

	(void)state;
	for (i = 0; i < FIFO_DEPTH + 5; i++)
		step(dut, &model, true, false);
	assert_int_equal(model.count, FIFO_DEPTH);
	for (i = 0; i < FIFO_DEPTH; i++)
		step(dut, &model, false, true);
	assert_int_equal(model.count, FIFO_DEPTH <= 2 && FIFO_BLOCK ? 1 : 0);
	fifo_destroy(dut);
}

/* Deep enough for its latency, it takes and gives an entry in each clock; else it waits for room.
 */
static void test_throughput(void **state)
{
	struct fifo_dut *dut = reset_dut();
	struct model model = {0};
	const uint32_t given = FIFO_DEPTH > LATENCY ? 1000 : 1000 * FIFO_DEPTH / (LATENCY + 1);
	uint32_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		step(dut, &model, true, true);
	assert_in_range(model.given, given - LATENCY, given);
	fifo_destroy(dut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_fill_and_drain),
		cmocka_unit_test(test_throughput),
	};

	rng_start("mem_fifo");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
