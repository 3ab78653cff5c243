/* SPDX-License-Identifier: MIT */
/* The card page as a Verilated model. */
#ifndef CARD_PAGE_SHIM_H
#define CARD_PAGE_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct page_in {
	int rst;
	int awvalid, wvalid, bready, arvalid, rready;
	uint32_t awaddr, wdata, araddr;
	uint64_t serial;
	uint32_t temp_mc, power_mw;
	uint32_t error, engine_busy, reset_busy;
};

struct page_out {
	int awready, wready, bvalid, arready, rvalid;
	uint32_t rdata;
	int interrupt;
	uint32_t engine_reset;
};

struct page_dut;

struct page_dut *page_create(void);
void page_destroy(struct page_dut *dut);

/* What comes out before the clock that ends with these inputs. */
void page_clock(struct page_dut *dut, const struct page_in *in, struct page_out *out);

#ifdef __cplusplus
}
#endif

#endif /* CARD_PAGE_SHIM_H */
