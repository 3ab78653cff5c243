/* SPDX-License-Identifier: MIT */
/* All counts are exact; a double holds the largest, C(256, 128), with room to spare. */
#include "sparsity.h"

#include <math.h>
#include <string.h>

static uint32_t less(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static double choose(uint32_t of, uint32_t take)
{
	double ways = 1;

	if (take > of)
		return 0;
	for (uint32_t i = 1; i <= less(take, of - take); i++)
		ways = ways * (of - less(take, of - take) + i) / i;
	return ways;
}

struct sparsity_groups sparsity_tap(uint32_t channels, struct cycles_pattern pattern)
{
	uint32_t rest = channels % pattern.m;

	return (struct sparsity_groups){
		.count = channels / pattern.m,
		.size = pattern.m,
		.nonzeros = pattern.n,
		.rest_count = rest > 0,
		.rest_size = rest,
		.rest_nonzeros = less(rest, pattern.n),
	};
}

/* ways[i] *= the ways to put some more, at most bound, into a cell. */
static void multiply_cell(double ways[CYCLES_MAX_GROUP + 1], uint32_t nonzeros, uint32_t cell,
			  uint32_t bound)
{
	for (uint32_t total = nonzeros + 1; total-- > 0;) {
		double sum = 0;

		for (uint32_t here = 0; here <= less(total, bound); here++)
			sum += ways[total - here] * choose(cell, here);
		ways[total] = sum;
	}
}

double sparsity_group_keeps(uint32_t size, uint32_t nonzeros, uint32_t cell, uint32_t bound)
{
	double ways[CYCLES_MAX_GROUP + 1] = {1};

	if (bound >= less(cell, nonzeros))
		return 1;
	for (uint32_t at = 0; at < size; at += cell)
		multiply_cell(ways, nonzeros, less(cell, size - at), bound);
	return ways[nonzeros] / choose(size, nonzeros);
}

double sparsity_row_keeps(const struct cycles_layer *layer, struct cycles_pattern pattern,
			  uint32_t cell, uint32_t bound)
{
	uint32_t taps = layer->kernel_h * layer->kernel_w;
	struct sparsity_groups groups;
	double keeps;

	if (pattern.m < cell) {
		/* As many in each cell, both being powers of two: kept always or never. */
		return less(pattern.n * (cell / pattern.m), cycles_layer_filter_channels(layer)) <=
		       bound;
	}
	groups = sparsity_tap(cycles_layer_filter_channels(layer), pattern);
	keeps = pow(sparsity_group_keeps(groups.size, groups.nonzeros, cell, bound), groups.count);
	if (groups.rest_count)
		keeps *= sparsity_group_keeps(groups.rest_size, groups.rest_nonzeros, cell, bound);
	return pow(keeps, taps);
}

void sparsity_count_start(struct sparsity_count *count)
{
	memset(count, 0, sizeof(*count));
	count->chance[0] = 1;
}

/* Part of a group: hypergeometric. */
static void add_part(struct sparsity_count *count, uint32_t size, uint32_t nonzeros, uint32_t part)
{
	double sum[CYCLES_MAX_GROUP + 1] = {0}, all = choose(size, part);
	uint32_t most = less(part, nonzeros);

	for (uint32_t here = 0; here <= most; here++) {
		double chance = choose(nonzeros, here) * choose(size - nonzeros, part - here) / all;

		for (uint32_t i = 0; i <= count->most && i + here <= CYCLES_MAX_GROUP; i++)
			sum[i + here] += count->chance[i] * chance;
	}
	count->most = less(count->most + most, CYCLES_MAX_GROUP);
	memcpy(count->chance, sum, sizeof(sum));
}

void sparsity_count_add(struct sparsity_count *count, uint32_t channels,
			struct cycles_pattern pattern, uint32_t from, uint32_t to)
{
	while (from < to) {
		uint32_t begin = from - from % pattern.m;
		uint32_t size = less(pattern.m, channels - begin);
		uint32_t nonzeros = less(pattern.n, size);
		uint32_t end = less(begin + size, to), part = end - from;

		if (part == size)
			count->sure += nonzeros;
		else if (nonzeros == size)
			count->sure += part;
		else
			add_part(count, size, nonzeros, part);
		from = end;
	}
}

double sparsity_count_steps(const struct sparsity_count *count, uint32_t lanes)
{
	double steps = 0;

	for (uint32_t i = 0; i <= count->most; i++)
		steps += count->chance[i] * ((count->sure + i + lanes - 1) / lanes);
	return steps;
}

double sparsity_count_mean(const struct sparsity_count *count)
{
	double mean = count->sure;

	for (uint32_t i = 0; i <= count->most; i++)
		mean += count->chance[i] * i;
	return mean;
}
