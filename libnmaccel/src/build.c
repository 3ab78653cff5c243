// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "error.h"
#include "stream.h"
#include "verify.h"
#include "view.h"

/* Streams begin at cache lines. */
#define STREAM_ALIGN 64

enum nmaccel_status nmaccel_build_start(struct nmaccel_build *b,
					const struct nmaccel_weights_shape *shape,
					const struct nmaccel_pattern *pattern)
{
	uint64_t reduction = (uint64_t)shape->kernel_h * shape->kernel_w * shape->channels;
	uint32_t rows = shape->rows / shape->n_groups;

	if (rows > shape->panel_rows)
		rows = shape->panel_rows;
	*b = (struct nmaccel_build){0};
	b->weights = nmaccel_weights_alloc(shape, pattern);
	if (!b->weights)
		return NMACCEL_ERR_NO_MEMORY;
	b->weights->scales = b->scales = calloc(shape->rows, sizeof(*b->scales));
	b->weights->sums = b->sums = calloc(shape->rows, sizeof(*b->sums));
	b->dense = malloc(rows * reduction);
	if (!b->scales || !b->sums || !b->dense)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory for %u rows and a panel of %u x %llu", shape->rows,
				     rows, (unsigned long long)reduction);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_build_finish(struct nmaccel_build *b, enum nmaccel_status status,
					 struct nmaccel_weights **weights)
{
	free(b->dense);
	if (status)
		nmaccel_weights_unref(b->weights);
	else
		*weights = b->weights;
	return status;
}

void nmaccel_build_dense_view(const struct nmaccel_weights_shape *shape, int8_t *dense,
			      uint32_t rows, struct nmaccel_weight_view *view)
{
	*view = (struct nmaccel_weight_view){.data = dense,
					     .type = NMACCEL_TYPE_S8,
					     .rows = rows,
					     .channels = shape->channels,
					     .kernel_h = shape->kernel_h,
					     .kernel_w = shape->kernel_w,
					     .stride_channel = 1,
					     .stride_w = shape->channels};
	view->stride_h = view->stride_w * shape->kernel_w;
	view->stride_row = view->stride_h * shape->kernel_h;
}

void nmaccel_build_copy_row(const struct nmaccel_weight_view *src, uint32_t src_row,
			    const struct nmaccel_weight_view *dst, uint32_t dst_row)
{
	int64_t in_step = nmaccel_view_step(src), out_step = nmaccel_view_step(dst);
	uint32_t i, j, c;

	for (i = 0; i < src->kernel_h; i++) {
		for (j = 0; j < src->kernel_w; j++) {
			const char *in = nmaccel_view_tap(src, src_row, i, j);
			char *out = nmaccel_view_tap(dst, dst_row, i, j);

			if (in_step == 1 && out_step == 1) {
				memcpy(out, in, src->channels);
				continue;
			}
			for (c = 0; c < src->channels; c++, in += in_step, out += out_step)
				*out = *in;
		}
	}
}

static enum nmaccel_status build_stream(struct nmaccel_build *b, uint32_t i)
{
	struct nmaccel_panel *panel = &b->weights->panels[i];
	struct nmaccel_stream_totals totals;
	struct nmaccel_stream_shape shape;
	enum nmaccel_status status;
	uint8_t *stream;

	nmaccel_weights_stream_shape(b->weights, i, &shape);
	panel->bytes = nmaccel_stream_size(&shape, b->dense);
	stream = aligned_alloc(STREAM_ALIGN,
			       (panel->bytes + STREAM_ALIGN - 1) & ~(uint64_t)(STREAM_ALIGN - 1));
	if (!stream)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a stream of %llu bytes",
				     (unsigned long long)panel->bytes);
	panel->stream = stream;
	nmaccel_stream_write(&shape, b->dense, stream);
	status = nmaccel_weights_verify_panel(b->weights, i, b->sums + panel->first_row, &totals);
	if (status == NMACCEL_ERR_FORMAT)
		return nmaccel_error_prefix(NMACCEL_ERR_INTERNAL, "packed stream reads back wrong");
	if (status)
		return status;
	panel->steps = totals.steps;
	panel->nonzeros = totals.nonzeros;
	b->weights->steps += totals.steps;
	b->weights->nonzeros += totals.nonzeros;
	b->weights->stream_bytes += panel->bytes;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_build_panels(struct nmaccel_build *b, nmaccel_build_fill fill,
					 void *source)
{
	struct nmaccel_weight_view dense;
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; i < b->weights->n_panels && !status; i++) {
		nmaccel_build_dense_view(&b->weights->shape, b->dense, b->weights->panels[i].n_rows,
					 &dense);
		status = fill(source, &b->weights->panels[i], &dense);
		if (!status)
			status = build_stream(b, i);
	}
	return status;
}
