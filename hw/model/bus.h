/* SPDX-License-Identifier: MIT */
/*
 * The memory's read side, shared by the stream unit and the loader. Both move bursts of 1 KiB and
 * take turns, so whoever wants to read gets half of it at least, and all that the other leaves.
 */
#ifndef NMACCEL_MODEL_BUS_H
#define NMACCEL_MODEL_BUS_H

#define BURST_BYTES 1024

enum bus_client {
	BUS_STREAM,
	BUS_LOADER,
	BUS_CLIENTS
};

struct bus {
	double rate; /* bytes a clock */
	double free; /* when all that was asked for has been moved */
	double last[BUS_CLIENTS];
};

/* When the last of so many bytes leaves the memory that were asked for at a time. */
double bus_read(struct bus *bus, enum bus_client client, double when, double bytes);

/* Writes take the same way where it is shared: the same question. */
double bus_write(struct bus *bus, double when, double bytes);

#endif /* NMACCEL_MODEL_BUS_H */
