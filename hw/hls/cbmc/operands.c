// SPDX-License-Identifier: MIT
/*
 * Proves: a descriptor that is let in has its tensors, weights and parameters inside their
 * buffers: the first row of the first column tile and the last of the last one, with no sum that
 * wraps.
 *
 * Bounds: the contract's limits; a table of 3 buffers. columns.c proves how many columns a tensor
 * has.
 *
 * Replace: engine_desc_in_columns:stub_columns engine_desc_out_columns:stub_columns
 * Options: --unwind 4 --unwindset engine_desc_check_op.0:17
 */
#include "drm/nmaccel_hw.h"
#undef NMACCEL_MAX_BUFFERS
#define NMACCEL_MAX_BUFFERS 3
#include "door.h"

static uint32_t columns; /* of input and output */

uint32_t stub_columns(const struct nmaccel_hw_desc *desc)
{
	(void)desc;
	return columns;
}

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
	PROVE(false);
}

static void check_tensor(const struct engine_port *port, const struct nmaccel_hw_tensor *tensor,
			 uint32_t pitch, uint32_t flag)
{
	const uint32_t last = engine_column_tiles(columns) - 1u;
	uint64_t row;

	PROVE(port->entry.flags & flag);
	row = engine_tensor_row(tensor, 0, 0, pitch);
	PROVE(row % 16u == 0 && row <= port->entry.size && pitch <= port->entry.size - row);
	row = engine_tensor_row(tensor, last, tensor->ch - 1u, pitch);
	PROVE(row % 16u == 0 && row <= port->entry.size && pitch <= port->entry.size - row);
}

void harness(void)
{
	struct door door;
	const struct nmaccel_hw_desc *desc = &door.desc;
	const struct engine_operands *ops = &door.ops;
	const bool conv = desc->op == NMACCEL_OP_CONV;

	columns = nondet_u32();
	ASSUME(columns >= 1 && columns <= NMACCEL_MAX_PIXELS);
	door_open(&door);
	check_tensor(&ops->in, &desc->in, ENGINE_PITCH_S8, NMACCEL_BUF_READ);
	if (desc->op == NMACCEL_OP_ADD)
		check_tensor(&ops->in2, &desc->in2, ENGINE_PITCH_S8, NMACCEL_BUF_READ);
	check_tensor(&ops->out, &desc->out,
		     conv && desc->flags & NMACCEL_FLAG_OUT_S32 ? ENGINE_PITCH_S32
								: ENGINE_PITCH_S8,
		     NMACCEL_BUF_WRITE);
	if (conv) {
		PROVE(desc->weights_offset <= ops->weights.entry.size);
		PROVE(desc->weights_bytes <= ops->weights.entry.size - desc->weights_offset);
		PROVE(desc->params_offset <= ops->params.entry.size);
		PROVE(desc->out.ch * 8u <= ops->params.entry.size - desc->params_offset);
	}
}
