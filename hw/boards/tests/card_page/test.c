// SPDX-License-Identifier: MIT
/* The card page against the contract, register by register. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "rng.h"
#include "shim.h"

#define ENGINES	   3
#define ALL_ERRORS (NMACCEL_ERROR_DMA | NMACCEL_ERROR_PARITY | NMACCEL_ERROR_THERMAL)

static struct page_dut *dut;
static struct page_in in;
static struct page_out out;
static uint64_t clocks;	       /* since the reset */
static uint64_t busy[ENGINES]; /* clocks for which each was */

static void clock_page(void)
{
	int e;

	page_clock(dut, &in, &out);
	clocks = in.rst ? 0 : clocks + 1;
	for (e = 0; e < ENGINES; e++)
		busy[e] = in.rst ? 0 : busy[e] + (in.engine_busy >> e & 1);
}

static int set_up(void **state)
{
	(void)state;
	dut = page_create();
	memset(&in, 0, sizeof(in));
	in.serial = rng_u64();
	in.temp_mc = (uint32_t)rng_u64();
	in.power_mw = (uint32_t)rng_u64();
	in.rst = 1;
	clock_page();
	clock_page();
	in.rst = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	page_destroy(dut);
	return 0;
}

/* Address and data of a write come in any order; the answer is taken when it suits. */
static void set_reg(uint32_t addr, uint32_t value)
{
	const int delay_address = rng_one_in(2) ? (int)rng_range(0, 3) : 0;
	const int delay_data = rng_one_in(2) ? (int)rng_range(0, 3) : 0;
	int clock, address = 0, data = 0;

	in.awaddr = addr;
	in.wdata = value;
	for (clock = 0; !address || !data; clock++) {
		assert_true(clock < 20);
		in.awvalid = !address && clock >= delay_address;
		in.wvalid = !data && clock >= delay_data;
		clock_page();
		address |= in.awvalid && out.awready;
		data |= in.wvalid && out.wready;
	}
	in.awvalid = in.wvalid = 0;
	for (clock = (int)rng_range(0, 3); clock; clock--)
		clock_page();
	in.bready = 1;
	do
		clock_page();
	while (!out.bvalid);
	in.bready = 0;
}

static uint32_t reg(uint32_t addr)
{
	int clock;

	in.araddr = addr;
	in.arvalid = 1;
	do
		clock_page();
	while (!out.arready);
	in.arvalid = 0;
	for (clock = (int)rng_range(0, 3); clock; clock--)
		clock_page();
	in.rready = 1;
	do
		clock_page();
	while (!out.rvalid);
	in.rready = 0;
	return out.rdata;
}

static void test_constants(void **state)
{
	const struct {
		uint32_t reg;
		uint32_t value;
	} fixed[] = {
		{NMACCEL_CARD_MAGIC, NMACCEL_MAGIC},
		{NMACCEL_CARD_VERSION, NMACCEL_CONTRACT_VERSION},
		{NMACCEL_CARD_BOARD, NMACCEL_BOARD_ALVEO},
		{NMACCEL_CARD_ENGINES, ENGINES},
		{NMACCEL_CARD_LANES, 16},
		{NMACCEL_CARD_BLOCK_ROWS, 128},
		{NMACCEL_CARD_COLUMNS, 49},
		{NMACCEL_CARD_CLOCK_KHZ, 123456},
		{NMACCEL_CARD_CAPS, NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL |
					    NMACCEL_CAP_TEMP | NMACCEL_CAP_LOCAL_MEM},
		{NMACCEL_CARD_DMA_BITS, 48},
		{NMACCEL_CARD_MAX_DESCS, NMACCEL_MAX_DESCS},
		{NMACCEL_CARD_MAX_BUFFERS, NMACCEL_MAX_BUFFERS},
		{NMACCEL_CARD_MAX_ROWS, NMACCEL_MAX_PANEL_ROWS},
		{NMACCEL_CARD_MAX_CHANNELS, NMACCEL_MAX_CHANNELS},
		{NMACCEL_CARD_MAX_PIXELS, NMACCEL_MAX_PIXELS},
		{NMACCEL_CARD_MAX_KERNEL, NMACCEL_MAX_KERNEL},
		{NMACCEL_CARD_ERROR, 0},
		{NMACCEL_CARD_ERROR_ENABLE, 0},
		{NMACCEL_CARD_RESET, 0},
		{NMACCEL_CARD_RESET_BUSY, 0},
		{NMACCEL_CARD_SERIAL_LO, (uint32_t)in.serial},
		{NMACCEL_CARD_SERIAL_HI, (uint32_t)(in.serial >> 32)},
		{NMACCEL_CARD_TEMP_MC, in.temp_mc},
		{NMACCEL_CARD_POWER_MW, in.power_mw},
		{NMACCEL_CARD_LOCAL_BASE_LO, 0x55667788},
		{NMACCEL_CARD_LOCAL_BASE_HI, 0x11223344},
		{NMACCEL_CARD_LOCAL_SIZE_LO, 0xddeeff00},
		{NMACCEL_CARD_LOCAL_SIZE_HI, 0x99aabbcc},
		{NMACCEL_CARD_BUSY(0), 0},
		{NMACCEL_CARD_BUSY(ENGINES), 0},
		{NMACCEL_CARD_BUSY(14) + 4, 0},
		{0xffc, 0},
	};
	int round;
	size_t i;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
			assert_int_equal(reg(fixed[i].reg), fixed[i].value);
		/* They cannot be written. */
		for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
			if (fixed[i].reg != NMACCEL_CARD_ERROR_ENABLE)
				set_reg(fixed[i].reg, (uint32_t)rng_u64());
	}
}

