/* SPDX-License-Identifier: MIT */
/* The card of the PCIe shells as a Verilated model: BAR0 and messages. */
#ifndef PCIE_CARD_SHIM_H
#define PCIE_CARD_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct card_in {
	int rst, msi_enable, msi_grant;
	int awvalid, wvalid, bready, arvalid, rready;
	uint32_t msi_width, awaddr, wdata, araddr;
};

struct card_out {
	int msi_request;
	uint32_t msi_vector;
	int awready, wready, bvalid, arready, rvalid;
	uint32_t rdata;
};

struct card_dut;

struct card_dut *card_dut_create(void);
void card_dut_destroy(struct card_dut *dut);
void card_dut_clock(struct card_dut *dut, const struct card_in *in, struct card_out *out);

#ifdef __cplusplus
}
#endif

#endif /* PCIE_CARD_SHIM_H */
