/* SPDX-License-Identifier: MIT */
/* What the shell completions ask the command itself, so that they never fall behind it. */
#ifndef NMACCEL_TOOLS_COMPLETE_H
#define NMACCEL_TOOLS_COMPLETE_H

#include "options.h"

/*
 * `verbs`: each verb, a tab and its summary. `options VERB`: each option with its dashes, a tab and
 * its help. `values VERB OPTION`: the words that it takes, or "<file>" alone. Returns an exit code.
 */
int complete(const struct command *const *commands, size_t count, int argc, char **argv);

#endif /* NMACCEL_TOOLS_COMPLETE_H */