static void test_errors(void **state)
{
	uint32_t errors = 0, enabled = 0, value;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		value = (uint32_t)rng_u64();
		switch (rng_range(0, 4)) {
		case 0:
			in.error = rng_range(0, ALL_ERRORS);
			errors |= in.error;
			clock_page();
			in.error = 0;
			break;
		case 1:
			set_reg(NMACCEL_CARD_ERROR, value);
			errors &= ~value;
			break;
		case 2:
			set_reg(NMACCEL_CARD_ERROR_ENABLE, value);
			enabled = value & ALL_ERRORS;
			break;
		case 3:
			assert_int_equal(reg(NMACCEL_CARD_ERROR), errors);
			break;
		default:
			assert_int_equal(reg(NMACCEL_CARD_ERROR_ENABLE), enabled);
			break;
		}
		clock_page();
		assert_int_equal(out.interrupt, (errors & enabled) != 0);
	}
}

/* An error that comes while it is cleared must not be lost. */
static void test_error_while_cleared(void **state)
{
	(void)state;
	in.error = NMACCEL_ERROR_DMA;
	set_reg(NMACCEL_CARD_ERROR, ALL_ERRORS);
	in.error = 0;
	assert_int_equal(reg(NMACCEL_CARD_ERROR), NMACCEL_ERROR_DMA);
}

static void test_cycles(void **state)
{
	uint64_t before, after, cycles;
	int i;

	(void)state;
	for (i = 0; i < 500; i++) {
		before = clocks;
		cycles = reg(NMACCEL_CARD_CYCLES_LO);
		after = clocks;
		cycles |= (uint64_t)reg(NMACCEL_CARD_CYCLES_HI) << 32;
		assert_in_range(cycles, before, after);
	}
}

static void test_busy(void **state)
{
	uint64_t count;
	int i, e;

	(void)state;
	for (i = 0; i < 500; i++) {
		in.engine_busy = rng_range(0, (1u << ENGINES) - 1);
		for (e = (int)rng_range(0, 50); e; e--)
			clock_page();
		in.engine_busy = 0;
		e = (int)rng_range(0, ENGINES - 1);
		count = reg(NMACCEL_CARD_BUSY(e));
		count |= (uint64_t)reg(NMACCEL_CARD_BUSY(e) + 4) << 32;
		assert_int_equal(count, busy[e]);
	}
}

static void test_reset(void **state)
{
	uint32_t mask, seen;
	int i, clock;

	(void)state;
	for (i = 0; i < 300; i++) {
		mask = (uint32_t)rng_u64();
		in.awaddr = rng_one_in(4) ? NMACCEL_CARD_RESET_BUSY : NMACCEL_CARD_RESET;
		in.wdata = mask;
		in.awvalid = in.wvalid = in.bready = 1;
		do
			clock_page();
		while (!out.awready);
		in.awvalid = in.wvalid = 0;
		/* A pulse for each of the engines, in the clock after the write. */
		for (clock = 0; clock < 5; clock++) {
			clock_page();
			seen = clock == 0 && in.awaddr == NMACCEL_CARD_RESET
				       ? mask & ((1u << ENGINES) - 1)
				       : 0;
			assert_int_equal(out.engine_reset, seen);
		}
		in.bready = 0;
		in.reset_busy = rng_range(0, (1u << ENGINES) - 1);
		assert_int_equal(reg(NMACCEL_CARD_RESET_BUSY), in.reset_busy);
		assert_int_equal(reg(NMACCEL_CARD_RESET), 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_constants), TEST(test_errors), TEST(test_error_while_cleared),
		TEST(test_cycles),    TEST(test_busy),	 TEST(test_reset),
	};

	rng_start("card_page");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
