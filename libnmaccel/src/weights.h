/* SPDX-License-Identifier: MIT */
/*
 * Packed weights, as the parts of the library see them. An object is immutable once another part
 * can see it; only the reference count changes.
 */
#ifndef NMACCEL_SRC_WEIGHTS_H
#define NMACCEL_SRC_WEIGHTS_H

#include <stdatomic.h>

#include "nmaccel.h"
#include "drm/nmaccel_stream.h"

struct nmaccel_mapping;

/* Shape of a layer and build of the engine that it is packed for; all fields set. */
struct nmaccel_weights_shape {
	uint32_t rows;		     /* output channels, of all convolution groups */
	uint32_t channels;	     /* input channels of one convolution group */
	uint32_t kernel_h, kernel_w; /* 1 x 1: a linear layer */
	uint32_t n_groups;	     /* convolution groups; divides rows */
	uint32_t lanes;		     /* N: 4, 8, 16, 32 */
	uint32_t block_rows;	     /* M: 128, 256 */
	uint32_t panel_rows;	     /* rows of a full panel, 1 .. NMACCEL_MAX_PANEL_ROWS */
};

/* One panel: what one descriptor runs. Panels lie in row order and never cross a group. */
struct nmaccel_panel {
	const uint8_t *stream; /* aligned to NMACCEL_STREAM_ALIGN */
	uint64_t bytes;	       /* at least one block's counts */
	uint64_t steps;	       /* engine steps per column tile */
	uint64_t nonzeros;
	uint32_t first_row; /* among all rows */
	uint32_t n_rows;
	uint32_t group; /* reads input channels [group * channels, + channels) */
};

struct nmaccel_weights {
	atomic_uint refs;
	struct nmaccel_weights_shape shape;
	struct nmaccel_pattern pattern;
	uint32_t n_panels;
	uint64_t nonzeros, steps, stream_bytes; /* of all panels */
	struct nmaccel_panel *panels;
	const float *scales;		 /* rows values, finite and > 0 */
	const int32_t *sums;		 /* rows values: sum of the row's int8 weights */
	struct nmaccel_mapping *mapping; /* holds streams, scales and sums; NULL: they are ours */
};

/* Is the shape within the contract? NMACCEL_ERR_INVALID or _OVERFLOW with the field if not. */
enum nmaccel_status nmaccel_weights_shape_check(const struct nmaccel_weights_shape *shape);

/* Panels that a legal shape is cut into. */
uint32_t nmaccel_weights_count_panels(const struct nmaccel_weights_shape *shape);

/*
 * A new object with its panels' rows and groups set, streams NULL, scales and sums NULL; one
 * reference. The shape is legal. NULL without memory, with the error set.
 */
struct nmaccel_weights *nmaccel_weights_alloc(const struct nmaccel_weights_shape *shape,
					      const struct nmaccel_pattern *pattern);

#endif /* NMACCEL_SRC_WEIGHTS_H */
