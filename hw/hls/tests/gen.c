// SPDX-License-Identifier: MIT
#include "gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"

/* Multiply-adds of the expectation for one descriptor. */
#define MAX_WORK 3000000u

/* fp32 bit patterns at the edges: zeros, subnormals, ties, 2^24, huge, infinite, not a number. */
static const uint32_t odd_scales[] = {
	0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x00800000, 0x3f000000,
	0xbf000000, 0x3f800000, 0xbf800000, 0x3e800000, 0x3fc00000, 0x4b800000, 0xcb800000,
	0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
};

uint32_t gen_jobs(uint32_t usual)
{
	const char *text = getenv("NMACCEL_EFFORT");
	unsigned long effort = text ? strtoul(text, NULL, 10) : 1;

	return usual * (uint32_t)(effort < 1 ? 1 : effort > 1000 ? 1000 : effort);
}

void gen_init(struct gen *gen, const struct nmaccel_engine_variant *variant,
	      uint32_t max_page_shift)
{
	gen->variant = variant;
	gen->build.lanes = variant->lanes;
	gen->build.columns = variant->columns;
	gen->max_page_shift = max_page_shift;
}

static uint32_t gen_page_shift(const struct gen *gen)
{
	if (rng_one_in(2))
		return 0;
	if (rng_one_in(2))
		return NMACCEL_MIN_PAGE_SHIFT;
	return rng_range(NMACCEL_MIN_PAGE_SHIFT, gen->max_page_shift);
}

static uint64_t gen_offset(void)
{
	return rng_one_in(3) ? 0 : 16u * (uint64_t)rng_range(0, 600);
}

/* A scale that puts sums of about the given size into the range of int8, or an odd one. */
static uint32_t gen_scale(float size)
{
	float scale = 100.0f / size * (float)rng_range(1, 1000) / 500.0f;
	uint32_t bits;

	if (rng_one_in(6))
		return odd_scales[rng_range(0, sizeof(odd_scales) / sizeof(odd_scales[0]) - 1)];
	if (rng_one_in(8))
		scale = -scale;
	if (rng_one_in(4))
		scale = 0.5f; /* ties */
	memcpy(&bits, &scale, sizeof(bits));
	return bits;
}

static int32_t gen_s8(void)
{
	if (rng_one_in(4))
		return 0;
	return rng_one_in(4) ? (rng_one_in(2) ? -128 : 127) : (int32_t)rng_range(0, 255) - 128;
}

uint64_t gen_tensor_bytes(const struct gen *gen, const struct nmaccel_hw_tensor *tensor,
			  uint64_t columns, uint32_t element)
{
	const uint64_t tiles = (columns + gen->build.columns - 1) / gen->build.columns;

	return tiles * tensor->channels * ((gen->build.columns * element + 15) / 16 * 16);
}

/* Put channels of a wider tensor at some offset of a new buffer. */
static void gen_tensor(const struct gen *gen, struct test_job *job,
		       struct nmaccel_hw_tensor *tensor, uint32_t ch, uint64_t columns,
		       uint32_t element, uint32_t access)
{
	uint32_t flags = access;
	uint64_t bytes;

	if (rng_one_in(3))
		flags = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE;
	tensor->ch = ch;
	tensor->ch0 = rng_one_in(2) ? 0 : rng_range(0, 9);
	tensor->channels = tensor->ch0 + ch + (rng_one_in(2) ? 0 : rng_range(0, 9));
	tensor->offset = gen_offset();
	/* What comes after the last channel that is used may be missing. */
	bytes = gen_tensor_bytes(gen, tensor, columns, element);
	if (rng_one_in(2))
		bytes -= (uint64_t)(tensor->channels - tensor->ch0 - ch) *
			 ((gen->build.columns * element + 15) / 16 * 16);
	tensor->buffer = test_job_buffer(job, tensor->offset + bytes + rng_range(0, 40), flags,
					 gen_page_shift(gen));
}

/* Sometimes the result goes to the buffer of the input, behind it, as in a plan's arena. */
static void gen_share_buffer(const struct gen *gen, struct test_job *job,
			     struct nmaccel_hw_desc *desc, uint64_t columns, uint32_t element)
{
	struct test_buffer *buffer = &job->buffers[desc->in.buffer];
	uint64_t at = (buffer->size + 15) / 16 * 16;
	uint64_t size = at + gen_tensor_bytes(gen, &desc->out, columns, element);
	uint8_t *data = realloc(buffer->data, size);

