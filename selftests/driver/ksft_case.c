// SPDX-License-Identifier: MIT
#include "ksft_case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool case_possible(const struct drm_nmaccel_dev_info *info, uint32_t op)
{
	if (op == NMACCEL_OP_ADD)
		return info->caps & NMACCEL_CAP_ADD;
	if (op == NMACCEL_OP_POOL_MAX || op == NMACCEL_OP_POOL_AVG)
		return info->caps & NMACCEL_CAP_POOL;
	return true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* 1 .. the range's largest, or the default's where it has none, or the card's. */
static uint32_t draw(const struct case_range *range, struct prng *prng, uint32_t largest,
		     uint32_t otherwise, uint32_t limit)
{
	const uint32_t max = least(largest ?: otherwise, limit);

	return range->one_size ? max : prng_range(prng, 1, max);
}

static int32_t draw_s8(const struct case_range *range, struct prng *prng)
{
	static const int8_t ends[] = {-128, -127, -1, 0, 1, 126, 127};

	if (range->extreme)
		return ends[prng_range(prng, 0, sizeof(ends) - 1)];
	return (int32_t)prng_range(prng, 0, 255) - 128;
}

/* Scales as networks have them; or zeros, subnormals, infinities, NaNs and rubbish. */
static uint32_t draw_scale(const struct case_range *range, struct prng *prng)
{
	static const uint32_t ends[] = {
		0x00000000, 0x80000000, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0xff7fffff,
		0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x3f800000, 0xbf800000, 0x3f000000,
	};
	float scale = (float)prng_range(prng, 1, 1000000) / 50000000.0f;
	uint32_t bits;

	if (range->extreme) {
		bits = prng_range(prng, 0, 19);
		return bits < 14 ? ends[bits] : prng_u32(prng);
	}
	memcpy(&bits, &scale, sizeof(bits));
	return bits;
}

static struct nmaccel_hw_tensor draw_tensor(const struct drm_nmaccel_dev_info *info,
					    struct prng *prng, uint32_t buffer, uint32_t ch)
{
	struct nmaccel_hw_tensor tensor = {.buffer = buffer, .ch = ch};
	const uint32_t room = least(7, info->max_channels - ch);

	tensor.ch0 = prng_range(prng, 0, room);
	tensor.channels = prng_range(prng, tensor.ch0 + ch, room + ch);
	tensor.offset = NMACCEL_ALIGN * prng_range(prng, 0, 5);
	return tensor;
}

/* What a convolution would give, or a little more or less. */
static uint32_t draw_out(struct prng *prng, uint32_t in, uint32_t kernel, uint32_t stride,
			 uint32_t pad)
{
	const uint32_t span = in + 2 * pad;
	const uint32_t usual = span > kernel ? (span - kernel) / stride + 1 : 1;
	const uint32_t more = prng_range(prng, 0, 3);

	return usual + more > 2 ? usual + more - 2 : 1;
}

static void draw_window(struct nmaccel_hw_desc *desc, const struct drm_nmaccel_dev_info *info,
			const struct case_range *range, struct prng *prng)
{
	const uint32_t max = info->max_kernel;

	desc->kernel_h = draw(range, prng, range->kernel, 4, max);
	desc->kernel_w = draw(range, prng, range->kernel, 4, max);
	desc->stride_h = prng_range(prng, 1, least(3, max));
	desc->stride_w = prng_range(prng, 1, least(3, max));
	desc->dilation_h = prng_range(prng, 1, least(3, max));
	desc->dilation_w = prng_range(prng, 1, least(3, max));
	desc->pad_top = prng_range(prng, 0, least(desc->kernel_h, max));
	desc->pad_left = prng_range(prng, 0, least(desc->kernel_w, max));
	desc->out_h = draw_out(prng, desc->in_h, desc->kernel_h, desc->stride_h, desc->pad_top);
	desc->out_w = draw_out(prng, desc->in_w, desc->kernel_w, desc->stride_w, desc->pad_left);
}

static void no_window(struct nmaccel_hw_desc *desc)
{
	desc->kernel_h = 1;
	desc->kernel_w = 1;
	desc->stride_h = 1;
	desc->stride_w = 1;
	desc->dilation_h = 1;
	desc->dilation_w = 1;
	desc->out_h = desc->in_h;
	desc->out_w = desc->in_w;
}

static void draw_numbers(struct nmaccel_hw_desc *desc, const struct case_range *range,
			 struct prng *prng)
{
	const bool wide = desc->flags & NMACCEL_FLAG_OUT_S32;
	int32_t a = wide ? (int32_t)prng_u32(prng) : draw_s8(range, prng);
	int32_t b = wide ? (int32_t)prng_u32(prng) : draw_s8(range, prng);

	/* Mostly no clamp. */
	if (prng_range(prng, 0, 2)) {
		a = wide ? INT32_MIN : -128;
		b = wide ? INT32_MAX : 127;
	}
	desc->act_min = a < b ? a : b;
	desc->act_max = a < b ? b : a;
	desc->in_zero = draw_s8(range, prng);
	desc->out_zero = wide ? 0 : draw_s8(range, prng);
	if (desc->op == NMACCEL_OP_ADD || desc->op == NMACCEL_OP_POOL_AVG)
		desc->scale = draw_scale(range, prng);
	if (desc->op == NMACCEL_OP_ADD) {
		desc->in2_zero = draw_s8(range, prng);
		desc->scale2 = draw_scale(range, prng);
	}
}

/* Rows that are empty, full, and anything between. */
static int8_t *draw_weights(const struct nmaccel_hw_desc *desc, const struct case_range *range,
			    struct prng *prng)
{
	const size_t length = (size_t)desc->kernel_h * desc->kernel_w * desc->in.ch;
	int8_t *weights = calloc(length, desc->out.ch);
	uint32_t row;
	size_t i;

	if (!weights)
		abort();
	for (row = 0; row < desc->out.ch; row++) {
		const uint32_t density = prng_range(prng, 0, 10);

		for (i = 0; i < length; i++)
			if (prng_range(prng, 1, 10) <= density)
				weights[row * length + i] = (int8_t)draw_s8(range, prng);
	}
	return weights;
}

static void draw_conv(struct op_case *op_case, const struct case_range *range, struct prng *prng)
{
	struct nmaccel_hw_desc *desc = &op_case->desc;
	struct panel panel;
	uint32_t row;

	desc->block_rows = range->block_rows;
	if (!desc->block_rows)
		desc->block_rows =
			op_case->info.block_rows > 128 && prng_range(prng, 0, 1) ? 256 : 128;
	op_case->weights = draw_weights(desc, range, prng);
	panel = (struct panel){
		.rows = desc->out.ch,
		.taps = desc->kernel_h * desc->kernel_w,
		.channels = desc->in.ch,
		.lanes = op_case->info.lanes,
		.block_rows = desc->block_rows,
		.weights = op_case->weights,
	};
	desc->weights = CASE_STREAM;
	desc->weights_offset = NMACCEL_ALIGN * prng_range(prng, 0, 3);
	bytes_zero(&op_case->stream, desc->weights_offset);
	pack(&panel, range->loose ? prng : NULL, &op_case->stream);
	desc->weights_bytes = op_case->stream.size - desc->weights_offset;
	desc->params = CASE_PARAMS;
	desc->params_offset = NMACCEL_ALIGN * prng_range(prng, 0, 3);
	bytes_zero(&op_case->params, desc->params_offset);
	for (row = 0; row < desc->out.ch; row++) {
		struct nmaccel_hw_param param = {
			.bias = (int32_t)prng_u32(prng) >> (range->extreme ? 0 : 16),
			.scale = desc->flags & NMACCEL_FLAG_OUT_S32 ? prng_u32(prng)
								    : draw_scale(range, prng),
		};

		bytes_put(&op_case->params, &param, sizeof(param));
	}
}

static uint8_t *filled(struct prng *prng, uint64_t size)
{
	uint8_t *bytes = malloc(size);

	if (!bytes)
		abort();
	prng_bytes(prng, bytes, size);
	return bytes;
}

static void fill_buffers(struct op_case *op_case, struct prng *prng)
{
	const struct drm_nmaccel_dev_info *info = &op_case->info;
	const struct nmaccel_hw_desc *desc = &op_case->desc;
	const uint32_t in_pixels = desc->batch * desc->in_h * desc->in_w;
	const uint32_t out_pixels = desc->batch * desc->out_h * desc->out_w;
	const uint32_t element = desc->flags & NMACCEL_FLAG_OUT_S32 ? 4 : 1;
	const bool conv = desc->op == NMACCEL_OP_CONV, add = desc->op == NMACCEL_OP_ADD;
	unsigned int i;

	op_case->bytes[CASE_IN] = tensor_end(info, &desc->in, 1, in_pixels);
	op_case->bytes[CASE_IN2] = add ? tensor_end(info, &desc->in2, 1, in_pixels) : 1;
	op_case->bytes[CASE_OUT] = tensor_end(info, &desc->out, conv ? element : 1, out_pixels);
	op_case->bytes[CASE_STREAM] = op_case->stream.size ?: 1;
	op_case->bytes[CASE_PARAMS] = op_case->params.size ?: 1;
	for (i = 0; i < CASE_BUFFERS; i++)
		op_case->expected[i] = filled(prng, op_case->bytes[i]);
	if (conv) {
		memcpy(op_case->expected[CASE_STREAM], op_case->stream.data, op_case->stream.size);
		memcpy(op_case->expected[CASE_PARAMS], op_case->params.data, op_case->params.size);
	}
}

void case_init(struct op_case *op_case, const struct drm_nmaccel_dev_info *info,
	       const struct case_range *range, struct prng *prng)
{
	struct nmaccel_hw_desc *desc = &op_case->desc;
	uint32_t ch;

	memset(op_case, 0, sizeof(*op_case));
	op_case->info = *info;
	desc->op = range->op;
	desc->flags = range->flags;
	desc->batch = draw(range, prng, range->batch, 3, info->max_pixels);
	desc->in_h = draw(range, prng, range->size, 12, info->max_pixels);
	desc->in_w = draw(range, prng, range->size, 12, info->max_pixels);
	if (range->op == NMACCEL_OP_ADD)
		no_window(desc);
	else
		draw_window(desc, info, range, prng);
	ch = draw(range, prng, range->channels, 20, info->max_channels);
	desc->in = draw_tensor(info, prng, CASE_IN, ch);
	if (range->op == NMACCEL_OP_ADD)
		desc->in2 = draw_tensor(info, prng, CASE_IN2, ch);
	if (range->op == NMACCEL_OP_CONV)
		ch = draw(range, prng, range->rows, 20, info->max_rows);
	desc->out = draw_tensor(info, prng, CASE_OUT, ch);
	draw_numbers(desc, range, prng);
	if (range->op == NMACCEL_OP_CONV)
		draw_conv(op_case, range, prng);
	fill_buffers(op_case, prng);
}

void case_free(struct op_case *op_case)
{
	unsigned int i;

	free(op_case->weights);
	bytes_free(&op_case->stream);
	bytes_free(&op_case->params);
	for (i = 0; i < CASE_BUFFERS; i++)
		free(op_case->expected[i]);
	memset(op_case, 0, sizeof(*op_case));
}

int case_upload(const struct op_case *op_case, int fd, struct bo bo[CASE_BUFFERS])
{
	unsigned int i;
	int ret;

	memset(bo, 0, CASE_BUFFERS * sizeof(*bo));
	for (i = 0; i < CASE_BUFFERS; i++) {
		ret = bo_new(fd, op_case->bytes[i], &bo[i]);
		if (ret)
			return ret;
		memcpy(bo[i].map, op_case->expected[i], op_case->bytes[i]);
	}
	return 0;
}

void case_add(const struct op_case *op_case, const struct bo bo[CASE_BUFFERS],
	      struct submit *submit)
{
	const uint32_t first = submit->n_buffers;
	struct nmaccel_hw_desc *desc = submit_desc(submit, &op_case->desc);
	unsigned int i;

	for (i = 0; i < CASE_BUFFERS; i++) {
		const uint32_t index = submit_buffer(submit, bo[i].handle,
						     i == CASE_OUT ? DRM_NMACCEL_BUFFER_WRITE
								   : DRM_NMACCEL_BUFFER_READ);

		submit->buffers[index].size = op_case->bytes[i];
	}
	desc->in.buffer += first;
	desc->out.buffer += first;
	if (desc->op == NMACCEL_OP_ADD)
		desc->in2.buffer += first;
	if (desc->op == NMACCEL_OP_CONV) {
		desc->weights += first;
		desc->params += first;
	}
}

int case_compare(const struct op_case *op_case, const struct bo bo[CASE_BUFFERS])
{
	unsigned int i;
	uint64_t at;

	for (i = 0; i < CASE_BUFFERS; i++)
		for (at = 0; at < op_case->bytes[i]; at++)
			if (bo[i].map[at] != op_case->expected[i][at]) {
				fprintf(stderr, "# buffer %u, byte %llu of %llu: %d, not %d\n", i,
					(unsigned long long)at,
					(unsigned long long)op_case->bytes[i],
					(int8_t)bo[i].map[at], (int8_t)op_case->expected[i][at]);
				return -EILSEQ;
			}
	return 0;
}

int case_run(struct op_case *op_case, int fd, uint32_t ctx)
{
	struct bo bo[CASE_BUFFERS];
	struct submit submit;
	unsigned int i;
	uint64_t job;
	int ret;

	ret = case_upload(op_case, fd, bo);
	submit_init(&submit, fd, ctx);
	case_add(op_case, bo, &submit);
	if (!ret)
		ret = submit_run(&submit, &job);
	if (!ret) {
		model_run(&op_case->info, &op_case->desc, op_case->weights, op_case->expected);
		ret = job_error(fd, ctx, job);
	}
	if (!ret)
		ret = case_compare(op_case, bo);
	submit_free(&submit);
	for (i = 0; i < CASE_BUFFERS; i++)
		bo_free(&bo[i]);
	return ret;
}
