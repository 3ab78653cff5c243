/* SPDX-License-Identifier: MIT */
#include "bus.h"

#include <math.h>

double bus_read(struct bus *bus, enum bus_client client, double when, double bytes)
{
	double clocks = bytes / bus->rate;
	double turns = fmax(when, bus->last[client]) + 2 * clocks;

	bus->free = fmax(bus->free, when) + clocks;
	bus->last[client] = fmin(bus->free, turns);
	return bus->last[client];
}

double bus_write(struct bus *bus, double when, double bytes)
{
	bus->free = fmax(bus->free, when) + bytes / bus->rate;
	return bus->free;
}
