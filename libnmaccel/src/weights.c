// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdlib.h>

#include "drm/nmaccel_hw.h"
#include "error.h"
#include "mapping.h"
#include "options.h"
#include "weights.h"

static enum nmaccel_status check_build(const struct nmaccel_weights_shape *shape)
{
	if (shape->lanes < NMACCEL_MIN_LANES || shape->lanes > NMACCEL_MAX_LANES ||
	    (shape->lanes & (shape->lanes - 1)))
		return nmaccel_error(NMACCEL_ERR_INVALID, "lanes is %u; it must be 4, 8, 16 or 32",
				     shape->lanes);
	if (shape->block_rows != NMACCEL_BLOCK_ROWS_128 &&
	    shape->block_rows != NMACCEL_BLOCK_ROWS_256)
		return nmaccel_error(NMACCEL_ERR_INVALID, "block_rows is %u; it must be 128 or 256",
				     shape->block_rows);
	if (!shape->panel_rows || shape->panel_rows > NMACCEL_MAX_PANEL_ROWS)
		return nmaccel_error(NMACCEL_ERR_INVALID, "panel_rows is %u; it must be 1 to %u",
				     shape->panel_rows, NMACCEL_MAX_PANEL_ROWS);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_weights_shape_check(const struct nmaccel_weights_shape *shape)
{
	if (!shape->rows || !shape->channels || !shape->kernel_h || !shape->kernel_w)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "shape %u x %u x %u x %u (rows, kernel, channels) is empty",
				     shape->rows, shape->kernel_h, shape->kernel_w,
				     shape->channels);
	if (shape->kernel_h > NMACCEL_MAX_KERNEL || shape->kernel_w > NMACCEL_MAX_KERNEL)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW, "kernel %u x %u is larger than %u",
				     shape->kernel_h, shape->kernel_w, NMACCEL_MAX_KERNEL);
	if ((uint64_t)shape->kernel_h * shape->kernel_w * shape->channels > NMACCEL_MAX_REDUCTION)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "kernel %u x %u of %u channels has more than %u weights a "
				     "row, so that a sum could overflow; split the layer along its "
				     "input channels",
				     shape->kernel_h, shape->kernel_w, shape->channels,
				     NMACCEL_MAX_REDUCTION);
	if (!shape->n_groups || shape->rows % shape->n_groups)
		return nmaccel_error(NMACCEL_ERR_INVALID, "n_groups is %u; it must divide %u rows",
				     shape->n_groups, shape->rows);
	return check_build(shape);
}

static uint32_t panels_per_group(const struct nmaccel_weights_shape *shape)
{
	uint32_t rows = shape->rows / shape->n_groups;

	return rows / shape->panel_rows + (rows % shape->panel_rows != 0);
}

uint32_t nmaccel_weights_count_panels(const struct nmaccel_weights_shape *shape)
{
	return shape->n_groups * panels_per_group(shape);
}

static void cut_panels(struct nmaccel_weights *w)
{
	uint32_t group_rows = w->shape.rows / w->shape.n_groups;
	uint32_t per_group = panels_per_group(&w->shape);
	uint32_t i;

	for (i = 0; i < w->n_panels; i++) {
		struct nmaccel_panel *panel = &w->panels[i];
		uint32_t done = i % per_group * w->shape.panel_rows;

		panel->group = i / per_group;
		panel->first_row = panel->group * group_rows + done;
		panel->n_rows = group_rows - done;
		if (panel->n_rows > w->shape.panel_rows)
			panel->n_rows = w->shape.panel_rows;
	}
}

struct nmaccel_weights *nmaccel_weights_alloc(const struct nmaccel_weights_shape *shape,
					      const struct nmaccel_pattern *pattern)
{
	uint32_t n_panels = nmaccel_weights_count_panels(shape);
	struct nmaccel_weights *w = calloc(1, sizeof(*w));

	if (w)
		w->panels = calloc(n_panels, sizeof(*w->panels));
	if (!w || !w->panels) {
		free(w);
		nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for weights of %u panels",
			      n_panels);
		return NULL;
	}
	atomic_init(&w->refs, 1);
	w->shape = *shape;
	w->pattern = *pattern;
	w->n_panels = n_panels;
	cut_panels(w);
	return w;
}

static void weights_free(struct nmaccel_weights *w)
{
	uint32_t i;

	if (!w->mapping) {
		for (i = 0; i < w->n_panels; i++)
			free((void *)w->panels[i].stream);
		free((void *)w->scales);
		free((void *)w->sums);
	}
	nmaccel_mapping_unref(w->mapping);
	free(w->panels);
	free(w);
}

struct nmaccel_weights *nmaccel_weights_ref(struct nmaccel_weights *weights)
{
	if (weights)
		atomic_fetch_add_explicit(&weights->refs, 1, memory_order_relaxed);
	return weights;
}

void nmaccel_weights_unref(struct nmaccel_weights *weights)
{
	if (weights && atomic_fetch_sub_explicit(&weights->refs, 1, memory_order_acq_rel) == 1)
		weights_free(weights);
}

enum nmaccel_status nmaccel_weights_query(const struct nmaccel_weights *weights,
					  struct nmaccel_weights_info *info)
{
	const struct nmaccel_weights_shape *s;
	struct nmaccel_weights_info result;
	enum nmaccel_status status;

	if (!weights || !info)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL",
				     weights ? "info" : "weights");
	status = nmaccel_options_check_size(info, "struct nmaccel_weights_info");
	if (status)
		return status;
	s = &weights->shape;
	result = (struct nmaccel_weights_info){
		.size = sizeof(result),
		.pattern = weights->pattern,
		.rows = s->rows,
		.channels = s->channels,
		.kernel_h = s->kernel_h,
		.kernel_w = s->kernel_w,
		.n_groups = s->n_groups,
		.lanes = s->lanes,
		.block_rows = s->block_rows,
		.panel_rows = s->panel_rows,
		.n_panels = weights->n_panels,
		.nonzeros = weights->nonzeros,
		.steps = weights->steps,
		.stream_bytes = weights->stream_bytes,
		.dense_bytes = (uint64_t)s->rows * s->kernel_h * s->kernel_w * s->channels,
	};
	nmaccel_options_write(info, &result, sizeof(result));
	return NMACCEL_OK;
}

const float *nmaccel_weights_scales(const struct nmaccel_weights *weights)
{
	return weights ? weights->scales : NULL;
}

const int32_t *nmaccel_weights_sums(const struct nmaccel_weights *weights)
{
	return weights ? weights->sums : NULL;
}

enum nmaccel_status nmaccel_weights_panel(const struct nmaccel_weights *weights, uint32_t panel,
					  const void **stream, uint64_t *bytes, uint32_t *first_row,
					  uint32_t *n_rows)
{
	const struct nmaccel_panel *p;

	if (!weights || !stream || !bytes || !first_row || !n_rows)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "weights, stream, bytes, first_row or n_rows is NULL");
	if (panel >= weights->n_panels)
		return nmaccel_error(NMACCEL_ERR_INVALID, "panel %u does not exist; there are %u",
				     panel, weights->n_panels);
	p = &weights->panels[panel];
	*stream = p->stream;
	*bytes = p->bytes;
	*first_row = p->first_row;
	*n_rows = p->n_rows;
	return NMACCEL_OK;
}
