// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

struct gate_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct gate_dut *gate_create(void)
{
	return new gate_dut;
}

void gate_destroy(struct gate_dut *dut)
{
	dut->top.final();
	delete dut;
}

/* {addr, len, size, burst, cache, prot} */
static void put_address(VlWide<3> &port, uint64_t addr, uint32_t len)
{
	const uint32_t low = len << 12 | 4u << 9 | 1u << 7 | 3u << 3;

	port[0] = low | (uint32_t)(addr << 20);
	port[1] = (uint32_t)(addr >> 12);
	port[2] = (uint32_t)(addr >> 44);
}

static uint64_t get_address(const VlWide<3> &port)
{
	return port[0] >> 20 | (uint64_t)port[1] << 12 | (uint64_t)port[2] << 44;
}

void gate_eval(struct gate_dut *dut, const struct gate_in *in, struct gate_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	top.reset = in->reset;
	top.e_awvalid = in->e_awvalid;
	put_address(top.e_aw, in->e_awaddr, in->e_awlen);
	top.e_wvalid = in->e_wvalid;
	for (int i = 0; i < 4; i++)
		top.e_wdata[i] = in->e_wdata;
	top.e_wstrb = in->e_wstrb;
	top.e_bready = in->e_bready;
	top.e_arvalid = in->e_arvalid;
	put_address(top.e_ar, in->e_araddr, in->e_arlen);
	top.e_rready = in->e_rready;
	top.m_awready = in->m_awready;
	top.m_wready = in->m_wready;
	top.m_bvalid = in->m_bvalid;
	top.m_arready = in->m_arready;
	top.m_rvalid = in->m_rvalid;
	top.m_rlast = in->m_rlast;
	top.eval();
	out->busy = top.busy;
	out->engine_rst_n = top.engine_rst_n;
	out->e_awready = top.e_awready;
	out->e_wready = top.e_wready;
	out->e_bvalid = top.e_bvalid;
	out->e_arready = top.e_arready;
	out->e_rvalid = top.e_rvalid;
	out->m_awvalid = top.m_awvalid;
	out->m_awaddr = get_address(top.m_aw);
	out->m_awlen = top.m_aw[0] >> 12 & 255;
	out->m_wvalid = top.m_wvalid;
	out->m_wdata = top.m_wdata[3];
	out->m_wstrb = top.m_wstrb;
	out->m_wlast = top.m_wlast;
	out->m_bready = top.m_bready;
	out->m_arvalid = top.m_arvalid;
	out->m_araddr = get_address(top.m_ar);
	out->m_arlen = top.m_ar[0] >> 12 & 255;
	out->m_rready = top.m_rready;
}

void gate_clock(struct gate_dut *dut)
{
	dut->top.clk = 1;
	dut->top.eval();
}
