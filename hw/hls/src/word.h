/* SPDX-License-Identifier: MIT */
/* Fields of a 128-bit word, by shifts: HLS knows no pointer casts. */
#ifndef ENGINE_WORD_H
#define ENGINE_WORD_H

#include "config.h"

static uint64_t engine_word_u64(const struct nmaccel_word *words, uint32_t at)
{
	const struct nmaccel_word word = words[at / NMACCEL_WORD_BYTES];

	return at & 8u ? word.hi : word.lo;
}

static uint32_t engine_word_u32(const struct nmaccel_word *words, uint32_t at)
{
	return (uint32_t)(engine_word_u64(words, at) >> (8u * (at & 4u)));
}

static void engine_word_unpack(struct nmaccel_word word, uint8_t *bytes, uint32_t at)
{
	uint32_t i;

UNPACK:
	ENGINE_UNROLL_NEXT
	for (i = 0; i < 8; i++) {
		ENGINE_UNROLL
		bytes[at + i] = (uint8_t)(word.lo >> (8u * i));
		bytes[at + 8u + i] = (uint8_t)(word.hi >> (8u * i));
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
