/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SHOW_AFTER_NS 500000000u
#define REDRAW_NS     100000000u
#define BAR_WIDTH     30

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

struct progress progress_begin(const char *label, uint64_t total)
{
	return (struct progress){.label = label,
				 .total = total ? total : 1,
				 .started_ns = now_ns(),
				 .terminal = isatty(STDERR_FILENO) == 1};
}

void progress_step(struct progress *progress, uint64_t done)
{
	uint64_t now;
	int filled;

	if (!progress->terminal)
		return;
	now = now_ns();
	if (now - progress->started_ns < SHOW_AFTER_NS ||
	    (progress->drawn && now - progress->drawn_ns < REDRAW_NS))
		return;
	progress->drawn = true;
	progress->drawn_ns = now;
	if (done > progress->total)
		done = progress->total;
	filled = (int)((double)done / (double)progress->total * BAR_WIDTH);
	fprintf(stderr, "\r%s [%.*s%*s] %3.0f %%", progress->label, filled,
		"##############################", BAR_WIDTH - filled, "",
		100.0 * (double)done / (double)progress->total);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
