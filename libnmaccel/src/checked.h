/* SPDX-License-Identifier: MIT */
/* Overflow-checked size arithmetic: each returns false, with *out untouched, on overflow. */
#ifndef NMACCEL_SRC_CHECKED_H
#define NMACCEL_SRC_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool nmaccel_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

static inline bool nmaccel_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

#endif /* NMACCEL_SRC_CHECKED_H */
