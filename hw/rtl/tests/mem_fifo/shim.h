/* SPDX-License-Identifier: MIT */
/* A FIFO of 32-bit entries, clock by clock. */
#ifndef MEM_FIFO_SHIM_H
#define MEM_FIFO_SHIM_H

#include <stdbool.h>
#include <stdint.h>

struct fifo_in {
	bool rst;
	bool in_valid;
	uint32_t in_data;
	bool out_ready;
};

struct fifo_out {
	bool in_ready;
	bool out_valid;
	uint32_t out_data;
	uint32_t count;
};

#ifdef __cplusplus
extern "C" {
#endif

struct fifo_dut;

struct fifo_dut *fifo_create(void);
void fifo_destroy(struct fifo_dut *dut);

/* What it shows with these inputs, and then the clock. */
void fifo_clock(struct fifo_dut *dut, const struct fifo_in *in, struct fifo_out *out);

#ifdef __cplusplus
}
#endif

#endif /* MEM_FIFO_SHIM_H */
