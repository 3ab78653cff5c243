/* SPDX-License-Identifier: MIT */
/* nmaccel_regs, clock by clock. */
#ifndef MEM_REGS_SHIM_H
#define MEM_REGS_SHIM_H

#include <stdbool.h>
#include <stdint.h>

struct regs_in {
	bool rst;
	bool awvalid;
	uint16_t awaddr;
	bool wvalid;
	uint32_t wdata;
	uint8_t wstrb;
	bool bready;
	bool arvalid;
	uint16_t araddr;
	bool rready;
	bool done;
};

struct regs_out {
	bool awready;
	bool wready;
	bool bvalid;
	uint8_t bresp;
	bool arready;
	bool rvalid;
	uint32_t rdata;
	uint8_t rresp;
	bool start;
	uint64_t base;
	uint64_t job_addr;
	bool interrupt;
};

#ifdef __cplusplus
extern "C" {
#endif

struct regs_dut;

struct regs_dut *regs_create(void);
void regs_destroy(struct regs_dut *dut);

/* What it shows with these inputs, and then the clock. */
void regs_clock(struct regs_dut *dut, const struct regs_in *in, struct regs_out *out);

#ifdef __cplusplus
}
#endif

#endif /* MEM_REGS_SHIM_H */
