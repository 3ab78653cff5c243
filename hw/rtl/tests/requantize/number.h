/* SPDX-License-Identifier: MIT */
/* nmaccel_f32_pkg::number_t in tests, and fp32 bit patterns that are worth a try. */
#ifndef RTL_TESTS_NUMBER_H
#define RTL_TESTS_NUMBER_H

#include <stdint.h>
#include <string.h>

#include "rng.h"

/* Zeros, subnormals, ties, powers of two, 2^24, huge, infinite, not a number. */
static const uint32_t odd_numbers[] = {
	0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000,
	0x00800001, 0x80ffffff, 0x01000000, 0x3f000000, 0xbf000000, 0x3f800000, 0xbf800000,
	0x3e800000, 0x3f7fffff, 0x3f800001, 0x3fc00000, 0x33800000, 0x4b000000, 0x4b800000,
	0xcb800000, 0x4b7fffff, 0x7effffff, 0x7f000000, 0x7f7fffff, 0xff7fffff, 0x7f800000,
	0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
};

#define ODD_NUMBERS (sizeof(odd_numbers) / sizeof(odd_numbers[0]))

static inline float number_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint32_t number_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* With its class in front: NaN, infinity, zero. Subnormals are zeros. */
static inline uint64_t number_pack(uint32_t bits)
{
	const uint32_t exponent = bits >> 23 & 255, fraction = bits & 0x7fffff;
	const uint64_t nan = exponent == 255 && fraction, inf = exponent == 255 && !fraction;
	const uint64_t zero = exponent == 0;

	if (zero)
		bits &= 0x80000000;
	return nan << 34 | inf << 33 | zero << 32 | bits;
}

/* What it says: not the fraction of an infinity, the sign of a zero, or anything of a NaN. */
static inline uint64_t number_meaning(uint64_t number)
{
	if (number >> 34)
		return UINT64_C(1) << 34;
	if (number >> 33)
		return number & ~UINT64_C(0x7fffff);
	return number >> 32 ? number & ~UINT64_C(0x80000000) : number;
}

static inline uint32_t number_odd(void)
{
	return odd_numbers[rng_range(0, ODD_NUMBERS - 1)];
}

/* A number of at most about the given size, or one of those above. */
static inline uint32_t number_random(float size)
{
	const uint32_t choice = rng_range(0, 9);
	float value = size * (float)rng_range(1, 1u << 24) / (float)(1u << 24);

	if (choice == 0)
		return number_odd();
	if (choice == 1)
		return (uint32_t)rng_u64();
	if (choice == 2) { /* a power of two */
		value = size;
		return number_bits(value) & 0xff800000;
	}
	if (choice < 5)
		value = -value;
	return number_bits(value);
}

#endif /* RTL_TESTS_NUMBER_H */
