// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "verify.h"

/* The pattern's group that was seen last, and its non-zeros so far. */
struct cell {
	uint32_t group;
	uint32_t nonzeros;
};

struct verifier {
	const struct nmaccel_weights *weights;
	const struct nmaccel_panel *panel;
	int32_t *sums;
	struct cell *cells;	 /* NULL: no pattern to check */
	uint32_t cells_per_row;	 /* 1, or one for each tap */
	uint32_t groups_per_tap; /* of the pattern */
	uint32_t shift;		 /* log2 of the pattern's m */
};

void nmaccel_weights_stream_shape(const struct nmaccel_weights *weights, uint32_t i,
				  struct nmaccel_stream_shape *shape)
{
	*shape = (struct nmaccel_stream_shape){.rows = weights->panels[i].n_rows,
					       .channels = weights->shape.channels,
					       .kernel_h = weights->shape.kernel_h,
					       .kernel_w = weights->shape.kernel_w,
					       .lanes = weights->shape.lanes,
					       .block_rows = weights->shape.block_rows};
}

/*
 * A row's slots come by channel group of block_rows, then tap, then channel. If no pattern's group
 * reaches beyond a channel group, each is seen in one go, and one cell a row is enough. Else
 * (m = 256 in blocks of 128) a cell for each tap is: within a tap, channels rise.
 */
static enum nmaccel_status start_pattern(struct verifier *v)
{
	const struct nmaccel_weights_shape *shape = &v->weights->shape;
	uint32_t m = v->weights->pattern.m;

	if (v->weights->pattern.kind != NMACCEL_PATTERN_NM)
		return NMACCEL_OK;
	v->shift = (uint32_t)__builtin_ctz(m);
	v->groups_per_tap = (shape->channels + m - 1) / m;
	v->cells_per_row = 1;
	if (m > shape->block_rows && shape->channels > shape->block_rows)
		v->cells_per_row = shape->kernel_h * shape->kernel_w;
	v->cells = calloc((size_t)v->panel->n_rows * v->cells_per_row, sizeof(*v->cells));
	if (!v->cells)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory to check the pattern");
	return NMACCEL_OK;
}

static enum nmaccel_status pattern_fault(const struct verifier *v,
					 const struct nmaccel_stream_slot *slot)
{
	const struct nmaccel_weights_shape *shape = &v->weights->shape;
	const struct nmaccel_pattern *pattern = &v->weights->pattern;
	uint32_t first = slot->channel >> v->shift << v->shift;
	uint32_t last = first + pattern->m - 1;

	if (last >= shape->channels)
		last = shape->channels - 1;
	return nmaccel_error(NMACCEL_ERR_PATTERN,
			     "row %u, tap (%u, %u), channels %u to %u hold more non-zeros than "
			     "%u:%u allows",
			     v->panel->first_row + slot->row, slot->tap / shape->kernel_w,
			     slot->tap % shape->kernel_w, first, last, pattern->n, pattern->m);
}

static enum nmaccel_status visit(void *context, const struct nmaccel_stream_slot *slot)
{
	struct verifier *v = context;
	struct cell *cell;
	uint32_t group;

	v->sums[slot->row] += slot->value;
	if (!v->cells)
		return NMACCEL_OK;
	cell = &v->cells[(size_t)slot->row * v->cells_per_row];
	if (v->cells_per_row > 1)
		cell += slot->tap;
	group = slot->tap * v->groups_per_tap + (slot->channel >> v->shift);
	if (cell->group != group)
		*cell = (struct cell){group, 0};
	if (++cell->nonzeros > v->weights->pattern.n)
		return pattern_fault(v, slot);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_weights_verify_panel(const struct nmaccel_weights *weights, uint32_t i,
						 int32_t *sums,
						 struct nmaccel_stream_totals *totals)
{
	const struct nmaccel_panel *panel = &weights->panels[i];
	struct verifier v = {.weights = weights, .panel = panel, .sums = sums};
	struct nmaccel_stream_shape shape;
	enum nmaccel_status status;

	status = start_pattern(&v);
	if (status)
		return status;
	memset(sums, 0, panel->n_rows * sizeof(*sums));
	nmaccel_weights_stream_shape(weights, i, &shape);
	status = nmaccel_stream_read(&shape, panel->stream, panel->bytes, visit, &v, totals);
	free(v.cells);
	if (status == NMACCEL_ERR_FORMAT)
		return nmaccel_error_prefix(status, "panel %u", i);
	return status;
}
