/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <stdlib.h>

#define OUTSIDE UINT64_MAX

int walk_init(struct walk *walk, const struct cycles_layer *layer, uint32_t batch, uint32_t columns)
{
	size_t taps = (size_t)layer->kernel_h * layer->kernel_w;

	*walk = (struct walk){
		.layer = layer,
		.batch = batch,
		.columns = columns,
		.out_h = cycles_layer_out_h(layer),
		.out_w = cycles_layer_out_w(layer),
		.tiles = (cycles_layer_columns(layer, batch) + columns - 1) / columns,
		.y = calloc(columns, sizeof(*walk->y)),
		.x = calloc(columns, sizeof(*walk->x)),
		.image = calloc(columns, sizeof(*walk->image)),
		.first = calloc(taps + 1, sizeof(*walk->first)),
		.passes = calloc(taps * columns, sizeof(*walk->passes)),
	};
	if (walk->y && walk->x && walk->image && walk->first && walk->passes)
		return 0;
	walk_fini(walk);
	return -1;
}

void walk_fini(struct walk *walk)
{
	free(walk->y);
	free(walk->x);
	free(walk->image);
	free(walk->first);
	free(walk->passes);
	*walk = (struct walk){0};
}

static void place_windows(struct walk *walk, uint64_t tile)
{
	const struct cycles_layer *layer = walk->layer;
	uint64_t pixels = (uint64_t)walk->out_h * walk->out_w;
	uint64_t first = tile * walk->columns, total = pixels * walk->batch;

	walk->count = (uint32_t)(total - first < walk->columns ? total - first : walk->columns);
	for (uint32_t j = 0; j < walk->count; j++) {
		uint64_t column = first + j, pixel = column % pixels;

		walk->y[j] = (int32_t)(pixel / walk->out_w * layer->stride) - (int32_t)layer->pad;
		walk->x[j] = (int32_t)(pixel % walk->out_w * layer->stride) - (int32_t)layer->pad;
		walk->image[j] = column / pixels * layer->in_h * layer->in_w;
	}
}

static uint64_t input_column(const struct walk *walk, uint32_t j, uint32_t tap_y, uint32_t tap_x)
{
	const struct cycles_layer *layer = walk->layer;
	int32_t y = walk->y[j] + (int32_t)tap_y, x = walk->x[j] + (int32_t)tap_x;

	if (y < 0 || x < 0 || y >= (int32_t)layer->in_h || x >= (int32_t)layer->in_w)
		return OUTSIDE;
	return walk->image[j] + (uint64_t)y * layer->in_w + (uint32_t)x;
}

/* Columns ascend in the input, so one look at each in turn finds all passes. */
static uint32_t tap_passes(const struct walk *walk, uint32_t tap_y, uint32_t tap_x,
			   struct walk_pass *passes)
{
	uint32_t count = 0;
	uint64_t begin = 0;

	for (uint32_t j = 0; j < walk->count; j++) {
		uint64_t column = input_column(walk, j, tap_y, tap_x);

		if (column == OUTSIDE)
			continue;
		if (!count || column - begin >= walk->columns) {
			begin = column;
			passes[count++] = (struct walk_pass){(uint32_t)(column / walk->columns), 1};
		}
		if (column / walk->columns != passes[count - 1].tile)
			passes[count - 1].tiles = 2;
	}
	if (!count)
		passes[count++] = (struct walk_pass){0, 0};
	return count;
}

void walk_tile(struct walk *walk, uint64_t tile)
{
	uint32_t tap = 0, used = 0;

	place_windows(walk, tile);
	for (uint32_t y = 0; y < walk->layer->kernel_h; y++)
		for (uint32_t x = 0; x < walk->layer->kernel_w; x++) {
			walk->first[tap++] = used;
			used += tap_passes(walk, y, x, walk->passes + used);
		}
	walk->first[tap] = used;
}
