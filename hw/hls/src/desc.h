/* SPDX-License-Identifier: MIT */
/* A descriptor: from words to fields, and the check of every field that needs no memory. */
#ifndef ENGINE_DESC_H
#define ENGINE_DESC_H

#include "record.h"
#include "word.h"

#define ENGINE_DESC_WORDS	((uint32_t)sizeof(struct nmaccel_hw_desc) / NMACCEL_WORD_BYTES)
#define ENGINE_DESC_AT(field)	((uint32_t) __builtin_offsetof(struct nmaccel_hw_desc, field))
#define ENGINE_TENSOR_AT(field) ((uint32_t) __builtin_offsetof(struct nmaccel_hw_tensor, field))
#define ENGINE_DESC_RESERVED	15

#define ENGINE_DESC_U32(words, field) engine_word_u32(words, ENGINE_DESC_AT(field))
#define ENGINE_DESC_S32(words, field) engine_s32(ENGINE_DESC_U32(words, field))
#define ENGINE_DESC_U64(words, field) engine_word_u64(words, ENGINE_DESC_AT(field))

static struct nmaccel_hw_tensor engine_tensor_decode(const struct nmaccel_word *words, uint32_t at)
{
	struct nmaccel_hw_tensor tensor;

	tensor.buffer = engine_word_u32(words, at + ENGINE_TENSOR_AT(buffer));
	tensor.channels = engine_word_u32(words, at + ENGINE_TENSOR_AT(channels));
	tensor.offset = engine_word_u64(words, at + ENGINE_TENSOR_AT(offset));
	tensor.ch0 = engine_word_u32(words, at + ENGINE_TENSOR_AT(ch0));
	tensor.ch = engine_word_u32(words, at + ENGINE_TENSOR_AT(ch));
	return tensor;
}

static void engine_desc_decode_window(const struct nmaccel_word *words,
				      struct nmaccel_hw_desc *desc)
{
	desc->batch = ENGINE_DESC_U32(words, batch);
	desc->in_h = ENGINE_DESC_U32(words, in_h);
	desc->in_w = ENGINE_DESC_U32(words, in_w);
	desc->out_h = ENGINE_DESC_U32(words, out_h);
	desc->out_w = ENGINE_DESC_U32(words, out_w);
	desc->kernel_h = ENGINE_DESC_U32(words, kernel_h);
	desc->kernel_w = ENGINE_DESC_U32(words, kernel_w);
	desc->stride_h = ENGINE_DESC_U32(words, stride_h);
	desc->stride_w = ENGINE_DESC_U32(words, stride_w);
	desc->pad_top = ENGINE_DESC_U32(words, pad_top);
	desc->pad_left = ENGINE_DESC_U32(words, pad_left);
	desc->dilation_h = ENGINE_DESC_U32(words, dilation_h);
	desc->dilation_w = ENGINE_DESC_U32(words, dilation_w);
}

static void engine_desc_decode(const struct nmaccel_word *words, struct nmaccel_hw_desc *desc)
{
	uint32_t i;

	desc->op = ENGINE_DESC_U32(words, op);
	desc->flags = ENGINE_DESC_U32(words, flags);
	desc->in = engine_tensor_decode(words, ENGINE_DESC_AT(in));
	desc->in2 = engine_tensor_decode(words, ENGINE_DESC_AT(in2));
	desc->out = engine_tensor_decode(words, ENGINE_DESC_AT(out));
	desc->weights = ENGINE_DESC_U32(words, weights);
	desc->params = ENGINE_DESC_U32(words, params);
	desc->weights_offset = ENGINE_DESC_U64(words, weights_offset);
	desc->weights_bytes = ENGINE_DESC_U64(words, weights_bytes);
	desc->params_offset = ENGINE_DESC_U64(words, params_offset);
	engine_desc_decode_window(words, desc);
	desc->in_zero = ENGINE_DESC_S32(words, in_zero);
	desc->in2_zero = ENGINE_DESC_S32(words, in2_zero);
	desc->out_zero = ENGINE_DESC_S32(words, out_zero);
	desc->act_min = ENGINE_DESC_S32(words, act_min);
	desc->act_max = ENGINE_DESC_S32(words, act_max);
	desc->scale = ENGINE_DESC_U32(words, scale);
	desc->scale2 = ENGINE_DESC_U32(words, scale2);
	desc->block_rows = ENGINE_DESC_U32(words, block_rows);
DESC_RESERVED:
	for (i = 0; i < ENGINE_DESC_RESERVED; i++)
		desc->reserved[i] = engine_word_u32(words, ENGINE_DESC_AT(reserved) + 4u * i);
}

