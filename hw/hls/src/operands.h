/* SPDX-License-Identifier: MIT */
/* The buffers that a descriptor uses, and where its tensors lie in them. */
#ifndef ENGINE_OPERANDS_H
#define ENGINE_OPERANDS_H

#include "desc.h"
#include "port.h"

struct engine_operands {
	struct engine_port in;
	struct engine_port in2;
	struct engine_port out;
	struct engine_port weights;
	struct engine_port params;
};

/* The buffer table as it was read at the start of the job. */
struct engine_table {
	uint32_t count;
	struct nmaccel_hw_buffer entries[NMACCEL_MAX_BUFFERS];
};

static uint32_t engine_column_tiles(uint32_t columns)
{
	return columns / NMACCEL_ENGINE_COLUMNS + (columns % NMACCEL_ENGINE_COLUMNS != 0);
}

/*
 * From the tensor's offset to the end of the last channel that is used, in the last tile: at most
 * 2^30 tiles x 2^16 channels x 2^12 bytes.
 */
static uint64_t engine_tensor_bytes(const struct nmaccel_hw_tensor *tensor, uint32_t columns,
				    uint32_t pitch)
{
	const uint64_t whole_tiles = engine_column_tiles(columns) - 1u;

	return (whole_tiles * tensor->channels + tensor->ch0 + tensor->ch) * pitch;
}

/* Offset in the buffer of one channel, counted from ch0, in one column tile. */
static uint64_t engine_tensor_row(const struct nmaccel_hw_tensor *tensor, uint32_t tile,
				  uint32_t channel, uint32_t pitch)
{
	return tensor->offset + ((uint64_t)tile * tensor->channels + tensor->ch0 + channel) * pitch;
}

/*
 * Open the buffer for [offset, offset + bytes): everything is checked once here, at the door, so
 * that a descriptor that asks too much has not written anything yet.
 */
static bool engine_operand_open(struct engine_record *record, const struct engine_table *table,
				struct engine_port *port, uint32_t buffer, uint32_t access,
				uint64_t offset, uint64_t bytes, uint32_t at_buffer,
				uint32_t at_offset)
{
	const uint64_t end = bytes <= UINT64_MAX - offset ? offset + bytes : UINT64_MAX;

	if (buffer >= table->count)
		return engine_fault(record, NMACCEL_FAULT_BUFFER, buffer, 0, at_buffer);
	engine_port_open(port, &table->entries[buffer], buffer);
	if (!(port->entry.flags & access))
		return engine_fault(record, NMACCEL_FAULT_ACCESS, buffer, offset, at_buffer);
	if (offset % NMACCEL_ALIGN)
		return engine_fault(record, NMACCEL_FAULT_ALIGN, buffer, offset, at_offset);
	if (offset > port->entry.size || bytes > port->entry.size - offset)
		return engine_fault(record, NMACCEL_FAULT_BOUNDS, buffer, end, at_offset);
	return true;
}

static bool engine_tensor_open(struct engine_record *record, const struct engine_table *table,
			       struct engine_port *port, const struct nmaccel_hw_tensor *tensor,
			       uint32_t access, uint32_t columns, uint32_t pitch, uint32_t at)
{
	return engine_operand_open(record, table, port, tensor->buffer, access, tensor->offset,
				   engine_tensor_bytes(tensor, columns, pitch),
				   at + ENGINE_TENSOR_AT(buffer), at + ENGINE_TENSOR_AT(offset));
}

static bool engine_operands_open(struct engine_record *record, const struct engine_table *table,
				 const struct nmaccel_hw_desc *desc, struct engine_operands *ops)
{
	const bool wide = desc->flags & NMACCEL_FLAG_OUT_S32 && desc->op == NMACCEL_OP_CONV;
	const uint32_t in_columns = engine_desc_in_columns(desc);

	if (!engine_tensor_open(record, table, &ops->in, &desc->in, NMACCEL_BUF_READ, in_columns,
				ENGINE_PITCH_S8, ENGINE_DESC_AT(in)))
		return false;
	if (desc->op == NMACCEL_OP_ADD &&
	    !engine_tensor_open(record, table, &ops->in2, &desc->in2, NMACCEL_BUF_READ, in_columns,
				ENGINE_PITCH_S8, ENGINE_DESC_AT(in2)))
		return false;
	if (!engine_tensor_open(record, table, &ops->out, &desc->out, NMACCEL_BUF_WRITE,
				engine_desc_out_columns(desc),
				wide ? ENGINE_PITCH_S32 : ENGINE_PITCH_S8, ENGINE_DESC_AT(out)))
		return false;
	if (desc->op != NMACCEL_OP_CONV)
		return true;
	return engine_operand_open(record, table, &ops->weights, desc->weights, NMACCEL_BUF_READ,
				   desc->weights_offset, desc->weights_bytes,
				   ENGINE_DESC_AT(weights), ENGINE_DESC_AT(weights_offset)) &&
	       engine_operand_open(record, table, &ops->params, desc->params, NMACCEL_BUF_READ,
				   desc->params_offset,
				   (uint64_t)desc->out.ch * sizeof(struct nmaccel_hw_param),
				   ENGINE_DESC_AT(params), ENGINE_DESC_AT(params_offset));
}

#endif /* ENGINE_OPERANDS_H */
