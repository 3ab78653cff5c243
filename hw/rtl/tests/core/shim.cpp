// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"

struct core_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct core_dut *core_create(void)
{
	return new core_dut;
}

void core_destroy(struct core_dut *dut)
{
	dut->top.final();
	delete dut;
}

/* Ports are integers or arrays of words, as they are wide; both lie in memory as the bytes do. */
template <typename T> static void put(T &port, const void *bytes, size_t size)
{
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "");
	memset(&port, 0, sizeof(port));
	memcpy(&port, bytes, size);
}

static void put_write(Vdut &top, const struct core_in *in)
{
	uint8_t mask[(CORE_COLUMNS + 7) / 8] = {};

	for (unsigned j = 0; j < CORE_COLUMNS; j++)
		mask[j / 8] |= (uint8_t)(in->wr_mask[j] << j % 8);
	put(top.wr_mask, mask, sizeof(mask));
	put(top.wr_data, in->wr_data, CORE_COLUMNS);
	top.wr_row = in->wr_row;
}

static void put_step(Vdut &top, const struct core_in *in)
{
	top.step_valid = in->step_valid;
	top.step_row = in->step_row;
	top.step_bank = in->step_bank;
	top.step_max = in->step_max;
	top.step_base = in->step_base;
	put(top.step_indices, in->step_indices, CORE_LANES);
	put(top.step_values, in->step_values, CORE_LANES);
	top.clear_valid = in->clear_valid;
	top.clear_bank = in->clear_bank;
}

void core_clock(struct core_dut *dut, const struct core_in *in, struct core_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	put_write(top, in);
	put_step(top, in);
	top.rd_valid = in->rd_valid;
	top.rd_bank = in->rd_bank;
	top.rd_row = in->rd_row;
	top.eval();
	out->rd_data_valid = top.rd_data_valid;
	memcpy(out->rd_data, &top.rd_data, 4 * CORE_COLUMNS);
	out->busy[0] = top.busy & 1;
	out->busy[1] = top.busy >> 1 & 1;
	top.clk = 1;
	top.eval();
}
