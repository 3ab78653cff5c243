/* SPDX-License-Identifier: MIT */
/*
 * Which input columns the taps of a column tile read: exactly what nmaccel_columns and nmaccel_taps
 * of the engine work out, but for windows that lie 31 column tiles apart.
 */
#ifndef NMACCEL_MODEL_WALK_H
#define NMACCEL_MODEL_WALK_H

#include "cycles.h"

/* A pass: C consecutive input columns, or every other one of 2C, from the first that is missing. */
struct walk_pass {
	uint32_t tile;
	uint32_t tiles; /* read, up to 3; 0: all columns lie outside the image */
};

struct walk {
	const struct cycles_layer *layer;
	uint32_t batch, columns; /* columns: C */
	uint32_t out_h, out_w;
	uint64_t tiles;

	/* Of the tile: windows' corners, and passes of tap t from first[t] to first[t + 1]. */
	uint32_t count; /* columns that exist */
	int32_t *y, *x;
	uint64_t *image; /* first input column of the image */
	uint64_t *reads; /* scratch: input column of each under a tap */
	uint32_t *first;
	struct walk_pass *passes;
};

/* Returns 0, or -1 if there is no memory. */
int walk_init(struct walk *walk, const struct cycles_layer *layer, uint32_t batch,
	      uint32_t columns);
void walk_fini(struct walk *walk);

void walk_tile(struct walk *walk, uint64_t tile);

#endif /* NMACCEL_MODEL_WALK_H */
