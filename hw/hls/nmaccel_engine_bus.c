// SPDX-License-Identifier: MIT
/* From the engine's link-time bus to the bus object of whoever runs it. */
#include "nmaccel_engine.h"

int nmaccel_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	return bus->read(bus, addr, dst, words);
}

int nmaccel_bus_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words)
{
	return bus->write(bus, addr, src, words);
}
