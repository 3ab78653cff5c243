/* SPDX-License-Identifier: MIT */
/* The far end of the shell's serial line. */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <stdint.h>

#include "shim.h"

#define LINE_ROOM 200

struct line {
	struct shell_dut *dut;
	uint8_t leds;
	uint64_t clocks;
	uint32_t sampling; /* clocks since the start of the character that comes in; 0: none does */
	uint32_t bits;	   /* of it, so far */
	uint32_t got, taken;
	char text[LINE_ROOM]; /* what came in and was not taken yet, a ring */
};

void line_open(struct line *line);
void line_close(struct line *line);

/* Hold the shell in reset for some clocks. */
void line_reset(struct line *line);

void line_wait(struct line *line, uint32_t clocks);

/* Send all characters of text. */
void line_send(struct line *line, const char *text);

/* Receive up to a line feed, without it and the CR before it; NULL if nothing comes. */
const char *line_receive(struct line *line);

/* A command, its answer; fails the test without one. */
const char *line_ask(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The answer of a command as a number. */
uint32_t line_number(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* SHELL_LINE_H */
