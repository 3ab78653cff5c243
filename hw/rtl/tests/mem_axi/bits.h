/* SPDX-License-Identifier: MIT */
/* Wide ports of Verilated models, for shims. */
#ifndef MEM_AXI_BITS_H
#define MEM_AXI_BITS_H

#include <cstdint>
#include <cstring>

#include <verilated.h>

template <std::size_t words>
void set_bits(VlWide<words> &port, unsigned int at, unsigned int bits, uint64_t value)
{
	for (unsigned int i = 0; i < bits; i++) {
		const EData bit = (EData)1 << (at + i) % 32;

		if (value >> i & 1)
			port[(at + i) / 32] |= bit;
		else
			port[(at + i) / 32] &= ~bit;
	}
}

template <std::size_t words>
uint64_t get_bits(const VlWide<words> &port, unsigned int at, unsigned int bits)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bits; i++)
		value |= (uint64_t)(port[(at + i) / 32] >> (at + i) % 32 & 1) << i;
	return value;
}

template <std::size_t words>
void set_bytes(VlWide<words> &port, unsigned int at, const uint8_t *bytes, std::size_t size)
{
	std::memcpy((uint8_t *)port.data() + at, bytes, size);
}

template <std::size_t words>
void get_bytes(const VlWide<words> &port, uint8_t *bytes, std::size_t size)
{
	std::memcpy(bytes, port.data(), size);
}

/* A nmaccel_pkg::mem_req_t at an index of a vector of them. */
template <std::size_t words>
void set_mem_req(VlWide<words> &port, unsigned int index, uint64_t addr, uint32_t count)
{
	set_bits(port, 71 * index, 7, count);
	set_bits(port, 71 * index + 7, 64, addr);
}

#endif /* MEM_AXI_BITS_H */
