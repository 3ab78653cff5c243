/* SPDX-License-Identifier: MIT */
/* The verbs, and the small checks that several of them share. */
#ifndef NMACCEL_TOOLS_COMMANDS_H
#define NMACCEL_TOOLS_COMMANDS_H

#include "nmaccel.h"
#include "options.h"

extern const struct command info_command, check_command, prune_command, pack_command,
	unpack_command, run_command, bench_command, convert_command, validate_command,
	model_command;

#define PATTERN_OFFERS "2:4 1:4 16:128 8:128 4:128 16:256 unstructured dense"

/* "N:M", "unstructured" or "dense"; a usage error otherwise. */
int parse_pattern(const char *text, struct nmaccel_pattern *pattern);

int check_lanes(uint32_t lanes);	   /* 4, 8, 16 or 32 */
int check_block_rows(uint32_t block_rows); /* 128 or 256 */

#endif /* NMACCEL_TOOLS_COMMANDS_H */
