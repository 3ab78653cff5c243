/* SPDX-License-Identifier: MIT */
/*
 * Between the Verilated engine's AXI4 master, whose beats are words, and the bus of a card: each
 * burst is one access, made when its address is taken, or its last data.
 */
#ifndef RTL_CARD_BUS_H
#define RTL_CARD_BUS_H

#include "nmaccel_engine.h"
#include "shim.h"

#define RTL_BURST_WORDS 64u
#define RTL_BURSTS	64u /* more than the engine leaves unanswered */

struct rtl_burst {
	struct nmaccel_word words[RTL_BURST_WORDS];
	uint32_t count;
	uint32_t moved;
	bool refused;
};

struct rtl_bus {
	struct nmaccel_bus *bus;
	struct rtl_burst reads[RTL_BURSTS];
	uint32_t first_read, n_reads;
	struct rtl_burst write; /* under way */
	uint64_t write_addr;
	bool write_open;	  /* its address has been taken */
	bool refused[RTL_BURSTS]; /* answers of writes */
	uint32_t first_answer, n_answers;
	uint64_t accesses;
	const char *error; /* the master has broken the protocol */
};

void rtl_bus_init(struct rtl_bus *axi, struct nmaccel_bus *bus);

/* The slave's signals for the clock that comes, and what the master does in it. */
void rtl_bus_drive(const struct rtl_bus *axi, struct engine_in *in);
void rtl_bus_clock(struct rtl_bus *axi, const struct engine_in *in, const struct engine_out *out);

#endif /* RTL_CARD_BUS_H */