/* A field must be within [min, max]: below is nonsense, above is more than can be done. */
static bool engine_desc_range(struct engine_record *record, uint32_t value, uint32_t min,
			      uint32_t max, uint32_t at)
{
	return engine_require(record, value >= min, NMACCEL_FAULT_FIELD, at) &&
	       engine_require(record, value <= max, NMACCEL_FAULT_LIMIT, at);
}

static bool engine_desc_zero(struct engine_record *record, uint64_t value, uint32_t at)
{
	return engine_require(record, value == 0, NMACCEL_FAULT_FIELD, at);
}

static bool engine_desc_check_op(struct engine_record *record, const struct nmaccel_hw_desc *desc)
{
	uint32_t known = 0;
	uint32_t i;

	switch (desc->op) {
	case NMACCEL_OP_CONV:
		known = NMACCEL_FLAG_OUT_S32;
		break;
	case NMACCEL_OP_POOL_AVG:
		known = NMACCEL_FLAG_COUNT_VALID;
		break;
	case NMACCEL_OP_ADD:
	case NMACCEL_OP_POOL_MAX:
		break;
	default:
		return engine_require(record, false, NMACCEL_FAULT_OP, ENGINE_DESC_AT(op));
	}
	if (desc->flags & ~known)
		return engine_require(record, false, NMACCEL_FAULT_FIELD, ENGINE_DESC_AT(flags));
CHECK_RESERVED:
	for (i = 0; i < ENGINE_DESC_RESERVED; i++)
		if (!engine_desc_zero(record, desc->reserved[i], ENGINE_DESC_AT(reserved) + 4u * i))
			return false;
	return true;
}

static bool engine_tensor_check(struct engine_record *record,
				const struct nmaccel_hw_tensor *tensor, uint32_t at)
{
	return engine_desc_range(record, tensor->channels, 1, NMACCEL_MAX_CHANNELS,
				 at + ENGINE_TENSOR_AT(channels)) &&
	       engine_require(record, tensor->ch0 < tensor->channels, NMACCEL_FAULT_FIELD,
			      at + ENGINE_TENSOR_AT(ch0)) &&
	       engine_require(record,
			      tensor->ch >= 1 && tensor->ch <= tensor->channels - tensor->ch0,
			      NMACCEL_FAULT_FIELD, at + ENGINE_TENSOR_AT(ch));
}

static bool engine_tensor_check_unused(struct engine_record *record,
				       const struct nmaccel_hw_tensor *tensor, uint32_t at)
{
	return engine_desc_zero(record, tensor->buffer, at + ENGINE_TENSOR_AT(buffer)) &&
	       engine_desc_zero(record, tensor->channels, at + ENGINE_TENSOR_AT(channels)) &&
	       engine_desc_zero(record, tensor->offset, at + ENGINE_TENSOR_AT(offset)) &&
	       engine_desc_zero(record, tensor->ch0, at + ENGINE_TENSOR_AT(ch0)) &&
	       engine_desc_zero(record, tensor->ch, at + ENGINE_TENSOR_AT(ch));
}

static bool engine_desc_check_tensors(struct engine_record *record,
				      const struct nmaccel_hw_desc *desc)
{
	if (!engine_tensor_check(record, &desc->in, ENGINE_DESC_AT(in)))
		return false;
	if (desc->op == NMACCEL_OP_ADD) {
		if (!engine_tensor_check(record, &desc->in2, ENGINE_DESC_AT(in2)) ||
		    !engine_require(record, desc->in2.ch == desc->in.ch, NMACCEL_FAULT_FIELD,
				    ENGINE_DESC_AT(in2.ch)))
			return false;
	} else if (!engine_tensor_check_unused(record, &desc->in2, ENGINE_DESC_AT(in2))) {
		return false;
	}
	if (!engine_tensor_check(record, &desc->out, ENGINE_DESC_AT(out)))
		return false;
	if (desc->op == NMACCEL_OP_CONV)
		return engine_require(record, desc->out.ch <= NMACCEL_ENGINE_MAX_ROWS,
				      NMACCEL_FAULT_LIMIT, ENGINE_DESC_AT(out.ch));
	return engine_require(record, desc->out.ch == desc->in.ch, NMACCEL_FAULT_FIELD,
			      ENGINE_DESC_AT(out.ch));
}

