/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "checked.h"
#include "soft/check.h"
#include "soft/kernels.h"

#define OFFSET(field)	     ((uint32_t)offsetof(struct nmaccel_hw_desc, field))
#define TENSOR_OFFSET(field) ((uint32_t)offsetof(struct nmaccel_hw_tensor, field))
#define ENTRY_OFFSET(field)  ((uint32_t)offsetof(struct nmaccel_hw_buffer, field))

#define CONV	 (1u << NMACCEL_OP_CONV)
#define ADD	 (1u << NMACCEL_OP_ADD)
#define POOL_MAX (1u << NMACCEL_OP_POOL_MAX)
#define POOL_AVG (1u << NMACCEL_OP_POOL_AVG)
#define ALL	 (CONV | ADD | POOL_MAX | POOL_AVG)

static bool fault(struct nmaccel_hw_record *record, enum nmaccel_fault code, uint32_t detail)
{
	record->fault = code;
	record->fault_detail = detail;
	return false;
}

static bool buffer_fault(struct nmaccel_hw_record *record, enum nmaccel_fault code, uint32_t buffer,
			 uint64_t offset, uint32_t detail)
{
	record->fault_buffer = buffer;
	record->fault_offset = offset;
	return fault(record, code, detail);
}

static uint32_t field_u32(const struct nmaccel_hw_desc *desc, uint32_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)desc + offset, sizeof(value));
	return value;
}

/* Fields that an operation does not use, and so must be zero. */
static const struct {
	uint32_t offset;
	uint32_t words;
	uint32_t ops;
} unused_fields[] = {
	{OFFSET(in2), sizeof(struct nmaccel_hw_tensor) / 4, ALL & ~ADD},
	{OFFSET(weights), 8, ALL & ~CONV}, /* to params_offset */
	{OFFSET(pad_top), 2, ADD},
	{OFFSET(in2_zero), 1, ALL & ~ADD},
	{OFFSET(scale), 1, CONV | POOL_MAX},
	{OFFSET(scale2), 1, ALL & ~ADD},
	{OFFSET(block_rows), 1, ALL & ~CONV},
	{OFFSET(reserved), 15, ALL},
};

NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, params_offset, 104);

static bool check_unused(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	size_t i;
	uint32_t word;

	for (i = 0; i < sizeof(unused_fields) / sizeof(unused_fields[0]); i++) {
		if (!(unused_fields[i].ops & (1u << desc->op)))
			continue;
		for (word = 0; word < unused_fields[i].words; word++) {
			uint32_t offset = unused_fields[i].offset + 4 * word;

			if (field_u32(desc, offset) != 0)
				return fault(record, NMACCEL_FAULT_FIELD, offset);
		}
	}
	return true;
}

/* Below min the field is wrong for any engine, above max it is beyond this one. */
static const struct {
	uint32_t offset;
	uint32_t min;
	uint32_t max;
} ranges[] = {
	{OFFSET(batch), 1, NMACCEL_MAX_PIXELS},	     {OFFSET(in_h), 1, NMACCEL_MAX_PIXELS},
	{OFFSET(in_w), 1, NMACCEL_MAX_PIXELS},	     {OFFSET(out_h), 1, NMACCEL_MAX_PIXELS},
	{OFFSET(out_w), 1, NMACCEL_MAX_PIXELS},	     {OFFSET(kernel_h), 1, NMACCEL_MAX_KERNEL},
	{OFFSET(kernel_w), 1, NMACCEL_MAX_KERNEL},   {OFFSET(stride_h), 1, NMACCEL_MAX_KERNEL},
	{OFFSET(stride_w), 1, NMACCEL_MAX_KERNEL},   {OFFSET(pad_top), 0, NMACCEL_MAX_KERNEL},
	{OFFSET(pad_left), 0, NMACCEL_MAX_KERNEL},   {OFFSET(dilation_h), 1, NMACCEL_MAX_KERNEL},
	{OFFSET(dilation_w), 1, NMACCEL_MAX_KERNEL},
};

/* No factor is above 2^30, so that no product of two overflows. */
static bool check_pixels(const struct nmaccel_hw_desc *desc, uint32_t height, uint32_t width,
			 uint32_t place, struct nmaccel_hw_record *record)
{
	uint64_t image = (uint64_t)height * width;

	if (image > NMACCEL_MAX_PIXELS)
		return fault(record, NMACCEL_FAULT_LIMIT, place);
	if (image * desc->batch > NMACCEL_MAX_PIXELS)
		return fault(record, NMACCEL_FAULT_LIMIT, OFFSET(batch));
	return true;
}

static bool check_ranges(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint32_t value = field_u32(desc, ranges[i].offset);

		if (value < ranges[i].min)
			return fault(record, NMACCEL_FAULT_FIELD, ranges[i].offset);
		if (value > ranges[i].max)
			return fault(record, NMACCEL_FAULT_LIMIT, ranges[i].offset);
	}
	return check_pixels(desc, desc->in_h, desc->in_w, OFFSET(in_h), record) &&
	       check_pixels(desc, desc->out_h, desc->out_w, OFFSET(out_h), record);
}

