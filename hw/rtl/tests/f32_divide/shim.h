/* SPDX-License-Identifier: MIT */
/* The divider, one quotient after the other. */
#ifndef F32_DIVIDE_SHIM_H
#define F32_DIVIDE_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct divide_dut;

struct divide_dut *divide_create(void);
void divide_destroy(struct divide_dut *dut);

/* Both numbers as nmaccel_f32_pkg::number_t has them; the clocks that it took, 0 if it did not end.
 */
uint32_t divide(struct divide_dut *dut, uint64_t scale, uint16_t count, uint64_t *quotient);

#ifdef __cplusplus
}
#endif

#endif /* F32_DIVIDE_SHIM_H */
