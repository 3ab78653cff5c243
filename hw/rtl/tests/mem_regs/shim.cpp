// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct regs_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct regs_dut *regs_create(void)
{
	return new regs_dut;
}

void regs_destroy(struct regs_dut *dut)
{
	dut->top.final();
	delete dut;
}

static void put(Vdut &top, const struct regs_in *in)
{
	top.rst = in->rst;
	top.awvalid = in->awvalid;
	top.awaddr = in->awaddr;
	top.wvalid = in->wvalid;
	top.wdata = in->wdata;
	top.wstrb = in->wstrb;
	top.bready = in->bready;
	top.arvalid = in->arvalid;
	top.araddr = in->araddr;
	top.rready = in->rready;
	top.done = in->done;
}

static void get(const Vdut &top, struct regs_out *out)
{
	out->awready = top.awready;
	out->wready = top.wready;
	out->bvalid = top.bvalid;
	out->bresp = top.bresp;
	out->arready = top.arready;
	out->rvalid = top.rvalid;
	out->rdata = top.rdata;
	out->rresp = top.rresp;
	out->start = top.start;
	out->base = top.base;
	out->job_addr = top.job_addr;
	out->interrupt = top.__SYM__interrupt;
}

void regs_clock(struct regs_dut *dut, const struct regs_in *in, struct regs_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	put(top, in);
	top.eval();
	get(top, out);
	top.clk = 1;
	top.eval();
}
