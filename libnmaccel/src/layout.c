// SPDX-License-Identifier: MIT
/*
 * Layout conversion. NCHW is a copy per channel and column block; NHWC is a transpose, done in
 * tiles of 16 x 16 bytes in vector registers.
 */
#include "layout.h"

#include <string.h>

#include "drm/nmaccel_hw.h"

#define TILE 16u

/* The compiler's vectors: SSE2, NEON, or plain words where there is neither. */
typedef uint8_t v16 __attribute__((vector_size(TILE)));

/* A U8 element x is kept as the signed x - 128: the same bits but the top one. */
static uint8_t sign_flip(const struct nmaccel_tensor *tensor)
{
	return tensor->type == NMACCEL_TYPE_U8 ? 0x80 : 0;
}

static uint64_t count_pixels(const struct nmaccel_tensor *tensor)
{
	return (uint64_t)tensor->batch * tensor->height * tensor->width;
}

/* [tokens][features] is the same in both layouts. */
static enum nmaccel_layout simplest_layout(const struct nmaccel_tensor *tensor)
{
	if (tensor->channels == 1)
		return NMACCEL_LAYOUT_NCHW;
	if (tensor->height == 1 && tensor->width == 1)
		return NMACCEL_LAYOUT_NHWC;
	return tensor->layout;
}

/* Of one channel's columns of one block. */
static uint64_t pitch_of(uint32_t columns, uint64_t element)
{
	return (columns * element + NMACCEL_ALIGN - 1) & ~(uint64_t)(NMACCEL_ALIGN - 1);
}

/* Inside the device, F32 is its 32-bit sums. */
static uint64_t device_pitch(const struct nmaccel_tensor *tensor, uint32_t columns)
{
	return pitch_of(columns, nmaccel_type_bytes(tensor->type));
}

uint64_t nmaccel_layout_bytes(const struct nmaccel_tensor *tensor, uint32_t columns)
{
	uint64_t blocks = (count_pixels(tensor) + columns - 1) / columns;

	return blocks * tensor->channels * device_pitch(tensor, columns);
}

/* ---- 8-bit transpose ------------------------------------------------------------------------- */

static v16 zip_low(v16 a, v16 b)
{
	return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,
				       23);
}

static v16 zip_high(v16 a, v16 b)
{
	return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
				       15, 31);
}

/* Interleaving rows i and i + 8 moves one bit of the row number to the column number; four make
 * the transpose.
 */
static void shuffle_rows(const v16 *in, v16 *out)
{
	unsigned int i;

	for (i = 0; i < TILE / 2; i++) {
		out[2 * i] = zip_low(in[i], in[i + TILE / 2]);
		out[2 * i + 1] = zip_high(in[i], in[i + TILE / 2]);
	}
}

/* dst[j][i] = src[i][j] ^ flip for a whole tile. */
static void transpose_tile(const uint8_t *src, size_t src_stride, uint8_t *dst, size_t dst_stride,
			   uint8_t flip)
{
	v16 a[TILE], b[TILE];
	unsigned int i;

	for (i = 0; i < TILE; i++)
		memcpy(&a[i], src + i * src_stride, TILE);
	shuffle_rows(a, b);
	shuffle_rows(b, a);
	shuffle_rows(a, b);
	shuffle_rows(b, a);
	for (i = 0; i < TILE; i++) {
		a[i] ^= flip;
		memcpy(dst + i * dst_stride, &a[i], TILE);
	}
}

/* The rim: rows x cols, less than a tile in one way or both. */
static void transpose_rim(const uint8_t *src, size_t src_stride, uint8_t *dst, size_t dst_stride,
			  size_t rows, size_t cols, uint8_t flip)
{
	size_t i, j;

	for (j = 0; j < cols; j++)
		for (i = 0; i < rows; i++)
			dst[j * dst_stride + i] = src[i * src_stride + j] ^ flip;
}

/* dst[j][i] = src[i][j] ^ flip for rows x cols. */
static void transpose(const uint8_t *src, size_t src_stride, uint8_t *dst, size_t dst_stride,
		      size_t rows, size_t cols, uint8_t flip)
{
	size_t whole_rows = rows & ~(size_t)(TILE - 1), whole_cols = cols & ~(size_t)(TILE - 1);
	size_t i, j;

	for (i = 0; i < whole_rows; i += TILE)
		for (j = 0; j < whole_cols; j += TILE)
			transpose_tile(src + i * src_stride + j, src_stride,
				       dst + j * dst_stride + i, dst_stride, flip);
	transpose_rim(src + whole_cols, src_stride, dst + whole_cols * dst_stride, dst_stride,
		      whole_rows, cols - whole_cols, flip);
	transpose_rim(src + whole_rows * src_stride, src_stride, dst + whole_rows, dst_stride,
		      rows - whole_rows, cols, flip);
}

