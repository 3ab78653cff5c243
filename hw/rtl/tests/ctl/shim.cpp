// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"

/* Takes fields out of a packed struct, from its top. */
class Fields {
public:
	template <typename Wide>
	Fields(const Wide &wide, uint32_t bits) : words(&wide[0]), left(bits)
	{
	}

	uint64_t take(uint32_t bits)
	{
		uint64_t value = 0;

		while (bits--) {
			left--;
			value = value << 1 | (words[left / 32] >> left % 32 & 1);
		}
		return value;
	}

private:
	const WData *words;
	uint32_t left;
};

struct ctl_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct ctl_dut *ctl_create(void)
{
	return new ctl_dut;
}

void ctl_destroy(struct ctl_dut *dut)
{
	dut->top.final();
	delete dut;
}

static void get(const Vdut &top, struct ctl_out *out)
{
	Fields req(top.req, 71);
	Fields fault(top.job_fault, 132);

	out->flush = top.flush;
	out->req_valid = top.req_valid;
	out->req_addr = req.take(64);
	out->req_words = req.take(7);
	out->desc_count = top.desc_count;
	out->begin_valid = top.job_begin_valid;
	out->end_valid = top.job_end_valid;
	out->record_addr = top.record_addr;
	out->seq = top.job_seq;
	out->n_descs = top.job_descs;
	out->fault_code = fault.take(4);
	out->fault_buffer = fault.take(32);
	out->fault_detail = fault.take(32);
	out->fault_offset = fault.take(64);
	out->none = top.job_none;
}

void ctl_clock(struct ctl_dut *dut, const struct ctl_in *in, struct ctl_out *out)
{
	Vdut &top = dut->top;

	top.clk = 0;
	top.rst = in->rst;
	top.start = in->start;
	top.job_addr = in->job_addr;
	top.req_ready = in->req_ready;
	top.rsp_valid = in->rsp_valid;
	memcpy(&top.rsp_data[0], in->rsp_data, sizeof(top.rsp_data));
	top.rsp_last = in->rsp_last;
	top.rsp_error = in->rsp_error;
	top.desc_retired = in->desc_retired;
	top.job_begin_ready = in->begin_ready;
	top.job_end_ready = in->end_ready;
	top.retire_fault = in->retire_fault;
	top.eval();
	get(top, out);
	top.clk = 1;
	top.eval();
}

void ctl_desc(const struct ctl_dut *dut, uint32_t slot, struct ctl_desc *desc)
{
#define CTL_PLUS(name, bits) +bits
	Fields fields(slot ? dut->top.desc1 : dut->top.desc0, 0 CTL_FIELDS(CTL_PLUS));
#undef CTL_PLUS

#define CTL_TAKE(name, bits) desc->name = fields.take(bits);
	CTL_FIELDS(CTL_TAKE)
#undef CTL_TAKE
}