static bool fits_s8(int32_t value)
{
	return value >= INT8_MIN && value <= INT8_MAX;
}

static bool check_numbers(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	bool wide = desc->flags & NMACCEL_FLAG_OUT_S32;

	if (!fits_s8(desc->in_zero))
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(in_zero));
	if (!fits_s8(desc->in2_zero))
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(in2_zero));
	if (wide ? desc->out_zero != 0 : !fits_s8(desc->out_zero))
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(out_zero));
	if (!wide && !fits_s8(desc->act_min))
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(act_min));
	if (!wide && !fits_s8(desc->act_max))
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(act_max));
	if (desc->act_min > desc->act_max)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(act_min));
	return true;
}

/* place: byte offset of the tensor in the descriptor. */
static bool check_channels(const struct nmaccel_hw_tensor *tensor, uint32_t place,
			   struct nmaccel_hw_record *record)
{
	uint32_t channels = place + TENSOR_OFFSET(channels);
	uint32_t ch0 = place + TENSOR_OFFSET(ch0);
	uint32_t ch = place + TENSOR_OFFSET(ch);

	if (tensor->channels == 0)
		return fault(record, NMACCEL_FAULT_FIELD, channels);
	if (tensor->channels > NMACCEL_MAX_CHANNELS)
		return fault(record, NMACCEL_FAULT_LIMIT, channels);
	if (tensor->ch0 >= tensor->channels)
		return fault(record, NMACCEL_FAULT_FIELD, ch0);
	if (tensor->ch == 0 || tensor->ch > tensor->channels - tensor->ch0)
		return fault(record, NMACCEL_FAULT_FIELD, ch);
	return true;
}

static bool check_conv(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	if (desc->out.ch > NMACCEL_MAX_PANEL_ROWS)
		return fault(record, NMACCEL_FAULT_LIMIT, OFFSET(out.ch));
	if ((uint64_t)desc->kernel_h * desc->kernel_w * desc->in.ch > NMACCEL_MAX_REDUCTION)
		return fault(record, NMACCEL_FAULT_LIMIT, OFFSET(in.ch));
	if (desc->block_rows != NMACCEL_BLOCK_ROWS_128 &&
	    desc->block_rows != NMACCEL_BLOCK_ROWS_256)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(block_rows));
	return true;
}

static bool check_add(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	static const uint32_t ones[] = {
		OFFSET(kernel_h), OFFSET(kernel_w),   OFFSET(stride_h),
		OFFSET(stride_w), OFFSET(dilation_h), OFFSET(dilation_w),
	};
	size_t i;

	for (i = 0; i < sizeof(ones) / sizeof(ones[0]); i++)
		if (field_u32(desc, ones[i]) != 1)
			return fault(record, NMACCEL_FAULT_FIELD, ones[i]);
	if (desc->out_h != desc->in_h)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(out_h));
	if (desc->out_w != desc->in_w)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(out_w));
	if (!check_channels(&desc->in2, OFFSET(in2), record))
		return false;
	if (desc->in2.ch != desc->in.ch)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(in2.ch));
	return true;
}

static bool check_op(const struct nmaccel_hw_desc *desc, struct nmaccel_hw_record *record)
{
	uint32_t flags = desc->op == NMACCEL_OP_CONV	   ? NMACCEL_FLAG_OUT_S32
			 : desc->op == NMACCEL_OP_POOL_AVG ? NMACCEL_FLAG_COUNT_VALID
							   : 0;

	if (desc->flags & ~flags)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(flags));
	if (!check_unused(desc, record) || !check_channels(&desc->in, OFFSET(in), record) ||
	    !check_channels(&desc->out, OFFSET(out), record) || !check_ranges(desc, record) ||
	    !check_numbers(desc, record))
		return false;
	if (desc->op == NMACCEL_OP_CONV)
		return check_conv(desc, record);
	if (desc->out.ch != desc->in.ch)
		return fault(record, NMACCEL_FAULT_FIELD, OFFSET(out.ch));
	return desc->op != NMACCEL_OP_ADD || check_add(desc, record);
}

/* What a descriptor does with a buffer. */
struct use {
	uint32_t buffer;
	uint32_t access; /* NMACCEL_BUF_* */
	uint64_t offset;
	uint64_t bytes;
	uint32_t at_buffer; /* byte offsets in the descriptor of the fields that say so */
	uint32_t at_offset;
};

