/* SPDX-License-Identifier: MIT */
/* A part of the database: its chip, and the I/O banks of its package. */
#ifndef FASM2FRAMES_PART_H
#define FASM2FRAMES_PART_H

#include <stddef.h>

struct part_pin {
	char *bank;
	char *tile;
};

struct part {
	char *directory; /* of the part */
	char *grid;	 /* file with the tiles of its chip */
	struct part_pin *pins;
	size_t n_pins;
};

void part_load(struct part *part, const char *database, const char *name);
void part_free(struct part *part);

/* The bank of a tile that has a pin, or NULL. */
const char *part_bank(const struct part *part, const char *tile);

/* Name of the tile that holds the settings of a bank; the caller frees it. */
char *part_bank_tile(const struct part *part, const char *bank);

#endif /* FASM2FRAMES_PART_H */
