/* SPDX-License-Identifier: MIT */
/* NMACCEL_OP_ADD and the pools: channels of one column tile. */
#include <string.h>

#include "soft/program.h"

static float float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* The channels of a part: at most job->part_rows from part * job->part_rows on. */
static uint32_t part_channels(const struct nmaccel_soft_job *job, uint32_t part, uint32_t *first)
{
	uint32_t left;

	*first = part * job->part_rows;
	left = job->op->desc.out.ch - *first;
	return left < job->part_rows ? left : job->part_rows;
}

void nmaccel_soft_run_add(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			  uint32_t tile, uint32_t part)
{
	const struct nmaccel_hw_desc *desc = &job->op->desc;
	uint32_t columns = nmaccel_soft_tile_columns(job->op, tile);
	struct nmaccel_soft_add add = {
		.zero = {desc->in_zero, desc->in2_zero},
		.scale = {float_of(desc->scale), float_of(desc->scale2)},
		.out_zero = desc->out_zero,
		.act_min = desc->act_min,
		.act_max = desc->act_max,
	};
	uint32_t first, n;
	size_t skip, bytes;
	int8_t *out;

	(void)scratch;
	n = part_channels(job, part, &first);
	skip = (size_t)first * NMACCEL_SOFT_COLUMNS;
	bytes = (size_t)n * NMACCEL_SOFT_COLUMNS;
	out = nmaccel_soft_tensor(job->buffers, &desc->out, 1, tile) + skip;
	job->kernels->add(out, nmaccel_soft_tensor(job->buffers, &desc->in, 1, tile) + skip,
			  nmaccel_soft_tensor(job->buffers, &desc->in2, 1, tile) + skip, bytes,
			  &add);
	for (; columns < NMACCEL_SOFT_COLUMNS && n > 0; n--, out += NMACCEL_SOFT_COLUMNS)
		memset(out + columns, 0, NMACCEL_SOFT_COLUMNS - columns);
}

/* Taps of a window along one axis that lie inside the image. */
static uint32_t taps_inside(int64_t first, uint32_t kernel, uint32_t dilation, uint32_t size)
{
	uint32_t tap, n = 0;

	for (tap = 0; tap < kernel; tap++, first += dilation)
		n += first >= 0 && first < size;
	return n;
}

static void average_init(struct nmaccel_soft_average *average, const struct nmaccel_hw_desc *desc,
			 uint32_t tile, uint32_t columns)
{
	float scale = float_of(desc->scale);
	uint32_t c;

	memset(average, 0, sizeof(*average));
	memset(average->valid, 0xff, columns);
	average->out_zero = desc->out_zero;
	average->act_min = desc->act_min;
	average->act_max = desc->act_max;
	for (c = 0; c < columns; c++) {
		uint64_t pixel = (uint64_t)tile * NMACCEL_SOFT_COLUMNS + c;
		int64_t x = (int64_t)(pixel % desc->out_w) * desc->stride_w - desc->pad_left;
		int64_t y = (int64_t)(pixel / desc->out_w % desc->out_h) * desc->stride_h -
			    desc->pad_top;
		uint32_t n = taps_inside(y, desc->kernel_h, desc->dilation_h, desc->in_h) *
			     taps_inside(x, desc->kernel_w, desc->dilation_w, desc->in_w);

		/* A window wholly outside keeps scale 0 and sum 0. */
		if (n == 0)
			continue;
		average->bias[c] = desc->in_zero * (int32_t)n;
		average->scale[c] = scale;
		if (desc->flags & NMACCEL_FLAG_COUNT_VALID)
			average->scale[c] = scale / (float)n;
	}
}

static void finish_max(int8_t *out, const int8_t *max, uint32_t rows,
		       const struct nmaccel_hw_desc *desc, uint32_t columns)
{
	int8_t act_min = (int8_t)desc->act_min;
	int8_t act_max = (int8_t)desc->act_max;
	size_t i, n = (size_t)rows * NMACCEL_SOFT_COLUMNS;
	uint32_t r;

	for (i = 0; i < n; i++) {
		int8_t x = max[i] < act_min ? act_min : max[i];

		out[i] = x > act_max ? act_max : x;
	}
	for (r = 0; columns < NMACCEL_SOFT_COLUMNS && r < rows; r++)
		memset(out + (size_t)r * NMACCEL_SOFT_COLUMNS + columns, 0,
		       NMACCEL_SOFT_COLUMNS - columns);
}

/* All taps' rows into the sums or maxima; what is outside the image changes neither. */
static void pool_taps(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
		      uint32_t tile, const int8_t *src, uint32_t rows)
{
	const struct nmaccel_hw_desc *desc = &job->op->desc;
	struct nmaccel_soft_gather *gather = &scratch->taps[0];
	bool max = desc->op == NMACCEL_OP_POOL_MAX;
	uint32_t y, x;

	for (y = 0; y < desc->kernel_h; y++) {
		for (x = 0; x < desc->kernel_w; x++) {
			if (!nmaccel_soft_gather_init(gather, desc, tile, y, x, max ? INT8_MIN : 0))
				continue;
			if (max)
				job->kernels->pool_max((int8_t *)scratch->acc, src, rows, gather);
			else
				job->kernels->pool_sum(scratch->acc, src, rows, gather);
		}
	}
}

void nmaccel_soft_run_pool(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			   uint32_t tile, uint32_t part)
{
	const struct nmaccel_hw_desc *desc = &job->op->desc;
	uint32_t columns = nmaccel_soft_tile_columns(job->op, tile);
	struct nmaccel_soft_average average;
	uint32_t first, rows;
	size_t skip;
	int8_t *out;

	rows = part_channels(job, part, &first);
	skip = (size_t)first * NMACCEL_SOFT_COLUMNS;
	out = nmaccel_soft_tensor(job->buffers, &desc->out, 1, tile) + skip;
	memset(scratch->acc, desc->op == NMACCEL_OP_POOL_MAX ? 0x80 : 0,
	       (size_t)rows * NMACCEL_SOFT_COLUMNS * sizeof(scratch->acc[0]));
	pool_taps(job, scratch, tile, nmaccel_soft_tensor(job->buffers, &desc->in, 1, 0) + skip,
		  rows);
	if (desc->op == NMACCEL_OP_POOL_MAX) {
		finish_max(out, (const int8_t *)scratch->acc, rows, desc, columns);
		return;
	}
	average_init(&average, desc, tile, columns);
	job->kernels->average(out, scratch->acc, rows, &average);
}
