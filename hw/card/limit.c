// SPDX-License-Identifier: MIT
#include "limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "card.h"

#define BEYOND UINT32_MAX

void card_limit_job(const struct card_build *build, struct nmaccel_hw_job *job)
{
	if (job->n_descs > build->max_descs)
		job->n_descs = BEYOND;
	if (job->n_buffers > build->max_buffers)
		job->n_buffers = BEYOND;
}

/* Whatever the card does not announce is unknown to it. */
static bool check_op(const struct card_build *build, struct nmaccel_hw_desc *desc)
{
	const bool add = desc->op == NMACCEL_OP_ADD;
	const bool pool = desc->op == NMACCEL_OP_POOL_MAX || desc->op == NMACCEL_OP_POOL_AVG;

	if (!(add && build->no_add) && !(pool && build->no_pool))
		return true;
	desc->op = BEYOND;
	return false;
}

static bool check_channels(const struct card_build *build, struct nmaccel_hw_tensor *tensor)
{
	if (tensor->channels <= build->max_channels)
		return true;
	tensor->channels = BEYOND;
	return false;
}

/*
 * The rows of a convolution. The engine compares them with the tensor's channels first, so these
 * have to grow along; where that comparison fails already, it is the first fault.
 */
static bool check_rows(const struct card_build *build, struct nmaccel_hw_desc *desc)
{
	struct nmaccel_hw_tensor *out = &desc->out;

	if (desc->op != NMACCEL_OP_CONV || out->ch <= build->max_rows ||
	    out->ch0 >= out->channels || out->ch > out->channels - out->ch0)
		return true;
	out->channels = out->ch = NMACCEL_MAX_CHANNELS;
	out->ch0 = 0;
	return false;
}

static bool check_pixels(const struct card_build *build, uint32_t *batch, uint32_t *height,
			 uint32_t *width)
{
	const uint64_t max = build->max_pixels;

	if (*height > max) {
		*height = BEYOND;
	} else if (*width > max) {
		*width = BEYOND;
	} else if ((uint64_t)*height * *width > max) {
		*height = BEYOND;
	} else if ((uint64_t)*height * *width * *batch > max) {
		*batch = BEYOND;
	} else {
		return true;
	}
	return false;
}

static bool check_geometry(const struct card_build *build, struct nmaccel_hw_desc *desc)
{
	if (desc->batch > build->max_pixels) {
		desc->batch = BEYOND;
		return false;
	}
	return check_pixels(build, &desc->batch, &desc->in_h, &desc->in_w) &&
	       check_pixels(build, &desc->batch, &desc->out_h, &desc->out_w);
}

static void check_window(const struct card_build *build, struct nmaccel_hw_desc *desc)
{
	uint32_t *const steps[] = {
		&desc->kernel_h, &desc->kernel_w, &desc->stride_h,   &desc->stride_w,
		&desc->pad_top,	 &desc->pad_left, &desc->dilation_h, &desc->dilation_w,
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (*steps[i] > build->max_kernel)
			*steps[i] = BEYOND;
}

void card_limit_desc(const struct card_build *build, struct nmaccel_hw_desc *desc)
{
	if (check_op(build, desc) && check_channels(build, &desc->in) &&
	    check_channels(build, &desc->in2) && check_channels(build, &desc->out) &&
	    check_rows(build, desc) && check_geometry(build, desc))
		check_window(build, desc);
}
