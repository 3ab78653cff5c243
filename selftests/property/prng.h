/* SPDX-License-Identifier: MIT */
/* Random numbers that a seed reproduces: SplitMix64. */
#ifndef NMACCEL_SELFTESTS_PRNG_H
#define NMACCEL_SELFTESTS_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t state;
};

static inline uint64_t prng_next(struct prng *p)
{
	uint64_t z = p->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number in [min, max]. */
static inline int64_t prng_range(struct prng *p, int64_t min, int64_t max)
{
	return min + (int64_t)(prng_next(p) % ((uint64_t)(max - min) + 1));
}

/* A size in [min, max], half of the time small ones as likely as large ones by magnitude. */
static inline size_t prng_size(struct prng *p, size_t min, size_t max)
{
	unsigned int bits = 64 - (unsigned int)__builtin_clzll(max);
	size_t top = prng_next(p) % 2 ? max : ((size_t)2 << prng_range(p, 0, bits)) - 1;

	if (top > max)
		top = max;
	return (size_t)prng_range(p, (int64_t)min, (int64_t)(top < min ? min : top));
}

/* True once in n times. */
static inline bool prng_one_in(struct prng *p, unsigned int n)
{
	return prng_next(p) % n == 0;
}

/* In [0, 1). */
static inline double prng_unit(struct prng *p)
{
	return (double)(prng_next(p) >> 11) * 0x1p-53;
}

#endif /* NMACCEL_SELFTESTS_PRNG_H */
