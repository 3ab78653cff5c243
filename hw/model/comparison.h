/* SPDX-License-Identifier: MIT */
/* A network on the engine and on its rivals, under all patterns: what tables and charts show. */
#ifndef NMACCEL_MODEL_COMPARISON_H
#define NMACCEL_MODEL_COMPARISON_H

#include <stdio.h>

#include "cycles.h"

#define COMPARISON_PATTERNS 9

struct comparison_row {
	const char *pattern;
	struct cycles_result engine;
	double utilisation;
	uint64_t rivals[CYCLES_RIVALS];
	struct cycles_array arrays[CYCLES_RIVALS];
};

struct comparison {
	const char *network;
	uint32_t batch;
	struct cycles_engine engine;
	struct comparison_row rows[COMPARISON_PATTERNS];
};

/* Returns 0, or -1 if there is no memory. */
int comparison_run(struct comparison *comparison, const struct cycles_network *network,
		   const struct cycles_engine *engine, const struct cycles_grant *grant,
		   uint32_t batch);

/* A table in Markdown: clocks, utilisation, what they were spent on, speed-up over each rival. */
void comparison_write_table(const struct comparison *comparison, FILE *out);

/* The grouped bar chart of the paper's kind, in SVG: clocks relative to the dense array. */
void comparison_write_chart(const struct comparison *comparison, FILE *out);

#endif /* NMACCEL_MODEL_COMPARISON_H */
