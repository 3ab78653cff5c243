/* SPDX-License-Identifier: MIT */
/* From features to the bits of frames. */
#ifndef FASM2FRAMES_ASSEMBLE_H
#define FASM2FRAMES_ASSEMBLE_H

#include <stdint.h>

#include "frames.h"
#include "grid.h"
#include "part.h"
#include "segbits.h"

struct assembler {
	struct part part;
	struct grid grid;
	struct segbits segbits;
	struct frames frames;
	const char *path;  /* of the FASM, for messages */
	uint64_t features; /* with bits */
	uint64_t errors;
};

void assembler_init(struct assembler *assembler, const char *database, const char *part);
void assembler_free(struct assembler *assembler);

/* Set one feature. What is wrong with it is said, and counted. */
void assembler_set(struct assembler *assembler, const char *tile, const char *feature,
		   uint32_t address, int32_t line);

/* Say what is wrong with a line. */
void assembler_error(struct assembler *assembler, int32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* FASM2FRAMES_ASSEMBLE_H */
