/* SPDX-License-Identifier: MIT */
/*
 * An engine's register page: what its registers hold, and what reading and writing them does. It
 * has no lock and no thread; who owns it runs the engine, and keeps `running` and what follows from
 * the end of a run. The emulated card has one for each engine, and so has the model behind XRT.
 */
#ifndef CARD_REGISTERS_H
#define CARD_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"

struct card_registers {
	bool running;
	bool done;
	bool ready;
	uint32_t gier;
	uint32_t ier;
	uint32_t isr;
	uint64_t mem;
	uint64_t job;
};

/* offset is a multiple of 4 inside the page; what is not there reads 0. */
uint32_t card_registers_read(struct card_registers *regs, uint32_t offset);

/* True if it sets ap_start, which is nothing while the engine runs. */
bool card_registers_write(struct card_registers *regs, uint32_t offset, uint32_t value);

/* The run is over. */
void card_registers_finish(struct card_registers *regs);

/* As after power-on; the engine does not run. */
void card_registers_reset(struct card_registers *regs);

/* The level of the interrupt line. */
bool card_registers_interrupt(const struct card_registers *regs);

#endif /* CARD_REGISTERS_H */