/* Columns of a tensor: both products stay below 2^60, as each factor is at most 2^30. */
static bool engine_desc_check_pixels(struct engine_record *record, uint32_t batch, uint32_t height,
				     uint32_t width, uint32_t at_height, uint32_t at_width)
{
	const uint64_t image = (uint64_t)height * width;

	return engine_desc_range(record, height, 1, NMACCEL_MAX_PIXELS, at_height) &&
	       engine_desc_range(record, width, 1, NMACCEL_MAX_PIXELS, at_width) &&
	       engine_require(record, image <= NMACCEL_MAX_PIXELS, NMACCEL_FAULT_LIMIT,
			      at_height) &&
	       engine_require(record, image * batch <= NMACCEL_MAX_PIXELS, NMACCEL_FAULT_LIMIT,
			      ENGINE_DESC_AT(batch));
}

static bool engine_desc_check_geometry(struct engine_record *record,
				       const struct nmaccel_hw_desc *desc)
{
	if (!engine_desc_range(record, desc->batch, 1, NMACCEL_MAX_PIXELS, ENGINE_DESC_AT(batch)) ||
	    !engine_desc_check_pixels(record, desc->batch, desc->in_h, desc->in_w,
				      ENGINE_DESC_AT(in_h), ENGINE_DESC_AT(in_w)) ||
	    !engine_desc_check_pixels(record, desc->batch, desc->out_h, desc->out_w,
				      ENGINE_DESC_AT(out_h), ENGINE_DESC_AT(out_w)))
		return false;
	if (desc->op != NMACCEL_OP_ADD)
		return true;
	return engine_require(record, desc->out_h == desc->in_h, NMACCEL_FAULT_FIELD,
			      ENGINE_DESC_AT(out_h)) &&
	       engine_require(record, desc->out_w == desc->in_w, NMACCEL_FAULT_FIELD,
			      ENGINE_DESC_AT(out_w));
}

/* Steps of a window: kernel, stride, dilation. An addition has the only window that copies. */
static bool engine_desc_check_step(struct engine_record *record, const struct nmaccel_hw_desc *desc,
				   uint32_t value, uint32_t at)
{
	if (desc->op == NMACCEL_OP_ADD)
		return engine_require(record, value == 1, NMACCEL_FAULT_FIELD, at);
	return engine_desc_range(record, value, 1, NMACCEL_MAX_KERNEL, at);
}

static bool engine_desc_check_pad(struct engine_record *record, const struct nmaccel_hw_desc *desc,
				  uint32_t value, uint32_t at)
{
	if (desc->op == NMACCEL_OP_ADD)
		return engine_desc_zero(record, value, at);
	return engine_desc_range(record, value, 0, NMACCEL_MAX_KERNEL, at);
}

static bool engine_desc_check_window(struct engine_record *record,
				     const struct nmaccel_hw_desc *desc)
{
	return engine_desc_check_step(record, desc, desc->kernel_h, ENGINE_DESC_AT(kernel_h)) &&
	       engine_desc_check_step(record, desc, desc->kernel_w, ENGINE_DESC_AT(kernel_w)) &&
	       engine_desc_check_step(record, desc, desc->stride_h, ENGINE_DESC_AT(stride_h)) &&
	       engine_desc_check_step(record, desc, desc->stride_w, ENGINE_DESC_AT(stride_w)) &&
	       engine_desc_check_pad(record, desc, desc->pad_top, ENGINE_DESC_AT(pad_top)) &&
	       engine_desc_check_pad(record, desc, desc->pad_left, ENGINE_DESC_AT(pad_left)) &&
	       engine_desc_check_step(record, desc, desc->dilation_h, ENGINE_DESC_AT(dilation_h)) &&
	       engine_desc_check_step(record, desc, desc->dilation_w, ENGINE_DESC_AT(dilation_w));
}

static bool engine_desc_check_s8(struct engine_record *record, int32_t value, uint32_t at)
{
	return engine_require(record, value >= -128 && value <= 127, NMACCEL_FAULT_FIELD, at);
}

