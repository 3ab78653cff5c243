/* SPDX-License-Identifier: MIT */
#ifndef FASHION_OPTIONS_H
#define FASHION_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *data;	 /* directory of the idx files */
	const char *checkpoints; /* directory of the trained networks */
	const char *out;	 /* directory for the models, or NULL */
	const char *network;	 /* one of recipe_networks, or NULL for all */
	const char *pattern;	 /* one of recipe_patterns, or NULL for all */
	bool reuse;
	uint64_t seed;
	int threads;
	int epochs; /* 0: as the recipe says */
};

/* Returns 0 to go on, 1 if --help was answered, or -1 after a message on stderr. */
int options_parse(struct options *options, int argc, char **argv);

#endif
