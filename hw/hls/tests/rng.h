/* SPDX-License-Identifier: MIT */
/* Random numbers of the tests: the seed is printed, and NMACCEL_SEED repeats a run. */
#ifndef ENGINE_TESTS_RNG_H
#define ENGINE_TESTS_RNG_H

#include <stdbool.h>
#include <stdint.h>

/* Start from NMACCEL_SEED, or from the time; prints the seed with the test's name. */
void rng_start(const char *test);

uint64_t rng_u64(void);

/* From min to max, both included. */
uint32_t rng_range(uint32_t min, uint32_t max);

/* True once in n. */
bool rng_one_in(uint32_t n);

void rng_fill(uint8_t *bytes, uint64_t size);

#endif /* ENGINE_TESTS_RNG_H */
