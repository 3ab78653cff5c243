/* SPDX-License-Identifier: MIT */
/* Weights to packed streams, as drm/nmaccel_stream.h and docs/packed-format.md define them. */
#ifndef KSFT_PACK_H
#define KSFT_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "ksft_nmaccel.h"

/* Bytes that grow. */
struct bytes {
	uint8_t *data;
	size_t size;
	size_t room;
};

void bytes_put(struct bytes *bytes, const void *data, size_t size);
void bytes_zero(struct bytes *bytes, size_t size);
void bytes_free(struct bytes *bytes);

/* A panel: weights[rows][kernel_h * kernel_w][channels]. */
struct panel {
	uint32_t rows;
	uint32_t taps;
	uint32_t channels;
	uint32_t lanes;
	uint32_t block_rows;
	const int8_t *weights;
};

/*
 * With prng, in a form that no packer writes and every engine takes: slots in any order, some of
 * value 0 and any index, and some weights as the sum of two slots.
 */
void pack(const struct panel *panel, struct prng *prng, struct bytes *stream);

#endif
