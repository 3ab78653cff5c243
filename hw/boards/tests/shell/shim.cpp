// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct shell_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct shell_dut *shell_create(void)
{
	return new shell_dut;
}

void shell_destroy(struct shell_dut *dut)
{
	dut->top.final();
	delete dut;
}

int shell_clock(struct shell_dut *dut, int rst, int rx, uint8_t *leds)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = rst;
	top.uart_rx = rx;
	top.eval();
	top.clk = 1;
	top.eval();
	*leds = top.leds;
	return top.uart_tx;
}
