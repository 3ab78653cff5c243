/* SPDX-License-Identifier: MIT */
/* From the geometry of a window that slides over an image to the bytes of a column tile. */
#ifndef NMACCEL_SRC_SOFT_GATHER_H
#define NMACCEL_SRC_SOFT_GATHER_H

#include "soft/kernels.h"

/* Does output pixel p read just input pixel p? Then rows are taken as they are. */
bool nmaccel_soft_gather_straight(const struct nmaccel_hw_desc *desc);

/*
 * The input elements that tap (tap_y, tap_x) of each output pixel of a tile reads, pad where
 * there is none. Returns false if it reads nothing but padding.
 */
bool nmaccel_soft_gather_init(struct nmaccel_soft_gather *gather,
			      const struct nmaccel_hw_desc *desc, uint32_t tile, uint32_t tap_y,
			      uint32_t tap_x, int8_t pad);

#endif /* NMACCEL_SRC_SOFT_GATHER_H */
