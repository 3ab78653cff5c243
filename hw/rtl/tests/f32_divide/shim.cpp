// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct divide_dut {
	VerilatedContext context;
	Vdut top{&context};
};

static void clock(struct divide_dut *dut)
{
	dut->top.clk = 0;
	dut->top.eval();
	dut->top.clk = 1;
	dut->top.eval();
}

struct divide_dut *divide_create(void)
{
	struct divide_dut *dut = new divide_dut;

	dut->top.start = 0;
	dut->top.rst = 1;
	clock(dut);
	dut->top.rst = 0;
	clock(dut);
	return dut;
}

void divide_destroy(struct divide_dut *dut)
{
	dut->top.final();
	delete dut;
}

uint32_t divide(struct divide_dut *dut, uint64_t scale, uint16_t count, uint64_t *quotient)
{
	dut->top.scale = scale;
	dut->top.count = count;
	dut->top.start = 1;
	clock(dut);
	dut->top.start = 0;
	dut->top.count = (uint16_t)~count;
	for (uint32_t clocks = 1; clocks < 100; clocks++) {
		if (dut->top.done) {
			*quotient = dut->top.quotient;
			return clocks;
		}
		clock(dut);
	}
	return 0;
}
