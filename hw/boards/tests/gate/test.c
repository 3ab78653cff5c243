// SPDX-License-Identifier: MIT
/*
 * The gate between an engine and a memory system that both stall at random, with resets at any
 * time. The memory side must see whole bursts and steady signals; the engine side must get back all
 * that it asked for, and after its reset nothing of what came before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"
#include "shim.h"

#define QUEUE 2048u
#define GOING 12u /* bursts that the engine has under way at most */

/* Burst lengths in beats, first in first out. */
struct queue {
	uint32_t beats[QUEUE];
	uint32_t head, tail;
};

static void push(struct queue *queue, uint32_t beats)
{
	assert_true(queue->tail - queue->head < QUEUE);
	queue->beats[queue->tail++ % QUEUE] = beats;
}

static uint32_t *front(struct queue *queue)
{
	return queue->head == queue->tail ? NULL : &queue->beats[queue->head % QUEUE];
}

static struct gate_dut *dut;
static struct gate_in in;
static struct gate_out out, last;
static struct gate_in last_in;

/* What the engine has asked for since its reset: data to send, answers and beats to come. */
static struct queue to_send, reads_due;
static uint32_t answers_due;

/*
 * The memory system: data to come, of all writes that the gate has taken, as it may come before its
 * address; beats to give; addresses of writes, writes whose data has come, and answers given.
 */
static struct queue to_take, to_give;
static uint32_t addresses, written, answered;

static uint32_t stall; /* of 10 */
static uint32_t next_word, word_taken;
static uint64_t moved, resets;
static int dead; /* the engine takes nothing any more */

static int set_up(void **state)
{
	(void)state;
	dut = gate_create();
	memset(&in, 0, sizeof(in));
	memset(&last, 0, sizeof(last));
	memset(&to_send, 0, sizeof(to_send));
	memset(&reads_due, 0, sizeof(reads_due));
	memset(&to_take, 0, sizeof(to_take));
	memset(&to_give, 0, sizeof(to_give));
	answers_due = addresses = written = answered = next_word = word_taken = 0;
	moved = resets = 0;
	stall = rng_range(0, 9);
	in.rst = 1;
	gate_eval(dut, &in, &out);
	gate_clock(dut);
	in.rst = 0;
	gate_eval(dut, &in, &last);
	last_in = in;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	gate_destroy(dut);
	return 0;
}

static int ready(void)
{
	return rng_range(0, 9) >= stall;
}

/* The engine's next offers; what was offered and not taken stays. */
static void drive_engine(int quiet)
{
	if (!in.e_awvalid && !quiet && ready() && to_send.tail - to_send.head < GOING) {
		in.e_awvalid = 1;
		in.e_awaddr = rng_u64();
		in.e_awlen = rng_one_in(3) ? 0 : rng_range(0, 20);
	}
	if (!in.e_arvalid && !quiet && ready() && reads_due.tail - reads_due.head < GOING) {
		in.e_arvalid = 1;
		in.e_araddr = rng_u64();
		in.e_arlen = rng_one_in(3) ? 0 : rng_range(0, 20);
	}
	/* Data may be offered before its address was taken. */
	if (!in.e_wvalid && ready() && (front(&to_send) || in.e_awvalid)) {
		in.e_wvalid = 1;
		in.e_wdata = next_word++;
		in.e_wstrb = rng_range(1, 0xffff);
	}
	in.e_bready = !dead && ready();
	in.e_rready = !dead && ready();
}

static void drive_memory(void)
{
	in.m_awready = ready();
	in.m_wready = ready();
	in.m_arready = ready();
	if (!in.m_bvalid)
		in.m_bvalid = answered != addresses && answered != written && ready();
	if (!in.m_rvalid)
		in.m_rvalid = front(&to_give) && ready();
	in.m_rlast = front(&to_give) && *front(&to_give) == 1;
}

/* What is offered to the memory system stays as it is until it is taken. */
static void check_steady(void)
{
	if (last.m_awvalid && !last_in.m_awready)
		assert_true(out.m_awvalid && out.m_awaddr == last.m_awaddr &&
			    out.m_awlen == last.m_awlen);
	if (last.m_arvalid && !last_in.m_arready)
		assert_true(out.m_arvalid && out.m_araddr == last.m_araddr &&
			    out.m_arlen == last.m_arlen);
	if (last.m_wvalid && !last_in.m_wready)
		assert_true(out.m_wvalid && out.m_wdata == last.m_wdata &&
			    out.m_wstrb == last.m_wstrb && out.m_wlast == last.m_wlast);
}

