// SPDX-License-Identifier: MIT
#include "shim.h"

#include "../mem_axi/bits.h"
#include "Vdut.h"

struct write_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct write_dut *write_create(void)
{
	return new write_dut;
}

void write_destroy(struct write_dut *dut)
{
	dut->top.final();
	delete dut;
}

static void put(Vdut &top, const struct write_in *in, const struct axi_write_slave *slave)
{
	top.rst = in->rst;
	top.stop = in->stop;
	top.base = in->base;
	top.req_valid = in->req_valid;
	top.data_valid = in->data_valid;
	for (unsigned int i = 0; i < WRITE_CLIENTS; i++) {
		set_mem_req(top.req, i, in->req[i].addr, in->req[i].words);
		set_bytes(top.data, DATA_BYTES * i, in->data[i], DATA_BYTES);
	}
	top.awready = slave->awready;
	top.wready = slave->wready;
	top.bvalid = slave->bvalid;
	top.bresp = slave->bresp;
}

static void get(const Vdut &top, struct write_out *out, struct axi_write_master *master)
{
	out->idle = top.idle;
	out->req_ready = top.req_ready;
	out->data_ready = top.data_ready;
	out->done = top.done;
	out->done_error = top.done_error;
	master->aw.valid = top.awvalid;
	master->aw.addr = top.awaddr;
	master->aw.len = top.awlen;
	master->aw.size = top.awsize;
	master->aw.burst = top.awburst;
	master->aw.cache = top.awcache;
	master->aw.prot = top.awprot;
	master->w.valid = top.wvalid;
	master->w.last = top.wlast;
	master->w.strobes = top.wstrb;
	get_bytes(top.wdata, master->w.data, DATA_BYTES);
	master->bready = top.bready;
}

void write_clock(struct write_dut *dut, const struct write_in *in,
		 const struct axi_write_slave *slave, struct write_out *out,
		 struct axi_write_master *master)
{
	Vdut &top = dut->top;

	top.clk = 0;
	put(top, in, slave);
	top.eval();
	get(top, out, master);
	top.clk = 1;
	top.eval();
}
