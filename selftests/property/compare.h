/* SPDX-License-Identifier: MIT */
/* Run a plan and compare its outputs with the reference's, bit for bit. */
#ifndef NMACCEL_SELFTESTS_COMPARE_H
#define NMACCEL_SELFTESTS_COMPARE_H

#include "generate.h"

/* What the reference gives, as memory in each output's layout. */
struct expected {
	void *outputs[GENERATE_MAX_LAYERS];
	size_t bytes[GENERATE_MAX_LAYERS];
	size_t values;
};

bool expected_make(const struct random_network *random, struct expected *expected);
void expected_free(struct expected *expected);

/*
 * Submit the plan `runs` times, all in flight together, through pointers or buffers, and compare.
 * On a difference or a failed call, false with the place in text[].
 */
bool compare_runs(struct prng *p, struct nmaccel_device *dev, struct nmaccel_plan *plan,
		  const struct random_network *random, const struct expected *expected, size_t runs,
		  char *text, size_t len);

#endif /* NMACCEL_SELFTESTS_COMPARE_H */
