/* SPDX-License-Identifier: MIT */
/* Will a layer run sparse, and why or why not? */
#ifndef NMACCEL_TOOLS_VERDICT_H
#define NMACCEL_TOOLS_VERDICT_H

#include "stats.h"

struct json_object;

enum verdict {
	VERDICT_SPARSE, /* runs, in fewer steps than dense */
	VERDICT_DENSE,	/* runs, but its zeros save nothing */
	VERDICT_NO,	/* does not run on the engine as it is */
};

const char *verdict_name(enum verdict verdict);

/* Append {code, text, cure} to an array; the cure may be NULL. */
void verdict_reason(struct json_object *reasons, const char *code, const char *cure,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The verdict on a layer; its reasons are appended, the most important first. */
enum verdict verdict_of(const struct tensor *t, const struct layer *layer,
			const struct stats *stats, const struct stats_engine *engine,
			struct json_object *reasons);

#endif /* NMACCEL_TOOLS_VERDICT_H */
