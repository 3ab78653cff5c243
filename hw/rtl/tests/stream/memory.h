/* SPDX-License-Identifier: MIT */
/* The units on the stream unit's other side: translation, and the read client. */
#ifndef RTL_STREAM_MEMORY_H
#define RTL_STREAM_MEMORY_H

#include "shim.h"
#include "sim.h"
#include "walk.h"

#define MEMORY_MAX_FLIGHT 16

struct memory_request {
	uint64_t addr;
	uint32_t words;
	uint64_t ready_at; /* when its first beat may come */
};

struct memory {
	const struct test_job *job;
	uint32_t data_bytes;
	uint32_t latency;      /* clocks from a request to its first beat */
	uint32_t xlat_latency; /* of a translation */
	uint32_t stall;	       /* in 256, of each hand-shake and beat; 0: none */
	uint64_t now;
	/* What of the memory is not there, and how that is found: code BUS of data, else by the
	 * mmu. */
	struct walk_hole hole;
	bool hole_in_list;

	bool xlat_busy;
	uint64_t xlat_at;
	struct shim_out xlat; /* the request */
	struct memory_request flight[MEMORY_MAX_FLIGHT];
	uint32_t n_flight;
	uint32_t beat_words; /* of the first request, given so far */

	struct shim_out last; /* outputs of the clock before, and whether they were taken */
	bool last_xlat;
	bool last_req;
	uint64_t words; /* read so far */
};

uint64_t memory_buffer_addr(const struct memory *memory, uint32_t buffer);
void memory_init(struct memory *memory, const struct test_job *job, uint32_t data_bytes);

/* Inputs of the next clock; then what came of it. */
void memory_before(struct memory *memory, struct shim_in *in);
void memory_after(struct memory *memory, const struct shim_in *in, const struct shim_out *out);

bool memory_idle(const struct memory *memory);

#endif /* RTL_STREAM_MEMORY_H */
