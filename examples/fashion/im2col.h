/* SPDX-License-Identifier: MIT */
#ifndef FASHION_IM2COL_H
#define FASHION_IM2COL_H

#include <stddef.h>
#include <stdint.h>

#include "net.h"

/* True if the layer's input already is its matrix of columns. */
bool im2col_is_identity(const struct fashion_layer *layer);

/* columns[images * out pixels][depth], zeros where the padding is read. */
void im2col_float(const struct fashion_layer *layer, size_t images, const float *in,
		  float *columns);

/* The transpose of im2col_float: adds each column element to the input element it came from. */
void col2im_float(const struct fashion_layer *layer, size_t images, const float *columns,
		  float *in);

/* As im2col_float for activations, less their zero point. */
void im2col_u8(const struct fashion_layer *layer, size_t images, const uint8_t *in, uint8_t zero,
	       int16_t *columns);

#endif
