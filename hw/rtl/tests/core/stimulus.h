/* SPDX-License-Identifier: MIT */
/*
 * What is done to the core, clock by clock, and what it has to show: at random, within its rules,
 * in phases that differ in how much of what is done.
 */
#ifndef CORE_STIMULUS_H
#define CORE_STIMULUS_H

#include "model.h"

#define STIMULUS_RD_CLOCKS 5u
#define STIMULUS_RECENT	   8u

enum stimulus_bytes {
	BYTES_ANY,
	BYTES_EXTREME, /* of -128, -127, -1, 0, 1, 126, 127 */
	BYTES_LEAST,   /* -128 */
	BYTES_ALIKE,   /* one of the extremes for all lanes or columns */
	BYTES_KINDS,
};

struct stimulus_phase {
	uint32_t clocks;
	uint32_t step_one_in; /* 0: never */
	uint32_t clear_one_in;
	uint32_t rd_one_in;
	uint32_t wr_one_in;
	uint32_t first_row, rows; /* of the steps */
	bool walk;		  /* through the rows in turn */
	uint32_t run;		  /* steps of a row on end, at most */
	uint32_t banks;		  /* 0, 1, 2: in turn, 3: any */
	uint32_t max_one_in;	  /* 0: never */
	enum stimulus_bytes values, data;
	uint32_t first_index, indices;
};

struct stimulus {
	struct core_model model;
	uint32_t latency; /* clocks from a step to a read of its result */
	struct stimulus_phase phase;
	uint32_t filled; /* rows of block memory, before all else */
	uint32_t row, bank, run_left;
	uint32_t recent[2][STIMULUS_RECENT]; /* rows of the last steps */
	uint32_t left[2];		     /* clocks until a read of the bank is allowed */
	uint32_t at;			     /* in the ring of what reads will give */
	struct core_out ring[STIMULUS_RD_CLOCKS];
	uint64_t steps, reads_used;
};

void stimulus_start(struct stimulus *s, uint32_t lanes, uint32_t columns, uint32_t latency);

/* Draw a phase. */
void stimulus_next_phase(struct stimulus *s);

/* Draw a clock of the phase. */
void stimulus_draw(struct stimulus *s, struct core_in *in);

/* What has to be seen in this clock, and the model's clock. */
void stimulus_clock(struct stimulus *s, const struct core_in *in, struct core_out *expected);

void stimulus_fill(enum stimulus_bytes kind, int8_t *bytes, uint32_t count);

#endif /* CORE_STIMULUS_H */