static void take_at_memory(void)
{
	if (out.m_awvalid && in.m_awready)
		addresses++;
	if (out.m_arvalid && in.m_arready)
		push(&to_give, out.m_arlen + 1);
	if (out.m_wvalid && in.m_wready) {
		assert_non_null(front(&to_take));
		assert_int_equal(out.m_wlast, *front(&to_take) == 1);
		if (out.m_wstrb)
			assert_int_equal(out.m_wdata, word_taken++);
		if (--*front(&to_take) == 0) {
			to_take.head++;
			written++;
		}
	}
	if (in.m_bvalid && out.m_bready) {
		answered++;
		in.m_bvalid = 0;
	}
	if (in.m_rvalid && out.m_rready) {
		if (--*front(&to_give) == 0)
			to_give.head++;
		in.m_rvalid = 0;
		moved++;
	}
}

static void take_at_engine(void)
{
	if (in.e_awvalid && out.e_awready) {
		push(&to_send, in.e_awlen + 1);
		push(&to_take, in.e_awlen + 1);
		answers_due++;
		in.e_awvalid = 0;
	}
	if (in.e_arvalid && out.e_arready) {
		push(&reads_due, in.e_arlen + 1);
		in.e_arvalid = 0;
	}
	if (in.e_wvalid && out.e_wready) {
		assert_non_null(front(&to_send));
		if (--*front(&to_send) == 0)
			to_send.head++;
		in.e_wvalid = 0;
		moved++;
	}
	if (out.e_bvalid && in.e_bready) {
		assert_true(answers_due > 0);
		answers_due--;
	}
	if (out.e_rvalid && in.e_rready) {
		assert_non_null(front(&reads_due));
		if (--*front(&reads_due) == 0)
			reads_due.head++;
	}
}

/* A reset engine offers nothing and remembers nothing. */
static void reset_engine(void)
{
	in.e_awvalid = in.e_arvalid = in.e_wvalid = 0;
	to_send.head = to_send.tail;
	reads_due.head = reads_due.tail;
	answers_due = 0;
	next_word = word_taken;
	/* The memory system has nothing left to do. */
	assert_null(front(&to_take));
	assert_null(front(&to_give));
	assert_true(addresses == written && written == answered);
	assert_false(out.m_awvalid || out.m_wvalid || out.m_arvalid);
}

static void step(int quiet)
{
	if (last.engine_rst_n)
		drive_engine(quiet);
	drive_memory();
	gate_eval(dut, &in, &out);
	check_steady();
	if (out.busy)
		assert_false(out.e_awready || out.e_wready || out.e_arready || out.e_bvalid ||
			     out.e_rvalid);
	if (!out.engine_rst_n)
		reset_engine();
	last = out;
	last_in = in;
	take_at_engine();
	take_at_memory();
	gate_clock(dut);
}

static void drain(void)
{
	uint32_t i;

	for (i = 0; i < 20000 && (front(&to_send) || front(&reads_due) || answers_due ||
				  in.e_awvalid || in.e_arvalid || !last.engine_rst_n);
	     i++)
		step(1);
	assert_false(front(&to_send) || front(&reads_due) || answers_due);
}

static void test_passes(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 20000; i++)
		step(0);
	drain();
	assert_true(moved > 1000);
}

static void test_resets(void **state)
{
	int i, seen;

	(void)state;
	for (i = 0; i < 60000; i++) {
		in.reset = last.engine_rst_n && !last.busy && rng_one_in(200);
		seen = in.reset;
		dead = seen && rng_one_in(2);
		step(0);
		in.reset = 0;
		if (!seen)
			continue;
		step(0);
		assert_true(last.busy);
		for (seen = 0; last.busy; seen++) {
			assert_true(seen < 20000);
			step(0);
		}
		assert_true(last.engine_rst_n);
		dead = 0;
		resets++;
	}
	drain();
	assert_true(resets > 20);
	printf("# %llu resets, %llu beats\n", (unsigned long long)resets,
	       (unsigned long long)moved);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_passes), TEST(test_passes), TEST(test_passes), TEST(test_passes),
		TEST(test_resets), TEST(test_resets), TEST(test_resets), TEST(test_resets),
	};

	rng_start("gate");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
