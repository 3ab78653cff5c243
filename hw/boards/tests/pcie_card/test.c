// SPDX-License-Identifier: MIT
/* The card as a driver sees it: BAR0, the engine's interrupt and that of errors, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "rng.h"
#include "shim.h"

#define CARD(reg) (NMACCEL_CARD_PAGE + (reg))
#define PATIENCE  100000

static struct card_dut *dut;
static struct card_in in;
static struct card_out out;
static uint32_t messages[32]; /* by vector */

/* The host grants a message some clocks later; until then there may be no other. */
static void clock_card(void)
{
	static int grant_in;

	in.msi_grant = grant_in == 1;
	grant_in -= grant_in > 0;
	card_dut_clock(dut, &in, &out);
	if (out.msi_request) {
		assert_true(in.msi_enable);
		assert_int_equal(grant_in, 0);
		messages[out.msi_vector]++;
		grant_in = (int)rng_range(1, 20);
	}
}

static int set_up(void **state)
{
	int i;

	(void)state;
	dut = card_dut_create();
	memset(&in, 0, sizeof(in));
	memset(messages, 0, sizeof(messages));
	in.rst = 1;
	clock_card();
	clock_card();
	in.rst = 0;
	in.msi_enable = 1;
	in.msi_width = 1;
	for (i = 0; i < 30; i++)
		clock_card();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	card_dut_destroy(dut);
	return 0;
}

static void set_reg(uint32_t addr, uint32_t value)
{
	in.awaddr = addr;
	in.wdata = value;
	in.awvalid = in.wvalid = 1;
	do
		clock_card();
	while (!out.awready);
	in.awvalid = in.wvalid = 0;
	in.bready = 1;
	do
		clock_card();
	while (!out.bvalid);
	in.bready = 0;
}

static uint32_t reg(uint32_t addr)
{
	in.araddr = addr;
	in.arvalid = 1;
	do
		clock_card();
	while (!out.arready);
	in.arvalid = 0;
	in.rready = 1;
	do
		clock_card();
	while (!out.rvalid);
	in.rready = 0;
	return out.rdata;
}

static void wait_message(uint32_t vector)
{
	const uint32_t count = messages[vector];
	int i;

	for (i = 0; messages[vector] == count; i++) {
		assert_true(i < PATIENCE);
		clock_card();
	}
}

static void start(uint64_t base)
{
	set_reg(NMACCEL_REG_MEM_LO, (uint32_t)base);
	set_reg(NMACCEL_REG_MEM_HI, (uint32_t)(base >> 32));
	set_reg(NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
	set_reg(NMACCEL_REG_IER, NMACCEL_INT_DONE);
	set_reg(NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
}

static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(reg(CARD(NMACCEL_CARD_MAGIC)), NMACCEL_MAGIC);
	assert_int_equal(reg(CARD(NMACCEL_CARD_DMA_BITS)), 32);
	assert_int_equal(reg(CARD(NMACCEL_CARD_BOARD)), NMACCEL_BOARD_NITEFURY);
	assert_int_equal(reg(CARD(NMACCEL_CARD_SERIAL_HI)), 0x1234567);
	assert_int_equal(reg(NMACCEL_ENGINE_PAGE(1)), UINT32_MAX);
	assert_int_equal(reg(NMACCEL_ENGINE_PAGE(14) + 0xffc), UINT32_MAX);
	set_reg(NMACCEL_ENGINE_PAGE(3), 1);
	set_reg(NMACCEL_REG_JOB_HI, 0xabcdef01);
	assert_int_equal(reg(NMACCEL_REG_JOB_HI), 0xabcdef01);
}

static void test_job(void **state)
{
	uint32_t busy, i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		start(0);
		wait_message(0);
		assert_int_equal(messages[0], i);
		busy = reg(CARD(NMACCEL_CARD_BUSY(0)));
		assert_true(busy > 1000 * i);
		assert_int_equal(reg(CARD(NMACCEL_CARD_BUSY(0))), busy);
		assert_int_equal(reg(NMACCEL_REG_CTRL),
				 NMACCEL_CTRL_DONE | NMACCEL_CTRL_IDLE | NMACCEL_CTRL_READY);
		assert_int_equal(reg(NMACCEL_REG_ISR), NMACCEL_INT_DONE);
		set_reg(NMACCEL_REG_ISR, NMACCEL_INT_DONE);
	}
	assert_int_equal(messages[1], 0);
	assert_int_equal(reg(CARD(NMACCEL_CARD_ERROR)), 0);
}

/* Without interrupts, the engine is busy until it is seen to be idle. */
static void test_polled(void **state)
{
	uint32_t busy;

	(void)state;
	set_reg(NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
	while (!(reg(NMACCEL_REG_CTRL) & NMACCEL_CTRL_IDLE))
		;
	busy = reg(CARD(NMACCEL_CARD_BUSY(0)));
	assert_true(busy > 1000);
	assert_int_equal(reg(CARD(NMACCEL_CARD_BUSY(0))), busy);
	assert_int_equal(messages[0], 0);
}

/* What rises while messages are off is sent when they are on. */
static void test_late_message(void **state)
{
	int i;

	(void)state;
	in.msi_enable = 0;
	start(0);
	for (i = 0; i < 20000; i++)
		clock_card();
	assert_int_equal(messages[0], 0);
	in.msi_enable = 1;
	wait_message(0);
}

static void error_at(uint32_t vector)
{
	set_reg(CARD(NMACCEL_CARD_ERROR_ENABLE), NMACCEL_ERROR_DMA);
	start(UINT64_C(0x500000000));
	wait_message(vector);
	assert_int_equal(reg(CARD(NMACCEL_CARD_ERROR)), NMACCEL_ERROR_DMA);
}

static void test_error(void **state)
{
	(void)state;
	error_at(1);
}

/* The host has given one vector for all. */
static void test_one_vector(void **state)
{
	(void)state;
	in.msi_width = 0;
	error_at(0);
	assert_int_equal(messages[1], 0);
}

static void test_reset(void **state)
{
	int i, clock;

	(void)state;
	for (i = 0; i < 20; i++) {
		start(0);
		for (clock = (int)rng_range(0, 3000); clock; clock--)
			clock_card();
		set_reg(CARD(NMACCEL_CARD_RESET), 1);
		if (rng_one_in(2))
			while (reg(CARD(NMACCEL_CARD_RESET_BUSY)))
				;
		/* An access of the engine waits for the end of its reset. */
		assert_int_equal(reg(NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
		assert_int_equal(reg(NMACCEL_REG_GIER), 0);
	}
	memset(messages, 0, sizeof(messages));
	start(0);
	wait_message(0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_pages), TEST(test_job),	 TEST(test_polled), TEST(test_late_message),
		TEST(test_error), TEST(test_one_vector), TEST(test_reset),
	};

	rng_start("pcie_card");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
