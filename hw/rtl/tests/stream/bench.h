/* SPDX-License-Identifier: MIT */
/* Runs jobs on the joined units and checks all that they say against the walk. */
#ifndef RTL_STREAM_BENCH_H
#define RTL_STREAM_BENCH_H

#include "memory.h"
#include "walk.h"

struct bench_params {
	struct walk_build build;
	uint32_t data_bytes;
	uint32_t core_latency;
	uint32_t block_latency;
};

/* How a run is driven; stalls are in 256 of each clock. */
struct bench_mood {
	uint32_t latency;
	uint32_t xlat_latency;
	uint32_t memory_stall;
	uint32_t hdr_stall;
	uint32_t run_stall;
	uint32_t step_stall;
	uint32_t blk_stall;
	uint32_t res_stall;
	uint32_t free_delay; /* of banks, at most */
	uint32_t desc_delay; /* clocks between publishing */
};

/* What a run showed. */
struct bench_seen {
	uint64_t clocks;
	uint64_t first_step; /* clock of the first step that was issued, and of the last */
	uint64_t last_step;
	uint64_t steps;
	uint64_t longest_gap; /* clocks without a step between two */
	uint64_t words;	      /* read from memory */
	bool faulted;
	struct shim_result last;
};

struct bench;

struct bench *bench_create(const struct bench_params *params);
void bench_destroy(struct bench *bench);

/*
 * Run a job, up to the fault that the walk has found, and forget it by flush. The walk says what
 * memory and loader refuse.
 */
void bench_run(struct bench *bench, const struct walk *walk, bool hole_in_list,
	       const struct bench_mood *mood, struct bench_seen *seen);

#endif /* RTL_STREAM_BENCH_H */
