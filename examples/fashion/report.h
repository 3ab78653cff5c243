/* SPDX-License-Identifier: MIT */
#ifndef FASHION_REPORT_H
#define FASHION_REPORT_H

#include <stdbool.h>

#include "net.h"
#include "recipe.h"

struct report_row {
	char network[FASHION_NAME_MAX];
	char pattern[PATTERN_NAME_MAX];
	double zeros;
	float float_accuracy, int8_accuracy, floor;
	float seconds;
};

struct report {
	int count;
	struct report_row rows[RECIPE_NETWORKS * RECIPE_PATTERNS];
};

void report_add(struct report *report, const struct fashion_net *net, float dense_accuracy);

/* Prints the table; true if all networks reach their floors. */
bool report_print(const struct report *report);

#endif
