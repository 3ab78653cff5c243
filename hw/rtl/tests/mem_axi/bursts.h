/* SPDX-License-Identifier: MIT */
/* What requests must become on an AXI bus: worked out from their addresses alone. */
#ifndef MEM_AXI_BURSTS_H
#define MEM_AXI_BURSTS_H

#include "axi.h"

#define BURSTS_MAX 1024u

/* Bursts that the bus must still see, the next at first. */
struct bursts {
	struct axi_burst expected[BURSTS_MAX];
	uint32_t first;
	uint32_t count;
	uint64_t seen;
};

/* size bytes from addr with the base leave an address space of so many bits. */
bool bursts_leave(uint32_t bits, uint64_t base, uint64_t addr, uint64_t size);

/* Adds those of a request; returns how many they are. bytes: of a beat. */
uint32_t bursts_expect(struct bursts *bursts, uint32_t bytes, uint64_t addr, uint64_t size);

/* After a clock: false if the bus took a burst that is not the next one. */
bool bursts_check(struct bursts *bursts, const struct axi_common *axi);

/* An address that, with the base, is near the end of the address space or of a page, or anywhere.
 */
uint64_t bursts_random_addr(uint32_t bits, uint64_t base);

#endif /* MEM_AXI_BURSTS_H */
