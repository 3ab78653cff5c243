// SPDX-License-Identifier: MIT
#include "prng.h"

uint64_t prng_next(struct prng *prng)
{
	uint64_t z = prng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t prng_below(struct prng *prng, uint32_t bound)
{
	return (uint32_t)(((prng_next(prng) >> 32) * bound) >> 32);
}

float prng_signed_unit(struct prng *prng)
{
	/* 24 random bits are all that a float's mantissa takes. */
	return (float)(prng_next(prng) >> 40) * 0x1p-23f - 1.0f;
}

void prng_shuffle(struct prng *prng, uint32_t *order, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t j = prng_below(prng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
}
