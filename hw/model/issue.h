/* SPDX-License-Identifier: MIT */
/* The second half of the pipeline: weight stream, steps, accumulators, epilogue, store. */
#ifndef NMACCEL_MODEL_ISSUE_H
#define NMACCEL_MODEL_ISSUE_H

#include "blocks.h"
#include "bus.h"

/* Blocks between the loader and the last step of them: more than the block memory holds. */
#define ISSUE_RING 16

/* What a descriptor leaves to the next one, in clocks after the next one's begin. */
struct issue_rest {
	double bank_free[2];
	double epilogue;
};

struct issue {
	const struct cycles_engine *engine;
	const struct blocks *blocks;
	struct bus *bus;
	uint32_t rows;	/* of the panel */
	uint32_t pitch; /* bytes of a row of results */

	uint64_t loaded, issued; /* blocks so far */
	double loaded_at[ISSUE_RING], starved[ISSUE_RING];
	double ended[ISSUE_RING]; /* last step */

	double ahead;	     /* bytes of the stream that had come before the descriptor began */
	double left;	     /* bytes of the stream that no step has taken */
	double next;	     /* bytes of the next descriptor's that the ring holds at most */
	double read_on;	     /* bytes that were read ahead for the next descriptor */
	double now;	     /* end of the steps so far */
	double bank_free[2]; /* when the epilogue has read an accumulator bank */
	double epilogue;     /* when it is free */
	double spent[CYCLES_SPENT_KINDS];
};

void issue_init(struct issue *issue, const struct cycles_engine *engine,
		const struct blocks *blocks, struct bus *bus, uint32_t rows);

/*
 * lead: clocks for which the descriptor has been known before it begins. bytes: its stream for all
 * column tiles. next: the same of the descriptor that follows.
 */
void issue_streams(struct issue *issue, double lead, double bytes, double next);

/*
 * A block is in the block memory. starved: clocks that the gather unit has waited for memory while
 * it loaded the block.
 */
void issue_load(struct issue *issue, double when, double starved);

/* Go on with what is loaded, as far as its part of the stream was asked for before `when`. */
void issue_until(struct issue *issue, double when);

/* When the steps of block number i, which is loaded, are over. */
double issue_end_of(struct issue *issue, uint64_t i);

/* All blocks are loaded: when the last result is in memory. */
double issue_finish(struct issue *issue);

/*
 * All blocks are loaded, and the next descriptor reads the same input: when it begins, while
 * results are still on their way. issue_go_on: the begin of that one.
 */
double issue_hand_over(struct issue *issue, struct issue_rest *rest);
void issue_go_on(struct issue *issue, const struct issue_rest *rest);

#endif /* NMACCEL_MODEL_ISSUE_H */
