/* SPDX-License-Identifier: MIT */
/*
 * What a layer finds behind the door: any descriptor that engine_desc_check() has passed, with any
 * buffers that engine_operands_open() has.
 */
#ifndef PROOF_DOOR_H
#define PROOF_DOOR_H

#include "proof.h"
#include "../src/operands.h"

#ifdef PROOF_SMALL_H
/*
 * Fields that the check bounds to small numbers have only the bits for them: a wider one would not
 * pass. That makes multipliers and dividers small.
 */
static void door_narrow(struct nmaccel_hw_desc *desc)
{
	desc->batch &= 7u;
	desc->in_h &= 7u;
	desc->in_w &= 7u;
	desc->out_h &= 7u;
	desc->out_w &= 7u;
	desc->kernel_h &= 3u;
	desc->kernel_w &= 3u;
	desc->stride_h &= 3u;
	desc->stride_w &= 3u;
	desc->pad_top &= 3u;
	desc->pad_left &= 3u;
	desc->dilation_h &= 3u;
	desc->dilation_w &= 3u;
	desc->block_rows &= 7u;
	desc->in.channels &= 7u;
	desc->in.ch0 &= 7u;
	desc->in.ch &= 7u;
	desc->in2.channels &= 7u;
	desc->in2.ch0 &= 7u;
	desc->in2.ch &= 7u;
	desc->out.channels &= 7u;
	desc->out.ch0 &= 7u;
	desc->out.ch &= 7u;
}
#else
static void door_narrow(struct nmaccel_hw_desc *desc)
{
	(void)desc;
}
#endif

struct door {
	struct engine_record record;
	struct engine_table table;
	struct nmaccel_hw_desc desc;
	struct engine_operands ops;
};

static void door_open(struct door *door)
{
	struct engine_record refused;
	uint32_t i;

	/* One that has a fault already takes no other, so there is less to follow. */
	refused.hw.fault = NMACCEL_FAULT_JOB;
	door->record = proof_record();
	ASSUME(door->table.count <= NMACCEL_MAX_BUFFERS);
	for (i = 0; i < NMACCEL_MAX_BUFFERS; i++)
		ASSUME(i >= door->table.count ||
		       engine_entry_check(&refused, &door->table.entries[i], i));
	door_narrow(&door->desc);
	ASSUME(engine_desc_check(&refused, &door->desc));
	ASSUME(engine_operands_open(&refused, &door->table, &door->desc, &door->ops));
}

/* No fault but that of the bus is left to be found. */
static void door_fault(const struct door *door, bool done)
{
	PROVE(done == (door->record.hw.fault == NMACCEL_FAULT_NONE));
	PROVE(done || door->record.hw.fault == NMACCEL_FAULT_BUS);
}

#endif /* PROOF_DOOR_H */
