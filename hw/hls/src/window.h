/* SPDX-License-Identifier: MIT */
/*
 * Which input column each output column of a tile reads, tap by tap. Convolutions and pools walk
 * their input through this, so no unrolled copy of it ever lies in memory.
 */
#ifndef ENGINE_WINDOW_H
#define ENGINE_WINDOW_H

#include "desc.h"

#define ENGINE_OUTSIDE UINT32_MAX

/* The top left corner of each column's window, in its image. */
struct engine_columns {
	uint32_t count; /* columns that exist */
	int64_t y[NMACCEL_ENGINE_COLUMNS];
	int64_t x[NMACCEL_ENGINE_COLUMNS];
	uint32_t image[NMACCEL_ENGINE_COLUMNS]; /* first input column of the image */
};

/* One tap: for each column the input's column tile, or ENGINE_OUTSIDE, and the place in it. */
struct engine_tap {
	uint32_t tile[NMACCEL_ENGINE_COLUMNS];
	uint32_t place[NMACCEL_ENGINE_COLUMNS];
	bool any_outside;
};

static void engine_columns_start(const struct nmaccel_hw_desc *desc, uint32_t tile,
				 struct engine_columns *columns)
{
	const uint32_t total = engine_desc_out_columns(desc);
	const uint32_t first = tile * NMACCEL_ENGINE_COLUMNS;
	const uint32_t image_pixels = desc->out_h * desc->out_w;
	uint32_t image = first / image_pixels;
	uint32_t y = first % image_pixels / desc->out_w;
	uint32_t x = first % desc->out_w;
	uint32_t j;

	columns->count =
		total - first < NMACCEL_ENGINE_COLUMNS ? total - first : NMACCEL_ENGINE_COLUMNS;
COLUMNS_START:
	for (j = 0; j < columns->count; j++) {
		columns->y[j] = (int64_t)y * desc->stride_h - desc->pad_top;
		columns->x[j] = (int64_t)x * desc->stride_w - desc->pad_left;
		columns->image[j] = image * desc->in_h * desc->in_w;
		if (++x == desc->out_w) {
			x = 0;
			if (++y == desc->out_h) {
				y = 0;
				image++;
			}
		}
	}
}

static void engine_tap_start(const struct nmaccel_hw_desc *desc,
			     const struct engine_columns *columns, uint32_t tap_y, uint32_t tap_x,
			     struct engine_tap *tap)
{
	uint32_t j;

	tap->any_outside = false;
TAP_START:
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		uint32_t column = ENGINE_OUTSIDE;

		ENGINE_PIPELINE
		if (j < columns->count) {
			const int64_t y = columns->y[j] + (int64_t)tap_y * desc->dilation_h;
			const int64_t x = columns->x[j] + (int64_t)tap_x * desc->dilation_w;

			if (y >= 0 && y < desc->in_h && x >= 0 && x < desc->in_w)
				column = columns->image[j] + (uint32_t)y * desc->in_w + (uint32_t)x;
		}
		if (column == ENGINE_OUTSIDE) {
			tap->any_outside = true;
			tap->tile[j] = ENGINE_OUTSIDE;
			tap->place[j] = 0;
		} else {
			tap->tile[j] = column / NMACCEL_ENGINE_COLUMNS;
			tap->place[j] = column % NMACCEL_ENGINE_COLUMNS;
		}
	}
}

/*
 * The next run of columns, at or after from, that read one input tile; columns outside may lie
 * between them. Returns where it starts, NMACCEL_ENGINE_COLUMNS if there is none; *end is where
 * the next may start. The columns ascend in the input, so a tap meets each input tile once.
 */
static uint32_t engine_tap_run(const struct engine_tap *tap, uint32_t from, uint32_t *end)
{
	uint32_t start, j;

TAP_FIND:
	for (start = from; start < NMACCEL_ENGINE_COLUMNS; start++)
		if (tap->tile[start] != ENGINE_OUTSIDE)
			break;
TAP_FOLLOW:
	for (j = start; j < NMACCEL_ENGINE_COLUMNS; j++)
		if (tap->tile[j] != ENGINE_OUTSIDE && tap->tile[j] != tap->tile[start])
			break;
	*end = j;
	return start;
}

#endif /* ENGINE_WINDOW_H */
