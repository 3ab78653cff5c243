// SPDX-License-Identifier: MIT
/*
 * Vectors for a simulator of netlists: a line for each clock, in binary, with what goes in and what
 * the model says has to come out, in the order of the fields in netlist.v.
 *
 * usage: vectors LANES COLUMNS LATENCY CLOCKS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "stimulus.h"

/* Clocks of reset, in which nothing is compared, so that nothing unknown is left. */
#define RESET_CLOCKS 32u

struct bits {
	uint32_t count;
	uint8_t bit[4096];
};

/* Fields go in from the last, so that the first comes to be the line's end. */
static void put(struct bits *bits, uint64_t value, uint32_t width)
{
	while (width--)
		bits->bit[bits->count++] = value >> width & 1;
}

static void put_bytes(struct bits *bits, const void *bytes, uint32_t count)
{
	while (count--)
		put(bits, ((const uint8_t *)bytes)[count], 8);
}

static void put_in(struct bits *bits, const struct stimulus *s, const struct core_in *in)
{
	uint32_t j;

	put(bits, in->rd_row, 9);
	put(bits, in->rd_bank, 1);
	put(bits, in->rd_valid, 1);
	put(bits, in->clear_bank, 1);
	put(bits, in->clear_valid, 1);
	put_bytes(bits, in->step_values, s->model.lanes);
	put_bytes(bits, in->step_indices, s->model.lanes);
	put(bits, in->step_base, 2);
	put(bits, in->step_max, 1);
	put(bits, in->step_bank, 1);
	put(bits, in->step_row, 9);
	put(bits, in->step_valid, 1);
	put_bytes(bits, in->wr_data, s->model.columns);
	put(bits, in->wr_row, 9);
	for (j = s->model.columns; j--;)
		put(bits, in->wr_mask[j], 1);
	put(bits, in->rst, 1);
}

static void put_out(struct bits *bits, const struct stimulus *s, const struct core_out *out)
{
	uint32_t j;

	put(bits, out->busy[1], 1);
	put(bits, out->busy[0], 1);
	for (j = s->model.columns; j--;)
		put(bits, (uint32_t)out->rd_data[j], 32);
	put(bits, out->rd_data_valid, 1);
}

static void print_line(const struct bits *bits)
{
	uint32_t i;

	for (i = 0; i < bits->count; i++)
		putchar('0' + bits->bit[i]);
	putchar('\n');
}

static void print_clock(struct stimulus *s, const struct core_in *in)
{
	struct bits bits = {0};
	struct core_out out;

	stimulus_clock(s, in, &out);
	put_out(&bits, s, &out);
	put_in(&bits, s, in);
	print_line(&bits);
}

int main(int argc, char **argv)
{
	static struct stimulus s;
	struct core_in in = {.rst = true};
	uint32_t i, clocks;

	if (argc != 5)
		return EXIT_FAILURE;
	stimulus_start(&s, (uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]),
		       (uint32_t)atoi(argv[3]));
	clocks = (uint32_t)atoi(argv[4]);
	if (s.model.lanes > CORE_MAX_LANES || s.model.columns > CORE_MAX_COLUMNS)
		return EXIT_FAILURE;
	for (i = 0; i < RESET_CLOCKS && i < clocks; i++)
		print_clock(&s, &in);
	for (; i < clocks; i++) {
		if (s.phase.clocks-- == 0)
			stimulus_next_phase(&s);
		stimulus_draw(&s, &in);
		print_clock(&s, &in);
	}
	return EXIT_SUCCESS;
}
