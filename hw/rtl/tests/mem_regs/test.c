// SPDX-License-Identifier: MIT
/*
 * The registers against a model of the ap_ctrl_hs map: random accesses with random stalls, the end
 * of a job at each clock around an access, reads and writes at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "rng.h"
#include "shim.h"

#define ALL_INTS (NMACCEL_INT_DONE | NMACCEL_INT_READY)
#define DEADLINE 200u
#define AROUND	 12u

/* The registers as software sees them. */
struct model {
	bool running, done, ready;
	uint32_t gier, ier, isr;
	uint32_t mem[2], job[2];
	uint64_t base, job_addr; /* of the job that was started last */
};

struct bench {
	struct regs_dut *dut;
	struct regs_in in;
	struct regs_out out;
	struct model model;
	uint32_t stall;
	uint32_t starts;
	uint32_t done_in; /* clocks until the job ends, 0: it does not */
	struct regs_out before_it;
	struct regs_in in_before_it;
};

static void check_bus(const struct bench *bench)
{
	const struct regs_out *was = &bench->before_it;
	const struct regs_out *out = &bench->out;

	assert_int_equal(out->bresp | out->rresp, 0);
	if (was->bvalid && !bench->in_before_it.bready)
		assert_true(out->bvalid);
	if (was->rvalid && !bench->in_before_it.rready) {
		assert_true(out->rvalid);
		assert_int_equal(out->rdata, was->rdata);
	}
}

static void clock_once(struct bench *bench)
{
	bench->in.done = bench->done_in && --bench->done_in == 0;
	bench->before_it = bench->out;
	regs_clock(bench->dut, &bench->in, &bench->out);
	if (!bench->in.rst)
		check_bus(bench);
	bench->in_before_it = bench->in;
	bench->starts += bench->out.start;
}

static void reset(struct bench *bench)
{
	memset(&bench->in, 0, sizeof(bench->in));
	memset(&bench->model, 0, sizeof(bench->model));
	bench->in.rst = true;
	clock_once(bench);
	clock_once(bench);
	bench->in.rst = false;
	clock_once(bench);
}

static void start(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->dut = regs_create();
	assert_non_null(bench->dut);
	reset(bench);
	bench->starts = 0;
}

static bool waits(const struct bench *bench)
{
	return rng_range(0, 255) < bench->stall;
}

/* A write on the bus; address and data in any order. */
static void bus_write(struct bench *bench, uint32_t reg, uint32_t value, uint8_t strobes)
{
	bool addr_gone = false, data_gone = false;
	uint32_t left = DEADLINE;

	bench->in.awaddr = (uint16_t)reg;
	bench->in.wdata = value;
	bench->in.wstrb = strobes;
	do {
		assert_true(left--);
		bench->in.awvalid = !addr_gone && (bench->in.awvalid || !waits(bench));
		bench->in.wvalid = !data_gone && (bench->in.wvalid || !waits(bench));
		bench->in.bready = !waits(bench);
		clock_once(bench);
		assert_false(bench->out.bvalid && !(addr_gone && data_gone));
		addr_gone = addr_gone || (bench->in.awvalid && bench->out.awready);
		data_gone = data_gone || (bench->in.wvalid && bench->out.wready);
	} while (!bench->out.bvalid || !bench->in.bready);
	bench->in.awvalid = bench->in.wvalid = bench->in.bready = false;
}

static uint32_t bus_read(struct bench *bench, uint32_t reg)
{
	uint32_t left = DEADLINE;
	bool gone = false;

	bench->in.araddr = (uint16_t)reg;
	do {
		assert_true(left--);
		bench->in.arvalid = !gone && (bench->in.arvalid || !waits(bench));
		bench->in.rready = !waits(bench);
		clock_once(bench);
		assert_false(bench->out.rvalid && !gone);
		gone = gone || (bench->in.arvalid && bench->out.arready);
	} while (!bench->out.rvalid || !bench->in.rready);
	bench->in.arvalid = bench->in.rready = false;
	return bench->out.rdata;
}

static uint32_t *model_register(struct model *model, uint32_t reg)
{
	switch (reg) {
	case NMACCEL_REG_GIER:
		return &model->gier;
	case NMACCEL_REG_IER:
		return &model->ier;
	case NMACCEL_REG_ISR:
		return &model->isr;
	case NMACCEL_REG_MEM_LO:
		return &model->mem[0];
	case NMACCEL_REG_MEM_HI:
		return &model->mem[1];
	case NMACCEL_REG_JOB_LO:
		return &model->job[0];
	case NMACCEL_REG_JOB_HI:
		return &model->job[1];
	}
	return NULL;
}

