/* SPDX-License-Identifier: MIT */
/* The Verilog that Bambu makes of nmaccel_step, with the memories of its read ports. */
#ifndef BAMBU_SHIM_H
#define BAMBU_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#define SHIM_PORTS   8
#define SHIM_COLUMNS 8
#define SHIM_ROWS    256

struct shim_in {
	bool start;
	uint64_t values;
	uint64_t indices;
};

struct shim_out {
	bool done;
	int32_t sums[SHIM_COLUMNS];
};

#ifdef __cplusplus
extern "C" {
#endif

struct shim_dut;

/* Comes out of reset. The block is the caller's and stays. */
struct shim_dut *shim_create(const uint64_t block[SHIM_ROWS]);
void shim_destroy(struct shim_dut *dut);

/* One clock with these inputs, and what the outputs are before its edge. */
void shim_clock(struct shim_dut *dut, const struct shim_in *in, struct shim_out *out);

#ifdef __cplusplus
}
#endif

#endif /* BAMBU_SHIM_H */
