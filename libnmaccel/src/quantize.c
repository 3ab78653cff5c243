// SPDX-License-Identifier: MIT
#include <float.h>
#include <string.h>

#include "error.h"
#include "quantize.h"
#include "view.h"

#define ABS_MASK     0x7fffffffu
#define INFINITY_KEY 0x7f800000u

#define Q_MAX 127.0f

static float from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Magnitudes order as their bits do. */
static uint32_t tap_max_key(const struct nmaccel_weight_view *src, uint32_t row, uint32_t i,
			    uint32_t j, uint32_t *where)
{
	const char *p = nmaccel_view_tap(src, row, i, j);
	int64_t step = nmaccel_view_step(src);
	uint32_t c, max = 0;

	*where = 0;
	for (c = 0; c < src->channels; c++, p += step) {
		uint32_t key = nmaccel_view_f32_bits(p) & ABS_MASK;

		if (key > max) {
			max = key;
			*where = c;
		}
	}
	return max;
}

enum nmaccel_status nmaccel_quantize_row_max(const struct nmaccel_weight_view *src, uint32_t row,
					     float *max)
{
	uint32_t i, j, channel, key, max_key = 0;

	for (i = 0; i < src->kernel_h; i++) {
		for (j = 0; j < src->kernel_w; j++) {
			key = tap_max_key(src, row, i, j, &channel);
			if (key >= INFINITY_KEY)
				return nmaccel_error(
					NMACCEL_ERR_INVALID,
					"%s at row %u, tap (%u, %u), channel %u cannot "
					"be quantised",
					key > INFINITY_KEY ? "NaN" : "infinity", row, i, j,
					channel);
			if (key > max_key)
				max_key = key;
		}
	}
	*max = from_bits(max_key);
	return NMACCEL_OK;
}

float nmaccel_quantize_scale(float max)
{
	float scale = max / Q_MAX;

	if (max == 0.0f)
		return 1.0f;
	return scale > 0.0f ? scale : FLT_TRUE_MIN;
}

/*
 * Adding and taking away 1.5 * 2^23 leaves no bits below the units, so the addition rounds to an
 * integer, half to even. It holds for |x| < 2^22.
 */
static int8_t round_s8(float x)
{
	const float magic = 12582912.0f;

	x = x < Q_MAX ? x : Q_MAX;
	x = x > -Q_MAX ? x : -Q_MAX;
	return (int8_t)((x + magic) - magic);
}

void nmaccel_quantize_row(const struct nmaccel_weight_view *src, uint32_t row, float scale,
			  const struct nmaccel_weight_view *dst, uint32_t dst_row)
{
	int64_t in_step = nmaccel_view_step(src), out_step = nmaccel_view_step(dst);
	uint32_t i, j, c;

	for (i = 0; i < src->kernel_h; i++) {
		for (j = 0; j < src->kernel_w; j++) {
			const char *in = nmaccel_view_tap(src, row, i, j);
			char *out = nmaccel_view_tap(dst, dst_row, i, j);

			for (c = 0; c < src->channels; c++, in += in_step, out += out_step)
				*out = round_s8(from_bits(nmaccel_view_f32_bits(in)) / scale);
		}
	}
}

static enum nmaccel_status check_arguments(const struct nmaccel_weight_view *src,
					   const struct nmaccel_weight_view *dst,
					   const float *scales)
{
	enum nmaccel_status status = nmaccel_view_check(src, "src");

	if (!status)
		status = nmaccel_view_check(dst, "dst");
	if (!status)
		status = nmaccel_view_check_same_shape(src, dst);
	if (status)
		return status;
	if (src->type != NMACCEL_TYPE_F32 || dst->type != NMACCEL_TYPE_S8)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "src must be NMACCEL_TYPE_F32 and dst NMACCEL_TYPE_S8");
	if (!scales)
		return nmaccel_error(NMACCEL_ERR_INVALID, "scales is NULL");
	if (nmaccel_view_overlap(src, dst))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "src and dst overlap; give dst memory of its own");
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_quantize(const struct nmaccel_weight_view *src,
				     const struct nmaccel_weight_view *dst, float *scales)
{
	enum nmaccel_status status = check_arguments(src, dst, scales);
	uint32_t row;
	float max;

	/* All rows are looked at before the first is written. */
	for (row = 0; !status && row < src->rows; row++)
		status = nmaccel_quantize_row_max(src, row, &max);
	if (status)
		return status;
	for (row = 0; row < src->rows; row++) {
		status = nmaccel_quantize_row_max(src, row, &max);
		if (status)
			return status;
		scales[row] = nmaccel_quantize_scale(max);
		nmaccel_quantize_row(src, row, scales[row], dst, row);
	}
	return NMACCEL_OK;
}
