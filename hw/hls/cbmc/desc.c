// SPDX-License-Identifier: MIT
/*
 * Proves: whatever 256 bytes a descriptor is, it is decoded and checked inside its bounds and
 * without a sum that wraps, and either accepted or given a fault with a place in the descriptor.
 *
 * Bounds: none: the contract's limits.
 *
 * Options: --unwind 17
 */
#include "proof.h"
#include "../src/desc.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

void harness(void)
{
	struct engine_record record = proof_record();
	struct nmaccel_word words[ENGINE_DESC_WORDS];
	struct nmaccel_hw_desc desc;

	engine_desc_decode(words, &desc);
	if (!engine_desc_check(&record, &desc)) {
		PROVE(record.hw.fault == NMACCEL_FAULT_OP ||
		      record.hw.fault == NMACCEL_FAULT_FIELD ||
		      record.hw.fault == NMACCEL_FAULT_LIMIT);
		PROVE(record.hw.fault_detail <= sizeof(desc) - 4u);
		return;
	}
	PROVE(record.hw.fault == NMACCEL_FAULT_NONE);
	PROVE(desc.in.ch <= NMACCEL_MAX_CHANNELS - desc.in.ch0);
	PROVE(desc.out.ch <= NMACCEL_MAX_CHANNELS - desc.out.ch0);
	if (desc.op == NMACCEL_OP_CONV) {
		PROVE(desc.out.ch <= NMACCEL_ENGINE_MAX_ROWS);
		PROVE(desc.block_rows <= NMACCEL_ENGINE_BLOCK_ROWS && desc.block_rows >= 1);
	}
}
