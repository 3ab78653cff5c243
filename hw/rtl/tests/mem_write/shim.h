/* SPDX-License-Identifier: MIT */
/* nmaccel_write, clock by clock. */
#ifndef MEM_WRITE_SHIM_H
#define MEM_WRITE_SHIM_H

#include "../mem_axi/axi.h"

#define WRITE_CLIENTS 2u

struct write_request {
	uint64_t addr;
	uint32_t words;
};

struct write_in {
	bool rst;
	bool stop;
	uint64_t base;
	uint32_t req_valid; /* a bit for each client, as in all masks */
	struct write_request req[WRITE_CLIENTS];
	uint32_t data_valid;
	uint8_t data[WRITE_CLIENTS][AXI_MAX_BYTES];
};

struct write_out {
	bool idle;
	uint32_t req_ready;
	uint32_t data_ready;
	uint32_t done;
	bool done_error;
};

#ifdef __cplusplus
extern "C" {
#endif

struct write_dut;

struct write_dut *write_create(void);
void write_destroy(struct write_dut *dut);

/* What it shows with these inputs, and then the clock. */
void write_clock(struct write_dut *dut, const struct write_in *in,
		 const struct axi_write_slave *slave, struct write_out *out,
		 struct axi_write_master *master);

#ifdef __cplusplus
}
#endif

#endif /* MEM_WRITE_SHIM_H */
