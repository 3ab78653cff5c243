// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstdlib>
#include <cstring>

#include "Vdut.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

void *engine_create(void)
{
	/* Of its own, as engines may run in several threads. */
	return new Vdut(new VerilatedContext);
}

void engine_destroy(void *engine)
{
	Vdut *dut = static_cast<Vdut *>(engine);
	VerilatedContext *context = dut->contextp();
#if VM_COVERAGE
	const char *name = getenv("NMACCEL_LINES");

	if (name)
		context->coveragep()->write(name);
#endif
	delete dut;
	delete context;
}

void engine_clock(void *engine)
{
	Vdut *dut = static_cast<Vdut *>(engine);

	dut->ap_clk = 1;
	dut->eval();
}

static void set_inputs(Vdut *dut, const struct engine_in *in)
{
	dut->ap_rst_n = !in->reset;
	dut->s_axi_control_AWVALID = in->control.awvalid;
	dut->s_axi_control_AWADDR = in->control.awaddr;
	dut->s_axi_control_WVALID = in->control.wvalid;
	dut->s_axi_control_WDATA = in->control.wdata;
	dut->s_axi_control_WSTRB = 0xf;
	dut->s_axi_control_BREADY = in->control.bready;
	dut->s_axi_control_ARVALID = in->control.arvalid;
	dut->s_axi_control_ARADDR = in->control.araddr;
	dut->s_axi_control_RREADY = in->control.rready;
	dut->m_axi_gmem_ARREADY = in->read.arready;
	dut->m_axi_gmem_RVALID = in->read.rvalid;
	dut->m_axi_gmem_RLAST = in->read.rlast;
	dut->m_axi_gmem_RRESP = in->read.rresp;
	memcpy(dut->m_axi_gmem_RDATA.data(), in->read.rdata, DATA_BYTES);
	dut->m_axi_gmem_AWREADY = in->write.awready;
	dut->m_axi_gmem_WREADY = in->write.wready;
	dut->m_axi_gmem_BVALID = in->write.bvalid;
	dut->m_axi_gmem_BRESP = in->write.bresp;
}

static void get_control(const Vdut *dut, struct control_out *out)
{
	out->awready = dut->s_axi_control_AWREADY;
	out->wready = dut->s_axi_control_WREADY;
	out->bvalid = dut->s_axi_control_BVALID;
	out->bresp = dut->s_axi_control_BRESP;
	out->arready = dut->s_axi_control_ARREADY;
	out->rvalid = dut->s_axi_control_RVALID;
	out->rdata = dut->s_axi_control_RDATA;
	out->rresp = dut->s_axi_control_RRESP;
}

void engine_eval(void *engine, const struct engine_in *in, struct engine_out *out)
{
	Vdut *dut = static_cast<Vdut *>(engine);

	set_inputs(dut, in);
	dut->ap_clk = 0;
	dut->eval();
	get_control(dut, &out->control);
	out->interrupt = dut->__SYM__interrupt;
	out->read.ar.valid = dut->m_axi_gmem_ARVALID;
	out->read.ar.addr = dut->m_axi_gmem_ARADDR;
	out->read.ar.len = dut->m_axi_gmem_ARLEN;
	out->read.ar.size = dut->m_axi_gmem_ARSIZE;
	out->read.ar.burst = dut->m_axi_gmem_ARBURST;
	out->read.ar.cache = dut->m_axi_gmem_ARCACHE;
	out->read.ar.prot = dut->m_axi_gmem_ARPROT;
	out->read.rready = dut->m_axi_gmem_RREADY;
	out->write.aw.valid = dut->m_axi_gmem_AWVALID;
	out->write.aw.addr = dut->m_axi_gmem_AWADDR;
	out->write.aw.len = dut->m_axi_gmem_AWLEN;
	out->write.aw.size = dut->m_axi_gmem_AWSIZE;
	out->write.aw.burst = dut->m_axi_gmem_AWBURST;
	out->write.aw.cache = dut->m_axi_gmem_AWCACHE;
	out->write.aw.prot = dut->m_axi_gmem_AWPROT;
	out->write.w.valid = dut->m_axi_gmem_WVALID;
	out->write.w.last = dut->m_axi_gmem_WLAST;
	out->write.w.strobes = dut->m_axi_gmem_WSTRB;
	memcpy(out->write.w.data, dut->m_axi_gmem_WDATA.data(), DATA_BYTES);
	out->write.bready = dut->m_axi_gmem_BREADY;
}
