// SPDX-License-Identifier: MIT
/* Numbers of the reference: rounding, saturation, activations. */
#include <math.h>

#include "reference.h"

/* All integers up to here are fp32 values, and every 8-bit result has saturated long before. */
#define ROUND_LIMIT 16777216.0f

int32_t ref_round_half_even(float f)
{
	float down, fraction;

	if (isnan(f) || f <= -ROUND_LIMIT)
		return -(int32_t)ROUND_LIMIT;
	if (f >= ROUND_LIMIT)
		return (int32_t)ROUND_LIMIT;

	down = floorf(f);
	fraction = f - down;
	if (fraction > 0.5f || (fraction == 0.5f && fmodf(down, 2.0f) != 0.0f))
		down += 1.0f;
	return (int32_t)down;
}

int32_t ref_wrap32(int64_t sum)
{
	int64_t low = sum & INT64_C(0xffffffff);

	return (int32_t)(low > INT32_MAX ? low - (INT64_C(1) << 32) : low);
}

static int32_t saturate(int32_t q, int32_t min, int32_t max)
{
	return q < min ? min : q > max ? max : q;
}

int32_t ref_quantise(const struct ref_epilogue *e, float f)
{
	int32_t type_min = e->type == REF_U8 ? 0 : -128;
	int32_t type_max = e->type == REF_U8 ? 255 : 127;
	int32_t q = saturate(ref_round_half_even(f) + e->zero_point, type_min, type_max);
	int32_t min = type_min, max = type_max;

	if (e->activation == REF_RELU) {
		min = e->zero_point;
	} else if (e->activation == REF_CLAMP) {
		min = saturate(ref_round_half_even(e->clamp_min / e->scale) + e->zero_point,
			       type_min, type_max);
		max = saturate(ref_round_half_even(e->clamp_max / e->scale) + e->zero_point,
			       type_min, type_max);
	}
	return saturate(q, min, max);
}
