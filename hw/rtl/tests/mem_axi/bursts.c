// SPDX-License-Identifier: MIT
#include "bursts.h"

#include "rng.h"

#define PAGE  4096u
#define ALIGN 16u
#define NEAR  128u

static uint64_t last_addr(uint32_t bits)
{
	return bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

bool bursts_leave(uint32_t bits, uint64_t base, uint64_t addr, uint64_t size)
{
	const uint64_t room = last_addr(bits);

	return base > room || addr > room - base || size - 1 > room - base - addr;
}

uint32_t bursts_expect(struct bursts *bursts, uint32_t bytes, uint64_t addr, uint64_t size)
{
	const uint64_t last = addr + size - 1;
	uint64_t at = addr / bytes * bytes;
	struct axi_burst *burst;
	uint64_t page_last;
	uint32_t n = 0;

	for (;;) {
		page_last = at | (PAGE - 1);
		burst = &bursts->expected[(bursts->first + bursts->count++) % BURSTS_MAX];
		burst->addr = at;
		burst->beats = (uint32_t)(((page_last < last ? page_last : last) - at) / bytes + 1);
		n++;
		if (last <= page_last)
			return n;
		at = page_last + 1;
	}
}

bool bursts_check(struct bursts *bursts, const struct axi_common *axi)
{
	const struct axi_burst *seen = &axi->last_accepted;
	const struct axi_burst *burst = &bursts->expected[bursts->first];

	if (bursts->seen == axi->accepted)
		return true;
	bursts->seen++;
	if (!bursts->count || seen->addr != burst->addr || seen->beats != burst->beats)
		return false;
	bursts->first = (bursts->first + 1) % BURSTS_MAX;
	bursts->count--;
	return true;
}

uint64_t bursts_random_addr(uint32_t bits, uint64_t base)
{
	const uint64_t last = last_addr(bits);
	const uint64_t distance = rng_range(0, NEAR) * ALIGN;

	switch (rng_range(0, 7)) {
	case 0:
		return last + 1 - distance - base;
	case 1:
		return distance - base;
	case 2:
		return rng_u64() % last / PAGE * PAGE - distance;
	default:
		return rng_u64() % last / ALIGN * ALIGN;
	}
}
