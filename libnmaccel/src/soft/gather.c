/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "soft/gather.h"

bool nmaccel_soft_gather_straight(const struct nmaccel_hw_desc *desc)
{
	return desc->kernel_h == 1 && desc->kernel_w == 1 && desc->stride_h == 1 &&
	       desc->stride_w == 1 && desc->pad_top == 0 && desc->pad_left == 0 &&
	       desc->in_h == desc->out_h && desc->in_w == desc->out_w;
}

/* A run of columns of one output line whose input pixels lie stride apart. */
struct run {
	uint32_t column;
	uint32_t count;
	uint64_t pixel;
	uint32_t stride;
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The chunk's last window if it holds input columns [first, last] of that block, else a new one. */
static struct nmaccel_soft_window *find_window(struct nmaccel_soft_gather *gather, uint32_t chunk,
					       uint64_t block_offset, uint32_t first, uint32_t last)
{
	struct nmaccel_soft_window *window;

	if (gather->n[chunk] > 0) {
		window = &gather->windows[chunk][gather->n[chunk] - 1];
		if (window->offset <= block_offset + first &&
		    window->offset + NMACCEL_SOFT_CHUNK > block_offset + last)
			return window;
	}

	window = &gather->windows[chunk][gather->n[chunk]++];
	memset(window->shuffle, 0x80, sizeof(window->shuffle));
	window->offset = block_offset + min_u32(first, NMACCEL_SOFT_COLUMNS - NMACCEL_SOFT_CHUNK);
	return window;
}

static void add_run(struct nmaccel_soft_gather *gather, uint64_t block_bytes, struct run run)
{
	memset(gather->pad + run.column, 0, run.count);
	while (run.count > 0) {
		uint32_t chunk = run.column / NMACCEL_SOFT_CHUNK;
		uint32_t lane = run.column % NMACCEL_SOFT_CHUNK;
		uint32_t first = (uint32_t)(run.pixel % NMACCEL_SOFT_COLUMNS);
		uint32_t span = min_u32(NMACCEL_SOFT_CHUNK, NMACCEL_SOFT_COLUMNS - first);
		uint32_t n = min_u32(run.count, (span - 1) / run.stride + 1);
		struct nmaccel_soft_window *window;
		uint32_t i, from;

		n = min_u32(n, NMACCEL_SOFT_CHUNK - lane);
		window = find_window(gather, chunk, run.pixel / NMACCEL_SOFT_COLUMNS * block_bytes,
				     first, first + (n - 1) * run.stride);
		from = (uint32_t)(run.pixel / NMACCEL_SOFT_COLUMNS * block_bytes + first -
				  window->offset);
		for (i = 0; i < n; i++)
			window->shuffle[lane + i] = (uint8_t)(from + i * run.stride);

		run.column += n;
		run.count -= n;
		run.pixel += (uint64_t)n * run.stride;
	}
}

/* Clip a line's run to the columns [x, x + count) whose input column lies inside the image. */
static bool clip_run(const struct nmaccel_hw_desc *desc, uint32_t x, uint32_t tap_x,
		     struct run *run, uint32_t *in_x)
{
	int64_t stride = desc->stride_w;
	int64_t first = x * stride + (int64_t)tap_x * desc->dilation_w - desc->pad_left;
	int64_t skip = first < 0 ? (-first + stride - 1) / stride : 0;
	int64_t left = desc->in_w - (first + skip * stride);
	int64_t n = left > 0 ? (left - 1) / stride + 1 : 0;

	if (n > (int64_t)run->count - skip)
		n = (int64_t)run->count - skip;
	if (n <= 0)
		return false;

	run->column += (uint32_t)skip;
	run->count = (uint32_t)n;
	*in_x = (uint32_t)(first + skip * stride);
	return true;
}

bool nmaccel_soft_gather_init(struct nmaccel_soft_gather *gather,
			      const struct nmaccel_hw_desc *desc, uint32_t tile, uint32_t tap_y,
			      uint32_t tap_x, int8_t pad)
{
	uint64_t first = (uint64_t)tile * NMACCEL_SOFT_COLUMNS;
	uint64_t pixels = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	uint64_t left = pixels - first;
	uint32_t columns = left < NMACCEL_SOFT_COLUMNS ? (uint32_t)left : NMACCEL_SOFT_COLUMNS;
	uint64_t line = first / desc->out_w;
	uint32_t x = (uint32_t)(first % desc->out_w);
	uint64_t image = line / desc->out_h;
	uint32_t y = (uint32_t)(line % desc->out_h);
	bool any = false;
	uint32_t column, count;

	memset(gather->n, 0, sizeof(gather->n));
	memset(gather->pad, pad, sizeof(gather->pad));
	for (column = 0; column < columns; column += count, x = 0) {
		int64_t in_y = (int64_t)y * desc->stride_h + (int64_t)tap_y * desc->dilation_h -
			       desc->pad_top;
		struct run run = {.column = column, .stride = desc->stride_w};
		uint32_t in_x;

		count = min_u32(columns - column, desc->out_w - x);
		run.count = count;
		if (in_y >= 0 && in_y < desc->in_h && clip_run(desc, x, tap_x, &run, &in_x)) {
			run.pixel = (image * desc->in_h + (uint64_t)in_y) * desc->in_w + in_x;
			add_run(gather, (uint64_t)desc->in.channels * NMACCEL_SOFT_COLUMNS, run);
			any = true;
		}
		if (++y == desc->out_h) {
			y = 0;
			image++;
		}
	}
	return any;
}
