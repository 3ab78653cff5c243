/* SPDX-License-Identifier: MIT */
/*
 * The memory port. Only these two functions touch memory. They return false when the memory system
 * refuses, which an AXI master of HLS cannot see: there the shell reports it (NMACCEL_ERROR_DMA).
 */
#ifndef ENGINE_BUS_H
#define ENGINE_BUS_H

#include "config.h"

#ifdef NMACCEL_ENGINE_MODEL

static bool engine_bus_read(struct nmaccel_bus *mem, uint64_t addr, struct nmaccel_word *dst,
			    uint32_t words)
{
	return nmaccel_bus_read(mem, addr, dst, words) == 0;
}

static bool engine_bus_write(struct nmaccel_bus *mem, uint64_t addr, const struct nmaccel_word *src,
			     uint32_t words)
{
	return nmaccel_bus_write(mem, addr, src, words) == 0;
}

#else

static bool engine_bus_read(const struct nmaccel_word *mem, uint64_t addr, struct nmaccel_word *dst,
			    uint32_t words)
{
	const uint64_t first = addr / NMACCEL_WORD_BYTES;
	uint32_t i;

BUS_READ:
	for (i = 0; i < words; i++) {
		ENGINE_PIPELINE
		dst[i] = mem[first + i];
	}
	return true;
}

static bool engine_bus_write(struct nmaccel_word *mem, uint64_t addr,
			     const struct nmaccel_word *src, uint32_t words)
{
	const uint64_t first = addr / NMACCEL_WORD_BYTES;
	uint32_t i;

BUS_WRITE:
	for (i = 0; i < words; i++) {
		ENGINE_PIPELINE
		mem[first + i] = src[i];
	}
	return true;
}

#endif /* NMACCEL_ENGINE_MODEL */

#endif /* ENGINE_BUS_H */
