/* SPDX-License-Identifier: MIT */
/* What the parts of the fake XRT share: its handles, and the one lock that guards everything. */
#ifndef NMACCEL_TESTS_FAKE_XRT_STATE_H
#define NMACCEL_TESTS_FAKE_XRT_STATE_H

#include <pthread.h>

#include "fake_xrt.h"
#include "fake_xrt_memory.h"
#include "xrt/library.h"

enum fake_xrt_kind {
	FAKE_XRT_DEVICE,
	FAKE_XRT_KERNEL,
	FAKE_XRT_RUN,
	FAKE_XRT_BO
};

/* Kept until fake_xrt_stop(), so that a use after the end is seen. */
struct fake_xrt_handle {
	enum fake_xrt_kind kind;
	bool closed;
	struct fake_xrt_handle *next, *parent; /* of all; what it was made of */

	/* FAKE_XRT_DEVICE */
	bool loaded;
	uint8_t uuid[NMACCEL_XRT_UUID_BYTES];

	/* FAKE_XRT_KERNEL */
	uint32_t unit; /* from 1 */
	pthread_t thread;
	void *on_chip;
	struct fake_xrt_handle *started; /* the run that it has */

	/* FAKE_XRT_RUN */
	struct fake_xrt_handle *mem;
	uint64_t job;
	bool has_job;
	int state;
	uint32_t looks; /* at it while it was under way */
	enum fake_xrt_end end;
	int end_n;

	/* FAKE_XRT_BO */
	struct fake_xrt_memory *memory;
	bool imported;
};

struct fake_xrt_failure {
	int err;
	uint32_t skip, times;
};

struct fake_xrt_state {
	pthread_mutex_t lock; /* guards all that follows, and the card's memory */
	pthread_cond_t changed;
	struct fake_xrt_settings settings;
	struct fake_xrt_counts counts;
	struct fake_xrt_failure failures[FAKE_XRT_N_CALLS];
	struct fake_xrt_handle *handles;
	bool held;
	uint32_t at_once; /* runs under way */
	enum fake_xrt_end next_end;
	int next_n;
	uint32_t next_skip;
};

extern struct fake_xrt_state fake_xrt;

/* The lock is held in all of these. */
void fake_xrt_violation(const char *what);

/* Does the call fail now? With errno set, if XRT tells one. */
bool fake_xrt_fails(enum fake_xrt_call call);

struct fake_xrt_handle *fake_xrt_handle_new(enum fake_xrt_kind kind,
					    struct fake_xrt_handle *parent);

/* NULL, and a violation, for what is no living handle of that kind. */
struct fake_xrt_handle *fake_xrt_handle_as(void *handle, enum fake_xrt_kind kind);
void fake_xrt_handle_close(struct fake_xrt_handle *handle);

/* The thread of a compute unit, until its handle is closed. */
void fake_xrt_unit_start(struct fake_xrt_handle *kernel);
void fake_xrt_unit_run(struct fake_xrt_handle *run);

/* A look at the card's memory: runs that are slow show that they are alive. */
void fake_xrt_unit_looked_at(const struct fake_xrt_memory *memory);

/* The calls on buffer objects. */
void *fake_xrt_bo_alloc(void *device, size_t bytes, uint64_t flags, uint32_t group);
void *fake_xrt_bo_import(void *device, int32_t fd);
int32_t fake_xrt_bo_export(void *bo);
int fake_xrt_bo_free(void *bo);
size_t fake_xrt_bo_size(void *bo);
uint64_t fake_xrt_bo_address(void *bo);
void *fake_xrt_bo_map(void *bo);
int fake_xrt_bo_sync(void *bo, int direction, size_t bytes, size_t offset);

#endif /* NMACCEL_TESTS_FAKE_XRT_STATE_H */
