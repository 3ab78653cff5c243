// SPDX-License-Identifier: MIT
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static struct emu_unit *to_unit(struct nmaccel_bus *bus)
{
	return (struct emu_unit *)bus;
}

/* Add the base; false if the access is none, or a test wants it refused. */
static bool bus_allows(struct emu_unit *unit, uint64_t *addr)
{
	if (unit->quit || unit->run_mem > UINT64_MAX - *addr)
		return false;
	*addr += unit->run_mem;
	return !emu_faults_take(unit->faults, EMU_FAULT_REFUSE);
}

static int refuse(const struct emu_unit *unit, const char *what, uint64_t addr, uint64_t bytes)
{
	if (!unit->quit)
		emu_log("unit %" PRIu32 ": refused to %s %" PRIu64 " bytes at 0x%" PRIx64,
			unit->number, what, bytes, addr);
	return -1;
}

static int unit_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
			 uint32_t words)
{
	struct emu_unit *unit = to_unit(bus);
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;

	if (!bus_allows(unit, &addr) || !emu_memory_read(unit->memory, addr, dst, bytes))
		return refuse(unit, "read", addr, bytes);
	return 0;
}

static int unit_bus_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
			  uint32_t words)
{
	struct emu_unit *unit = to_unit(bus);
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;

	if (!bus_allows(unit, &addr) || !emu_memory_write(unit->memory, addr, src, bytes))
		return refuse(unit, "write", addr, bytes);
	return 0;
}

/* Rubbish in the record of a job that is over, where it is found as the engine finds it. */
static void spoil_record(struct emu_unit *unit, uint64_t job_addr)
{
	struct nmaccel_hw_record record;
	struct nmaccel_hw_job job;
	uint64_t addr;

	if (!emu_memory_read(unit->memory, job_addr + unit->run_mem, &job, sizeof(job)))
		return;
	addr = job.record + unit->run_mem;
	if (!emu_memory_read(unit->memory, addr, &record, sizeof(record)))
		return;
	record.seq = ~record.seq;
	record.state ^= 0xdeadbeef;
	emu_memory_write(unit->memory, addr, &record, sizeof(record));
}

/* Lock held at begin and end. */
static void run(struct emu_unit *unit)
{
	const uint64_t job = unit->regs.job;

	while (unit->hang && !unit->quit)
		pthread_cond_wait(&unit->wake, &unit->lock);
	unit->run_mem = unit->regs.mem;
	pthread_mutex_unlock(&unit->lock);
	unit->variant->run(&unit->bus, unit->state, job);
	if (emu_faults_take(unit->faults, EMU_FAULT_STATUS))
		spoil_record(unit, job);
	pthread_mutex_lock(&unit->lock);
	card_registers_finish(&unit->regs);
}

static void *unit_thread(void *argument)
{
	struct emu_unit *unit = argument;

	pthread_mutex_lock(&unit->lock);
	while (!unit->quit)
		if (unit->regs.running)
			run(unit);
		else
			pthread_cond_wait(&unit->wake, &unit->lock);
	pthread_mutex_unlock(&unit->lock);
	return NULL;
}

int emu_unit_start(struct emu_unit *unit, uint32_t number,
		   const struct nmaccel_engine_variant *variant, struct emu_memory *memory,
		   struct emu_faults *faults)
{
	int err;

	memset(unit, 0, sizeof(*unit));
	unit->bus.read = unit_bus_read;
	unit->bus.write = unit_bus_write;
	unit->variant = variant;
	unit->memory = memory;
	unit->faults = faults;
	unit->number = number;
	unit->state = malloc(variant->state_bytes);
	if (!unit->state)
		return ENOMEM;
	pthread_mutex_init(&unit->lock, NULL);
	pthread_cond_init(&unit->wake, NULL);
	err = pthread_create(&unit->thread, NULL, unit_thread, unit);
	if (err) {
		pthread_cond_destroy(&unit->wake);
		pthread_mutex_destroy(&unit->lock);
		free(unit->state);
	}
	return err;
}

void emu_unit_stop(struct emu_unit *unit)
{
	pthread_mutex_lock(&unit->lock);
	unit->quit = true;
	pthread_cond_broadcast(&unit->wake);
	pthread_mutex_unlock(&unit->lock);
	pthread_join(unit->thread, NULL);
	pthread_cond_destroy(&unit->wake);
	pthread_mutex_destroy(&unit->lock);
	free(unit->state);
}

uint32_t emu_unit_read(struct emu_unit *unit, uint32_t offset)
{
	uint32_t value;

	pthread_mutex_lock(&unit->lock);
	value = card_registers_read(&unit->regs, offset);
	pthread_mutex_unlock(&unit->lock);
	return value;
}

/* ap_start; lock held. */
static void start(struct emu_unit *unit)
{
	if (unit->regs.running)
		return;
	if (emu_faults_take(unit->faults, EMU_FAULT_DIE))
		kill(getpid(), SIGKILL);
	if (emu_faults_take(unit->faults, EMU_FAULT_EXIT))
		_exit(EMU_FAULT_EXIT_STATUS);
	unit->hang = emu_faults_take(unit->faults, EMU_FAULT_HANG);
	unit->regs.running = true;
	pthread_cond_broadcast(&unit->wake);
}

void emu_unit_write(struct emu_unit *unit, uint32_t offset, const uint32_t *values, uint32_t n)
{
	const bool image = offset == NMACCEL_REG_CTRL && n > 1;
	bool starts = false;
	uint32_t i;

	pthread_mutex_lock(&unit->lock);
	for (i = 0; i < n; i++) {
		const uint32_t at = offset + 4 * i;

		if (!image || at == NMACCEL_REG_CTRL || at >= NMACCEL_REG_MEM_LO)
			starts |= card_registers_write(&unit->regs, at, values[i]);
	}
	if (starts)
		start(unit);
	pthread_mutex_unlock(&unit->lock);
}