	assert_non_null(data);
	rng_fill(data + buffer->size, size - buffer->size);
	buffer->data = data;
	buffer->size = size;
	buffer->flags = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE;
	desc->out.buffer = desc->in.buffer;
	desc->out.offset = at;
}

static void gen_window(struct nmaccel_hw_desc *desc)
{
	const bool line = rng_one_in(4); /* as a linear layer */

	desc->batch = line ? rng_range(1, 200) : rng_range(1, 4);
	desc->in_h = line ? 1 : rng_range(1, 13);
	desc->in_w = line ? 1 : rng_range(1, 13);
	desc->kernel_h = line ? 1 : rng_range(1, 4);
	desc->kernel_w = line ? 1 : rng_range(1, 4);
	desc->stride_h = rng_range(1, 3);
	desc->stride_w = rng_range(1, 3);
	desc->dilation_h = rng_range(1, 3);
	desc->dilation_w = rng_range(1, 3);
	desc->pad_top = line ? 0 : rng_range(0, 4);
	desc->pad_left = line ? 0 : rng_range(0, 4);
	desc->out_h = line ? 1 : rng_range(1, 12);
	desc->out_w = line ? 1 : rng_range(1, 12);
	if (!line && rng_one_in(3)) { /* nothing is moved */
		desc->kernel_h = desc->kernel_w = desc->stride_h = desc->stride_w = 1;
		desc->pad_top = desc->pad_left = 0;
		desc->out_h = desc->in_h;
		desc->out_w = desc->in_w;
	}
	if (rng_one_in(40)) { /* far outside, and the limits */
		desc->pad_top = rng_one_in(2) ? NMACCEL_MAX_KERNEL : 0;
		desc->pad_left = rng_one_in(2) ? NMACCEL_MAX_KERNEL : 0;
		desc->stride_h = NMACCEL_MAX_KERNEL;
		desc->dilation_w = NMACCEL_MAX_KERNEL;
	}
}

static void gen_quant(struct nmaccel_hw_desc *desc)
{
	desc->in_zero = gen_s8();
	desc->out_zero = gen_s8();
	desc->act_min = -128;
	desc->act_max = 127;
	if (rng_one_in(3)) {
		desc->act_min = gen_s8();
		desc->act_max = (int32_t)rng_range((uint32_t)(desc->act_min + 128), 255) - 128;
	}
}

/* Values and indices of one block, and its counts; k up to max_k. */
static uint64_t gen_block(uint32_t lanes, uint32_t rows, uint32_t positions, uint32_t max_k,
			  uint8_t *bytes)
{
	const uint64_t counts = (rows + 15) / 16 * 16;
	uint8_t *step = bytes + counts;
	uint64_t total = 0;
	uint32_t r, k, s;

	memset(bytes, 0, counts);
	for (r = 0; r < rows; r++) {
		bytes[r] = (uint8_t)(rng_one_in(4) ? 0 : rng_range(0, max_k));
		total += bytes[r];
		for (k = 0; k < bytes[r]; k++, step += 2 * lanes) {
			for (s = 0; s < lanes; s++) {
				step[s] = (uint8_t)(rng_one_in(3) ? 0 : gen_s8());
				step[lanes + s] = (uint8_t)rng_range(0, positions - 1);
			}
		}
	}
	memset(step, 0, 15);
	return counts + (total * 2 * lanes + 15) / 16 * 16;
}

/* A stream for the descriptor in a new buffer, at weights_offset. */
static void gen_stream(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc)
{
	const uint32_t max_k = rng_one_in(30) ? NMACCEL_MAX_STEPS : rng_range(0, 3);
	const uint32_t lanes = gen->build.lanes;
	const uint64_t room = desc->out.ch * (1u + 2u * lanes * max_k) + 64u;
	struct test_buffer *buffer;
	uint32_t channel, channels, first, positions, n;
	uint64_t at = gen_offset();

	desc->weights = test_job_buffer(job, at, NMACCEL_BUF_READ, gen_page_shift(gen));
	desc->weights_offset = at;
	buffer = &job->buffers[desc->weights];
	for (channel = 0; channel < desc->in.ch; channel += channels) {
		channels = desc->in.ch - channel < desc->block_rows ? desc->in.ch - channel
								    : desc->block_rows;
		positions = desc->kernel_h * desc->kernel_w * channels;
		for (first = 0; first < positions; first += n) {
			uint8_t *data = realloc(buffer->data, at + room);

			assert_non_null(data);
			buffer->data = data;
			n = positions - first < desc->block_rows ? positions - first
								 : desc->block_rows;
			at += gen_block(lanes, desc->out.ch, n, max_k, data + at);
		}
	}
	desc->weights_bytes = at - desc->weights_offset;
	buffer->size = at;
}

