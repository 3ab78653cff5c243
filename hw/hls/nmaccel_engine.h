/* SPDX-License-Identifier: MIT */
/*
 * The engine as a bit-exact model: the source of hw/hls/src compiled by gcc, once for each build
 * (lanes, block rows, columns) that an emulated card can be.
 *
 * A run touches nothing but its bus and its state, so engines run in as many threads as there are
 * states.
 */
#ifndef NMACCEL_ENGINE_H
#define NMACCEL_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "nmaccel_word.h"

/*
 * The memory system behind an engine. Its owner embeds this struct and fills it in. The addresses
 * are multiples of NMACCEL_WORD_BYTES, words is 1 or more, and address + words never wraps. A
 * call returns non-zero when the memory system refuses; dst is then undefined.
 */
struct nmaccel_bus {
	int (*read)(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		    uint32_t words);
	int (*write)(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		     uint32_t words);
};

/*
 * What the engine calls; nmaccel_engine_bus.c passes it on to the bus. A program that knows only
 * one kind of bus may define the two itself.
 */
int nmaccel_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words);
int nmaccel_bus_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words);

/* One build of the engine. */
struct nmaccel_engine_variant {
	uint32_t lanes;	     /* N */
	uint32_t block_rows; /* M */
	uint32_t columns;    /* C */
	uint32_t max_rows;   /* rows per descriptor */
	size_t state_bytes;  /* on-chip memory of one engine */

	/*
	 * Run the job at device address job to its end, as ap_start does. state is state_bytes of
	 * memory, aligned as malloc aligns, of any content; no two runs may share it at once.
	 */
	void (*run)(struct nmaccel_bus *bus, void *state, uint64_t job);
};

/* The build with these parameters, or NULL if there is none. */
const struct nmaccel_engine_variant *nmaccel_engine_find(uint32_t lanes, uint32_t block_rows,
							 uint32_t columns);

/* Build i of all, from 0; NULL past the last. */
const struct nmaccel_engine_variant *nmaccel_engine_at(uint32_t i);

#endif /* NMACCEL_ENGINE_H */
