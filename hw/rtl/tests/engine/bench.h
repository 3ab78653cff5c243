/* SPDX-License-Identifier: MIT */
/*
 * The engine in its surroundings: a host that drives its registers, and the memory of a job
 * (hw/hls/tests/sim.h) behind AXI4 with random latency and stalls.
 */
#ifndef ENGINE_BENCH_H
#define ENGINE_BENCH_H

#include "shim.h"
#include "sim.h"

struct bench {
	void *engine;
	struct sim *sim;
	struct axi_read read;
	struct axi_write write;
	struct engine_in in;
	struct engine_out out;
	uint64_t clocks;
	uint32_t last_region;	/* that an access has found */
	uint32_t strays;	/* beats that touch nothing of the job */
	uint64_t refuse_addr;	/* the word at this address is refused; 0: none */
	uint64_t refused_words; /* so often it was asked for */
};

/* data_bytes: width of the memory port. Resets the engine. */
void bench_init(struct bench *bench, struct sim *sim, uint32_t data_bytes,
		const struct axi_timing *timing);
void bench_free(struct bench *bench);

/* Put another job's memory behind it, with other timing. */
void bench_attach(struct bench *bench, struct sim *sim, const struct axi_timing *timing);

/* One clock of everything. Fails the test when the protocol is broken. */
void bench_clock(struct bench *bench);

/* Hold reset for some clocks, with the memory's transactions forgotten. */
void bench_reset(struct bench *bench);

uint32_t bench_read_reg(struct bench *bench, uint32_t offset);
void bench_write_reg(struct bench *bench, uint32_t offset, uint32_t value);

/* Start the sim's job. */
void bench_start(struct bench *bench);

/* Run to the interrupt, and acknowledge it; returns the clocks that the job took. */
uint64_t bench_wait(struct bench *bench);

#endif /* ENGINE_BENCH_H */
