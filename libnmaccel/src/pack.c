// SPDX-License-Identifier: MIT
#include <string.h>

#include "build.h"
#include "error.h"
#include "options.h"
#include "pattern.h"
#include "quantize.h"
#include "view.h"
#include "weights.h"

#define FLOAT_INFINITY_BITS 0x7f800000u

/* Where rows come from. */
struct view_source {
	const struct nmaccel_weight_view *view;
	const float *given; /* scales */
	float *scales;
};

static enum nmaccel_status fill_from_view(void *source, const struct nmaccel_panel *panel,
					  const struct nmaccel_weight_view *dense)
{
	struct view_source *s = source;
	enum nmaccel_status status;
	uint32_t i;

	for (i = 0; i < panel->n_rows; i++) {
		uint32_t row = panel->first_row + i;
		float max;

		if (s->view->type == NMACCEL_TYPE_S8) {
			s->scales[row] = s->given ? s->given[row] : 1.0f;
			nmaccel_build_copy_row(s->view, row, dense, i);
			continue;
		}
		status = nmaccel_quantize_row_max(s->view, row, &max);
		if (status)
			return status;
		s->scales[row] = s->given ? s->given[row] : nmaccel_quantize_scale(max);
		nmaccel_quantize_row(s->view, row, s->scales[row], dense, i);
	}
	return NMACCEL_OK;
}

static enum nmaccel_status check_scales(const float *scales, uint32_t rows)
{
	uint32_t row, bits;

	for (row = 0; scales && row < rows; row++) {
		memcpy(&bits, &scales[row], sizeof(bits));
		if (!bits || bits >= FLOAT_INFINITY_BITS)
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "the scale of row %u is %g; it must be finite and "
					     "above 0",
					     row, (double)scales[row]);
	}
	return NMACCEL_OK;
}

static enum nmaccel_status read_options(const struct nmaccel_weight_view *view,
					const struct nmaccel_pack_options *user,
					struct nmaccel_pack_options *options,
					struct nmaccel_weights_shape *shape)
{
	enum nmaccel_status status = NMACCEL_OK;

	*options = (struct nmaccel_pack_options){.size = sizeof(*options)};
	if (user)
		status = nmaccel_options_read(options, sizeof(*options), user,
					      "struct nmaccel_pack_options");
	if (status)
		return status;
	*shape = (struct nmaccel_weights_shape){
		.rows = view->rows,
		.channels = view->channels,
		.kernel_h = view->kernel_h,
		.kernel_w = view->kernel_w,
		.n_groups = options->n_groups ? options->n_groups : 1,
		.lanes = options->lanes ? options->lanes : NMACCEL_DEFAULT_LANES,
		.block_rows = options->block_rows ? options->block_rows : NMACCEL_BLOCK_ROWS_128,
		.panel_rows = options->panel_rows ? options->panel_rows : NMACCEL_MAX_PANEL_ROWS,
	};
	status = nmaccel_weights_shape_check(shape);
	if (!status)
		status = nmaccel_pattern_validate(&options->pattern);
	if (!status)
		status = check_scales(options->scales, view->rows);
	return status;
}

enum nmaccel_status nmaccel_weights_pack(const struct nmaccel_weight_view *view,
					 const struct nmaccel_pack_options *options,
					 struct nmaccel_weights **weights)
{
	struct view_source source = {.view = view};
	struct nmaccel_weights_shape shape;
	struct nmaccel_pack_options o;
	enum nmaccel_status status = nmaccel_view_check(view, "view");
	struct nmaccel_build b;

	if (status)
		return status;
	if (!weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "weights is NULL");
	status = read_options(view, options, &o, &shape);
	if (status)
		return status;
	status = nmaccel_build_start(&b, &shape, &o.pattern);
	if (!status) {
		source.given = o.scales;
		source.scales = b.scales;
		status = nmaccel_build_panels(&b, fill_from_view, &source);
	}
	if (status == NMACCEL_ERR_PATTERN)
		nmaccel_error(status, "%s; prune the weights first, or promise less",
			      nmaccel_last_error());
	return nmaccel_build_finish(&b, status, weights);
}
