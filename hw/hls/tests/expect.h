/* SPDX-License-Identifier: MIT */
/*
 * What a descriptor must do, written from the contract alone, element by element and with no
 * regard for speed.
 */
#ifndef ENGINE_TESTS_EXPECT_H
#define ENGINE_TESTS_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim.h"

/* The build that the expectation is for. */
struct expect_build {
	uint32_t lanes;
	uint32_t columns;
};

/* What a record must count. */
struct expect_counts {
	uint64_t tiles;
	uint64_t steps;
	uint64_t loads;
};

/*
 * Decode the stream of a convolution to dense weights [row][kernel_y][kernel_x][channel], which the
 * caller frees; a slot adds its value, so that one position may be named twice. Returns NULL and a
 * mask of faults (1 << NMACCEL_FAULT_*), of which an engine may report any, for a malformed one.
 */
int32_t *expect_weights(const struct expect_build *build, const struct test_job *job,
			const struct nmaccel_hw_desc *desc, uint32_t *faults,
			struct expect_counts *counts);

/* Carry out a valid descriptor on the job's buffers, adding to counts. Returns faults as above. */
uint32_t expect_desc(const struct expect_build *build, struct test_job *job,
		     const struct nmaccel_hw_desc *desc, struct expect_counts *counts);

/* round() of the contract. */
int64_t expect_round(float value);

#endif /* ENGINE_TESTS_EXPECT_H */
