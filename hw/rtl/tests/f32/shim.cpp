// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct f32_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct f32_dut *f32_create(void)
{
	return new f32_dut;
}

void f32_destroy(struct f32_dut *dut)
{
	dut->top.final();
	delete dut;
}

void f32_clock(struct f32_dut *dut, const struct f32_in *in, struct f32_out *out)
{
	Vdut &top = dut->top;

	top.integer_in = (uint32_t)in->integer;
	top.scale = in->scale;
	top.left = in->left;
	top.right = in->right;
	top.clk = 0;
	top.eval();
	out->product = top.product;
	out->sum = top.sum;
	top.clk = 1;
	top.eval();
}
