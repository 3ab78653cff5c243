/* SPDX-License-Identifier: MIT */
#include "issue.h"

#include <math.h>

#include "drm/nmaccel_hw.h"

/* Bytes that the stream unit reads ahead, and how many clocks they last. */
static double ring_bytes(const struct issue *issue)
{
	return (double)issue->engine->timing.stream_beats * issue->engine->data_bytes;
}

static double ring_clocks(const struct issue *issue)
{
	return ring_bytes(issue) / NMACCEL_STEP_BYTES(issue->engine->lanes);
}

void issue_init(struct issue *issue, const struct cycles_engine *engine,
		const struct blocks *blocks, struct bus *bus, uint32_t rows)
{
	*issue = (struct issue){
		.engine = engine,
		.blocks = blocks,
		.bus = bus,
		.rows = rows,
		.pitch = NMACCEL_PITCH(engine->columns, 1),
	};
}

void issue_streams(struct issue *issue, double lead, double bytes, double next)
{
	const double ring = ring_bytes(issue);

	issue->left = bytes;
	issue->ahead = fmin(fmin(ring, bytes), fmax(lead, 0) * issue->bus->rate);
	issue->next = fmin(ring, next);
}

void issue_load(struct issue *issue, double when, double starved)
{
	uint64_t slot = issue->loaded++ % ISSUE_RING;

	issue->loaded_at[slot] = when;
	issue->starved[slot] = starved;
}

/*
 * Weight stream: 2N bytes a step and a byte a row and block, read again for each column tile. What
 * fits the ring of a descriptor's first blocks has come while the one before was under way.
 */
static double stream_arrives(struct issue *issue, const struct block *block)
{
	double ahead = fmin((double)block->bytes, issue->ahead);
	double bytes = (double)block->bytes - ahead;

	issue->ahead -= ahead;
	if (bytes <= 0)
		return 0;
	return bus_read(issue->bus, BUS_STREAM, fmax(issue->now - ring_clocks(issue), 0), bytes) +
	       issue->engine->latency + issue->engine->timing.read_path;
}

/*
 * The room that the last blocks leave in the ring is filled with the next descriptor's stream, once
 * that is known.
 */
static void read_on(struct issue *issue, const struct block *block)
{
	double known = issue->now - issue->engine->timing.descriptor_check, room;

	issue->left -= (double)block->bytes;
	room = fmin(issue->next, ring_bytes(issue) - issue->left);
	room = fmin(room, known * issue->bus->rate / BUS_CLIENTS) - issue->read_on;
	if (room <= 0)
		return;
	bus_read(issue->bus, BUS_STREAM, fmin(issue->now, issue->bus->free), room);
	issue->read_on += room;
}

/* The wait for a block, and whose fault it was. */
static void wait_for_block(struct issue *issue, double loaded, double starved)
{
	double wait = loaded - issue->now;

	if (wait <= 0)
		return;
	issue->now = loaded;
	if (!issue->issued) {
		issue->spent[CYCLES_ENDS] += wait;
		return;
	}
	issue->spent[CYCLES_MEMORY] += fmin(wait, starved);
	issue->spent[CYCLES_LOADS] += wait - fmin(wait, starved);
}

/* A tile's sums go to the bank that the epilogue has left. */
static void wait_for_bank(struct issue *issue, uint64_t tile)
{
	double wait = issue->bank_free[tile % issue->engine->accumulator_banks] - issue->now;

	if (wait <= 0)
		return;
	issue->now += wait;
	issue->spent[CYCLES_EPILOGUE] += wait;
}

/*
 * Step issue: one step a clock, the sum of k over the rows; rows without steps cost nothing but
 * their counts, which are read while the block before is run. The block is over when its last
 * weights have come, too.
 */
