/* SPDX-License-Identifier: MIT */
/*
 * Number rules of the contract: fp32 with one rounding per operation, and one way to round to an
 * integer. Cores that flush subnormals to zero give the same results: whatever a subnormal takes
 * part in here is far below one half after its multiplication by at most 2^31.
 */
#ifndef ENGINE_NUMERIC_H
#define ENGINE_NUMERIC_H

#include <float.h>

#include "config.h"

#if FLT_EVAL_METHOD != 0
#error "fp32 operations must round to fp32: build with SSE2 arithmetic (-msse2 -mfpmath=sse)"
#endif

#define ENGINE_ROUND_LIMIT 16777216 /* 2^24: up to here fp32 holds every integer */

static float engine_f32(uint32_t bits)
{
	union {
		uint32_t bits;
		float value;
	} u;

	u.bits = bits;
	return u.value;
}

/* To nearest, ties to even, saturated to [-2^24, 2^24]; a NaN gives -2^24. */
static int32_t engine_round(float value)
{
	const float limit = (float)ENGINE_ROUND_LIMIT;
	int32_t whole;
	float rest;

	if (!(value > -limit))
		return -ENGINE_ROUND_LIMIT;
	if (value >= limit)
		return ENGINE_ROUND_LIMIT;
	/* Both exact: the integer part towards zero, and what it leaves. */
	whole = (int32_t)value;
	rest = value - (float)whole;
	if (rest > 0.5f || (rest == 0.5f && whole & 1))
		whole++;
	else if (rest < -0.5f || (rest == -0.5f && whole & 1))
		whole--;
	return whole;
}

static int32_t engine_clamp(int32_t value, int32_t min, int32_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

#endif /* ENGINE_NUMERIC_H */
