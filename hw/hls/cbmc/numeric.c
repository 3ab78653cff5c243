// SPDX-License-Identifier: MIT
/*
 * Proves: an fp32 value, infinite and not-a-number too, is rounded to an integer that is nearest,
 * even where two are, and within the limits; no conversion is of a value that its type does not
 * have.
 *
 * Bounds: none: all 2^32 values.
 *
 * Options: --unwind 2
 */
#include "proof.h"
#include "../src/numeric.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

void harness(void)
{
	const float value = engine_f32(nondet_u32());
	const int32_t whole = engine_round(value);
	const int32_t min = (int32_t)(nondet_u32() % 256u) - 128;
	const int32_t max = (int32_t)(nondet_u32() % 256u) - 128;
	int32_t clamped;
	float rest;

	PROVE(whole >= -ENGINE_ROUND_LIMIT && whole <= ENGINE_ROUND_LIMIT);
	if (value > -(float)ENGINE_ROUND_LIMIT && value < (float)ENGINE_ROUND_LIMIT) {
		rest = value - (float)whole;
		PROVE(rest >= -0.5f && rest <= 0.5f);
		PROVE((rest != 0.5f && rest != -0.5f) || whole % 2 == 0);
	}
	ASSUME(min <= max);
	clamped = engine_clamp(whole, min, max);
	PROVE(clamped >= min && clamped <= max);
}
