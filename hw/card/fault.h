/* SPDX-License-Identifier: MIT */
/* Faults that a test has asked for, each waiting for its moment. */
#ifndef CARD_FAULT_H
#define CARD_FAULT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"

enum card_fault {
	CARD_FAULT_STALL,	 /* a job of the engine stops until it is aborted or cleared */
	CARD_FAULT_DROP_IRQ,	 /* the end of a job raises no vector */
	CARD_FAULT_WRONG_STATUS, /* the last record of a job is rubbish */
	CARD_FAULT_DMA,		 /* the bus refuses an access of the engine */
	CARD_FAULT_DEATH,	 /* the card exits when the engine is started */
	CARD_FAULT_ALL_ONES,	 /* a read of a BAR gives all ones */
	CARD_FAULT_GONE,	 /* the same, of configuration space too */
	CARD_FAULT_SLOW,	 /* a reply to a read is late */
	CARD_FAULT_COUNT,
};

#define CARD_FAULT_ANY_ENGINE NMACCEL_MAX_ENGINES
#define CARD_FAULT_STICKY     UINT32_MAX

struct card_faults {
	pthread_mutex_t lock;
	/* One bit for each kind with something left, so that the rest costs nothing. */
	_Atomic uint32_t armed;
	uint32_t left[CARD_FAULT_COUNT][NMACCEL_MAX_ENGINES + 1];
	uint32_t spared[CARD_FAULT_COUNT][NMACCEL_MAX_ENGINES + 1]; /* occasions before the first */
	uint32_t slow_ms;
};

void card_faults_init(struct card_faults *faults);
void card_faults_destroy(struct card_faults *faults);

/* engine may be CARD_FAULT_ANY_ENGINE, count CARD_FAULT_STICKY; the first `after` times it does not
 * happen. */
void card_faults_set(struct card_faults *faults, enum card_fault kind, uint32_t engine,
		     uint32_t count, uint32_t after);
void card_faults_set_slow(struct card_faults *faults, uint32_t ms, uint32_t count);
void card_faults_clear(struct card_faults *faults);

/* Is it to happen now? Counts it down. */
bool card_faults_take(struct card_faults *faults, enum card_fault kind, uint32_t engine);

/* The same without counting. */
bool card_faults_pending(struct card_faults *faults, enum card_fault kind);

/* Milliseconds by which the next reply is late. */
uint32_t card_faults_take_slow(struct card_faults *faults);

#endif /* CARD_FAULT_H */
