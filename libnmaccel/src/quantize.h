/* SPDX-License-Identifier: MIT */
/* Symmetric int8 quantisation of one row of an F32 view. */
#ifndef NMACCEL_SRC_QUANTIZE_H
#define NMACCEL_SRC_QUANTIZE_H

#include "nmaccel.h"

/* Largest |w| of a row; NMACCEL_ERR_INVALID with the place of a NaN or infinity. */
enum nmaccel_status nmaccel_quantize_row_max(const struct nmaccel_weight_view *src, uint32_t row,
					     float *max);

/* The scale that maps max to 127. Always finite and > 0. */
float nmaccel_quantize_scale(float max);

/* Write a finite row's q = w / scale, rounded half to even, saturated to [-127, 127]. */
void nmaccel_quantize_row(const struct nmaccel_weight_view *src, uint32_t row, float scale,
			  const struct nmaccel_weight_view *dst, uint32_t dst_row);

#endif /* NMACCEL_SRC_QUANTIZE_H */
