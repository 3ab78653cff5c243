/* SPDX-License-Identifier: MIT */
/*
 * The input buffers of a bank of 1.8 V or less work with STEPDOWN, which holds for the bank as a
 * whole: sites that are not used must have it as well, and so must the bank's clock tile.
 */
#ifndef FASM2FRAMES_STEPDOWN_H
#define FASM2FRAMES_STEPDOWN_H

#include <stdint.h>

#include "assemble.h"
#include "table.h"

struct stepdown {
	struct table used;  /* "tile.site" of all I/O sites with features */
	struct table banks; /* bank -> struct stepdown_bank */
};

/* Look at each feature that is set. */
void stepdown_see(struct stepdown *stepdown, struct assembler *assembler, const char *tile,
		  const char *feature, int32_t line);

/* After the last one: set the feature where it must also be. Returns on how many sites. */
uint32_t stepdown_spread(struct stepdown *stepdown, struct assembler *assembler);

void stepdown_free(struct stepdown *stepdown);

#endif /* FASM2FRAMES_STEPDOWN_H */
