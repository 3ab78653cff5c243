/* SPDX-License-Identifier: MIT */
#ifndef FASHION_ADAM_H
#define FASHION_ADAM_H

#include <stddef.h>

/* Adam (Kingma, Ba, 2015) with its usual constants. */
struct adam {
	size_t count;
	int step;
	float *mean, *square;
};

int adam_init(struct adam *adam, size_t count);
void adam_fini(struct adam *adam);

/* The learning rate and bias corrections of one step, the same for all parameters. */
struct adam_step {
	float rate, mean_scale, square_scale;
};

struct adam_step adam_next(struct adam *adam, float rate);

/* Moves params[first .. first + count) by gradients[0 .. count). */
void adam_apply(struct adam *adam, struct adam_step step, size_t first, size_t count,
		const float *gradients, float *params);

/* One cycle: up from peak / 25 in the first fifth, then down to nearly 0, both by cosine. */
float one_cycle_rate(float peak, int step, int steps);

#endif