/* By vectors of this file's own: -O2 alone leaves such a loop at a byte a turn. */
static void copy_flipped(uint8_t *dst, const uint8_t *src, size_t n, uint8_t flip)
{
	size_t i;
	v16 v;

	if (!flip) {
		memcpy(dst, src, n);
		return;
	}
	for (i = 0; i + TILE <= n; i += TILE) {
		memcpy(&v, src + i, TILE);
		v ^= flip;
		memcpy(dst + i, &v, TILE);
	}
	for (; i < n; i++)
		dst[i] = src[i] ^ flip;
}

/* ---- walking the device's tensor ------------------------------------------------------------- */

/* Columns of a tensor in one column block, and where they begin. */
struct block {
	uint64_t first; /* pixel */
	uint64_t n;
	uint64_t offset; /* bytes, of channel 0 */
};

static bool next_block(const struct nmaccel_tensor *tensor, uint32_t columns, struct block *block)
{
	uint64_t pixels = count_pixels(tensor), first = block->first + block->n;

	if (first >= pixels)
		return false;
	block->first = first;
	block->n = pixels - first < columns ? pixels - first : columns;
	block->offset = first / columns * tensor->channels * device_pitch(tensor, columns);
	return true;
}

/* In NCHW, a run of one image's pixels that lie in one block. */
struct run {
	uint64_t image, pixel, n; /* pixel: within the image */
	uint64_t at;		  /* column in the block */
};

/* Begin with n = 0 and at = 0. */
static bool next_run(const struct nmaccel_tensor *tensor, const struct block *block,
		     struct run *run)
{
	uint64_t image_pixels = (uint64_t)tensor->height * tensor->width, p;

	run->at += run->n;
	if (run->at >= block->n)
		return false;
	p = block->first + run->at;
	run->image = p / image_pixels;
	run->pixel = p % image_pixels;
	run->n = image_pixels - run->pixel;
	if (run->n > block->n - run->at)
		run->n = block->n - run->at;
	return true;
}

/* Element index of a channel's run in NCHW memory. */
static uint64_t nchw_index(const struct nmaccel_tensor *tensor, const struct run *run,
			   uint32_t channel)
{
	uint64_t image_pixels = (uint64_t)tensor->height * tensor->width;

	return (run->image * tensor->channels + channel) * image_pixels + run->pixel;
}

/* ---- 8-bit tensors --------------------------------------------------------------------------- */

static void import_block_nchw(const struct nmaccel_tensor *tensor, const struct block *block,
			      uint64_t pitch, const uint8_t *user, uint8_t *device)
{
	uint8_t flip = sign_flip(tensor);
	struct run run = {0};
	uint32_t c;

	while (next_run(tensor, block, &run))
		for (c = 0; c < tensor->channels; c++)
			copy_flipped(device + block->offset + c * pitch + run.at,
				     user + nchw_index(tensor, &run, c), run.n, flip);
}

static void clear_rest(const struct nmaccel_tensor *tensor, const struct block *block,
		       uint64_t pitch, uint8_t *device)
{
	uint32_t c;

	if (block->n == pitch)
		return;
	for (c = 0; c < tensor->channels; c++)
		memset(device + block->offset + c * pitch + block->n, 0, pitch - block->n);
}

void nmaccel_layout_import(const struct nmaccel_tensor *tensor, uint32_t columns, const void *user,
			   void *device)
{
	uint64_t pitch = device_pitch(tensor, columns);
	enum nmaccel_layout layout = simplest_layout(tensor);
	struct block block = {0};
	const uint8_t *src = user;
	uint8_t *dst = device;

	while (next_block(tensor, columns, &block)) {
		if (layout == NMACCEL_LAYOUT_NCHW)
			import_block_nchw(tensor, &block, pitch, src, dst);
		else
			transpose(src + block.first * tensor->channels, tensor->channels,
				  dst + block.offset, pitch, block.n, tensor->channels,
				  sign_flip(tensor));
		clear_rest(tensor, &block, pitch, dst);
	}
}

