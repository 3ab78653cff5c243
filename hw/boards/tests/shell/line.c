// SPDX-License-Identifier: MIT
#include "line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The longest that a self-test and its report may take. */
#define PATIENCE 3000000u

/* What the shell sends is taken in at all times. */
static void sample(struct line *line, int level)
{
	const uint32_t bit = line->sampling / CLOCKS_PER_BIT;

	if (line->sampling == 0 && level)
		return;
	if (line->sampling++ % CLOCKS_PER_BIT != CLOCKS_PER_BIT / 2)
		return;
	line->bits |= (uint32_t)level << bit;
	if (bit < 9)
		return;
	assert_int_equal(line->bits & 1, 0);
	assert_int_equal(line->bits >> 9, 1);
	assert_true(line->got - line->taken < LINE_ROOM);
	line->text[line->got++ % LINE_ROOM] = (char)(line->bits >> 1);
	line->sampling = line->bits = 0;
}

static void clock_line(struct line *line, int rst, int rx)
{
	const int level = shell_clock(line->dut, rst, rx, &line->leds);

	line->clocks++;
	if (rst)
		line->sampling = line->bits = line->got = line->taken = 0;
	else
		sample(line, level);
}

void line_open(struct line *line)
{
	memset(line, 0, sizeof(*line));
	line->dut = shell_create();
	line_reset(line);
}

void line_close(struct line *line)
{
	shell_destroy(line->dut);
}

void line_reset(struct line *line)
{
	int i;

	for (i = 0; i < 5; i++)
		clock_line(line, 1, 1);
}

void line_wait(struct line *line, uint32_t clocks)
{
	while (clocks--)
		clock_line(line, 0, 1);
}

static void send_bit(struct line *line, int bit)
{
	int i;

	for (i = 0; i < CLOCKS_PER_BIT; i++)
		clock_line(line, 0, bit);
}

void line_send(struct line *line, const char *text)
{
	int i;

	for (; *text; text++) {
		send_bit(line, 0);
		for (i = 0; i < 8; i++)
			send_bit(line, *text >> i & 1);
		send_bit(line, 1);
	}
}

/* A character, or -1 if none comes. */
static int receive_char(struct line *line)
{
	const uint64_t limit = line->clocks + PATIENCE;

	while (line->got == line->taken)
		if (line->clocks < limit)
			clock_line(line, 0, 1);
		else
			return -1;
	return line->text[line->taken++ % LINE_ROOM];
}

const char *line_receive(struct line *line)
{
	static char text[LINE_ROOM];
	size_t at = 0;
	int c;

	while ((c = receive_char(line)) != '\n') {
		if (c < 0)
			return NULL;
		assert_true(at < sizeof(text) - 1);
		text[at++] = (char)c;
	}
	assert_true(at > 0 && text[at - 1] == '\r');
	text[at - 1] = '\0';
	return text;
}

static const char *ask(struct line *line, const char *format, va_list args)
{
	char command[LINE_ROOM];
	const char *answer;

	vsnprintf(command, sizeof(command), format, args);
	line_send(line, command);
	line_send(line, "\r");
	answer = line_receive(line);
	if (!answer)
		fail_msg("no answer to '%s'", command);
	return answer;
}

const char *line_ask(struct line *line, const char *format, ...)
{
	const char *answer;
	va_list args;

	va_start(args, format);
	answer = ask(line, format, args);
	va_end(args);
	return answer;
}

uint32_t line_number(struct line *line, const char *format, ...)
{
	const char *answer;
	va_list args;
	char *end;
	uint32_t number;

	va_start(args, format);
	answer = ask(line, format, args);
	va_end(args);
	number = (uint32_t)strtoul(answer, &end, 16);
	if (strlen(answer) != 8 || *end)
		fail_msg("'%s' is no number", answer);
	return number;
}
