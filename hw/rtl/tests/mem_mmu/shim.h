/* SPDX-License-Identifier: MIT */
/* nmaccel_mmu, clock by clock. */
#ifndef MEM_MMU_SHIM_H
#define MEM_MMU_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#define MMU_REQUESTERS 3u

struct mmu_port {
	uint64_t addr;
	uint64_t size;
	bool paged;
	uint8_t page_shift;
	uint8_t index;
};

struct mmu_request {
	struct mmu_port port;
	uint64_t offset;
	uint32_t words;
};

struct mmu_in {
	bool rst;
	bool flush;
	uint32_t req_valid; /* a bit for each requester, as in all masks */
	struct mmu_request req[MMU_REQUESTERS];
	bool list_ready;
	bool list_rsp_valid;
	uint8_t list_rsp_data[DATA_BYTES];
	uint32_t list_rsp_words;
	bool list_rsp_last;
	bool list_rsp_error;
};

struct mmu_out {
	uint32_t req_ready;
	uint32_t rsp_valid;
	uint64_t rsp_addr;
	uint32_t rsp_words;
	uint32_t rsp_fault;
	bool list_valid;
	uint64_t list_addr;
	uint32_t list_words;
};

#ifdef __cplusplus
extern "C" {
#endif

struct mmu_dut;

struct mmu_dut *mmu_create(void);
void mmu_destroy(struct mmu_dut *dut);

/* What it shows with these inputs, and then the clock. */
void mmu_clock(struct mmu_dut *dut, const struct mmu_in *in, struct mmu_out *out);

#ifdef __cplusplus
}
#endif

#endif /* MEM_MMU_SHIM_H */
