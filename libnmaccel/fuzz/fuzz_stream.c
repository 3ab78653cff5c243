// SPDX-License-Identifier: MIT
/*
 * Streams from a fuzzer: a shape in the first bytes, then the stream. A stream that is accepted
 * must be the one that its weights are packed to.
 */
#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define SHAPE_BYTES 5
#define MAX_DENSE   (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct dense {
	const struct nmaccel_stream_shape *shape;
	int8_t *data;
};

static enum nmaccel_status put_slot(void *context, const struct nmaccel_stream_slot *slot)
{
	const struct dense *d = context;
	uint32_t taps = d->shape->kernel_h * d->shape->kernel_w;
	int8_t *p;

	if (slot->row >= d->shape->rows || slot->tap >= taps || slot->channel >= d->shape->channels)
		abort();
	p = d->data + ((size_t)slot->row * taps + slot->tap) * d->shape->channels + slot->channel;
	if (*p || !slot->value)
		abort();
	*p = slot->value;
	return NMACCEL_OK;
}

static void check_canonical(const struct dense *d, const uint8_t *stream, size_t bytes)
{
	uint8_t *again = malloc(bytes);

	if (!again || nmaccel_stream_size(d->shape, d->data) != bytes)
		abort();
	nmaccel_stream_write(d->shape, d->data, again);
	if (memcmp(again, stream, bytes))
		abort();
	free(again);
}

static void read_shape(const uint8_t *data, struct nmaccel_stream_shape *shape)
{
	*shape = (struct nmaccel_stream_shape){
		.rows = data[0] + 1u + (data[4] & 0x40 ? 256 : 0),
		.channels = data[1] + 1u + ((data[4] & 0x30u) << 4),
		.kernel_h = data[2] % 16u + 1,
		.kernel_w = data[3] % 16u + 1,
		.lanes = 4u << (data[4] & 3),
		.block_rows = data[4] & 4 ? 256 : 128,
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nmaccel_stream_totals totals;
	struct nmaccel_stream_shape shape;
	struct dense d = {.shape = &shape};

	if (size < SHAPE_BYTES)
		return 0;
	read_shape(data, &shape);
	data += SHAPE_BYTES;
	size -= SHAPE_BYTES;
	/* No stream of this shape is so short, so there is nothing to decode. */
	if (nmaccel_stream_min_size(&shape) > size ||
	    nmaccel_stream_dense_bytes(&shape) > MAX_DENSE) {
		if (!nmaccel_stream_read(&shape, data, size, NULL, NULL, &totals) &&
		    nmaccel_stream_min_size(&shape) > size)
			abort();
		return 0;
	}
	d.data = calloc(1, nmaccel_stream_dense_bytes(&shape));
	if (!d.data)
		return 0;
	if (!nmaccel_stream_read(&shape, data, size, put_slot, &d, &totals))
		check_canonical(&d, data, size);
	free(d.data);
	return 0;
}
