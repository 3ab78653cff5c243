/* SPDX-License-Identifier: MIT */
#ifndef FASHION_PRNG_H
#define FASHION_PRNG_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine. */
struct prng {
	uint64_t state;
};

uint64_t prng_next(struct prng *prng);

/* Uniform in [0, bound), bound > 0. */
uint32_t prng_below(struct prng *prng, uint32_t bound);

/* Uniform in [-1, 1). */
float prng_signed_unit(struct prng *prng);

/* Puts 0 .. n - 1 into order[] in random order. */
void prng_shuffle(struct prng *prng, uint32_t *order, uint32_t n);

#endif
