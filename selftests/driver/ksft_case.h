/* SPDX-License-Identifier: MIT */
/* Random descriptors with all that they need, run on the card and by the model. */
#ifndef KSFT_CASE_H
#define KSFT_CASE_H

#include "ksft_model.h"
#include "ksft_pack.h"

enum case_buffer {
	CASE_IN,
	CASE_OUT,
	CASE_IN2,
	CASE_STREAM,
	CASE_PARAMS,
	CASE_BUFFERS,
};

/* What a case is drawn from: the largest of each, where 0 means a small one. */
struct case_range {
	uint32_t op;
	uint32_t flags;
	uint32_t block_rows; /* 0: any that the card has */
	uint32_t batch;
	uint32_t size; /* height and width */
	uint32_t kernel;
	uint32_t channels;
	uint32_t rows;
	bool loose;    /* pack() with its prng */
	bool extreme;  /* numbers from the ends of their ranges */
	bool one_size; /* the largest ones, not up to them */
};

struct op_case {
	struct drm_nmaccel_dev_info info;
	struct nmaccel_hw_desc desc; /* with buffers by enum case_buffer */
	int8_t *weights;
	struct bytes stream;
	struct bytes params;
	uint64_t bytes[CASE_BUFFERS];
	uint8_t *expected[CASE_BUFFERS];
};

void case_init(struct op_case *op_case, const struct drm_nmaccel_dev_info *info,
	       const struct case_range *range, struct prng *prng);
void case_free(struct op_case *op_case);

/* Does the card have the operation? */
bool case_possible(const struct drm_nmaccel_dev_info *info, uint32_t op);

/*
 * Run it in a job of its own and compare all bytes of all buffers: 0, -EILSEQ if any differs, or
 * what went wrong before. The place of the first one is printed.
 */
int case_run(struct op_case *op_case, int fd, uint32_t ctx);

/* New buffers as the case has them, and its table; then what differs of them. */
int case_upload(const struct op_case *op_case, int fd, struct bo bo[CASE_BUFFERS]);
void case_add(const struct op_case *op_case, const struct bo bo[CASE_BUFFERS],
	      struct submit *submit);
int case_compare(const struct op_case *op_case, const struct bo bo[CASE_BUFFERS]);

#endif
