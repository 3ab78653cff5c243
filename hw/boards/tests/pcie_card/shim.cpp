// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct card_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct card_dut *card_dut_create(void)
{
	return new card_dut;
}

void card_dut_destroy(struct card_dut *dut)
{
	dut->top.final();
	delete dut;
}

void card_dut_clock(struct card_dut *dut, const struct card_in *in, struct card_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	top.msi_enable = in->msi_enable;
	top.msi_width = in->msi_width;
	top.msi_grant = in->msi_grant;
	top.awvalid = in->awvalid;
	top.awaddr = in->awaddr;
	top.wvalid = in->wvalid;
	top.wdata = in->wdata;
	top.bready = in->bready;
	top.arvalid = in->arvalid;
	top.araddr = in->araddr;
	top.rready = in->rready;
	top.eval();
	out->msi_request = top.msi_request;
	out->msi_vector = top.msi_vector;
	out->awready = top.awready;
	out->wready = top.wready;
	out->bvalid = top.bvalid;
	out->arready = top.arready;
	out->rvalid = top.rvalid;
	out->rdata = top.rdata;
	top.clk = 1;
	top.eval();
}
