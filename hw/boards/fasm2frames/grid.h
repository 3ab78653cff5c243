/* SPDX-License-Identifier: MIT */
/* The tiles of a chip, and where each has its bits. */
#ifndef FASM2FRAMES_GRID_H
#define FASM2FRAMES_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "segbits.h"
#include "table.h"

/* The words of a tile in one kind of frames. */
struct grid_bits {
	bool there;
	uint32_t base; /* address of the first frame */
	uint32_t frames;
	int32_t offset; /* word in each frame that is word `start` of the type */
	uint32_t start;
	uint32_t words;
};

struct grid_tile {
	char *name;
	char *type;
	char *bits_type;    /* whose features it has: its own, or that of which it is a part */
	uint32_t iob_sites; /* mask of the I/O sites that it has: IOB_Y0, IOB_Y1 */
	struct grid_bits bits[BUS_COUNT];
};

struct grid {
	struct table tiles; /* name -> struct grid_tile */
};

/* Read tilegrid.json. */
void grid_load(struct grid *grid, const char *path);
void grid_free(struct grid *grid);

const struct grid_tile *grid_find(const struct grid *grid, const char *name);

#endif /* FASM2FRAMES_GRID_H */
