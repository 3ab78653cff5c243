// SPDX-License-Identifier: MIT
/*
 * fasm2frames: FPGA assembly, as nextpnr writes it, to configuration frames, as xc7frames2bit reads
 * them, by the database of Project X-Ray.
 *
 * usage: fasm2frames DATABASE PART INPUT.fasm OUTPUT.frames
 *
 * Ends with status 1, and without output, if any feature is unknown, or a bit would have to be set
 * and clear at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assemble.h"
#include "fasm.h"
#include "report.h"
#include "stepdown.h"

static void set_line(struct assembler *assembler, struct stepdown *stepdown,
		     const struct fasm_line *line, int32_t number)
{
	uint32_t i;

	for (i = 0; i < line->bits; i++) {
		if (!fasm_bit(line, i))
			continue;
		assembler_set(assembler, line->tile, line->feature, line->low + i, number);
		stepdown_see(stepdown, assembler, line->tile, line->feature, number);
	}
}

static void read_fasm(struct assembler *assembler, struct stepdown *stepdown, const char *path)
{
	FILE *file = open_file(path);
	struct fasm_line parsed;
	const char *reason;
	int32_t number = 0;
	char *line = NULL;
	size_t room = 0;

	assembler->path = path;
	while (getline(&line, &room, file) > 0) {
		number++;
		switch (fasm_parse(line, &parsed, &reason)) {
		case FASM_FEATURE:
			set_line(assembler, stepdown, &parsed, number);
			break;
		case FASM_ERROR:
			assembler_error(assembler, number, "%s", reason);
			break;
		case FASM_EMPTY:
			break;
		}
	}
	free(line);
	fclose(file);
}

static void write_frames(const struct frames *frames, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die("cannot write %s: %s", path, strerror(errno));
	frames_write(frames, file);
	if (fclose(file) != 0)
		die("cannot write %s: %s", path, strerror(errno));
}

int main(int argc, char **argv)
{
	struct stepdown stepdown = {0};
	struct assembler assembler;
	uint32_t spread;

	if (argc != 5)
		die("usage: fasm2frames DATABASE PART INPUT.fasm OUTPUT.frames");
	assembler_init(&assembler, argv[1], argv[2]);
	read_fasm(&assembler, &stepdown, argv[3]);
	spread = stepdown_spread(&stepdown, &assembler);
	if (assembler.errors)
		die("%s: %llu errors; nothing was written", argv[3],
		    (unsigned long long)assembler.errors);
	write_frames(&assembler.frames, argv[4]);
	printf("%llu features, %u sites with spread STEPDOWN, %llu bits set in %zu frames\n",
	       (unsigned long long)assembler.features, spread,
	       (unsigned long long)assembler.frames.bits_set, assembler.frames.count);
	stepdown_free(&stepdown);
	assembler_free(&assembler);
	return 0;
}
