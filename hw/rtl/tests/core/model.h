/* SPDX-License-Identifier: MIT */
/* What the core computes: plain arrays, in which each clock's events happen one after the other. */
#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "shim.h"

struct core_model {
	uint32_t lanes;
	uint32_t columns;
	int8_t block[CORE_ROWS][CORE_MAX_COLUMNS];
	int32_t acc[2][CORE_ROWS][CORE_MAX_COLUMNS];
	bool used[2][CORE_ROWS];
	bool max[2][CORE_ROWS]; /* what a used row's steps are */
};

/* A clock: its read, if it has one, goes to row. */
void core_model_clock(struct core_model *model, const struct core_in *in,
		      int32_t row[CORE_MAX_COLUMNS]);

#endif /* CORE_MODEL_H */
