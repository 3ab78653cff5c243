/* SPDX-License-Identifier: MIT */
/*
 * An AXI4 memory for tests, clock by clock: random latency, random stalls of each channel, and
 * checks of the master's side of the protocol. One ID, so all is in order; INCR bursts of whole
 * beats only.
 *
 * In each clock: drive tells the slave's signals, the model is evaluated with them, and clock takes
 * the master's. The first thing that was wrong stays in error.
 */
#ifndef MEM_AXI_H
#define MEM_AXI_H

#include <stdbool.h>
#include <stdint.h>

#define AXI_MAX_BYTES 64u
#define AXI_QUEUE     256u

#define AXI_OKAY   0u
#define AXI_SLVERR 2u

/* What is behind it; both return false to refuse. strobes: a bit for each byte. */
struct axi_target {
	void *context;
	bool (*read)(void *context, uint64_t addr, uint8_t *bytes, uint32_t size);
	bool (*write)(void *context, uint64_t addr, const uint8_t *bytes, uint64_t strobes,
		      uint32_t size);
};

struct axi_timing {
	uint32_t latency_min; /* clocks from an address (and its data) to the answer */
	uint32_t latency_max;
	uint32_t stall;	    /* a channel stands still in stall of 256 clocks */
	bool address_waits; /* no address is taken before data are there: writes */
};

struct axi_address {
	bool valid;
	uint64_t addr;
	uint8_t len;
	uint8_t size;
	uint8_t burst;
	uint8_t cache;
	uint8_t prot;
};

struct axi_write_data {
	bool valid;
	bool last;
	uint64_t strobes;
	uint8_t data[AXI_MAX_BYTES];
};

struct axi_read_master {
	struct axi_address ar;
	bool rready;
};

struct axi_read_slave {
	bool arready;
	bool rvalid;
	bool rlast;
	uint8_t rresp;
	uint8_t rdata[AXI_MAX_BYTES];
};

struct axi_write_master {
	struct axi_address aw;
	struct axi_write_data w;
	bool bready;
};

struct axi_write_slave {
	bool awready;
	bool wready;
	bool bvalid;
	uint8_t bresp;
};

struct axi_burst {
	uint64_t addr;
	uint32_t beats;
	uint32_t moved;
	uint64_t answer_at;
	bool refused;
};

/* Bursts that are not answered, the oldest at first. */
struct axi_queue {
	struct axi_burst bursts[AXI_QUEUE];
	uint32_t first;
	uint32_t count;
	uint32_t most;
};

struct axi_common {
	uint32_t bytes; /* of a beat */
	struct axi_target target;
	struct axi_timing timing;
	uint64_t now;
	uint64_t accepted; /* bursts */
	uint64_t answered;
	const char *error;
	struct axi_queue queue;
	struct axi_burst last_accepted;
	struct axi_address before_it; /* offered in the clock before, and not taken */
};

struct axi_read {
	struct axi_common common;
	struct axi_read_slave slave;
};

struct axi_write {
	struct axi_common common;
	struct axi_write_slave slave;
	struct axi_write_data data[AXI_QUEUE]; /* that came before their address */
	uint32_t first_data;
	uint32_t n_data;
	uint32_t full; /* bursts at the front of the queue whose data are there */
	struct axi_write_data before_it;
	bool data_offered;
};

void axi_read_init(struct axi_read *axi, uint32_t bytes, const struct axi_target *target,
		   const struct axi_timing *timing);
const struct axi_read_slave *axi_read_drive(struct axi_read *axi);
void axi_read_clock(struct axi_read *axi, const struct axi_read_master *master);

void axi_write_init(struct axi_write *axi, uint32_t bytes, const struct axi_target *target,
		    const struct axi_timing *timing);
const struct axi_write_slave *axi_write_drive(struct axi_write *axi);
void axi_write_clock(struct axi_write *axi, const struct axi_write_master *master);

#endif /* MEM_AXI_H */
