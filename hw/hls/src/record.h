/* SPDX-License-Identifier: MIT */
/* The job's record: progress and the first fault. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "bus.h"

struct engine_record {
	uint64_t addr;
	struct nmaccel_hw_record hw;
};

/*
 * Note a fault, unless there is one already, and return false, so that callers write `return`.
 * The descriptor under way is descs_done.
 */
static bool engine_fault(struct engine_record *record, uint32_t fault, uint32_t buffer,
			 uint64_t offset, uint32_t detail)
{
	if (record->hw.fault != NMACCEL_FAULT_NONE)
		return false;
	record->hw.fault = fault;
	record->hw.fault_desc = record->hw.descs_done;
	record->hw.fault_buffer = buffer;
	record->hw.fault_offset = offset;
	record->hw.fault_detail = detail;
	return false;
}

/* A check of a field: the fault is about no buffer, detail is the field's byte offset. */
static bool engine_require(struct engine_record *record, bool holds, uint32_t fault, uint32_t at)
{
	return holds || engine_fault(record, fault, 0, 0, at);
}

/* The bus refused one of the job's own structures. */
static bool engine_fault_job_bus(struct engine_record *record, uint64_t addr)
{
	return engine_fault(record, NMACCEL_FAULT_BUS, NMACCEL_NO_BUFFER, addr, 0);
}

/* The state last: who reads that the job has ended finds all the rest there, and may free it. */
static bool engine_record_write(ENGINE_MEM *mem, struct engine_record *record)
{
	const struct nmaccel_hw_record *hw = &record->hw;
	struct nmaccel_word words[4];

	words[0].lo = hw->seq;
	words[0].hi = hw->state | (uint64_t)hw->descs_done << 32;
	words[1].lo = hw->tiles_done;
	words[1].hi = hw->steps;
	words[2].lo = hw->loads;
	words[2].hi = hw->fault | (uint64_t)hw->fault_desc << 32;
	words[3].lo = hw->fault_buffer | (uint64_t)hw->fault_detail << 32;
	words[3].hi = hw->fault_offset;
	return (engine_bus_write(mem, record->addr + NMACCEL_WORD_BYTES, words + 1, 3) &&
		engine_bus_write(mem, record->addr, words, 1)) ||
	       engine_fault_job_bus(record, record->addr);
}

/* A column tile is finished: say so, since the driver tells a slow job from a dead one by it. */
static bool engine_record_tile(ENGINE_MEM *mem, struct engine_record *record)
{
	record->hw.tiles_done++;
	return engine_record_write(mem, record);
}

#endif /* ENGINE_RECORD_H */
