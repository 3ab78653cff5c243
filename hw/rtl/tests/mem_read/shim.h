/* SPDX-License-Identifier: MIT */
/* nmaccel_read, clock by clock. */
#ifndef MEM_READ_SHIM_H
#define MEM_READ_SHIM_H

#include "../mem_axi/axi.h"

#define READ_CLIENTS 4u

struct read_request {
	uint64_t addr;
	uint32_t words;
};

struct read_in {
	bool rst;
	bool stop;
	uint64_t base;
	uint32_t req_valid; /* a bit for each client, as in all masks */
	struct read_request req[READ_CLIENTS];
};

struct read_out {
	bool idle;
	uint32_t req_ready;
	uint32_t rsp_valid;
	uint8_t rsp_data[AXI_MAX_BYTES];
	uint32_t rsp_words;
	bool rsp_last;
	bool rsp_error;
};

#ifdef __cplusplus
extern "C" {
#endif

struct read_dut;

struct read_dut *read_create(void);
void read_destroy(struct read_dut *dut);

/* What it shows with these inputs, and then the clock. */
void read_clock(struct read_dut *dut, const struct read_in *in, const struct axi_read_slave *slave,
		struct read_out *out, struct axi_read_master *master);

#ifdef __cplusplus
}
#endif

#endif /* MEM_READ_SHIM_H */
