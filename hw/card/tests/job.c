// SPDX-License-Identifier: MIT
#include "job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"

static const uint32_t ops[] = {
	NMACCEL_OP_CONV,
	NMACCEL_OP_ADD,
	NMACCEL_OP_POOL_MAX,
	NMACCEL_OP_POOL_AVG,
};

void card_job_make(struct client *client, struct card_job *job,
		   const struct nmaccel_engine_variant *variant, uint32_t descs, uint64_t base)
{
	struct gen gen;
	uint32_t i;

	gen_init(&gen, variant, NMACCEL_MIN_PAGE_SHIFT + 1);
	test_job_init(&job->job);
	/* A convolution comes first, so that there are tiles to wait for. */
	for (i = 0; i < descs; i++)
		if (i)
			gen_desc(&gen, &job->job, ops[rng_range(0, 3)]);
		else
			gen_small_conv(&gen, &job->job);
	sim_map(&job->sim, &job->job, SIM_FLAT);
	job->base = base;
	card_job_place(client, job);
}

void card_job_place(struct client *client, const struct card_job *job)
{
	uint32_t r;

	for (r = 0; r < job->sim.n_regions; r++) {
		const struct sim_region *region = &job->sim.regions[r];

		assert_true(job->base + region->addr + region->size <= CLIENT_MEMORY);
		memcpy(client->memory + job->base + region->addr, region->data, region->size);
	}
}

void card_job_start(struct client *client, const struct card_job *job, uint32_t engine)
{
	client_engine_write(client, engine, NMACCEL_REG_MEM_LO, (uint32_t)job->base);
	client_engine_write(client, engine, NMACCEL_REG_MEM_HI, (uint32_t)(job->base >> 32));
	client_engine_write(client, engine, NMACCEL_REG_JOB_LO, (uint32_t)job->sim.job_addr);
	client_engine_write(client, engine, NMACCEL_REG_JOB_HI,
			    (uint32_t)(job->sim.job_addr >> 32));
	client_engine_write(client, engine, NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
}

void card_job_check(struct client *client, struct card_job *job,
		    const struct nmaccel_engine_variant *variant)
{
	uint32_t r;

	sim_run(&job->sim, variant);
	assert_int_equal(job->sim.record->state, NMACCEL_JOB_DONE);
	for (r = 0; r < job->sim.n_regions; r++) {
		const struct sim_region *region = &job->sim.regions[r];

		assert_memory_equal(client->memory + job->base + region->addr, region->data,
				    region->size);
	}
}

struct nmaccel_hw_record card_job_record(const struct client *client, const struct card_job *job)
{
	struct nmaccel_hw_record record;

	memcpy(&record, client->memory + job->base + job->sim.job->record, sizeof(record));
	return record;
}

void card_job_free(struct card_job *job)
{
	sim_free(&job->sim);
	test_job_free(&job->job);
}
