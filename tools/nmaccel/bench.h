/* SPDX-License-Identifier: MIT */
/* The two halves of `nmaccel bench`: single layers, and whole plans. */
#ifndef NMACCEL_TOOLS_BENCH_H
#define NMACCEL_TOOLS_BENCH_H

#include "options.h"

struct bench_config {
	struct common_config common;
	struct text_list shapes, patterns;
	const char *backend;
	uint32_t columns, batch, repeat, seed;
};

int bench_layers(const struct bench_config *config);
int bench_plan(const struct bench_config *config, const char *path);

/* Random numbers that a seed repeats: xorshift64*. */
uint64_t bench_random(uint64_t *state);

/* Sorts; p in 0 .. 100, nearest rank. */
double bench_percentile(double *values, uint32_t count, double p);

#endif /* NMACCEL_TOOLS_BENCH_H */
