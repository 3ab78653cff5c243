/* SPDX-License-Identifier: MIT */
/* nmaccel bench: layers against a naive dense loop, or the latency of a plan. */
#include <stdlib.h>

#include "bench.h"
#include "commands.h"
#include "fail.h"

uint64_t bench_random(uint64_t *state)
{
	uint64_t x = *state ? *state : 1;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * 0x2545f4914f6cdd1du) >> 32;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_percentile(double *values, uint32_t count, double p)
{
	double rank = p / 100.0 * count;
	uint32_t index;

	qsort(values, count, sizeof(*values), compare);
	index = (uint32_t)rank;
	if (index && (double)index == rank)
		index--;
	return values[index < count ? index : count - 1];
}

static int run_bench(const void *config, char **operands, size_t n_operands)
{
	const struct bench_config *c = config;

	if (!n_operands && c->batch)
		return fail(FAIL_USAGE, "--batch is for a plan; --columns sets those of a layer");
	if (n_operands && (c->shapes.count || c->patterns.count))
		return fail(FAIL_USAGE, "--shape and --pattern are for layers, not for a plan");
	return n_operands ? bench_plan(c, operands[0]) : bench_layers(c);
}

static const struct option_spec options[] = {
	{"shape", 'S', OPTION_LIST, "SHAPE",
	 "a layer: ROWSxK, or OUTxINxHxW@HEIGHTxWIDTH; may be repeated",
	 offsetof(struct bench_config, shapes), NULL, NULL, 0, 0},
	{"pattern", 'p', OPTION_LIST, "N:M", "a pattern to prune to; may be repeated",
	 offsetof(struct bench_config, patterns), NULL, PATTERN_OFFERS, 0, 0},
	{"columns", 'c', OPTION_U32, "COUNT", "columns (tokens) of a ROWSxK layer (256)",
	 offsetof(struct bench_config, columns), NULL, NULL, 1, 1u << 20},
	{"batch", 'b', OPTION_U32, "COUNT", "samples of one run of a plan (1)",
	 offsetof(struct bench_config, batch), NULL, NULL, 1, 1u << 20},
	{"repeat", 'r', OPTION_U32, "COUNT", "pairs or runs to measure (21)",
	 offsetof(struct bench_config, repeat), NULL, NULL, 1, 1000000},
	{"seed", 0, OPTION_U32, "NUMBER", "of the random weights and samples (1)",
	 offsetof(struct bench_config, seed), NULL, NULL, 0, UINT32_MAX},
	{"backend", 'B', OPTION_TEXT, "NAME", "device or backend to run on",
	 offsetof(struct bench_config, backend), NULL, "soft model drm xrt", 0, 0},
	{0},
};

static const struct bench_config defaults = {.columns = 256, .repeat = 21, .seed = 1};

const struct command bench_command = {
	.name = "bench",
	.operands = "[MODEL.plan]",
	.summary = "Measure layers against a naive dense loop, or the latency of a plan",
	.min_operands = 0,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel bench --shape 512x512 --pattern dense --pattern 8:128",
	.run = run_bench,
};
