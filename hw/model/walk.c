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
		.reads = calloc(columns, sizeof(*walk->reads)),
		.first = calloc(taps + 1, sizeof(*walk->first)),
		.passes = calloc(taps * columns, sizeof(*walk->passes)),
	};
	if (walk->y && walk->x && walk->image && walk->reads && walk->first && walk->passes)
		return 0;
	walk_fini(walk);
	return -1;
}

void walk_fini(struct walk *walk)
{
	free(walk->y);
	free(walk->x);
	free(walk->image);
	free(walk->reads);
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

/* With an odd number of columns and a stride of 2 a pass covers every other one of twice as many.
 */
static uint32_t pass_step(const struct walk *walk)
{
	return walk->columns % 2 && walk->layer->stride == 2 ? 2 : 1;
}

/* May a pass that begins at begin take the column? */
static bool in_reach(const struct walk *walk, uint64_t begin, uint64_t column)
{
	uint32_t step = pass_step(walk);

	return (column - begin) % step == 0 && column - begin < (uint64_t)step * walk->columns;
}

/* Take what the pass reaches from columns[]; returns how many that are. */
static uint32_t take_pass(const struct walk *walk, uint64_t *columns, uint64_t begin,
			  struct walk_pass *pass)
{
	uint32_t taken = 0;

	*pass = (struct walk_pass){(uint32_t)(begin / walk->columns), 1};
	for (uint32_t j = 0; j < walk->count; j++) {
		if (columns[j] == OUTSIDE || !in_reach(walk, begin, columns[j]))
			continue;
		/* Columns ascend in the input. */
		pass->tiles = (uint32_t)(columns[j] / walk->columns) - pass->tile + 1;
		columns[j] = OUTSIDE;
		taken++;
	}
	return taken;
}

static uint32_t tap_passes(const struct walk *walk, uint32_t tap_y, uint32_t tap_x,
			   struct walk_pass *passes)
{
	uint32_t count = 0, missing = 0, j;

	for (j = 0; j < walk->count; j++) {
		walk->reads[j] = input_column(walk, j, tap_y, tap_x);
		missing += walk->reads[j] != OUTSIDE;
	}
	for (j = 0; missing; j++)
		if (walk->reads[j] != OUTSIDE)
			missing -= take_pass(walk, walk->reads, walk->reads[j], &passes[count++]);
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
