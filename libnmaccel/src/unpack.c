// SPDX-License-Identifier: MIT
/* From packed streams back to dense rows, and on to streams of another build. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "error.h"
#include "stream.h"
#include "verify.h"
#include "view.h"
#include "weights.h"

/* Zero a whole S8 view. */
static void clear_view(const struct nmaccel_weight_view *view)
{
	int64_t step = nmaccel_view_step(view);
	uint32_t row, i, j, c;

	for (row = 0; row < view->rows; row++) {
		for (i = 0; i < view->kernel_h; i++) {
			for (j = 0; j < view->kernel_w; j++) {
				char *p = nmaccel_view_tap(view, row, i, j);

				for (c = 0; c < view->channels; c++, p += step)
					*p = 0;
			}
		}
	}
}

/* Rows of a stream go to a view that begins at the panel's first row. */
struct scatter {
	const struct nmaccel_weight_view *view;
	uint32_t first_row;
};

static enum nmaccel_status scatter_slot(void *context, const struct nmaccel_stream_slot *slot)
{
	const struct scatter *s = context;
	char *tap = nmaccel_view_tap(s->view, s->first_row + slot->row,
				     slot->tap / s->view->kernel_w, slot->tap % s->view->kernel_w);

	tap[slot->channel * nmaccel_view_step(s->view)] = (char)slot->value;
	return NMACCEL_OK;
}

static enum nmaccel_status scatter_panel(const struct nmaccel_weights *weights, uint32_t i,
					 const struct nmaccel_weight_view *view, uint32_t first_row)
{
	struct scatter s = {.view = view, .first_row = first_row};
	struct nmaccel_stream_shape shape;

	nmaccel_weights_stream_shape(weights, i, &shape);
	return nmaccel_stream_read(&shape, weights->panels[i].stream, weights->panels[i].bytes,
				   scatter_slot, &s, NULL);
}

enum nmaccel_status nmaccel_weights_unpack(const struct nmaccel_weights *weights,
					   const struct nmaccel_weight_view *view)
{
	enum nmaccel_status status = nmaccel_view_check(view, "view");
	const struct nmaccel_weights_shape *s;
	uint32_t i;

	if (status)
		return status;
	if (!weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "weights is NULL");
	s = &weights->shape;
	if (view->type != NMACCEL_TYPE_S8 || view->rows != s->rows ||
	    view->channels != s->channels || view->kernel_h != s->kernel_h ||
	    view->kernel_w != s->kernel_w)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "the view must be NMACCEL_TYPE_S8 of %u x %u x %u x %u (rows, "
				     "kernel, channels) as the weights are",
				     s->rows, s->kernel_h, s->kernel_w, s->channels);
	clear_view(view);
	for (i = 0; i < weights->n_panels && !status; i++)
		status = scatter_panel(weights, i, view, weights->panels[i].first_row);
	return status;
}

/* Where repacked rows come from: old panels, each of which is read once. */
struct panel_source {
	const struct nmaccel_weights *old;
	struct nmaccel_weight_view rows; /* of old panel `loaded` */
	uint32_t loaded;
	bool valid;
};

static enum nmaccel_status load_old_panel(struct panel_source *s, uint32_t i)
{
	if (s->valid && s->loaded == i)
		return NMACCEL_OK;
	s->rows.rows = s->old->panels[i].n_rows;
	s->loaded = i;
	s->valid = true;
	clear_view(&s->rows);
	return scatter_panel(s->old, i, &s->rows, 0);
}

/* New rows are asked for in rising order, so the old panel is the loaded one or a later one. */
static enum nmaccel_status fill_from_panels(void *source, const struct nmaccel_panel *panel,
					    const struct nmaccel_weight_view *dense)
{
	struct panel_source *s = source;
	uint32_t i, row, old = s->valid ? s->loaded : 0;

	for (i = 0; i < panel->n_rows; i++) {
		enum nmaccel_status status;

		row = panel->first_row + i;
		while (row >= s->old->panels[old].first_row + s->old->panels[old].n_rows)
			old++;
		status = load_old_panel(s, old);
		if (status)
			return status;
		nmaccel_build_copy_row(&s->rows, row - s->old->panels[old].first_row, dense, i);
	}
	return NMACCEL_OK;
}

/* The dense rows of the largest old panel; the first one is. */
static enum nmaccel_status source_start(struct panel_source *s, const struct nmaccel_weights *old)
{
	const struct nmaccel_weights_shape *shape = &old->shape;
	uint32_t rows = old->panels[0].n_rows;
	int8_t *dense =
		malloc((uint64_t)rows * shape->kernel_h * shape->kernel_w * shape->channels);

	*s = (struct panel_source){.old = old};
	if (!dense)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a panel of %u rows",
				     rows);
	nmaccel_build_dense_view(shape, dense, rows, &s->rows);
	return NMACCEL_OK;
}

static enum nmaccel_status repack(const struct nmaccel_weights *old,
				  const struct nmaccel_weights_shape *shape,
				  struct nmaccel_weights **repacked)
{
	struct panel_source source;
	struct nmaccel_build build;
	enum nmaccel_status status;

	status = source_start(&source, old);
	if (status)
		return status;
	status = nmaccel_build_start(&build, shape, &old->pattern);
	if (!status) {
		memcpy(build.scales, old->scales, shape->rows * sizeof(*build.scales));
		status = nmaccel_build_panels(&build, fill_from_panels, &source);
	}
	free(source.rows.data);
	return nmaccel_build_finish(&build, status, repacked);
}

enum nmaccel_status nmaccel_weights_repack(struct nmaccel_weights *weights, uint32_t lanes,
					   uint32_t block_rows, uint32_t panel_rows,
					   struct nmaccel_weights **repacked)
{
	struct nmaccel_weights_shape shape;
	enum nmaccel_status status;

	if (!weights || !repacked)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL",
				     weights ? "repacked" : "weights");
	shape = weights->shape;
	shape.lanes = lanes ? lanes : NMACCEL_DEFAULT_LANES;
	shape.block_rows = block_rows ? block_rows : NMACCEL_BLOCK_ROWS_128;
	shape.panel_rows = panel_rows ? panel_rows : NMACCEL_MAX_PANEL_ROWS;
	status = nmaccel_weights_shape_check(&shape);
	if (status)
		return status;
	if (!memcmp(&shape, &weights->shape, sizeof(shape))) {
		*repacked = nmaccel_weights_ref(weights);
		return NMACCEL_OK;
	}
	return repack(weights, &shape, repacked);
}
