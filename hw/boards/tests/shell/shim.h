/* SPDX-License-Identifier: MIT */
/* The shell as a Verilated model. */
#ifndef SHELL_SHIM_H
#define SHELL_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shell_dut;

struct shell_dut *shell_create(void);
void shell_destroy(struct shell_dut *dut);

/* One clock. Returns the serial line from the shell; *leds are its lights. */
int shell_clock(struct shell_dut *dut, int rst, int rx, uint8_t *leds);

#ifdef __cplusplus
}
#endif

#endif /* SHELL_SHIM_H */
