/* SPDX-License-Identifier: MIT */
/*
 * The yardstick: a dense int8 convolution as anyone would write it, compiled by -O3. It shares
 * nothing with the library, so that it also tells whether a result is right.
 */
#ifndef NMACCEL_TOOLS_NAIVE_H
#define NMACCEL_TOOLS_NAIVE_H

#include <stdint.h>

/* Stride 1, padding so that the output is as large as the input; a linear layer is 1x1 on 1x1. */
struct naive_shape {
	uint32_t rows, channels, kernel_h, kernel_w;
	uint32_t batch, height, width;
};

/* weights [rows][kernel_h][kernel_w][channels], in and out [batch][height][width][...] */
void naive_conv2d(const struct naive_shape *shape, const int8_t *weights, const int8_t *in,
		  int32_t *out);

#endif /* NMACCEL_TOOLS_NAIVE_H */
