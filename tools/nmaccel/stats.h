/* SPDX-License-Identifier: MIT */
/* What the zeros of a layer come to: patterns along each axis, and the engine's steps. */
#ifndef NMACCEL_TOOLS_STATS_H
#define NMACCEL_TOOLS_STATS_H

#include "layer.h"

/* The group sizes of struct nmaccel_pattern. */
#define STATS_SIZES    7
#define STATS_MAX_SIZE 256
extern const uint32_t stats_sizes[STATS_SIZES];

enum stats_axis {
	AXIS_INPUT = 0, /* along input channels in one tap: the engine's groups */
	AXIS_OUTPUT,	/* along output channels */
	AXIS_FLATTENED, /* along (channel, kernel_h, kernel_w), as OIHW lies in memory */
	AXIS_COUNT,
};

const char *stats_axis_code(enum stats_axis axis); /* "input" */
const char *stats_axis_text(enum stats_axis axis); /* "input channels" */

/* Groups of one size along one axis. */
struct stats_groups {
	uint64_t count;
	uint64_t full;	   /* groups that hold all that the tightest n allows them */
	uint32_t tightest; /* most non-zeros in a group */
	uint64_t hist[STATS_MAX_SIZE + 1]; /* groups by their non-zeros */
};

struct stats_line {
	bool present;	 /* AXIS_FLATTENED: only of kernels larger than 1x1 */
	uint64_t length; /* elements of one line along the axis */
	struct stats_groups groups[STATS_SIZES];
};

struct stats {
	uint64_t elements, nonzeros;
	uint32_t empty_rows;
	uint64_t steps, dense_steps; /* engine clocks per column tile */
	struct stats_line axes[AXIS_COUNT];
};

/* The engine that steps are counted for. */
struct stats_engine {
	uint32_t lanes, block_rows;
};

/* NULL without memory, with the failure set. The caller frees it. */
struct stats *stats_create(const struct nmaccel_weight_view *view,
			   const struct stats_engine *engine);

/*
 * The pattern that the zeros were made by: the n:m of lowest density that holds, if it holds
 * because groups are filled up to n and not by chance; else unstructured, or dense below 10 %
 * zeros.
 */
struct nmaccel_pattern stats_detect(const struct stats *stats, enum stats_axis axis);

/* 2:4 and the like that all but a few groups keep: 0 if there is none, else the size's index + 1
 * with n in *n. */
unsigned int stats_nearly(const struct stats *stats, enum stats_axis axis, uint32_t *n);

#endif /* NMACCEL_TOOLS_STATS_H */