static void export_block_nchw(const struct nmaccel_tensor *tensor, const struct block *block,
			      uint64_t pitch, const uint8_t *device, uint8_t *user)
{
	uint8_t flip = sign_flip(tensor);
	struct run run = {0};
	uint32_t c;

	while (next_run(tensor, block, &run))
		for (c = 0; c < tensor->channels; c++)
			copy_flipped(user + nchw_index(tensor, &run, c),
				     device + block->offset + c * pitch + run.at, run.n, flip);
}

static void export_8_bit(const struct nmaccel_tensor *tensor, uint32_t columns,
			 const uint8_t *device, uint8_t *user)
{
	uint64_t pitch = device_pitch(tensor, columns);
	enum nmaccel_layout layout = simplest_layout(tensor);
	struct block block = {0};

	while (next_block(tensor, columns, &block)) {
		if (layout == NMACCEL_LAYOUT_NCHW)
			export_block_nchw(tensor, &block, pitch, device, user);
		else
			transpose(device + block.offset, pitch,
				  user + block.first * tensor->channels, tensor->channels,
				  tensor->channels, block.n, sign_flip(tensor));
	}
}

/* ---- 32-bit outputs -------------------------------------------------------------------------- */

/* Where a channel's run goes: every stride-th element from index on. */
struct target {
	uint64_t index, stride;
};

static struct target target_of(const struct nmaccel_tensor *tensor, enum nmaccel_layout layout,
			       const struct block *block, const struct run *run, uint32_t channel)
{
	struct target t;

	if (layout == NMACCEL_LAYOUT_NCHW) {
		t.index = nchw_index(tensor, run, channel);
		t.stride = 1;
	} else {
		t.index = (block->first + run->at) * tensor->channels + channel;
		t.stride = tensor->channels;
	}
	return t;
}

static void store_s32(const int32_t *src, uint64_t n, struct target t, int32_t *user)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		user[t.index + i * t.stride] = src[i];
}

static void store_f32(const int32_t *src, uint64_t n, struct target t, float scale, float min,
		      float max, float *user)
{
	uint64_t i;
	float v;

	for (i = 0; i < n; i++) {
		v = (float)src[i] * scale;
		v = v < min ? min : v;
		user[t.index + i * t.stride] = v > max ? max : v;
	}
}

/* What becomes of sums: scales is NULL for S32. */
struct conversion {
	const float *scales;
	float min, max;
};

static void export_run(const struct nmaccel_tensor *tensor, const struct block *block,
		       const struct run *run, uint64_t pitch, const struct conversion *conversion,
		       const uint8_t *device, void *user)
{
	enum nmaccel_layout layout = simplest_layout(tensor);
	const int32_t *src;
	struct target t;
	uint32_t c;

	for (c = 0; c < tensor->channels; c++) {
		src = (const int32_t *)(const void *)(device + block->offset + c * pitch);
		t = target_of(tensor, layout, block, run, c);
		if (conversion->scales)
			store_f32(src + run->at, run->n, t, conversion->scales[c], conversion->min,
				  conversion->max, user);
		else
			store_s32(src + run->at, run->n, t, user);
	}
}

static void export_32_bit(const struct nmaccel_tensor *tensor, uint32_t columns,
			  const struct conversion *conversion, const uint8_t *device, void *user)
{
	uint64_t pitch = device_pitch(tensor, columns);
	struct block block = {0};
	struct run run;

	while (next_block(tensor, columns, &block)) {
		run = (struct run){0};
		/* Images do not matter to NHWC: all of the block is one run. */
		if (simplest_layout(tensor) == NMACCEL_LAYOUT_NHWC) {
			run.n = block.n;
			export_run(tensor, &block, &run, pitch, conversion, device, user);
			continue;
		}
		while (next_run(tensor, &block, &run))
			export_run(tensor, &block, &run, pitch, conversion, device, user);
	}
}

void nmaccel_layout_export(const struct nmaccel_tensor *tensor, uint32_t columns,
			   const void *device, void *user)
{
	if (tensor->type == NMACCEL_TYPE_S32)
		export_32_bit(tensor, columns, &(struct conversion){0}, device, user);
	else
		export_8_bit(tensor, columns, device, user);
}

void nmaccel_layout_export_f32(const struct nmaccel_tensor *tensor, uint32_t columns,
			       const float *scales, float min, float max, const void *device,
			       void *user)
{
	struct conversion conversion = {scales, min, max};

	export_32_bit(tensor, columns, &conversion, device, user);
}
