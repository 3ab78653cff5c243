// SPDX-License-Identifier: MIT
#include "frames.h"

#include <stdlib.h>

#include "report.h"

static int compare(const void *a, const void *b)
{
	const uint32_t left = ((const struct frame *)a)->addr;
	const uint32_t right = ((const struct frame *)b)->addr;

	return (left > right) - (left < right);
}

static void sort_once_each(struct frames *frames)
{
	size_t i, kept = 0;

	qsort(frames->frames, frames->count, sizeof(*frames->frames), compare);
	for (i = 0; i < frames->count; i++)
		if (kept == 0 || frames->frames[kept - 1].addr != frames->frames[i].addr)
			frames->frames[kept++] = frames->frames[i];
	frames->count = kept;
}

void frames_init(struct frames *frames, const struct grid *grid)
{
	struct table seen = {0};
	size_t i, capacity = 0;
	uint32_t f;
	int bus;

	*frames = (struct frames){0};
	for (i = 0; i < grid->tiles.capacity; i++) {
		const struct grid_tile *tile = grid->tiles.entries[i].value;

		for (bus = 0; tile && bus < BUS_COUNT; bus++) {
			const struct grid_bits *bits = &tile->bits[bus];
			char key[16];

			/* Many tiles share a column of frames. */
			snprintf(key, sizeof(key), "%x:%u", bits->base, bits->frames);
			if (!bits->there || table_find(&seen, key))
				continue;
			table_put(&seen, key, &seen);
			for (f = 0; f < bits->frames; f++) {
				frames->frames = grow(frames->frames, frames->count, &capacity,
						      sizeof(*frames->frames));
				frames->frames[frames->count++] =
					(struct frame){bits->base + f, NULL};
			}
		}
	}
	table_free(&seen);
	sort_once_each(frames);
}

int32_t frames_put(struct frames *frames, uint32_t addr, uint32_t bit, bool set, int32_t line)
{
	const struct frame key = {addr, NULL};
	struct frame *frame = bsearch(&key, frames->frames, frames->count, sizeof(key), compare);
	int32_t *place;

	if (!frame->bits)
		frame->bits = zalloc(FRAME_BITS, sizeof(*frame->bits));
	place = &frame->bits[bit];
	if (*place == 0) {
		*place = set ? line : -line;
		frames->bits_set += set;
		return 0;
	}
	if ((*place > 0) == set)
		return 0;
	return abs(*place);
}

static uint32_t word_of(const struct frame *frame, uint32_t word)
{
	uint32_t value = 0, bit;

	for (bit = 0; frame->bits && bit < 32; bit++)
		value |= (uint32_t)(frame->bits[word * 32 + bit] > 0) << bit;
	return value;
}

void frames_write(const struct frames *frames, FILE *file)
{
	uint32_t word;
	size_t i;

	for (i = 0; i < frames->count; i++) {
		fprintf(file, "0x%08X ", frames->frames[i].addr);
		for (word = 0; word < FRAME_WORDS; word++)
			fprintf(file, "%s0x%08X", word ? "," : "",
				word_of(&frames->frames[i], word));
		fputc('\n', file);
	}
}

void frames_free(struct frames *frames)
{
	size_t i;

	for (i = 0; i < frames->count; i++)
		free(frames->frames[i].bits);
	free(frames->frames);
}
