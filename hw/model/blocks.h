/* SPDX-License-Identifier: MIT */
/* The blocks of a panel's packed stream (docs/packed-format.md), as the packer would make them. */
#ifndef NMACCEL_MODEL_BLOCKS_H
#define NMACCEL_MODEL_BLOCKS_H

#include "cycles.h"

/* What one descriptor runs: rows of the layer, on some of its input channels. */
struct panel {
	uint32_t first_row, rows;
	uint32_t channels; /* from the first row on where the layer is depthwise; else all */
};

struct block {
	uint32_t group_channel, group_channels; /* first one, and how many */
	uint32_t position, positions;		/* in the group */
	uint64_t steps, bytes;			/* of the stream, counts included */
};

struct blocks {
	size_t count;
	struct block *block;
};

/* The M of the stream. */
uint32_t blocks_rows(const struct cycles_engine *engine, struct cycles_pattern pattern);

/* Panel number i of the layer. Returns false beyond the last. */
bool panel_next(const struct cycles_engine *engine, const struct cycles_layer *layer, uint32_t i,
		struct panel *panel);

/* Returns 0, or -1 if there is no memory. */
int blocks_init(struct blocks *blocks, const struct cycles_engine *engine,
		const struct cycles_layer *layer, struct cycles_pattern pattern,
		const struct panel *panel);
void blocks_fini(struct blocks *blocks);

/* Of the stream for one column tile. */
uint64_t blocks_bytes(const struct blocks *blocks);

#endif /* NMACCEL_MODEL_BLOCKS_H */
