/* SPDX-License-Identifier: MIT */
/*
 * Fields of a 128-bit word, by shifts, as HLS knows no pointer casts; and the only conversions and
 * sums that may wrap.
 */
#ifndef ENGINE_WORD_H
#define ENGINE_WORD_H

#include "config.h"

/* The proofs (../cbmc) take a value that changes in a conversion, or a sum that wraps, for an
 * error. */
#ifdef __CPROVER__
#pragma CPROVER check push
#pragma CPROVER check disable "conversion"
#pragma CPROVER check disable "unsigned-overflow"
#endif

static uint32_t engine_low_u32(uint64_t bits)
{
	return (uint32_t)bits;
}

static uint8_t engine_low_u8(uint64_t bits)
{
	return (uint8_t)bits;
}

/* From and to two's complement. */
static int32_t engine_s32(uint32_t bits)
{
	return (int32_t)bits;
}

static uint32_t engine_u32(int32_t value)
{
	return (uint32_t)value;
}

static uint8_t engine_u8(int32_t value)
{
	return (uint8_t)value;
}

/* Sums wrap modulo 2^32, as the contract says. */
static int32_t engine_add_s32(int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)a + (uint32_t)b);
}

#ifdef __CPROVER__
#pragma CPROVER check pop
#endif

static uint64_t engine_word_u64(const struct nmaccel_word *words, uint32_t at)
{
	const struct nmaccel_word word = words[at / NMACCEL_WORD_BYTES];

	return at & 8u ? word.hi : word.lo;
}

static uint32_t engine_word_u32(const struct nmaccel_word *words, uint32_t at)
{
	return engine_low_u32(engine_word_u64(words, at) >> (8u * (at & 4u)));
}

static void engine_word_unpack(struct nmaccel_word word, uint8_t *bytes, uint32_t at)
{
	uint32_t i;

UNPACK:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < 8; i++) {
		ENGINE_UNROLL
		bytes[at + i] = engine_low_u8(word.lo >> (8u * i));
		bytes[at + 8u + i] = engine_low_u8(word.hi >> (8u * i));
	}
}

static struct nmaccel_word engine_word_pack(const uint8_t *bytes, uint32_t at)
{
	struct nmaccel_word word = {0, 0};
	uint32_t i;

PACK:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < 8; i++) {
		ENGINE_UNROLL
		word.lo |= (uint64_t)bytes[at + i] << (8u * i);
		word.hi |= (uint64_t)bytes[at + 8u + i] << (8u * i);
	}
	return word;
}

#endif /* ENGINE_WORD_H */
