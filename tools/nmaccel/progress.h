/* SPDX-License-Identifier: MIT */
/* A bar on stderr: only on a terminal, and only for work that takes longer than half a second. */
#ifndef NMACCEL_TOOLS_PROGRESS_H
#define NMACCEL_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *label;
	uint64_t total, started_ns, drawn_ns;
	bool terminal, drawn;
};

uint64_t now_ns(void); /* monotonic */

struct progress progress_begin(const char *label, uint64_t total);
void progress_step(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress); /* wipes the bar */

#endif /* NMACCEL_TOOLS_PROGRESS_H */
