/* SPDX-License-Identifier: MIT */
/* The frames of a chip. A bit is set, must be clear, or nobody has said anything about it. */
#ifndef FASM2FRAMES_FRAMES_H
#define FASM2FRAMES_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "grid.h"

#define FRAME_WORDS 101u
#define FRAME_BITS  (FRAME_WORDS * 32u)

struct frame {
	uint32_t addr;
	int32_t *bits; /* of each, the line that sets it, minus the one that wants it clear, or 0 */
};

struct frames {
	struct frame *frames; /* by ascending address */
	size_t count;
	uint64_t bits_set;
};

/* All frames of all tiles. */
void frames_init(struct frames *frames, const struct grid *grid);
void frames_free(struct frames *frames);

/*
 * Say that a bit is set or clear, for a line that is above 0. Returns 0, or the line that has said
 * the opposite.
 */
int32_t frames_put(struct frames *frames, uint32_t addr, uint32_t bit, bool set, int32_t line);

/* Write them as xc7frames2bit reads them. */
void frames_write(const struct frames *frames, FILE *file);

#endif /* FASM2FRAMES_FRAMES_H */
