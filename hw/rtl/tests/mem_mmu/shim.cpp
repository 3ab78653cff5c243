// SPDX-License-Identifier: MIT
#include "shim.h"

#include "../mem_axi/bits.h"
#include "Vdut.h"

#define REQ_BITS 213u

struct mmu_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct mmu_dut *mmu_create(void)
{
	return new mmu_dut;
}

void mmu_destroy(struct mmu_dut *dut)
{
	dut->top.final();
	delete dut;
}

static void put_request(Vdut &top, unsigned int index, const struct mmu_request *request)
{
	const unsigned int at = REQ_BITS * index;

	set_bits(top.req, at, 7, request->words);
	set_bits(top.req, at + 7, 64, request->offset);
	set_bits(top.req, at + 71, 8, request->port.index);
	set_bits(top.req, at + 79, 5, request->port.page_shift);
	set_bits(top.req, at + 84, 1, request->port.paged);
	set_bits(top.req, at + 85, 64, request->port.size);
	set_bits(top.req, at + 149, 64, request->port.addr);
}

static void put(Vdut &top, const struct mmu_in *in)
{
	top.rst = in->rst;
	top.flush = in->flush;
	top.req_valid = in->req_valid;
	for (unsigned int i = 0; i < MMU_REQUESTERS; i++)
		put_request(top, i, &in->req[i]);
	top.list_ready = in->list_ready;
	top.list_rsp_valid = in->list_rsp_valid;
	top.list_rsp_words = in->list_rsp_words;
	top.list_rsp_last = in->list_rsp_last;
	top.list_rsp_error = in->list_rsp_error;
	set_bytes(top.list_rsp_data, 0, in->list_rsp_data, DATA_BYTES);
}

static void get(const Vdut &top, struct mmu_out *out)
{
	out->req_ready = top.req_ready;
	out->rsp_valid = top.rsp_valid;
	out->rsp_fault = get_bits(top.rsp, 0, 4);
	out->rsp_words = get_bits(top.rsp, 4, 7);
	out->rsp_addr = get_bits(top.rsp, 11, 64);
	out->list_valid = top.list_valid;
	out->list_words = get_bits(top.__SYM__list, 0, 7);
	out->list_addr = get_bits(top.__SYM__list, 7, 64);
}

void mmu_clock(struct mmu_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	put(top, in);
	top.eval();
	get(top, out);
	top.clk = 1;
	top.eval();
}
