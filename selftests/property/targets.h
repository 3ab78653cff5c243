/* SPDX-License-Identifier: MIT */
/* Every way in which this machine can run a plan: backend, instruction set, threads. */
#ifndef NMACCEL_SELFTESTS_TARGETS_H
#define NMACCEL_SELFTESTS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nmaccel.h"

struct target {
	char label[48];
	struct nmaccel_device *dev;
	uint64_t plans, values; /* that were compared */
};

#define MAX_TARGETS 16

struct targets {
	struct target list[MAX_TARGETS];
	size_t count;
};

/*
 * Open them all, or with NMACCEL_BACKEND set those of that backend. False, with a message on
 * stderr, if one cannot be opened that this CPU should run.
 */
bool targets_open(struct targets *targets);
void targets_close(struct targets *targets);

#endif /* NMACCEL_SELFTESTS_TARGETS_H */
