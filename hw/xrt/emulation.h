/* SPDX-License-Identifier: MIT */
/*
 * What describe.c tells the emulated card, beside what nmaccel_xrt.h has: where its compute units
 * lie. It is a second member of the same JSON text, which an .xclbin for emulation also has as its
 * BITSTREAM, as the model is given that as a file.
 */
#ifndef XRT_EMULATION_H
#define XRT_EMULATION_H

#include "drm/nmaccel_xrt.h"

#define XRT_EMULATION	     "emulation"
#define XRT_EMULATION_BASE   "base"   /* address of the first compute unit's registers */
#define XRT_EMULATION_STRIDE "stride" /* from one to the next */

/* A unit's registers are its engine page, and XRT wants 64 KiB of address space for each. */
#define XRT_UNIT_BASE	0x1800000u
#define XRT_UNIT_STRIDE 0x10000u

/* Its memory: banks of this size, from address 0, without gaps. */
#define XRT_BANK_BYTES ((uint64_t)4 << 30)
#define XRT_MAX_BANKS  32u

#endif /* XRT_EMULATION_H */