static void run_steps(struct issue *issue, const struct block *block, double arrives)
{
	const struct cycles_timing *t = &issue->engine->timing;
	double counts = ceil((double)issue->rows / t->counts_bytes) + t->counts_open;
	double steps = (double)block->steps, begin = issue->now;

	issue->now = fmax(begin + fmax(steps, counts), arrives);
	issue->spent[CYCLES_COMPUTE] += steps;
	issue->spent[CYCLES_MEMORY] += issue->now - begin - steps;
}

/*
 * Epilogue and store: a beat a clock, C results of a row being the pitch, and what lies between
 * bursts; or what memory takes. The bank is free when its last row has been read.
 */
static void finish_tile(struct issue *issue, uint64_t tile)
{
	const struct cycles_engine *engine = issue->engine;
	const struct cycles_timing *t = &engine->timing;
	double bytes = (double)issue->rows * issue->pitch;
	double begin = fmax(issue->now + t->core_drain, issue->epilogue);
	double end =
		begin + bytes / engine->data_bytes + ceil(bytes / BURST_BYTES) * t->store_burst;

	if (engine->half_duplex)
		end = fmax(end, bus_write(issue->bus, begin, bytes));
	else
		end = fmax(end, begin + bytes / issue->bus->rate);
	issue->epilogue = end;
	issue->bank_free[tile % engine->accumulator_banks] = end + t->bank_free;
}

static void run_block(struct issue *issue)
{
	uint64_t slot = issue->issued % ISSUE_RING, tile = issue->issued / issue->blocks->count;
	uint64_t i = issue->issued % issue->blocks->count;
	const struct block *block = &issue->blocks->block[i];
	double arrives = stream_arrives(issue, block);

	if (issue->issued) {
		issue->now += issue->engine->timing.block_gap;
		issue->spent[CYCLES_LOADS] += issue->engine->timing.block_gap;
	}
	wait_for_block(issue, issue->loaded_at[slot], issue->starved[slot]);
	if (i == 0)
		wait_for_bank(issue, tile);
	read_on(issue, block);
	run_steps(issue, block, arrives);
	issue->ended[slot] = issue->now;
	issue->issued++;
	if (i + 1 == issue->blocks->count)
		finish_tile(issue, tile);
}

void issue_until(struct issue *issue, double when)
{
	while (issue->issued < issue->loaded && issue->now - ring_clocks(issue) <= when)
		run_block(issue);
}

double issue_end_of(struct issue *issue, uint64_t i)
{
	while (issue->issued <= i)
		run_block(issue);
	return issue->ended[i % ISSUE_RING];
}

double issue_finish(struct issue *issue)
{
	const struct cycles_timing *t = &issue->engine->timing;
	double end;

	while (issue->issued < issue->loaded)
		run_block(issue);
	end = issue->epilogue + t->result_path + t->write_path + issue->engine->latency +
	      t->descriptor_end;
	/* All that is read takes the bus so long, whoever waits for it. */
	end = fmax(end, issue->bus->free);
	issue->spent[CYCLES_ENDS] += end - issue->now;
	return end;
}

double issue_hand_over(struct issue *issue, struct issue_rest *rest)
{
	uint32_t banks = issue->engine->accumulator_banks;
	double end;

	while (issue->issued < issue->loaded)
		run_block(issue);
	end = issue->now + issue->engine->timing.panel_gap;
	/* The next tile's bank is the one that has been free for longer. */
	for (uint32_t i = 0; i < banks; i++) {
		uint64_t tile = issue->issued / issue->blocks->count + i;

		rest->bank_free[i] = issue->bank_free[tile % banks] - end;
	}
	rest->epilogue = issue->epilogue - end;
	issue->spent[CYCLES_ENDS] += end - issue->now;
	return end;
}

void issue_go_on(struct issue *issue, const struct issue_rest *rest)
{
	for (uint32_t i = 0; i < issue->engine->accumulator_banks; i++)
		issue->bank_free[i] = fmax(rest->bank_free[i], 0);
	issue->epilogue = fmax(rest->epilogue, 0);
}
