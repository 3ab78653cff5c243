/* SPDX-License-Identifier: MIT */
/*
 * One engine of the card: its register page, the thread that runs it, and the bus between the
 * engine of hw/hls and guest memory.
 */
#ifndef CARD_ENGINE_H
#define CARD_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_engine.h"
#include "registers.h"

struct card;

struct card_engine {
	struct nmaccel_bus bus; /* first, so that a bus is its engine */
	struct card *card;
	uint32_t index;
	void *state; /* on-chip memory */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* something below has changed */

	/* Under the lock. */
	struct card_registers regs;
	bool quit;
	uint64_t started_ns;
	uint64_t busy_ns; /* of the jobs before this one */

	/* Set under the lock; the bus looks at it without. */
	_Atomic bool aborting;
	_Atomic bool stall; /* where the job that was started last stops, or has stopped */

	/* Of the run under way, for its thread alone. */
	uint64_t run_mem;
	uint64_t run_job;
	uint64_t run_record;
	uint64_t run_descs;
	uint64_t run_descs_bytes;
	bool run_has_record;
	uint64_t run_tiles;
	uint64_t run_tiles_now; /* of the record under way */
};

/* 0 or a positive errno; the card's other parts exist already. */
int card_engine_start(struct card_engine *engine, struct card *card, uint32_t index);
void card_engine_stop(struct card_engine *engine);

/* Register page; offset is a multiple of 4 inside it. */
uint32_t card_engine_read(struct card_engine *engine, uint32_t offset);
void card_engine_write(struct card_engine *engine, uint32_t offset, uint32_t value);

/*
 * Abort what runs, and reset all registers. The reset is over when the engine is in reset no
 * longer: nothing then comes from the aborted job, neither write nor interrupt.
 */
void card_engine_reset(struct card_engine *engine);
bool card_engine_in_reset(struct card_engine *engine);
void card_engine_reset_wait(struct card_engine *engine);

/* End an injected stall, or one that is to come: the job goes on. */
void card_engine_unstall(struct card_engine *engine);

/* Nanoseconds that it has run, the job under way included. */
uint64_t card_engine_busy_ns(struct card_engine *engine);
void card_engine_busy_clear(struct card_engine *engine);

#endif /* CARD_ENGINE_H */
