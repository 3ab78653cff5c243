/* SPDX-License-Identifier: MIT */
/* What a tile type's features do: the bits that each sets, or needs clear. */
#ifndef FASM2FRAMES_SEGBITS_H
#define FASM2FRAMES_SEGBITS_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

/* The two kinds of frames that a tile may have bits in. */
enum frame_bus {
	BUS_CLB_IO_CLK,
	BUS_BLOCK_RAM,
	BUS_COUNT,
};

struct segbit {
	uint16_t frame; /* counted from the tile's first */
	uint16_t bit;	/* counted from its first word */
	bool set;	/* else it must be clear */
};

struct segbits_feature {
	enum frame_bus bus;
	uint32_t count;
	struct segbit bits[];
};

struct segbits {
	struct table types;   /* type -> table of struct segbits_feature */
	struct table ppips;   /* type -> table whose keys are pseudo-pips */
	const char *database; /* directory */
};

void segbits_init(struct segbits *segbits, const char *database);
void segbits_free(struct segbits *segbits);

/* Bit address of a feature of a tile type, or NULL. */
const struct segbits_feature *segbits_find(struct segbits *segbits, const char *type,
					   const char *feature, uint32_t address);

/* A connection that is always there, and takes no bits. */
bool segbits_is_ppip(struct segbits *segbits, const char *type, const char *feature);

#endif /* FASM2FRAMES_SEGBITS_H */
