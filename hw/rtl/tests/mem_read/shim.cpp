// SPDX-License-Identifier: MIT
#include "shim.h"

#include "../mem_axi/bits.h"
#include "Vdut.h"

struct read_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct read_dut *read_create(void)
{
	return new read_dut;
}

void read_destroy(struct read_dut *dut)
{
	dut->top.final();
	delete dut;
}

static void put(Vdut &top, const struct read_in *in, const struct axi_read_slave *slave)
{
	top.rst = in->rst;
	top.stop = in->stop;
	top.base = in->base;
	top.req_valid = in->req_valid;
	for (unsigned int i = 0; i < READ_CLIENTS; i++)
		set_mem_req(top.req, i, in->req[i].addr, in->req[i].words);
	top.arready = slave->arready;
	top.rvalid = slave->rvalid;
	top.rlast = slave->rlast;
	top.rresp = slave->rresp;
	set_bytes(top.rdata, 0, slave->rdata, DATA_BYTES);
}

static void get(const Vdut &top, struct read_out *out, struct axi_read_master *master)
{
	out->idle = top.idle;
	out->req_ready = top.req_ready;
	out->rsp_valid = top.rsp_valid;
	out->rsp_words = top.rsp_words;
	out->rsp_last = top.rsp_last;
	out->rsp_error = top.rsp_error;
	get_bytes(top.rsp_data, out->rsp_data, DATA_BYTES);
	master->ar.valid = top.arvalid;
	master->ar.addr = top.araddr;
	master->ar.len = top.arlen;
	master->ar.size = top.arsize;
	master->ar.burst = top.arburst;
	master->ar.cache = top.arcache;
	master->ar.prot = top.arprot;
	master->rready = top.rready;
}

void read_clock(struct read_dut *dut, const struct read_in *in, const struct axi_read_slave *slave,
		struct read_out *out, struct axi_read_master *master)
{
	Vdut &top = dut->top;

	top.clk = 0;
	put(top, in, slave);
	top.eval();
	get(top, out, master);
	top.clk = 1;
	top.eval();
}
