/* SPDX-License-Identifier: MIT */
/*
 * What the stream and the issue unit must do with a job: a walk over its streams, byte by byte,
 * that writes down each block, run, step and result in order, up to the first fault.
 */
#ifndef RTL_STREAM_WALK_H
#define RTL_STREAM_WALK_H

#include "shim.h"
#include "sim.h"

struct walk_build {
	uint32_t lanes;
	uint32_t block_rows;
	uint32_t columns;
};

/* A word of a buffer that cannot be had, and what is said about it. None if words is 0. */
struct walk_hole {
	uint32_t buffer;
	uint64_t at; /* byte offset of the first word, a multiple of 16 */
	uint64_t words;
	struct shim_fault fault;
};

struct walk_core_step {
	uint32_t row;
	bool bank;
	bool max;
	uint32_t base;
	struct shim_step step;
};

struct walk_run {
	uint32_t row;
	uint32_t steps;
};

struct walk {
	struct walk_build build;
	const struct test_job *job;
	struct walk_hole hole;
	uint32_t blk_fault_at; /* the loader's fault comes with this block; UINT32_MAX: none */
	struct shim_fault blk_fault;

	/* Blocks whose headers are taken; of each how many results come before it is begun. */
	struct shim_hdr *hdrs;
	uint32_t n_hdrs;
	struct walk_run *runs;
	uint32_t n_runs;
	/*
	 * Steps that are issued: at least sure_steps. After them one more may come that is not
	 * here, if there was a fault in the second step of a word.
	 */
	struct walk_core_step *steps;
	uint32_t n_steps;
	uint32_t sure_steps;
	bool loose;
	/* The last one may be the fault. */
	struct shim_result *results;
	uint32_t n_results;
	bool faulted;
};

void walk_init(struct walk *walk, const struct walk_build *build, const struct test_job *job);
void walk_run(struct walk *walk);
void walk_free(struct walk *walk);

uint64_t walk_tiles(const struct walk_build *build, const struct nmaccel_hw_desc *desc);

/* The start of the request that reads a word of a buffer: BUS faults are told there. */
uint64_t walk_request_start(const struct test_job *job, const struct nmaccel_hw_desc *desc,
			    uint32_t buffer, uint64_t at);

#endif /* RTL_STREAM_WALK_H */
