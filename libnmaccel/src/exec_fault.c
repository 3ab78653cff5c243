// SPDX-License-Identifier: MIT
#include "exec_fault.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"

static const char *const fault_names[] = {
	[NMACCEL_FAULT_NONE] = "NMACCEL_FAULT_NONE",
	[NMACCEL_FAULT_JOB] = "NMACCEL_FAULT_JOB",
	[NMACCEL_FAULT_OP] = "NMACCEL_FAULT_OP",
	[NMACCEL_FAULT_FIELD] = "NMACCEL_FAULT_FIELD",
	[NMACCEL_FAULT_LIMIT] = "NMACCEL_FAULT_LIMIT",
	[NMACCEL_FAULT_BUFFER] = "NMACCEL_FAULT_BUFFER",
	[NMACCEL_FAULT_ACCESS] = "NMACCEL_FAULT_ACCESS",
	[NMACCEL_FAULT_BOUNDS] = "NMACCEL_FAULT_BOUNDS",
	[NMACCEL_FAULT_ALIGN] = "NMACCEL_FAULT_ALIGN",
	[NMACCEL_FAULT_INDEX] = "NMACCEL_FAULT_INDEX",
	[NMACCEL_FAULT_TRUNCATED] = "NMACCEL_FAULT_TRUNCATED",
	[NMACCEL_FAULT_TRAILING] = "NMACCEL_FAULT_TRAILING",
	[NMACCEL_FAULT_PADDING] = "NMACCEL_FAULT_PADDING",
	[NMACCEL_FAULT_BUS] = "NMACCEL_FAULT_BUS",
};

#define FIELD(name)                                                                                \
	{                                                                                          \
		offsetof(struct nmaccel_hw_desc, name), #name                                      \
	}
#define TENSOR(name)                                                                               \
	FIELD(name.buffer), FIELD(name.channels), FIELD(name.offset), FIELD(name.ch0),             \
		FIELD(name.ch)

static const struct {
	size_t offset;
	const char *name;
} desc_fields[] = {
	FIELD(op),
	FIELD(flags),
	TENSOR(in),
	TENSOR(in2),
	TENSOR(out),
	FIELD(weights),
	FIELD(params),
	FIELD(weights_offset),
	FIELD(weights_bytes),
	FIELD(params_offset),
	FIELD(batch),
	FIELD(in_h),
	FIELD(in_w),
	FIELD(out_h),
	FIELD(out_w),
	FIELD(kernel_h),
	FIELD(kernel_w),
	FIELD(stride_h),
	FIELD(stride_w),
	FIELD(pad_top),
	FIELD(pad_left),
	FIELD(dilation_h),
	FIELD(dilation_w),
	FIELD(in_zero),
	FIELD(in2_zero),
	FIELD(out_zero),
	FIELD(act_min),
	FIELD(act_max),
	FIELD(scale),
	FIELD(scale2),
	FIELD(block_rows),
};

const char *nmaccel_fault_name(uint32_t fault)
{
	if (fault >= sizeof(fault_names) / sizeof(fault_names[0]))
		return "unknown fault";
	return fault_names[fault];
}

const char *nmaccel_fault_field(uint32_t offset)
{
	size_t i;

	for (i = 0; i < sizeof(desc_fields) / sizeof(desc_fields[0]); i++)
		if (desc_fields[i].offset == offset)
			return desc_fields[i].name;
	if (offset >= offsetof(struct nmaccel_hw_desc, reserved) &&
	    offset < sizeof(struct nmaccel_hw_desc))
		return "reserved";
	return NULL;
}

static const char *field_or_none(uint32_t offset)
{
	const char *name = nmaccel_fault_field(offset);

	return name ? name : "that is unknown";
}

/* What is wrong with a buffer or the stream in it; "" for a fault that is about no buffer. */
static const char *fault_meaning(uint32_t fault)
{
	switch (fault) {
	case NMACCEL_FAULT_BUFFER:
		return "does not exist, or its table entry or page list is malformed";
	case NMACCEL_FAULT_ACCESS:
		return "may not be used in this direction: its flags forbid it";
	case NMACCEL_FAULT_BOUNDS:
		return "is too small for what the descriptor reads or writes";
	case NMACCEL_FAULT_ALIGN:
		return "is used at an offset that is not a multiple of 16";
	case NMACCEL_FAULT_INDEX:
		return "holds a weight stream with an index outside its block; pack it again";
	case NMACCEL_FAULT_TRUNCATED:
		return "holds a weight stream that ends inside a block; pack it again";
	case NMACCEL_FAULT_TRAILING:
		return "holds a weight stream that is longer than its blocks; pack it again";
	case NMACCEL_FAULT_PADDING:
		return "holds a weight stream with a padding byte that is not zero; pack it again";
	case NMACCEL_FAULT_BUS:
		return "lies in memory that the bus refused";
	default:
		return "";
	}
}

enum nmaccel_status nmaccel_fault_error(const struct nmaccel_hw_record *record)
{
	const char *name = nmaccel_fault_name(record->fault);
	const char *meaning = fault_meaning(record->fault);
	const char *field = field_or_none(record->fault_detail);

	switch (record->fault) {
	case NMACCEL_FAULT_JOB:
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine refused the job (%s): its header is wrong at "
				     "byte %" PRIu32,
				     name, record->fault_detail);
	case NMACCEL_FAULT_OP:
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine stopped at descriptor %" PRIu32
				     " (%s): it does not know the operation",
				     record->fault_desc, name);
	case NMACCEL_FAULT_FIELD:
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine stopped at descriptor %" PRIu32
				     " (%s): the contract forbids the value of the field %s",
				     record->fault_desc, name, field);
	case NMACCEL_FAULT_LIMIT:
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine stopped at descriptor %" PRIu32
				     " (%s): the field %s is beyond what this engine can do",
				     record->fault_desc, name, field);
	default:
		break;
	}
	if (*meaning == '\0')
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine stopped at descriptor %" PRIu32
				     " with fault %" PRIu32
				     ", which this library does not know; update it",
				     record->fault_desc, record->fault);
	if (record->fault_buffer == NMACCEL_NO_BUFFER)
		return nmaccel_error(NMACCEL_ERR_FAULT,
				     "the engine stopped at descriptor %" PRIu32
				     " (%s): the bus refused the job's own memory at 0x%" PRIx64,
				     record->fault_desc, name, (uint64_t)record->fault_offset);
	return nmaccel_error(NMACCEL_ERR_FAULT,
			     "the engine stopped at descriptor %" PRIu32 " (%s): buffer %" PRIu32
			     " %s (offset %" PRIu64 ", detail %" PRIu32 ")",
			     record->fault_desc, name, record->fault_buffer, meaning,
			     (uint64_t)record->fault_offset, record->fault_detail);
}