static bool check_use(const struct use *use, const struct nmaccel_exec_buffer *buffers,
		      uint32_t n_buffers, struct nmaccel_hw_record *record)
{
	uint64_t end = UINT64_MAX;

	if (use->buffer >= n_buffers)
		return buffer_fault(record, NMACCEL_FAULT_BUFFER, use->buffer, 0, use->at_buffer);
	if (!(buffers[use->buffer].flags & use->access))
		return buffer_fault(record, NMACCEL_FAULT_ACCESS, use->buffer, use->offset,
				    use->at_buffer);
	if (use->offset % NMACCEL_ALIGN != 0)
		return buffer_fault(record, NMACCEL_FAULT_ALIGN, use->buffer, use->offset,
				    use->at_offset);
	if (!nmaccel_add_u64(use->offset, use->bytes, &end) || end > buffers[use->buffer].size)
		return buffer_fault(record, NMACCEL_FAULT_BOUNDS, use->buffer, end, use->at_offset);
	return true;
}

/* place: byte offset of the tensor in the descriptor. */
static struct use tensor_use(const struct nmaccel_hw_tensor *tensor, uint32_t place,
			     uint64_t pixels, uint32_t elem, uint32_t access)
{
	uint64_t pitch = NMACCEL_SOFT_COLUMNS * elem;
	uint64_t blocks = (pixels + NMACCEL_SOFT_COLUMNS - 1) / NMACCEL_SOFT_COLUMNS;

	return (struct use){
		.buffer = tensor->buffer,
		.access = access,
		.offset = tensor->offset,
		/* Far from overflow: at most 2^24 blocks of 2^16 channels of 256 bytes. */
		.bytes = ((blocks - 1) * tensor->channels + tensor->ch0 + tensor->ch) * pitch,
		.at_buffer = place + TENSOR_OFFSET(buffer),
		.at_offset = place + TENSOR_OFFSET(offset),
	};
}

/* A use of what must be there already when a program is prepared. */
static bool check_final(const struct use *use, const struct nmaccel_exec_buffer *buffers,
			uint32_t n_buffers, struct nmaccel_hw_record *record)
{
	if (!check_use(use, buffers, n_buffers, record))
		return false;
	if (!buffers[use->buffer].data)
		return buffer_fault(record, NMACCEL_FAULT_BUFFER, use->buffer, 0,
				    ENTRY_OFFSET(addr));
	return true;
}

static bool check_weights(const struct nmaccel_hw_desc *desc,
			  const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
			  struct nmaccel_hw_record *record)
{
	struct use weights = {
		.buffer = desc->weights,
		.access = NMACCEL_BUF_READ,
		.offset = desc->weights_offset,
		.bytes = desc->weights_bytes,
		.at_buffer = OFFSET(weights),
		.at_offset = OFFSET(weights_offset),
	};
	struct use params = {
		.buffer = desc->params,
		.access = NMACCEL_BUF_READ,
		.offset = desc->params_offset,
		.bytes = (uint64_t)desc->out.ch * sizeof(struct nmaccel_hw_param),
		.at_buffer = OFFSET(params),
		.at_offset = OFFSET(params_offset),
	};

	return check_final(&weights, buffers, n_buffers, record) &&
	       check_final(&params, buffers, n_buffers, record);
}

bool nmaccel_soft_check_buffers(const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
				struct nmaccel_hw_record *record)
{
	uint32_t i;

	for (i = 0; i < n_buffers; i++) {
		if (buffers[i].flags & ~(NMACCEL_BUF_READ | NMACCEL_BUF_WRITE))
			return buffer_fault(record, NMACCEL_FAULT_BUFFER, i, 0,
					    ENTRY_OFFSET(flags));
		if ((uintptr_t)buffers[i].data % NMACCEL_ALIGN != 0)
			return buffer_fault(record, NMACCEL_FAULT_BUFFER, i, 0, ENTRY_OFFSET(addr));
	}
	return true;
}

bool nmaccel_soft_check_desc(const struct nmaccel_hw_desc *desc,
			     const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
			     struct nmaccel_hw_record *record)
{
	uint64_t in_pixels = (uint64_t)desc->batch * desc->in_h * desc->in_w;
	uint64_t out_pixels = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	uint32_t elem = desc->flags & NMACCEL_FLAG_OUT_S32 ? sizeof(int32_t) : 1;
	struct use in, in2, out;

	if (desc->op < NMACCEL_OP_CONV || desc->op > NMACCEL_OP_POOL_AVG)
		return fault(record, NMACCEL_FAULT_OP, OFFSET(op));
	if (!check_op(desc, record))
		return false;

	in = tensor_use(&desc->in, OFFSET(in), in_pixels, 1, NMACCEL_BUF_READ);
	in2 = tensor_use(&desc->in2, OFFSET(in2), in_pixels, 1, NMACCEL_BUF_READ);
	out = tensor_use(&desc->out, OFFSET(out), out_pixels, elem, NMACCEL_BUF_WRITE);
	if (!check_use(&in, buffers, n_buffers, record))
		return false;
	if (desc->op == NMACCEL_OP_ADD && !check_use(&in2, buffers, n_buffers, record))
		return false;
	if (!check_use(&out, buffers, n_buffers, record))
		return false;
	return desc->op != NMACCEL_OP_CONV || check_weights(desc, buffers, n_buffers, record);
}
