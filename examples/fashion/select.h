/* SPDX-License-Identifier: MIT */
#ifndef FASHION_SELECT_H
#define FASHION_SELECT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SELECT_SIGN 0x80000000u

/* A key that orders as the float does (-0 below +0; no NaN), and its way back. */
static inline uint32_t select_key(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits & SELECT_SIGN ? ~bits : bits | SELECT_SIGN;
}

static inline float select_value(uint32_t key)
{
	const uint32_t bits = key & SELECT_SIGN ? key & ~SELECT_SIGN : ~key;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The key that would stand at place k if keys[n] were sorted upwards; permutes keys. */
uint32_t select_kth(uint32_t *keys, size_t n, size_t k);

#endif
