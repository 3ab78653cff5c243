/* SPDX-License-Identifier: MIT */
/*
 * A job of the tests, and the memory that an engine finds it in: one region for each structure,
 * linear buffer and page, at scattered addresses. An access that is not wholly inside a region is
 * refused and counted as a stray, so an engine that reads a word too far is caught.
 */
#ifndef ENGINE_TESTS_SIM_H
#define ENGINE_TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_engine.h"

#define TEST_MAX_DESCS	 1024
#define TEST_MAX_BUFFERS NMACCEL_MAX_BUFFERS

struct test_buffer {
	uint8_t *data;
	uint64_t size;
	uint32_t flags;
	uint32_t page_shift; /* 0: linear */
};

struct test_job {
	uint32_t n_descs;
	uint32_t n_buffers;
	struct nmaccel_hw_desc descs[TEST_MAX_DESCS];
	struct test_buffer buffers[TEST_MAX_BUFFERS];
};

void test_job_init(struct test_job *job);
void test_job_free(struct test_job *job);

/* A buffer of random bytes; page_shift 0 makes it linear. Returns its index. */
uint32_t test_job_buffer(struct test_job *job, uint64_t size, uint32_t flags, uint32_t page_shift);

struct sim_region {
	uint64_t addr;
	uint64_t size;
	uint8_t *data;
	bool writable;
};

struct sim {
	struct nmaccel_bus bus;
	struct sim_region *regions;
	uint32_t n_regions;
	uint32_t strays;   /* accesses outside all regions, or writes to what is only read */
	uint64_t accesses; /* so far */
	uint64_t refuse;   /* refuse this access, counted from 1; 0: none */
	void (*before)(struct sim *sim, void *context); /* called at each access, or NULL */
	void *context;

	/* The job's structures, in their regions; tests may change them before a run. */
	struct nmaccel_hw_job *job;
	uint64_t job_addr;
	struct nmaccel_hw_record *record;
	struct nmaccel_hw_desc *descs;
	struct nmaccel_hw_buffer *table;
	uint32_t *first_region; /* of each buffer's data */
	uint64_t **page_lists;	/* of each buffer; NULL for a linear one */
};

/* Where to put the regions. */
enum sim_layout {
	SIM_WIDE,  /* anywhere in 62 bits */
	SIM_PAGES, /* the same, each at the begin of a page of 4 KiB */
	SIM_FLAT,  /* from 4096 up, close together, for sim_run_flat; pages of at most 8 KiB */
};

void sim_map(struct sim *sim, const struct test_job *job, enum sim_layout layout);
void sim_free(struct sim *sim);

/* Copy the buffers' content from the regions back to the job. */
void sim_fetch(const struct sim *sim, struct test_job *job);

/* Run the model on it. The record is left in sim->record; it is cleared before. */
void sim_run(struct sim *sim, const struct nmaccel_engine_variant *variant);

/* Run the top function for HLS on it, behind plain memory; returns bytes changed between regions.
 */
uint64_t sim_run_flat(struct sim *sim);

#endif /* ENGINE_TESTS_SIM_H */