static uint64_t pair(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

static void model_start(struct model *model)
{
	if (model->running)
		return;
	model->running = true;
	model->base = pair(model->mem);
	model->job_addr = pair(model->job);
}

static void model_write(struct model *model, uint32_t reg, uint32_t value, uint8_t strobes)
{
	uint32_t *where = model_register(model, reg);
	uint32_t mask = 0, i;

	for (i = 0; i < 4; i++)
		mask |= strobes >> i & 1 ? 0xffu << 8 * i : 0;
	if (reg == NMACCEL_REG_CTRL && value & mask & NMACCEL_CTRL_START)
		model_start(model);
	if (!where)
		return;
	if (where == &model->isr)
		*where ^= value & mask & ALL_INTS;
	else
		*where = (*where & ~mask) | (value & mask);
	model->gier &= NMACCEL_GIER_ENABLE;
	model->ier &= ALL_INTS;
}

static uint32_t model_read(struct model *model, uint32_t reg)
{
	const uint32_t *where = model_register(model, reg);
	uint32_t value = model->running ? NMACCEL_CTRL_START : NMACCEL_CTRL_IDLE;

	if (where)
		return *where;
	if (reg != NMACCEL_REG_CTRL)
		return 0;
	value |= model->done ? NMACCEL_CTRL_DONE : 0;
	value |= model->ready ? NMACCEL_CTRL_READY : 0;
	model->done = model->ready = false;
	return value;
}

static void model_done(struct model *model)
{
	model->running = false;
	model->done = model->ready = true;
	model->isr |= model->ier;
}

/* All that can be seen without an access. */
static void check_outputs(struct bench *bench)
{
	const struct model *model = &bench->model;

	clock_once(bench);
	clock_once(bench);
	assert_int_equal(bench->out.interrupt, model->gier && model->isr);
	if (!model->running)
		return;
	assert_int_equal(bench->out.base, model->base);
	assert_int_equal(bench->out.job_addr, model->job_addr);
}

static uint32_t random_register(void)
{
	static const uint16_t others[] = {0x18, 0x24, 0x40, 0x80, 0x50, 0x800, 0xffc};

	if (rng_one_in(8))
		return others[rng_range(0, sizeof(others) / sizeof(others[0]) - 1)];
	if (rng_one_in(3))
		return NMACCEL_REG_CTRL;
	return rng_range(1, 8) * 4;
}

static void random_write(struct bench *bench)
{
	const uint32_t reg = random_register();
	const uint32_t value = (uint32_t)rng_u64();
	const uint8_t strobes = rng_one_in(4) ? (uint8_t)rng_range(0, 15) : 15;
	const bool was_running = bench->model.running;

	bench->starts = 0;
	bus_write(bench, reg, value, strobes);
	model_write(&bench->model, reg, value, strobes);
	check_outputs(bench);
	assert_int_equal(bench->starts, bench->model.running && !was_running);
}

static void end_job(struct bench *bench)
{
	bench->done_in = 1;
	clock_once(bench);
	model_done(&bench->model);
	check_outputs(bench);
}

static void test_random(void **state)
{
	uint32_t i, reg, ended = 0;
	struct bench bench;

	(void)state;
	start(&bench);
	for (i = 0; i < 20000; i++) {
		if (i % 100 == 0)
			bench.stall = rng_one_in(3) ? 0 : rng_range(0, 220);
		if (rng_one_in(2)) {
			random_write(&bench);
		} else {
			reg = random_register();
			assert_int_equal(bus_read(&bench, reg), model_read(&bench.model, reg));
		}
		if (bench.model.running && rng_one_in(10)) {
			end_job(&bench);
			ended++;
		}
		if (rng_one_in(1000))
			reset(&bench);
	}
	assert_in_range(ended, 200, 20000);
	regs_destroy(bench.dut);
}

static void begin_job(struct bench *bench)
{
	reset(bench);
	bus_write(bench, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE, 15);
	bus_write(bench, NMACCEL_REG_IER, ALL_INTS, 15);
	bus_write(bench, NMACCEL_REG_CTRL, NMACCEL_CTRL_START, 15);
	clock_once(bench);
	bench->starts = 0;
}

static void wait_clocks(struct bench *bench, uint32_t clocks)
{
	while (clocks--)
		clock_once(bench);
}

static void settle(struct bench *bench)
{
	wait_clocks(bench, AROUND + 3);
}

/* The end of the job at each clock around a read of CTRL: it is seen once, and only once. */
static void test_done_and_read(void **state)
{
	const uint32_t both = NMACCEL_CTRL_DONE | NMACCEL_CTRL_READY;
	uint32_t at, first, second, ways = 0;
	struct bench bench;

	(void)state;
	start(&bench);
	for (at = 1; at <= AROUND; at++) {
		begin_job(&bench);
		bench.done_in = at;
		wait_clocks(&bench, AROUND / 2);
		first = bus_read(&bench, NMACCEL_REG_CTRL);
		settle(&bench);
		second = bus_read(&bench, NMACCEL_REG_CTRL);
		assert_true((first & both) == 0 || (first & both) == both);
		assert_int_equal(second & both, first & both ? 0 : both);
		assert_int_equal(first & NMACCEL_CTRL_IDLE, first & both ? NMACCEL_CTRL_IDLE : 0);
		assert_int_equal(second & (NMACCEL_CTRL_IDLE | NMACCEL_CTRL_START),
				 NMACCEL_CTRL_IDLE);
		ways |= first & both ? 1u : 2u;
	}
	assert_int_equal(ways, 3);
	regs_destroy(bench.dut);
}

/* ... around a write of START: it is nothing, or one more job; the end is not lost. */
static void test_done_and_start(void **state)
{
	struct bench bench;
	uint32_t at, value, ways = 0;

	(void)state;
	start(&bench);
	for (at = 1; at <= AROUND; at++) {
		begin_job(&bench);
		bench.done_in = at;
		wait_clocks(&bench, AROUND / 2);
		bus_write(&bench, NMACCEL_REG_CTRL, NMACCEL_CTRL_START, 15);
		settle(&bench);
		value = bus_read(&bench, NMACCEL_REG_CTRL);
		assert_true(value & NMACCEL_CTRL_DONE);
		assert_in_range(bench.starts, 0, 1);
		assert_int_equal(value & NMACCEL_CTRL_START, bench.starts);
		ways |= bench.starts ? 1u : 2u;
	}
	assert_int_equal(ways, 3);
	regs_destroy(bench.dut);
}

/* ... around a write of ISR that takes back an earlier end: the interrupt is there, or it was
 * before. */
static void test_done_and_toggle(void **state)
{
	struct bench bench;
	uint32_t at, i, value, ways = 0;
	bool seen;

	(void)state;
	start(&bench);
	for (at = 1; at <= AROUND; at++) {
		begin_job(&bench);
		bench.done_in = 1;
		settle(&bench);
		bus_write(&bench, NMACCEL_REG_CTRL, NMACCEL_CTRL_START, 15);
		clock_once(&bench);
		bench.done_in = at;
		wait_clocks(&bench, AROUND / 2);
		bus_write(&bench, NMACCEL_REG_ISR, ALL_INTS, 15);
		for (seen = false, i = 0; i < AROUND + 3; i++) {
			clock_once(&bench);
			seen = seen || bench.out.interrupt;
		}
		value = bus_read(&bench, NMACCEL_REG_ISR);
		assert_true(value == 0 || value == ALL_INTS);
		assert_int_equal(bench.out.interrupt, value != 0);
		ways |= value ? 1u : 2u;
	}
	assert_int_equal(ways, 3);
	regs_destroy(bench.dut);
}

/* Reads and writes do not wait for each other. */
static void test_both_ways(void **state)
{
	struct bench bench;
	uint32_t i, reads = 0, writes = 0;

	(void)state;
	start(&bench);
	bench.in.awaddr = NMACCEL_REG_JOB_HI;
	bench.in.araddr = NMACCEL_REG_JOB_HI;
	bench.in.wstrb = 15;
	bench.in.awvalid = bench.in.wvalid = bench.in.bready = true;
	bench.in.arvalid = bench.in.rready = true;
	for (i = 0; i < 100; i++) {
		bench.in.wdata = i;
		clock_once(&bench);
		reads += bench.out.rvalid;
		writes += bench.out.bvalid;
	}
	assert_in_range(reads, 49, 50);
	assert_in_range(writes, 49, 50);
	regs_destroy(bench.dut);
}

/* A master that is always ahead with its addresses gets as many answers, each the right one. */
static void test_ahead(void **state)
{
	uint32_t expected[2] = {0}, asked = 0, answered = 0, i;
	struct bench bench;

	(void)state;
	start(&bench);
	bus_write(&bench, NMACCEL_REG_JOB_LO, 0x1234, 15);
	for (i = 0; i < 2000; i++) {
		if (!bench.in.arvalid)
			bench.in.araddr = rng_one_in(2) ? NMACCEL_REG_JOB_LO : NMACCEL_REG_JOB_HI;
		bench.in.arvalid = true;
		bench.in.rready = rng_one_in(3);
		clock_once(&bench);
		if (bench.out.rvalid && bench.in.rready)
			assert_int_equal(bench.out.rdata, expected[answered++ % 2]);
		if (!bench.out.arready)
			continue;
		expected[asked++ % 2] = bench.in.araddr == NMACCEL_REG_JOB_LO ? 0x1234 : 0;
		bench.in.arvalid = false;
	}
	assert_in_range(asked - answered, 0, 1);
	regs_destroy(bench.dut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	       cmocka_unit_test(test_done_and_read),
		cmocka_unit_test(test_done_and_start), cmocka_unit_test(test_done_and_toggle),
		cmocka_unit_test(test_both_ways),      cmocka_unit_test(test_ahead),
	};

	rng_start("mem_regs");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
