// SPDX-License-Identifier: MIT
#include <string.h>

#include "im2col.h"

bool im2col_is_identity(const struct fashion_layer *layer)
{
	return layer->kernel == 1 && layer->stride == 1 && layer->pad == 0;
}

/* A walk over the taps of all output pixels, in the order in which columns lie in memory. */
struct walk {
	int image, y, x, ky, kx;
};

static bool walk_next(struct walk *walk, const struct fashion_layer *layer, int images)
{
	if (++walk->kx < layer->kernel)
		return true;
	walk->kx = 0;
	if (++walk->ky < layer->kernel)
		return true;
	walk->ky = 0;
	if (++walk->x < layer->out_side)
		return true;
	walk->x = 0;
	if (++walk->y < layer->out_side)
		return true;
	walk->y = 0;
	return ++walk->image < images;
}

/* The first element of the pixel that a tap reads, or -1 in the padding. */
static ptrdiff_t walk_source(const struct walk *walk, const struct fashion_layer *layer)
{
	const int side = layer->in_side;
	const int y = walk->y * layer->stride + walk->ky - layer->pad;
	const int x = walk->x * layer->stride + walk->kx - layer->pad;

	if (y < 0 || y >= side || x < 0 || x >= side)
		return -1;
	return (((ptrdiff_t)walk->image * side + y) * side + x) * layer->in_channels;
}

void im2col_float(const struct fashion_layer *layer, size_t images, const float *in, float *columns)
{
	const size_t channels = (size_t)layer->in_channels;
	struct walk walk = {0};

	do {
		const ptrdiff_t from = walk_source(&walk, layer);

		if (from < 0)
			memset(columns, 0, channels * sizeof(*columns));
		else
			memcpy(columns, in + from, channels * sizeof(*columns));
		columns += channels;
	} while (walk_next(&walk, layer, (int)images));
}

void col2im_float(const struct fashion_layer *layer, size_t images, const float *columns, float *in)
{
	const size_t channels = (size_t)layer->in_channels;
	struct walk walk = {0};

	do {
		const ptrdiff_t to = walk_source(&walk, layer);

		for (size_t c = 0; to >= 0 && c < channels; c++)
			in[(size_t)to + c] += columns[c];
		columns += channels;
	} while (walk_next(&walk, layer, (int)images));
}

void im2col_u8(const struct fashion_layer *layer, size_t images, const uint8_t *in, uint8_t zero,
	       int16_t *columns)
{
	const size_t channels = (size_t)layer->in_channels;
	struct walk walk = {0};

	do {
		const ptrdiff_t from = walk_source(&walk, layer);

		if (from < 0)
			memset(columns, 0, channels * sizeof(*columns));
		for (size_t c = 0; from >= 0 && c < channels; c++)
			columns[c] = (int16_t)(in[(size_t)from + c] - zero);
		columns += channels;
	} while (walk_next(&walk, layer, (int)images));
}
