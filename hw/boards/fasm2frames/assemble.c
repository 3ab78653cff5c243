// SPDX-License-Identifier: MIT
#include "assemble.h"

#include <stdarg.h>

#include "report.h"

void assembler_init(struct assembler *assembler, const char *database, const char *part)
{
	*assembler = (struct assembler){0};
	part_load(&assembler->part, database, part);
	grid_load(&assembler->grid, assembler->part.grid);
	segbits_init(&assembler->segbits, database);
	frames_init(&assembler->frames, &assembler->grid);
}

void assembler_free(struct assembler *assembler)
{
	frames_free(&assembler->frames);
	segbits_free(&assembler->segbits);
	grid_free(&assembler->grid);
	part_free(&assembler->part);
}

void assembler_error(struct assembler *assembler, int32_t line, const char *format, ...)
{
	va_list args;

	assembler->errors++;
	fprintf(stderr, "%s:%d: ", assembler->path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Put one bit of a feature, if it lies where the tile has bits. */
static bool put_bit(struct assembler *assembler, const struct grid_bits *place,
		    const struct segbit *bit, int32_t line, const char *feature)
{
	const uint32_t word = bit->bit / 32u;
	const uint32_t at = (uint32_t)(place->offset + (int32_t)word) * 32u + bit->bit % 32u;
	int32_t other;

	if (word < place->start || word - place->start >= place->words ||
	    bit->frame >= place->frames || at >= FRAME_BITS) {
		assembler_error(assembler, line, "%s has a bit outside its tile", feature);
		return false;
	}
	other = frames_put(&assembler->frames, place->base + bit->frame, at, bit->set, line);
	if (other) {
		assembler_error(assembler, line, "%s %s bit %u of frame 0x%08X, line %d %s it",
				feature, bit->set ? "sets" : "needs clear", at,
				place->base + bit->frame, other, bit->set ? "needs clear" : "sets");
		return false;
	}
	return true;
}

void assembler_set(struct assembler *assembler, const char *name, const char *feature,
		   uint32_t address, int32_t line)
{
	const struct grid_tile *tile = grid_find(&assembler->grid, name);
	const struct segbits_feature *found;
	uint32_t i;

	if (!tile) {
		assembler_error(assembler, line, "the chip has no tile %s", name);
		return;
	}
	if (segbits_is_ppip(&assembler->segbits, tile->type, feature))
		return;
	found = segbits_find(&assembler->segbits, tile->bits_type, feature, address);
	if (!found) {
		assembler_error(assembler, line, "tile %s (%s) has no feature %s, bit %u", name,
				tile->type, feature, address);
		return;
	}
	if (!tile->bits[found->bus].there) {
		assembler_error(assembler, line, "tile %s has no bits for %s", name, feature);
		return;
	}
	assembler->features++;
	for (i = 0; i < found->count; i++)
		if (!put_bit(assembler, &tile->bits[found->bus], &found->bits[i], line, feature))
			return;
}
