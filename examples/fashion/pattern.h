/* SPDX-License-Identifier: MIT */
#ifndef FASHION_PATTERN_H
#define FASHION_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* At most n of m consecutive input channels of one filter tap are non-zero; m = 0: dense. */
struct pattern {
	int n, m;
};

#define PATTERN_MAX_M	 256
#define PATTERN_NAME_MAX 16

/* Reads "dense" or "N:M"; false if it is neither, or M is not a power of two in 4..256. */
bool pattern_parse(const char *text, struct pattern *pattern);

/* "dense", "8:128"; the form for file names has "8of128". */
void pattern_print(struct pattern pattern, char name[PATTERN_NAME_MAX]);
void pattern_print_file(struct pattern pattern, char name[PATTERN_NAME_MAX]);

/*
 * mask[i] = 1 where weights[i] is kept, else 0. `runs` runs of `length` consecutive weights are
 * cut into groups of m, a shorter one last; each group keeps its min(n, group) largest
 * magnitudes, the lower index first among equals.
 */
void pattern_mask(struct pattern pattern, const float *weights, size_t runs, size_t length,
		  float *mask);

#endif
