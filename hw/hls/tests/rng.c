// SPDX-License-Identifier: MIT
#include "rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state = 1;

void rng_start(const char *test)
{
	const char *text = getenv("NMACCEL_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("%s: NMACCEL_SEED=%" PRIu64 "\n", test, seed);
	fflush(stdout);
	state = seed;
}

/* splitmix64 */
uint64_t rng_u64(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t rng_range(uint32_t min, uint32_t max)
{
	return min + (uint32_t)(rng_u64() % ((uint64_t)max - min + 1));
}

bool rng_one_in(uint32_t n)
{
	return rng_range(1, n) == 1;
}

void rng_fill(uint8_t *bytes, uint64_t size)
{
	uint64_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (uint8_t)rng_u64();
}
