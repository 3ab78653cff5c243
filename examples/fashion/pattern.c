// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "pattern.h"
#include "select.h"

bool pattern_parse(const char *text, struct pattern *pattern)
{
	int n, m, used = 0;

	if (!strcmp(text, "dense")) {
		*pattern = (struct pattern){0, 0};
		return true;
	}
	if (sscanf(text, "%3d:%3d%n", &n, &m, &used) != 2 || text[used])
		return false;
	if (m < 4 || m > PATTERN_MAX_M || (m & (m - 1)) || n < 1 || n > m)
		return false;
	*pattern = (struct pattern){n, m};
	return true;
}

static void print_with(struct pattern pattern, const char *between, char name[PATTERN_NAME_MAX])
{
	if (!pattern.m)
		snprintf(name, PATTERN_NAME_MAX, "dense");
	else
		snprintf(name, PATTERN_NAME_MAX, "%d%s%d", pattern.n, between, pattern.m);
}

void pattern_print(struct pattern pattern, char name[PATTERN_NAME_MAX])
{
	print_with(pattern, ":", name);
}

void pattern_print_file(struct pattern pattern, char name[PATTERN_NAME_MAX])
{
	print_with(pattern, "of", name);
}

static void mask_group(const float *weights, size_t size, size_t keep, float *mask)
{
	uint32_t keys[PATTERN_MAX_M], limit;
	size_t above = 0, ties;

	for (size_t i = 0; i < size; i++)
		keys[i] = select_key(fabsf(weights[i]));
	limit = select_kth(keys, size, size - keep);

	for (size_t i = 0; i < size; i++)
		above += select_key(fabsf(weights[i])) > limit;
	ties = keep - above;
	for (size_t i = 0; i < size; i++) {
		const uint32_t key = select_key(fabsf(weights[i]));

		mask[i] = key > limit ? 1.0f : 0.0f;
		if (key == limit && ties) {
			mask[i] = 1.0f;
			ties--;
		}
	}
}

void pattern_mask(struct pattern pattern, const float *weights, size_t runs, size_t length,
		  float *mask)
{
	const size_t m = pattern.m ? (size_t)pattern.m : length;
	const size_t n = pattern.m ? (size_t)pattern.n : length;

	for (size_t run = 0; run < runs; run++) {
		for (size_t first = 0; first < length; first += m) {
			const size_t size = length - first < m ? length - first : m;

			if (n >= size) {
				for (size_t i = 0; i < size; i++)
					mask[first + i] = 1.0f;
			} else {
				mask_group(weights + first, size, n, mask + first);
			}
		}
		weights += length;
		mask += length;
	}
}
