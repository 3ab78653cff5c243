// SPDX-License-Identifier: MIT
/* The self-test shell, seen from its serial line and its lights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "line.h"
#include "rng.h"
#include "selftest.h"

#define LED_PASS      4
#define LED_FAIL      8
#define HEADER(field) ((uint32_t)offsetof(struct selftest_header, field))
#define CARD(reg)     (NMACCEL_CARD_PAGE + (reg))

struct report {
	char verdict[5];
	uint32_t cycles;
	uint32_t bad;
	uint32_t first;
};

static struct line line;

static struct report parse_report(const char *text)
{
	struct report report;
	int end = 0;

	if (!text ||
	    sscanf(text, "nmaccel %4s cycles=%8x bad=%8x first=%8x%n", report.verdict,
		   &report.cycles, &report.bad, &report.first, &end) != 4 ||
	    text[end])
		fail_msg("'%s' is no report", text ? text : "");
	return report;
}

static void expect_pass(struct report report)
{
	assert_string_equal(report.verdict, "pass");
	assert_int_equal(report.bad, 0);
	assert_int_equal(report.first, 0);
	assert_true(report.cycles > 20);
	assert_int_equal(line.leds & (LED_PASS | LED_FAIL), LED_PASS);
}

static int power_up(void **state)
{
	(void)state;
	line_open(&line);
	expect_pass(parse_report(line_receive(&line)));
	return 0;
}

static int power_down(void **state)
{
	(void)state;
	line_close(&line);
	return 0;
}

static uint32_t memory(uint32_t addr)
{
	return line_number(&line, "m %x", addr);
}

static void store(uint32_t addr, uint32_t value)
{
	assert_string_equal(line_ask(&line, "s %x %x", addr, value), "ok");
}

static uint32_t reg(uint32_t addr)
{
	return line_number(&line, "r %04X", addr);
}

static void set_reg(uint32_t addr, uint32_t value)
{
	assert_string_equal(line_ask(&line, "w %x %08X", addr, value), "ok");
}

static struct report self_test(void)
{
	return parse_report(line_ask(&line, "t"));
}

static void test_again(void **state)
{
	struct report first, second;

	(void)state;
	first = self_test();
	expect_pass(first);
	second = self_test();
	expect_pass(second);
	assert_int_equal(first.cycles, second.cycles);
	line_reset(&line);
	expect_pass(parse_report(line_receive(&line)));
}

/* A value that no engine writes; the stand-in, which copies what is expected, knows it. */
#define WRONG 0x0bad0bad

static void test_bad_results(void **state)
{
	const uint32_t expected = memory(HEADER(expected)), result = memory(HEADER(result));
	const uint32_t last = memory(HEADER(words)) - 1;
	const uint32_t words[] = {0, last, rng_range(1, last / 2),
				  rng_range(last / 2 + 1, last - 1)};
	struct report report;
	uint32_t right[4];
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		right[i] = memory(expected + 4 * words[i]);
		store(expected + 4 * words[i], WRONG);
		report = self_test();
		assert_string_equal(report.verdict, "fail");
		assert_int_equal(report.bad, 1);
		assert_int_equal(report.first, result + 4 * words[i]);
		assert_int_equal(line.leds & (LED_PASS | LED_FAIL), LED_FAIL);
		store(expected + 4 * words[i], right[i]);
	}
	store(expected + 4 * words[2], WRONG);
	store(expected + 4 * words[3], WRONG);
	report = self_test();
	assert_int_equal(report.bad, 2);
	assert_int_equal(report.first, result + 4 * words[2]);
	store(expected + 4 * words[2], right[2]);
	store(expected + 4 * words[3], right[3]);
	expect_pass(self_test());
}

static void test_hang(void **state)
{
	const uint32_t limit = memory(HEADER(limit));
	struct report report;

	(void)state;
	store(HEADER(limit), 20);
	report = self_test();
	assert_string_equal(report.verdict, "hung");
	assert_int_equal(report.cycles, 20);
	assert_int_equal(line.leds & (LED_PASS | LED_FAIL), LED_FAIL);
	/* It still runs, until it is reset. */
	set_reg(CARD(NMACCEL_CARD_RESET), 1);
	while (reg(CARD(NMACCEL_CARD_RESET_BUSY)))
		;
	assert_int_equal(reg(NMACCEL_REG_CTRL) & NMACCEL_CTRL_IDLE, NMACCEL_CTRL_IDLE);
	store(HEADER(limit), limit);
	expect_pass(self_test());
}

static void test_no_header(void **state)
{
	struct report report;

	(void)state;
	store(HEADER(magic), 1);
	report = self_test();
	assert_string_equal(report.verdict, "fail");
	assert_int_equal(report.bad, UINT32_MAX);
	store(HEADER(magic), SELFTEST_MAGIC);
	expect_pass(self_test());
}

