// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"

struct requantize_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct requantize_dut *requantize_create(void)
{
	return new requantize_dut;
}

void requantize_destroy(struct requantize_dut *dut)
{
	dut->top.final();
	delete dut;
}

void requantize_clock(struct requantize_dut *dut, const struct requantize_in *in,
		      int8_t results[LANES])
{
	Vdut &top = dut->top;

	memcpy(&top.values, in->values, sizeof(in->values));
	top.offset_even = (uint32_t)in->offset[0];
	top.offset_odd = (uint32_t)in->offset[1];
	top.scale_even = in->scale[0];
	top.scale_odd = in->scale[1];
	top.zero = (uint8_t)in->zero;
	top.min = (uint8_t)in->min;
	top.max = (uint8_t)in->max;
	top.add = in->add;
	top.half = in->half;
	top.by_column = in->by_column;
	top.group = in->group;
	top.column_we = in->column_we;
	top.column_group = in->column_group;
	top.column_lane = in->column_lane;
	top.column_scale = in->column_scale;
	top.clk = 0;
	top.eval();
	memcpy(results, &top.results, LANES);
	top.clk = 1;
	top.eval();
}
