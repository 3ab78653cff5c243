/* SPDX-License-Identifier: MIT */
#ifndef FASHION_TRAIN_H
#define FASHION_TRAIN_H

#include "data.h"
#include "net.h"

struct train_options {
	int epochs;
	float peak_rate;
	int threads;
};

/*
 * Trains net->params, from what they hold, under net->pattern, which they fulfil afterwards.
 * Prints a line per epoch. The result depends on `prng` and not on the number of threads. Returns
 * 0, or -1 if memory runs out.
 */
int train(struct fashion_net *net, const struct fashion_data *train_set,
	  const struct fashion_data *test_set, struct prng prng,
	  const struct train_options *options);

#endif
