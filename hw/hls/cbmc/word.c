// SPDX-License-Identifier: MIT
/*
 * Proves: a word is taken apart into 16 bytes, and these are put together to the same word, in the
 * contract's order of bytes; fields of 32 and 64 bits are read from where they are.
 *
 * Bounds: none.
 *
 * Options: --unwind 9
 */
#include "proof.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

void harness(void)
{
	const uint32_t i = nondet_u32();
	struct nmaccel_word words[2], back;
	uint8_t bytes[32];

	engine_word_unpack(words[0], bytes, 0);
	engine_word_unpack(words[1], bytes, 16);
	back = engine_word_pack(bytes, 16);
	PROVE(back.lo == words[1].lo && back.hi == words[1].hi);
	ASSUME(i < 4);
	PROVE(engine_word_u64(words, i * 8u) >> 56 == bytes[i * 8u + 7u]);
	PROVE((engine_word_u64(words, i * 8u) & 0xffu) == bytes[i * 8u]);
	PROVE(engine_word_u32(words, i * 8u + 4u) >> 24 == bytes[i * 8u + 7u]);
	PROVE((engine_word_u32(words, i * 8u) & 0xffu) == bytes[i * 8u]);
}
