/* SPDX-License-Identifier: MIT */
/* The contract's rounding: nearest, ties to even, saturated to [-2^24, 2^24], NaN to -2^24. */
#ifndef NMACCEL_SRC_SOFT_ROUND_H
#define NMACCEL_SRC_SOFT_ROUND_H

#include <math.h>
#include <stdint.h>

#define NMACCEL_SOFT_ROUND_LIMIT 16777216.0f

static inline int32_t nmaccel_soft_round(float f)
{
	/* Written so that a NaN, which compares false, takes the lower limit. */
	if (!(f > -NMACCEL_SOFT_ROUND_LIMIT))
		f = -NMACCEL_SOFT_ROUND_LIMIT;
	if (f > NMACCEL_SOFT_ROUND_LIMIT)
		f = NMACCEL_SOFT_ROUND_LIMIT;
	return (int32_t)rintf(f);
}

static inline int32_t nmaccel_soft_clamp(int32_t q, int32_t min, int32_t max)
{
	q = q < min ? min : q;
	return q > max ? max : q;
}

#endif /* NMACCEL_SRC_SOFT_ROUND_H */
