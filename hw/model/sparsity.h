/* SPDX-License-Identifier: MIT */
/* How the non-zeros of a pattern fall: exactly n at random places of each group of m. */
#ifndef NMACCEL_MODEL_SPARSITY_H
#define NMACCEL_MODEL_SPARSITY_H

#include "cycles.h"

/* The groups of one tap: whole ones, and at most one that is shorter. */
struct sparsity_groups {
	uint32_t count, size, nonzeros;
	uint32_t rest_count, rest_size, rest_nonzeros; /* rest_count: 0 or 1 */
};

struct sparsity_groups sparsity_tap(uint32_t channels, struct cycles_pattern pattern);

/*
 * Probability that all cells of `cell` consecutive positions of a group hold at most bound
 * non-zeros, the group having nonzeros of size positions, every choice being as likely.
 */
double sparsity_group_keeps(uint32_t size, uint32_t nonzeros, uint32_t cell, uint32_t bound);

/* The same for all groups of a row of the layer; cells do not cross taps. */
double sparsity_row_keeps(const struct cycles_layer *layer, struct cycles_pattern pattern,
			  uint32_t cell, uint32_t bound);

/* Distribution of a number of non-zeros; those that are sure come on top. */
struct sparsity_count {
	uint32_t sure, most; /* most: the largest index of chance[] in use */
	double chance[CYCLES_MAX_GROUP + 1];
};

void sparsity_count_start(struct sparsity_count *count);

/* Add channels [from, to) of a tap with so many channels. */
void sparsity_count_add(struct sparsity_count *count, uint32_t channels,
			struct cycles_pattern pattern, uint32_t from, uint32_t to);

/* Expected value of ceil(non-zeros / lanes), and of the non-zeros themselves. */
double sparsity_count_steps(const struct sparsity_count *count, uint32_t lanes);
double sparsity_count_mean(const struct sparsity_count *count);

#endif /* NMACCEL_MODEL_SPARSITY_H */
