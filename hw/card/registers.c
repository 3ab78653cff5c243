// SPDX-License-Identifier: MIT
#include "registers.h"

#include <string.h>

#define ALL_INTS (NMACCEL_INT_DONE | NMACCEL_INT_READY)

/* CTRL; ap_done and ap_ready clear when read. */
static uint32_t read_ctrl(struct card_registers *regs)
{
	uint32_t value = regs->running ? NMACCEL_CTRL_START : NMACCEL_CTRL_IDLE;

	if (regs->done)
		value |= NMACCEL_CTRL_DONE;
	if (regs->ready)
		value |= NMACCEL_CTRL_READY;
	regs->done = regs->ready = false;
	return value;
}

uint32_t card_registers_read(struct card_registers *regs, uint32_t offset)
{
	switch (offset) {
	case NMACCEL_REG_CTRL:
		return read_ctrl(regs);
	case NMACCEL_REG_GIER:
		return regs->gier;
	case NMACCEL_REG_IER:
		return regs->ier;
	case NMACCEL_REG_ISR:
		return regs->isr;
	case NMACCEL_REG_MEM_LO:
		return (uint32_t)regs->mem;
	case NMACCEL_REG_MEM_HI:
		return (uint32_t)(regs->mem >> 32);
	case NMACCEL_REG_JOB_LO:
		return (uint32_t)regs->job;
	case NMACCEL_REG_JOB_HI:
		return (uint32_t)(regs->job >> 32);
	}
	return 0;
}

static void set_low(uint64_t *reg, uint32_t value)
{
	*reg = (*reg & ~(uint64_t)UINT32_MAX) | value;
}

static void set_high(uint64_t *reg, uint32_t value)
{
	*reg = (uint32_t)*reg | (uint64_t)value << 32;
}

bool card_registers_write(struct card_registers *regs, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case NMACCEL_REG_CTRL:
		return value & NMACCEL_CTRL_START;
	case NMACCEL_REG_GIER:
		regs->gier = value & NMACCEL_GIER_ENABLE;
		break;
	case NMACCEL_REG_IER:
		regs->ier = value & ALL_INTS;
		break;
	case NMACCEL_REG_ISR:
		regs->isr ^= value & ALL_INTS;
		break;
	case NMACCEL_REG_MEM_LO:
		set_low(&regs->mem, value);
		break;
	case NMACCEL_REG_MEM_HI:
		set_high(&regs->mem, value);
		break;
	case NMACCEL_REG_JOB_LO:
		set_low(&regs->job, value);
		break;
	case NMACCEL_REG_JOB_HI:
		set_high(&regs->job, value);
		break;
	}
	return false;
}

void card_registers_finish(struct card_registers *regs)
{
	regs->running = false;
	regs->done = regs->ready = true;
	regs->isr |= regs->ier;
}

void card_registers_reset(struct card_registers *regs)
{
	memset(regs, 0, sizeof(*regs));
}

bool card_registers_interrupt(const struct card_registers *regs)
{
	return regs->gier & NMACCEL_GIER_ENABLE && regs->isr;
}
