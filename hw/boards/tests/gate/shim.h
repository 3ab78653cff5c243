/* SPDX-License-Identifier: MIT */
/* The gate of an engine as a Verilated model; an address channel is cut down to address and length.
 */
#ifndef GATE_SHIM_H
#define GATE_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gate_in {
	int rst, reset;
	/* from the engine */
	int e_awvalid, e_wvalid, e_bready, e_arvalid, e_rready;
	uint64_t e_awaddr, e_araddr;
	uint32_t e_awlen, e_arlen, e_wstrb;
	uint32_t e_wdata; /* repeated over the beat */
	/* from the memory system */
	int m_awready, m_wready, m_bvalid, m_arready, m_rvalid, m_rlast;
};

struct gate_out {
	int busy, engine_rst_n;
	int e_awready, e_wready, e_bvalid, e_arready, e_rvalid;
	int m_awvalid, m_wvalid, m_wlast, m_bready, m_arvalid, m_rready;
	uint64_t m_awaddr, m_araddr;
	uint32_t m_awlen, m_arlen, m_wstrb, m_wdata;
};

struct gate_dut;

struct gate_dut *gate_create(void);
void gate_destroy(struct gate_dut *dut);

/* Outputs with these inputs, before the clock. */
void gate_eval(struct gate_dut *dut, const struct gate_in *in, struct gate_out *out);
void gate_clock(struct gate_dut *dut);

#ifdef __cplusplus
}
#endif

#endif /* GATE_SHIM_H */
