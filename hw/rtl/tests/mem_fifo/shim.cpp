// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct fifo_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct fifo_dut *fifo_create(void)
{
	return new fifo_dut;
}

void fifo_destroy(struct fifo_dut *dut)
{
	dut->top.final();
	delete dut;
}

void fifo_clock(struct fifo_dut *dut, const struct fifo_in *in, struct fifo_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	top.in_valid = in->in_valid;
	top.in_data = in->in_data;
	top.out_ready = in->out_ready;
	top.eval();
	out->in_ready = top.in_ready;
	out->out_valid = top.out_valid;
	out->out_data = top.out_data;
	out->count = top.count;
	top.clk = 1;
	top.eval();
}
