/* SPDX-License-Identifier: MIT */
/* One compute unit: a job is put into memory of the card, started, and watched to its end. */
#ifndef NMACCEL_SRC_XRT_ENGINE_H
#define NMACCEL_SRC_XRT_ENGINE_H

#include "xrt/memory.h"
#include "xrt/program.h"

struct nmaccel_xrt_engine {
	struct nmaccel_xrt_card *card;
	void *kernel, *run;
	struct nmaccel_memory *control; /* job, record, buffer table */
	uint64_t seq;
	uint32_t patience_ms; /* for a run without progress */
};

/*
 * unit: "kernel:{unit}". group: out, the memory group of its argument. No memory is there yet, as
 * that takes a group.
 */
enum nmaccel_status nmaccel_xrt_engine_open(struct nmaccel_xrt_engine *engine,
					    struct nmaccel_xrt_card *card,
					    const unsigned char *uuid, const char *unit,
					    uint32_t patience_ms, uint32_t *group);

/* Give it memory, and let it run an empty job, to see that it is what the .xclbin says. */
enum nmaccel_status nmaccel_xrt_engine_prove(struct nmaccel_xrt_engine *engine);

/* Of what has been opened so far, if anything. */
void nmaccel_xrt_engine_close(struct nmaccel_xrt_engine *engine);

/*
 * Run a program to its end, in the calling thread; no other is in it meanwhile. The record is the
 * engine's, or zero if it never had the job. Sets card->lost when the engine hangs.
 */
enum nmaccel_status nmaccel_xrt_engine_run(struct nmaccel_xrt_engine *engine,
					   const struct nmaccel_xrt_program *program,
					   const struct nmaccel_binding *bindings,
					   struct nmaccel_hw_record *record);

#endif /* NMACCEL_SRC_XRT_ENGINE_H */
