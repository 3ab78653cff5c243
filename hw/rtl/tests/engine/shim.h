/* SPDX-License-Identifier: MIT */
/* The Verilated engine behind a C interface. */
#ifndef ENGINE_SHIM_H
#define ENGINE_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#include "axi.h"

struct control_in {
	bool awvalid, wvalid, bready, arvalid, rready;
	uint32_t awaddr, wdata, araddr;
};

struct control_out {
	bool awready, wready, bvalid, arready, rvalid;
	uint32_t bresp, rresp, rdata;
};

struct engine_in {
	bool reset;
	struct control_in control;
	struct axi_read_slave read;
	struct axi_write_slave write;
};

struct engine_out {
	struct control_out control;
	struct axi_read_master read;
	struct axi_write_master write;
	bool interrupt;
};

#ifdef __cplusplus
extern "C" {
#endif

void *engine_create(void);
void engine_destroy(void *engine);

/* What the engine offers with these inputs, before the clock; then the clock. */
void engine_eval(void *engine, const struct engine_in *in, struct engine_out *out);
void engine_clock(void *engine);

#ifdef __cplusplus
}
#endif

#endif /* ENGINE_SHIM_H */
