/* SPDX-License-Identifier: MIT */
/* The first half of the pipeline: windows, taps, cache, fetches, gather. As nmaccel_loader. */
#ifndef NMACCEL_MODEL_LOADER_H
#define NMACCEL_MODEL_LOADER_H

#include "issue.h"
#include "walk.h"

#define LOADER_MAX_LINES 64
#define LOADER_MAX_QUEUE 64

struct loader_line {
	bool held;
	uint32_t tile, group;
	double unused; /* when the last pass that reads it is over */
};

struct loader {
	const struct cycles_engine *engine;
	struct issue *issue;
	struct bus *bus;
	uint32_t pitch;	     /* bytes of a channel of an input tile */
	uint32_t block_rows; /* M */
	uint32_t room;	     /* blocks that the block memory holds */

	struct loader_line lines[LOADER_MAX_LINES];
	uint32_t n_lines;

	double windows; /* when those of the next tile are there */
	double taps;	/* when the taps unit has got rid of its pass */
	double fetch;	/* when the fetch unit can take a command */
	double fetched; /* when all that was fetched has come */
	double gather;	/* when the gather unit is free */
	double starved; /* clocks that it has waited for fetches, in this block */
	uint64_t passes;
	double begun[LOADER_MAX_QUEUE]; /* when the gather unit took a pass */

	uint64_t loads, bytes;
};

void loader_init(struct loader *loader, const struct cycles_engine *engine, struct issue *issue,
		 struct bus *bus, uint32_t block_rows, uint32_t channels);

/* Load all blocks of a column tile, and have those issued that stand in the way. */
void loader_run_tile(struct loader *loader, const struct walk *walk, const struct blocks *blocks);

#endif /* NMACCEL_MODEL_LOADER_H */
