/* SPDX-License-Identifier: MIT */
/*
 * Between the caller's NHWC or NCHW memory and the device's column-blocked, channel-major tensors
 * (struct nmaccel_hw_tensor). Shapes have been checked; C is the device's columns.
 */
#ifndef NMACCEL_SRC_LAYOUT_H
#define NMACCEL_SRC_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "nmaccel.h"

/* Bytes of a tensor in the device's layout. */
uint64_t nmaccel_layout_bytes(const struct nmaccel_tensor *tensor, uint32_t columns);

/* S8 or U8 to the device; columns that do not exist become 0. */
void nmaccel_layout_import(const struct nmaccel_tensor *tensor, uint32_t columns, const void *user,
			   void *device);

/* S8, U8 or S32 from the device. */
void nmaccel_layout_export(const struct nmaccel_tensor *tensor, uint32_t columns,
			   const void *device, void *user);

/* F32 from the device's 32-bit sums: clamp(sum * scales[channel], min, max), in fp32. */
void nmaccel_layout_export_f32(const struct nmaccel_tensor *tensor, uint32_t columns,
			       const float *scales, float min, float max, const void *device,
			       void *user);

#endif /* NMACCEL_SRC_LAYOUT_H */