void gen_weights(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc)
{
	uint32_t r;

	gen_stream(gen, job, desc);
	desc->params_offset = gen_offset();
	desc->params = test_job_buffer(job, desc->params_offset + 8u * desc->out.ch,
				       NMACCEL_BUF_READ, gen_page_shift(gen));
	for (r = 0; r < desc->out.ch; r++) {
		uint8_t *param = job->buffers[desc->params].data + desc->params_offset + 8u * r;
		uint32_t bias = rng_range(0, 4000) - 2000u;
		const uint32_t scale = gen_scale(20000.0f);

		if (rng_one_in(10))
			bias = rng_one_in(2) ? 0x7fffffff : 0x80000000;
		memcpy(param, &bias, 4);
		memcpy(param + 4, &scale, 4);
	}
}

static uint32_t gen_channels(uint32_t limit)
{
	const uint32_t edges[] = {1, 16, 127, 128, 129, 255, 256, 257, 300};
	uint32_t ch = rng_one_in(3) ? edges[rng_range(0, 8)] : rng_range(1, 40);

	return ch < limit ? ch : limit;
}

static void gen_same_window(struct nmaccel_hw_desc *desc, const struct nmaccel_hw_desc *as)
{
	desc->batch = as->batch;
	desc->in_h = as->in_h;
	desc->in_w = as->in_w;
	desc->out_h = as->out_h;
	desc->out_w = as->out_w;
	desc->kernel_h = as->kernel_h;
	desc->kernel_w = as->kernel_w;
	desc->stride_h = as->stride_h;
	desc->stride_w = as->stride_w;
	desc->pad_top = as->pad_top;
	desc->pad_left = as->pad_left;
	desc->dilation_h = as->dilation_h;
	desc->dilation_w = as->dilation_w;
}

/* Sometimes the input is that of the convolution before, as of panels of a layer, or its result. */
static bool gen_old_input(struct test_job *job, struct nmaccel_hw_desc *desc)
{
	const struct nmaccel_hw_desc *before = desc - 1;

	if (job->n_descs < 2 || before->op != NMACCEL_OP_CONV || rng_one_in(2))
		return false;
	if (rng_one_in(2)) {
		gen_same_window(desc, before);
		desc->in = before->in;
		return true;
	}
	if (before->flags & NMACCEL_FLAG_OUT_S32)
		return false;
	desc->batch = before->batch;
	desc->in_h = before->out_h;
	desc->in_w = before->out_w;
	desc->in = before->out;
	job->buffers[desc->in.buffer].flags |= NMACCEL_BUF_READ;
	return true;
}

static void gen_conv(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc)
{
	const bool old = gen_old_input(job, desc);
	const uint64_t in_columns = (uint64_t)desc->batch * desc->in_h * desc->in_w;
	const uint64_t out_columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	const uint32_t taps = desc->kernel_h * desc->kernel_w;
	uint32_t in_ch = old ? desc->in.ch : gen_channels(600), rows = gen_channels(512);
	uint32_t element = 1;

	if (rng_one_in(20))
		rows = 512;
	while (!old && out_columns * taps * in_ch * rows > MAX_WORK && in_ch > 1)
		in_ch = in_ch * 2 / 3;
	while (out_columns * taps * in_ch * rows > MAX_WORK && rows > 1)
		rows = rows * 2 / 3;
	if (rng_one_in(3)) {
		desc->flags = NMACCEL_FLAG_OUT_S32;
		desc->out_zero = 0;
		desc->act_min = rng_one_in(2) ? INT32_MIN : -1000;
		desc->act_max = rng_one_in(2) ? INT32_MAX : 3000;
		element = 4;
	}
	desc->block_rows = gen->variant->block_rows == 256 && rng_one_in(2) ? 256 : 128;
	if (!old)
		gen_tensor(gen, job, &desc->in, in_ch, in_columns, 1, NMACCEL_BUF_READ);
	gen_tensor(gen, job, &desc->out, rows, out_columns, element, NMACCEL_BUF_WRITE);
	gen_weights(gen, job, desc);
	if (rng_one_in(4))
		gen_share_buffer(gen, job, desc, out_columns, element);
}

