// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct page_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct page_dut *page_create(void)
{
	return new page_dut;
}

void page_destroy(struct page_dut *dut)
{
	dut->top.final();
	delete dut;
}

void page_clock(struct page_dut *dut, const struct page_in *in, struct page_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	top.s_awvalid = in->awvalid;
	top.s_awaddr = in->awaddr;
	top.s_wvalid = in->wvalid;
	top.s_wdata = in->wdata;
	top.s_bready = in->bready;
	top.s_arvalid = in->arvalid;
	top.s_araddr = in->araddr;
	top.s_rready = in->rready;
	top.serial = in->serial;
	top.temp_mc = in->temp_mc;
	top.power_mw = in->power_mw;
	top.error = in->error;
	top.engine_busy = in->engine_busy;
	top.reset_busy = in->reset_busy;
	top.eval();
	out->awready = top.s_awready;
	out->wready = top.s_wready;
	out->bvalid = top.s_bvalid;
	out->arready = top.s_arready;
	out->rvalid = top.s_rvalid;
	out->rdata = top.s_rdata;
	out->interrupt = top.error_irq;
	out->engine_reset = top.engine_reset;
	top.clk = 1;
	top.eval();
}
