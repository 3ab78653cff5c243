/* SPDX-License-Identifier: MIT */
/* Random jobs of the engine's tests, run by the card in the client's guest memory. */
#ifndef CARD_TESTS_JOB_H
#define CARD_TESTS_JOB_H

#include "client.h"
#include "gen.h"
#include "sim.h"

struct card_job {
	struct test_job job;
	struct sim sim;
	uint64_t base; /* added to all addresses, by the engine */
};

/* A job with so many random descriptors for the build, at base of guest memory, not started. */
void card_job_make(struct client *client, struct card_job *job,
		   const struct nmaccel_engine_variant *variant, uint32_t descs, uint64_t base);

/* Put the job into guest memory as it was made. */
void card_job_place(struct client *client, const struct card_job *job);
void card_job_start(struct client *client, const struct card_job *job, uint32_t engine);

/* Run the same on the model alone: all memory must be the same, the record included. */
void card_job_check(struct client *client, struct card_job *job,
		    const struct nmaccel_engine_variant *variant);

struct nmaccel_hw_record card_job_record(const struct client *client, const struct card_job *job);
void card_job_free(struct card_job *job);

#endif /* CARD_TESTS_JOB_H */