static void gen_add(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc)
{
	const uint64_t columns = (uint64_t)desc->batch * desc->in_h * desc->in_w;
	const uint32_t ch = gen_channels(300);

	desc->out_h = desc->in_h;
	desc->out_w = desc->in_w;
	desc->kernel_h = desc->kernel_w = 1;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->pad_top = desc->pad_left = 0;
	desc->in2_zero = gen_s8();
	desc->scale = gen_scale(150.0f);
	desc->scale2 = gen_scale(150.0f);
	gen_tensor(gen, job, &desc->in, ch, columns, 1, NMACCEL_BUF_READ);
	gen_tensor(gen, job, &desc->in2, ch, columns, 1, NMACCEL_BUF_READ);
	gen_tensor(gen, job, &desc->out, ch, columns, 1, NMACCEL_BUF_WRITE);
	if (rng_one_in(4))
		gen_share_buffer(gen, job, desc, columns, 1);
}

static void gen_pool(const struct gen *gen, struct test_job *job, struct nmaccel_hw_desc *desc)
{
	const uint32_t ch = gen_channels(300);

	if (desc->op == NMACCEL_OP_POOL_AVG) {
		desc->flags = rng_one_in(2) ? NMACCEL_FLAG_COUNT_VALID : 0;
		desc->scale = gen_scale(100.0f * (float)(desc->kernel_h * desc->kernel_w));
	}
	gen_tensor(gen, job, &desc->in, ch, (uint64_t)desc->batch * desc->in_h * desc->in_w, 1,
		   NMACCEL_BUF_READ);
	gen_tensor(gen, job, &desc->out, ch, (uint64_t)desc->batch * desc->out_h * desc->out_w, 1,
		   NMACCEL_BUF_WRITE);
}

void gen_desc(const struct gen *gen, struct test_job *job, uint32_t op)
{
	struct nmaccel_hw_desc *desc = &job->descs[job->n_descs++];

	assert_true(job->n_descs <= TEST_MAX_DESCS);
	desc->op = op;
	gen_window(desc);
	gen_quant(desc);
	if (op == NMACCEL_OP_CONV)
		gen_conv(gen, job, desc);
	else if (op == NMACCEL_OP_ADD)
		gen_add(gen, job, desc);
	else
		gen_pool(gen, job, desc);
}

void gen_small_conv(const struct gen *gen, struct test_job *job)
{
	struct nmaccel_hw_desc *desc = &job->descs[job->n_descs++];
	const uint64_t columns = 2u * 5u * 7u;

	desc->op = NMACCEL_OP_CONV;
	desc->batch = 2;
	desc->in_h = desc->out_h = 5;
	desc->in_w = desc->out_w = 7;
	desc->kernel_h = desc->kernel_w = 3;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->pad_top = desc->pad_left = 1;
	desc->in_zero = -3;
	desc->out_zero = 5;
	desc->act_min = -128;
	desc->act_max = 127;
	desc->block_rows = 128;
	gen_tensor(gen, job, &desc->in, 20, columns, 1, NMACCEL_BUF_READ);
	gen_tensor(gen, job, &desc->out, 5, columns, 1, NMACCEL_BUF_WRITE);
	gen_weights(gen, job, desc);
}

static struct nmaccel_hw_desc *gen_linear(struct test_job *job, uint32_t columns)
{
	struct nmaccel_hw_desc *desc = &job->descs[job->n_descs++];

	desc->op = NMACCEL_OP_CONV;
	desc->batch = columns;
	desc->in_h = desc->out_h = 1;
	desc->in_w = desc->out_w = 1;
	desc->kernel_h = desc->kernel_w = 1;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->block_rows = 128;
	gen_quant(desc);
	return desc;
}

void gen_two_layers(const struct gen *gen, struct test_job *job, bool result)
{
	const uint32_t columns = rng_range(1, gen->build.columns), channels = rng_range(400, 512);
	struct nmaccel_hw_desc *first = gen_linear(job, columns), *second;

	gen_tensor(gen, job, &first->in, 600, columns, 1, NMACCEL_BUF_READ);
	gen_tensor(gen, job, &first->out, channels, columns, 1,
		   NMACCEL_BUF_READ | NMACCEL_BUF_WRITE);
	gen_weights(gen, job, first);
	second = gen_linear(job, columns);
	second->in = result ? first->out : first->in;
	gen_tensor(gen, job, &second->out, rng_range(1, 300), columns, 1, NMACCEL_BUF_WRITE);
	gen_weights(gen, job, second);
}
