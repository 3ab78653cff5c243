// SPDX-License-Identifier: MIT
#include "ksft_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_put(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->room) {
		bytes->room = 2 * (bytes->size + size);
		bytes->data = realloc(bytes->data, bytes->room);
		if (!bytes->data)
			abort();
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_zero(struct bytes *bytes, size_t size)
{
	static const uint8_t zero;

	while (size--)
		bytes_put(bytes, &zero, 1);
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

struct slot {
	int8_t value;
	uint8_t index;
};

/* The slots of one row in one block: at most two for each position, and those of value 0. */
struct slots {
	struct slot slot[3 * NMACCEL_MAX_BLOCK_ROWS];
	uint32_t n;
};

static void slots_add(struct slots *slots, int value, uint32_t index)
{
	slots->slot[slots->n++] = (struct slot){(int8_t)value, (uint8_t)index};
}

static void slots_shuffle(struct slots *slots, struct prng *prng)
{
	uint32_t i;

	for (i = 1; i < slots->n; i++) {
		const uint32_t other = prng_range(prng, 0, i);
		const struct slot slot = slots->slot[i];

		slots->slot[i] = slots->slot[other];
		slots->slot[other] = slot;
	}
}

/* Add a weight; loosely, as two halves, or with a slot of nothing before it. */
static void slots_add_weight(struct slots *slots, int value, uint32_t index, uint32_t positions,
			     struct prng *prng)
{
	const uint32_t choice = prng ? prng_range(prng, 0, 3) : 0;

	if (choice == 1)
		slots_add(slots, 0, prng_range(prng, 0, positions - 1));
	if (choice == 2) {
		slots_add(slots, value / 2, index);
		value -= value / 2;
	}
	slots_add(slots, value, index);
}

/* A block: positions [first, first + n) of the channel group [ch0, ch0 + ch). */
struct block {
	uint32_t ch0;
	uint32_t ch;
	uint32_t first;
	uint32_t n;
};

static void collect(const struct panel *panel, const struct block *block, uint32_t row,
		    struct prng *prng, struct slots *slots)
{
	uint32_t i;

	slots->n = 0;
	for (i = 0; i < block->n; i++) {
		const uint32_t tap = (block->first + i) / block->ch;
		const uint32_t channel = block->ch0 + (block->first + i) % block->ch;
		const size_t at = ((size_t)row * panel->taps + tap) * panel->channels + channel;

		if (panel->weights[at])
			slots_add_weight(slots, panel->weights[at], i, block->n, prng);
	}
	if (prng)
		slots_shuffle(slots, prng);
}

static void align(struct bytes *bytes)
{
	bytes_zero(bytes, -bytes->size % NMACCEL_STREAM_ALIGN);
}

static void put_steps(const struct slots *slots, uint32_t lanes, struct bytes *steps)
{
	uint32_t first, lane;

	for (first = 0; first < slots->n; first += lanes) {
		uint8_t step[NMACCEL_STEP_BYTES(NMACCEL_MAX_LANES)] = {0};

		for (lane = 0; lane < lanes && first + lane < slots->n; lane++) {
			step[lane] = (uint8_t)slots->slot[first + lane].value;
			step[lanes + lane] = slots->slot[first + lane].index;
		}
		bytes_put(steps, step, NMACCEL_STEP_BYTES(lanes));
	}
}

static void pack_block(const struct panel *panel, const struct block *block, struct prng *prng,
		       struct bytes *stream)
{
	struct bytes steps = {0};
	struct slots slots;
	uint32_t row;

	for (row = 0; row < panel->rows; row++) {
		uint8_t count;

		collect(panel, block, row, prng, &slots);
		count = (uint8_t)((slots.n + panel->lanes - 1) / panel->lanes);
		bytes_put(stream, &count, 1);
		put_steps(&slots, panel->lanes, &steps);
	}
	align(stream);
	bytes_put(stream, steps.data, steps.size);
	align(stream);
	bytes_free(&steps);
}

void pack(const struct panel *panel, struct prng *prng, struct bytes *stream)
{
	struct block block;

	for (block.ch0 = 0; block.ch0 < panel->channels; block.ch0 += panel->block_rows) {
		uint32_t positions;

		block.ch = panel->channels - block.ch0;
		if (block.ch > panel->block_rows)
			block.ch = panel->block_rows;
		positions = panel->taps * block.ch;
		for (block.first = 0; block.first < positions; block.first += panel->block_rows) {
			block.n = positions - block.first;
			if (block.n > panel->block_rows)
				block.n = panel->block_rows;
			pack_block(panel, &block, prng, stream);
		}
	}
}
