/* SPDX-License-Identifier: MIT */
#include "naive.h"

#include <stddef.h>

static int32_t dot(const int8_t *a, const int8_t *b, uint32_t count)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += a[i] * b[i];
	return sum;
}

static int32_t one_output(const struct naive_shape *s, const int8_t *weights, const int8_t *image,
			  uint32_t y, uint32_t x)
{
	int32_t sum = 0;

	for (uint32_t i = 0; i < s->kernel_h; i++) {
		int64_t in_y = (int64_t)y + i - (s->kernel_h - 1) / 2;

		if (in_y < 0 || in_y >= s->height)
			continue;
		for (uint32_t j = 0; j < s->kernel_w; j++) {
			int64_t in_x = (int64_t)x + j - (s->kernel_w - 1) / 2;

			if (in_x < 0 || in_x >= s->width)
				continue;
			sum += dot(weights + ((size_t)i * s->kernel_w + j) * s->channels,
				   image + ((size_t)in_y * s->width + (size_t)in_x) * s->channels,
				   s->channels);
		}
	}
	return sum;
}

void naive_conv2d(const struct naive_shape *s, const int8_t *weights, const int8_t *in,
		  int32_t *out)
{
	size_t row = (size_t)s->kernel_h * s->kernel_w * s->channels;

	for (uint32_t b = 0; b < s->batch; b++) {
		const int8_t *image = in + (size_t)b * s->height * s->width * s->channels;

		for (uint32_t y = 0; y < s->height; y++) {
			for (uint32_t x = 0; x < s->width; x++) {
				for (uint32_t r = 0; r < s->rows; r++)
					*out++ = one_output(s, weights + r * row, image, y, x);
			}
		}
	}
}
