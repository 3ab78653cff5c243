/* SPDX-License-Identifier: MIT */
/* The command line of nmaccel-card. */
#ifndef CARD_OPTIONS_H
#define CARD_OPTIONS_H

#include <stdbool.h>

#include "card.h"

struct card_options {
	struct card_build build;
	const char *socket;
	const char *control; /* NULL: none */
	bool once;
	bool help;
};

/* False with the reason printed to stderr. */
bool card_options_parse(struct card_options *options, int argc, char **argv);
void card_options_help(void);

#endif /* CARD_OPTIONS_H */
