/* SPDX-License-Identifier: MIT */
#ifndef FASHION_RECIPE_H
#define FASHION_RECIPE_H

#include <stdbool.h>

#include "pattern.h"

/* What the example makes, how long each network trains and what it must reach. */

#define RECIPE_NETWORKS 2
#define RECIPE_PATTERNS 6

extern const char *const recipe_networks[RECIPE_NETWORKS];
extern const char *const recipe_patterns[RECIPE_PATTERNS]; /* the dense one first */

struct recipe_schedule {
	int epochs;
	float peak_rate;
};

/* sparse: the network starts from the trained dense one. */
struct recipe_schedule recipe_schedule(const char *network, bool sparse);

/* The int8 accuracy that is asked for, in %; the CNN's floors depend on its dense accuracy. */
float recipe_floor(const char *network, const char *pattern, float dense_accuracy);

#endif
