/* SPDX-License-Identifier: MIT */
/* The pipelines of products and sums. */
#ifndef F32_SHIM_H
#define F32_SHIM_H

#include <stdint.h>

/* From operands to results. */
#define BENCH_CLOCKS 10

struct f32_in {
	int32_t integer;
	uint32_t scale; /* fp32 */
	uint32_t left;
	uint32_t right;
};

/* As nmaccel_f32_pkg::number_t has them. */
struct f32_out {
	uint64_t product;
	uint64_t sum;
};

#ifdef __cplusplus
extern "C" {
#endif

struct f32_dut;

struct f32_dut *f32_create(void);
void f32_destroy(struct f32_dut *dut);

/* What it shows, and then the clock with these inputs. */
void f32_clock(struct f32_dut *dut, const struct f32_in *in, struct f32_out *out);

#ifdef __cplusplus
}
#endif

#endif /* F32_SHIM_H */