static bool engine_desc_check_quant(struct engine_record *record,
				    const struct nmaccel_hw_desc *desc)
{
	const bool wide = desc->flags & NMACCEL_FLAG_OUT_S32 && desc->op == NMACCEL_OP_CONV;
	const bool add = desc->op == NMACCEL_OP_ADD;

	if (!engine_desc_check_s8(record, desc->in_zero, ENGINE_DESC_AT(in_zero)) ||
	    !engine_require(record, add || desc->in2_zero == 0, NMACCEL_FAULT_FIELD,
			    ENGINE_DESC_AT(in2_zero)) ||
	    !engine_desc_check_s8(record, desc->in2_zero, ENGINE_DESC_AT(in2_zero)) ||
	    !engine_require(record, !wide || desc->out_zero == 0, NMACCEL_FAULT_FIELD,
			    ENGINE_DESC_AT(out_zero)) ||
	    !engine_desc_check_s8(record, desc->out_zero, ENGINE_DESC_AT(out_zero)))
		return false;
	if (!wide && (!engine_desc_check_s8(record, desc->act_min, ENGINE_DESC_AT(act_min)) ||
		      !engine_desc_check_s8(record, desc->act_max, ENGINE_DESC_AT(act_max))))
		return false;
	return engine_require(record, desc->act_min <= desc->act_max, NMACCEL_FAULT_FIELD,
			      ENGINE_DESC_AT(act_min)) &&
	       engine_require(record, add || desc->op == NMACCEL_OP_POOL_AVG || desc->scale == 0,
			      NMACCEL_FAULT_FIELD, ENGINE_DESC_AT(scale)) &&
	       engine_require(record, add || desc->scale2 == 0, NMACCEL_FAULT_FIELD,
			      ENGINE_DESC_AT(scale2));
}

static bool engine_desc_check_weights(struct engine_record *record,
				      const struct nmaccel_hw_desc *desc)
{
	if (desc->op != NMACCEL_OP_CONV)
		return engine_desc_zero(record, desc->weights, ENGINE_DESC_AT(weights)) &&
		       engine_desc_zero(record, desc->params, ENGINE_DESC_AT(params)) &&
		       engine_desc_zero(record, desc->weights_offset,
					ENGINE_DESC_AT(weights_offset)) &&
		       engine_desc_zero(record, desc->weights_bytes,
					ENGINE_DESC_AT(weights_bytes)) &&
		       engine_desc_zero(record, desc->params_offset,
					ENGINE_DESC_AT(params_offset)) &&
		       engine_desc_zero(record, desc->block_rows, ENGINE_DESC_AT(block_rows));
	/* At most 255 * 255 * 65536, which 32 bits hold. */
	return engine_require(record,
			      desc->kernel_h * desc->kernel_w * desc->in.ch <=
				      NMACCEL_MAX_REDUCTION,
			      NMACCEL_FAULT_LIMIT, ENGINE_DESC_AT(in.ch)) &&
	       engine_require(record,
			      desc->block_rows == NMACCEL_BLOCK_ROWS_128 ||
				      desc->block_rows == NMACCEL_BLOCK_ROWS_256,
			      NMACCEL_FAULT_FIELD, ENGINE_DESC_AT(block_rows)) &&
	       engine_require(record, desc->block_rows <= NMACCEL_ENGINE_BLOCK_ROWS,
			      NMACCEL_FAULT_LIMIT, ENGINE_DESC_AT(block_rows));
}

static bool engine_desc_check(struct engine_record *record, const struct nmaccel_hw_desc *desc)
{
	return engine_desc_check_op(record, desc) && engine_desc_check_tensors(record, desc) &&
	       engine_desc_check_geometry(record, desc) && engine_desc_check_window(record, desc) &&
	       engine_desc_check_quant(record, desc) && engine_desc_check_weights(record, desc);
}

/* Columns of the input and of the output, batch x pixels; engine_desc_check has bounded them. */
static uint32_t engine_desc_in_columns(const struct nmaccel_hw_desc *desc)
{
	return desc->batch * desc->in_h * desc->in_w;
}

static uint32_t engine_desc_out_columns(const struct nmaccel_hw_desc *desc)
{
	return desc->batch * desc->out_h * desc->out_w;
}

#endif /* ENGINE_DESC_H */
