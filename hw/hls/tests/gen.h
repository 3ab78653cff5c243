/* SPDX-License-Identifier: MIT */
/* Random valid descriptors with the buffers that they need. */
#ifndef ENGINE_TESTS_GEN_H
#define ENGINE_TESTS_GEN_H

#include "expect.h"
#include "sim.h"

struct gen {
	const struct nmaccel_engine_variant *variant;
	struct expect_build build;
	uint32_t max_page_shift; /* of page lists */
};

/* So many random jobs, or as many times more as NMACCEL_EFFORT says. */
uint32_t gen_jobs(uint32_t usual);

void gen_init(struct gen *gen, const struct nmaccel_engine_variant *variant,
	      uint32_t max_page_shift);

/* Add one descriptor of the operation, of random shape. */
void gen_desc(const struct gen *gen, struct test_job *job, uint32_t op);

/* Add the stream and parameters of a convolution whose other fields are filled in. */
void gen_weights(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc);

/* A small convolution that needs two blocks, two column tiles and padding of all kinds. */
void gen_small_conv(const struct gen *gen, struct test_job *job);

/*
 * Two linear layers on one column tile, long enough that the second is known before the first is
 * over. The second reads the result of the first, or what that has read.
 */
void gen_two_layers(const struct gen *gen, struct test_job *job, bool result);

/* Bytes of a tensor of the build. */
uint64_t gen_tensor_bytes(const struct gen *gen, const struct nmaccel_hw_tensor *tensor,
			  uint64_t columns, uint32_t element);

#endif /* ENGINE_TESTS_GEN_H */