static void test_card_page(void **state)
{
	const struct {
		uint32_t reg;
		uint32_t value;
	} fixed[] = {
		{NMACCEL_CARD_MAGIC, NMACCEL_MAGIC},
		{NMACCEL_CARD_VERSION, NMACCEL_CONTRACT_VERSION},
		{NMACCEL_CARD_BOARD, 0},
		{NMACCEL_CARD_ENGINES, 1},
		{NMACCEL_CARD_LANES, NMACCEL_ENGINE_LANES},
		{NMACCEL_CARD_BLOCK_ROWS, NMACCEL_ENGINE_BLOCK_ROWS},
		{NMACCEL_CARD_COLUMNS, NMACCEL_ENGINE_COLUMNS},
		{NMACCEL_CARD_CLOCK_KHZ, CLOCK_HZ / 1000},
		{NMACCEL_CARD_CAPS, NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL},
		{NMACCEL_CARD_DMA_BITS, 64},
		{NMACCEL_CARD_MAX_DESCS, NMACCEL_MAX_DESCS},
		{NMACCEL_CARD_RESET_BUSY, 0},
		{NMACCEL_CARD_ERROR, 0},
	};
	uint32_t cycles;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		assert_int_equal(reg(CARD(fixed[i].reg)), fixed[i].value);
	cycles = reg(CARD(NMACCEL_CARD_CYCLES_LO));
	line_wait(&line, 1000);
	assert_true(reg(CARD(NMACCEL_CARD_CYCLES_LO)) - cycles > 1000);
	assert_true(reg(CARD(NMACCEL_CARD_BUSY(0))) > 0);
}

static void test_engine_registers(void **state)
{
	static const uint32_t regs[] = {NMACCEL_REG_MEM_LO, NMACCEL_REG_MEM_HI, NMACCEL_REG_JOB_LO,
					NMACCEL_REG_JOB_HI};
	uint32_t values[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		values[i] = (uint32_t)rng_u64();
		set_reg(regs[i], values[i]);
	}
	for (i = 0; i < 4; i++)
		assert_int_equal(reg(regs[i]), values[i]);
	assert_int_equal(reg(NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
	/* Nobody is at the pages of other engines. */
	assert_int_equal(reg(NMACCEL_ENGINE_PAGE(1)), UINT32_MAX);
	set_reg(NMACCEL_ENGINE_PAGE(14), 1);
	assert_int_equal(reg(NMACCEL_ENGINE_PAGE(14)), UINT32_MAX);
	expect_pass(self_test());
}

static void test_memory(void **state)
{
	uint32_t addrs[30], values[30];
	int i;

	(void)state;
	/* The top of the memory is free. */
	for (i = 0; i < 30; i++) {
		addrs[i] = MEMORY_BYTES - 4096 + 4 * (uint32_t)(i * 31 % 1024);
		values[i] = (uint32_t)rng_u64();
		store(addrs[i], values[i]);
	}
	for (i = 0; i < 30; i++)
		assert_int_equal(memory(addrs[i]), values[i]);
	assert_int_equal(memory(0), SELFTEST_MAGIC);
}

static void test_wrong_commands(void **state)
{
	static const char *const commands[] = {
		"x",	  "r",	  "r ",	  "r 1 2 ", "w 1",  "w 1 2 3", "m g", "tt",
		"t 1 2 ", " r 1", "rr 1", "s 1",    "r  1", "T",       "0",   "m 1h",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *answer = line_ask(&line, "%s", commands[i]);

		/* An argument without digits is 0. */
		if (strcmp(commands[i], "r ") != 0 && strcmp(answer, "?") != 0)
			fail_msg("'%s' is answered by '%s'", commands[i], answer);
	}
	assert_int_equal(memory(0), SELFTEST_MAGIC);
}

static void test_line_ends(void **state)
{
	(void)state;
	line_send(&line, "\r\n\r\nm 0\n");
	assert_string_equal(line_receive(&line), "5453414e");
	line_send(&line, "m 0\r\n");
	assert_string_equal(line_receive(&line), "5453414e");
	/* While one command is answered, the next may come. */
	line_send(&line, "m 0\rm 0\rm 0\r");
	assert_string_equal(line_receive(&line), "5453414e");
	assert_string_equal(line_receive(&line), "5453414e");
}

static void test_lights(void **state)
{
	uint32_t on[4] = {0}, changes = 0, i, bit;
	uint8_t before;

	(void)state;
	line_wait(&line, 10);
	for (i = 0; i < 4096; i++) {
		before = line.leds;
		line_wait(&line, 1);
		for (bit = 0; bit < 4; bit++)
			on[bit] += line.leds >> bit & 1;
		changes += (before ^ line.leds) & 1;
	}
	assert_int_equal(on[0], 2048);
	assert_int_equal(on[1], 2048);
	assert_int_equal(on[2], 4096);
	assert_int_equal(on[3], 0);
	assert_int_equal(changes, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, power_up, power_down)
	const struct CMUnitTest tests[] = {
		TEST(test_again),	   TEST(test_card_page),
		TEST(test_memory),
#ifndef SHORT /* a netlist is slow */
		TEST(test_bad_results),	   TEST(test_hang),
		TEST(test_no_header),	   TEST(test_engine_registers),
		TEST(test_wrong_commands), TEST(test_line_ends),
		TEST(test_lights),
#endif
	};

	rng_start("shell");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
