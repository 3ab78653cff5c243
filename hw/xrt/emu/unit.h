/* SPDX-License-Identifier: MIT */
/* A compute unit: its register page, the thread that runs the engine's model, and its bus. */
#ifndef EMU_UNIT_H
#define EMU_UNIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "memory.h"
#include "nmaccel_engine.h"
#include "registers.h"

struct emu_unit {
	struct nmaccel_bus bus; /* first, so that a bus is its unit */
	const struct nmaccel_engine_variant *variant;
	struct emu_memory *memory;
	struct emu_faults *faults;
	uint32_t number; /* as in its name, from 1 */
	void *state;	 /* on-chip memory */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;

	/* Under the lock. */
	struct card_registers regs;
	bool hang; /* the run under way never ends */

	_Atomic bool quit; /* set under the lock; the bus looks at it without */

	uint64_t run_mem; /* of the run under way, for its thread alone */
};

/* 0 or a positive errno; memory and faults outlive it. */
int emu_unit_start(struct emu_unit *unit, uint32_t number,
		   const struct nmaccel_engine_variant *variant, struct emu_memory *memory,
		   struct emu_faults *faults);

/* Ends what runs: the bus refuses all, and a hang is over. */
void emu_unit_stop(struct emu_unit *unit);

/* offset is a multiple of 4 inside the register page. */
uint32_t emu_unit_read(struct emu_unit *unit, uint32_t offset);

/*
 * Consecutive registers at once, inside the page. XRT writes its whole image of the map so, in
 * which there is nothing meant for the interrupt registers, and CTRL counts after all the others.
 */
void emu_unit_write(struct emu_unit *unit, uint32_t offset, const uint32_t *values, uint32_t n);

#endif /* EMU_UNIT_H */
