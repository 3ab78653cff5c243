/* SPDX-License-Identifier: MIT */
/* The engine in SystemVerilog, Verilated: a shared object of hw/rtl/card, beside the program. */
#ifndef CARD_RTL_H
#define CARD_RTL_H

#include "nmaccel_engine.h"

/*
 * The build with these parameters, and the handle to close when it runs no more. NULL with the
 * reason in text, which stays valid.
 */
const struct nmaccel_engine_variant *card_rtl_open(uint32_t lanes, uint32_t block_rows,
						   uint32_t columns, void **handle,
						   const char **reason);
void card_rtl_close(void *handle);

#endif /* CARD_RTL_H */
