// SPDX-License-Identifier: MIT
#include "expect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static float to_f32(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * One rounding to fp32 each: a double holds the exact product, and with 53 bits, more than
 * 2 * 24 + 2, the second rounding of a sum or quotient is harmless.
 */
static float mul_f32(float a, float b)
{
	return (float)((double)a * (double)b);
}

static float add_f32(float a, float b)
{
	return (float)((double)a + (double)b);
}

static float div_f32(float a, float b)
{
	return (float)((double)a / (double)b);
}

int64_t expect_round(float value)
{
	if (isnan(value) || value < -16777216.0f)
		return -16777216;
	if (value > 16777216.0f)
		return 16777216;
	return (int64_t)rint((double)value);
}

static int64_t clamp_s64(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* Byte address of an element of a tensor, channel counted from ch0. */
static uint8_t *element(const struct expect_build *build, struct test_job *job,
			const struct nmaccel_hw_tensor *tensor, uint32_t channel, uint64_t column,
			uint32_t bytes)
{
	const uint64_t pitch = (build->columns * bytes + 15) / 16 * 16;
	const uint64_t at = tensor->offset + column / build->columns * tensor->channels * pitch +
			    (tensor->ch0 + channel) * pitch + column % build->columns * bytes;

	assert_true(at + bytes <= job->buffers[tensor->buffer].size);
	return job->buffers[tensor->buffer].data + at;
}

static int32_t get_s8(const struct expect_build *build, struct test_job *job,
		      const struct nmaccel_hw_tensor *tensor, uint32_t channel, uint64_t column)
{
	return *(int8_t *)element(build, job, tensor, channel, column, 1);
}

static void put(const struct expect_build *build, struct test_job *job,
		const struct nmaccel_hw_tensor *tensor, uint32_t channel, uint64_t column,
		uint32_t bytes, int64_t value)
{
	const uint32_t bits = (uint32_t)value;
	uint8_t *at = element(build, job, tensor, channel, column, bytes);

	memcpy(at, &bits, bytes);
}

static uint64_t tiles_of(const struct expect_build *build, uint64_t columns)
{
	return (columns + build->columns - 1) / build->columns;
}

/* The whole pitch of each channel that the descriptor writes: zeros, before the results. */
static void clear_result(const struct expect_build *build, struct test_job *job,
			 const struct nmaccel_hw_desc *desc, uint32_t bytes)
{
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	const uint64_t pitch = (build->columns * bytes + 15) / 16 * 16;
	uint64_t tile;
	uint32_t channel;

	for (tile = 0; tile < tiles_of(build, columns); tile++)
		for (channel = 0; channel < desc->out.ch; channel++)
			memset(element(build, job, &desc->out, channel, tile * build->columns,
				       bytes),
			       0, pitch);
}

/* Column of the input that tap (i, j) of output pixel (y, x) reads; -1 outside the image. */
static int64_t tap_column(const struct nmaccel_hw_desc *desc, uint32_t image, uint32_t y,
			  uint32_t x, uint32_t i, uint32_t j)
{
	const int64_t in_y =
		(int64_t)y * desc->stride_h - desc->pad_top + (int64_t)i * desc->dilation_h;
	const int64_t in_x =
		(int64_t)x * desc->stride_w - desc->pad_left + (int64_t)j * desc->dilation_w;

	if (in_y < 0 || in_x < 0 || in_y >= desc->in_h || in_x >= desc->in_w)
		return -1;
	return ((int64_t)image * desc->in_h + in_y) * desc->in_w + in_x;
}

/* A stream while it is decoded. */
struct decoder {
	const uint8_t *bytes;
	uint64_t size;
	uint64_t at;
	uint32_t faults;
};

/* The next bytes, rounded up to 16 with zeros; NULL if they are not there. */
static const uint8_t *take(struct decoder *decoder, uint64_t bytes)
{
	const uint64_t padded = (bytes + 15) / 16 * 16;
	const uint8_t *start = decoder->bytes + decoder->at;
	uint64_t i;

	if (padded > decoder->size - decoder->at) {
		decoder->faults |= 1u << NMACCEL_FAULT_TRUNCATED;
		return NULL;
	}
	for (i = bytes; i < padded; i++)
		if (start[i])
			decoder->faults |= 1u << NMACCEL_FAULT_PADDING;
	decoder->at += padded;
	return start;
}

/* One block of n positions from first of a group on; positions run (tap, channel in group). */
static void decode_block(const struct expect_build *build, struct decoder *decoder,
			 const struct nmaccel_hw_desc *desc, uint32_t group_channel,
			 uint32_t group_channels, uint32_t first, uint32_t n, int32_t *weights,
			 uint64_t *steps)
{
	const uint32_t taps = desc->kernel_h * desc->kernel_w;
	const uint8_t *counts = take(decoder, desc->out.ch);
	const uint8_t *step;
	uint64_t total = 0;
	uint32_t r, k, s;

	for (r = 0; counts && r < desc->out.ch; r++)
		total += counts[r];
	step = counts ? take(decoder, total * 2 * build->lanes) : NULL;
	if (!step)
		return;
	*steps += total;
	for (r = 0; r < desc->out.ch; r++) {
		for (k = 0; k < counts[r]; k++, step += 2 * build->lanes) {
			for (s = 0; s < build->lanes; s++) {
				const uint32_t position = first + step[build->lanes + s];

				if (step[build->lanes + s] >= n) {
					decoder->faults |= 1u << NMACCEL_FAULT_INDEX;
					return;
				}
				weights[((uint64_t)r * taps + position / group_channels) *
						desc->in.ch +
					group_channel + position % group_channels] +=
					(int8_t)step[s];
			}
		}
	}
}

int32_t *expect_weights(const struct expect_build *build, const struct test_job *job,
			const struct nmaccel_hw_desc *desc, uint32_t *faults,
			struct expect_counts *counts)
{
	const uint32_t taps = desc->kernel_h * desc->kernel_w;
	struct decoder decoder = {
		.bytes = job->buffers[desc->weights].data + desc->weights_offset,
		.size = desc->weights_bytes,
	};
	int32_t *weights = calloc((size_t)desc->out.ch * taps * desc->in.ch, sizeof(*weights));
	uint32_t channel, first, channels, positions, n;

	assert_non_null(weights);
	for (channel = 0; channel < desc->in.ch && !decoder.faults; channel += channels) {
		channels = min_u32(desc->in.ch - channel, desc->block_rows);
		positions = taps * channels;
		for (first = 0; first < positions && !decoder.faults; first += n) {
			n = min_u32(positions - first, desc->block_rows);
			decode_block(build, &decoder, desc, channel, channels, first, n, weights,
				     &counts->steps);
			counts->loads += n;
		}
	}
	if (!decoder.faults && decoder.at != decoder.size)
		decoder.faults = 1u << NMACCEL_FAULT_TRAILING;
	*faults = decoder.faults;
	if (!decoder.faults)
		return weights;
	free(weights);
	return NULL;
}

static int64_t conv_result(const struct test_job *job, const struct nmaccel_hw_desc *desc,
			   uint32_t row, uint32_t sum)
{
	const uint8_t *param = job->buffers[desc->params].data + desc->params_offset + 8u * row;
	uint32_t bias, scale;
	int32_t acc;

	memcpy(&bias, param, 4);
	memcpy(&scale, param + 4, 4);
	acc = (int32_t)(sum + bias);
	if (desc->flags & NMACCEL_FLAG_OUT_S32)
		return clamp_s64(acc, desc->act_min, desc->act_max);
	return clamp_s64(expect_round(mul_f32((float)acc, to_f32(scale))) + desc->out_zero,
			 desc->act_min, desc->act_max);
}

static uint32_t conv_sum(const struct expect_build *build, struct test_job *job,
			 const struct nmaccel_hw_desc *desc, const int32_t *weights, uint32_t image,
			 uint32_t y, uint32_t x, uint32_t row)
{
	const int32_t *w = weights + (uint64_t)row * desc->kernel_h * desc->kernel_w * desc->in.ch;
	uint32_t i, j, c, sum = 0;

	for (i = 0; i < desc->kernel_h; i++) {
		for (j = 0; j < desc->kernel_w; j++) {
			const int64_t column = tap_column(desc, image, y, x, i, j);

			for (c = 0; c < desc->in.ch; c++, w++) {
				int32_t in = desc->in_zero;

				if (*w == 0)
					continue;
				if (column >= 0)
					in = get_s8(build, job, &desc->in, c, (uint64_t)column);
				sum += (uint32_t)*w * (uint32_t)in;
			}
		}
	}
	return sum;
}

static int64_t pool_result(const struct expect_build *build, struct test_job *job,
			   const struct nmaccel_hw_desc *desc, uint32_t image, uint32_t y,
			   uint32_t x, uint32_t channel)
{
	int64_t sum = 0, max = INT64_MIN;
	uint32_t inside = 0, i, j;
	float scale = to_f32(desc->scale);

	for (i = 0; i < desc->kernel_h; i++) {
		for (j = 0; j < desc->kernel_w; j++) {
			const int64_t column = tap_column(desc, image, y, x, i, j);
			int32_t in;

			if (column < 0)
				continue;
			in = get_s8(build, job, &desc->in, channel, (uint64_t)column);
			inside++;
			sum += in - desc->in_zero;
			max = in > max ? in : max;
		}
	}
	if (desc->op == NMACCEL_OP_POOL_MAX)
		return clamp_s64(max, desc->act_min, desc->act_max);
	if (!inside)
		return clamp_s64(desc->out_zero, desc->act_min, desc->act_max);
	if (desc->flags & NMACCEL_FLAG_COUNT_VALID)
		scale = div_f32(scale, (float)inside);
	return clamp_s64(expect_round(mul_f32((float)sum, scale)) + desc->out_zero, desc->act_min,
			 desc->act_max);
}

static int64_t add_result(const struct expect_build *build, struct test_job *job,
			  const struct nmaccel_hw_desc *desc, uint64_t column, uint32_t channel)
{
	const int32_t a = get_s8(build, job, &desc->in, channel, column) - desc->in_zero;
	const int32_t b = get_s8(build, job, &desc->in2, channel, column) - desc->in2_zero;
	const float f = add_f32(mul_f32((float)a, to_f32(desc->scale)),
				mul_f32((float)b, to_f32(desc->scale2)));

	return clamp_s64(expect_round(f) + desc->out_zero, desc->act_min, desc->act_max);
}

uint32_t expect_desc(const struct expect_build *build, struct test_job *job,
		     const struct nmaccel_hw_desc *desc, struct expect_counts *counts)
{
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	const uint64_t tiles = tiles_of(build, columns);
	const uint32_t bytes =
		desc->flags & NMACCEL_FLAG_OUT_S32 && desc->op == NMACCEL_OP_CONV ? 4 : 1;
	struct expect_counts once = {0};
	int32_t *weights = NULL;
	uint32_t faults = 0, r;
	uint64_t p;

	if (desc->op == NMACCEL_OP_CONV) {
		weights = expect_weights(build, job, desc, &faults, &once);
		if (!weights)
			return faults;
	}
	clear_result(build, job, desc, bytes);
	for (p = 0; p < columns; p++) {
		const uint32_t image = (uint32_t)(p / desc->out_w / desc->out_h);
		const uint32_t y = (uint32_t)(p / desc->out_w % desc->out_h);
		const uint32_t x = (uint32_t)(p % desc->out_w);

		for (r = 0; r < desc->out.ch; r++) {
			int64_t value;

			if (desc->op == NMACCEL_OP_CONV)
				value = conv_result(
					job, desc, r,
					conv_sum(build, job, desc, weights, image, y, x, r));
			else if (desc->op == NMACCEL_OP_ADD)
				value = add_result(build, job, desc, p, r);
			else
				value = pool_result(build, job, desc, image, y, x, r);
			put(build, job, &desc->out, r, p, bytes, value);
		}
	}
	free(weights);
	counts->tiles += tiles;
	counts->steps += tiles * once.steps;
	counts->loads += tiles * once.loads;
	return 0;
}
