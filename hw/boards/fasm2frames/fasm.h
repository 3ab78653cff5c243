/* SPDX-License-Identifier: MIT */
/*
 * Lines of FPGA assembly: TILE.FEATURE, TILE.FEATURE[bit] or TILE.FEATURE[high:low], each with an
 * optional value: a decimal number, or WIDTH'b, WIDTH'h, WIDTH'd and digits, with _ between them.
 */
#ifndef FASM2FRAMES_FASM_H
#define FASM2FRAMES_FASM_H

#include <stdbool.h>
#include <stdint.h>

/* The widest value; the contents of a block memory come in lines of 256 bits. */
#define FASM_MAX_BITS 1024

struct fasm_line {
	char *tile;	/* points into the text */
	char *feature;	/* what follows the first dot, without the address */
	bool addressed; /* the feature has an address */
	uint32_t low;	/* its lowest bit, 0 without one */
	uint32_t bits;	/* how many bits it names, 1 without one */
	uint8_t value[FASM_MAX_BITS / 8];
};

enum fasm_result {
	FASM_EMPTY, /* blank, or a comment only */
	FASM_FEATURE,
	FASM_ERROR,
};

/* Read one line. text is changed, and the result points into it; *reason tells an error. */
enum fasm_result fasm_parse(char *text, struct fasm_line *line, const char **reason);

/* Is bit i of the value set? */
bool fasm_bit(const struct fasm_line *line, uint32_t i);

#endif /* FASM2FRAMES_FASM_H */
