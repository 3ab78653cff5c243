/* SPDX-License-Identifier: MIT */
/*
 * The packed stream of one panel: its writer and its strict reader.
 *
 * The engine accepts any stream that drm/nmaccel_stream.h allows. The writer makes the canonical
 * one, and the reader accepts no other: a row's non-zeros of a block in index order, no more steps
 * than they need, unused slots all zero. So a matrix has exactly one stream.
 */
#ifndef NMACCEL_SRC_STREAM_H
#define NMACCEL_SRC_STREAM_H

#include "nmaccel.h"
#include "drm/nmaccel_stream.h"

/* One panel, within the limits that nmaccel_weights_shape_check() enforces. */
struct nmaccel_stream_shape {
	uint32_t rows;
	uint32_t channels;
	uint32_t kernel_h, kernel_w;
	uint32_t lanes;
	uint32_t block_rows;
};

struct nmaccel_stream_totals {
	uint64_t nonzeros, steps;
};

/*
 * The dense panel that streams are made from: [rows][kernel_h][kernel_w][channels], contiguous,
 * whatever the stream's block_rows.
 */
static inline uint64_t nmaccel_stream_dense_bytes(const struct nmaccel_stream_shape *shape)
{
	return (uint64_t)shape->rows * shape->kernel_h * shape->kernel_w * shape->channels;
}

/* Exact bytes of the stream of a dense panel. */
uint64_t nmaccel_stream_size(const struct nmaccel_stream_shape *shape, const int8_t *dense);

/* Bytes of the stream of a panel of zeros: no stream of this shape is shorter. */
uint64_t nmaccel_stream_min_size(const struct nmaccel_stream_shape *shape);

/* Write the stream; out has nmaccel_stream_size() bytes. */
void nmaccel_stream_write(const struct nmaccel_stream_shape *shape, const int8_t *dense,
			  uint8_t *out);

/* A non-zero of the stream. Of one row and tap, channels come in rising order. */
struct nmaccel_stream_slot {
	uint32_t row;
	uint32_t tap; /* i * kernel_w + j */
	uint32_t channel;
	int8_t value;
};

/* Called for each non-zero; anything but NMACCEL_OK ends the reading and is returned. */
typedef enum nmaccel_status (*nmaccel_stream_visit)(void *context,
						    const struct nmaccel_stream_slot *slot);

/*
 * Check all of a stream, which nobody needs to trust, and visit its non-zeros on the way.
 * NMACCEL_ERR_FORMAT with the block, row and byte of the first fault.
 *
 * visit may be NULL; totals may be NULL and are written only on success.
 */
enum nmaccel_status nmaccel_stream_read(const struct nmaccel_stream_shape *shape,
					const uint8_t *stream, uint64_t bytes,
					nmaccel_stream_visit visit, void *context,
					struct nmaccel_stream_totals *totals);

#endif /* NMACCEL_SRC_STREAM_H */
