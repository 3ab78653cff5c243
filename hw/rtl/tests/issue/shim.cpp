// SPDX-License-Identifier: MIT
#include "issue_shim.h"

#include "Vdut.h"

struct issue {
	VerilatedContext context;
	Vdut top{&context};
};

struct issue *issue_create(void)
{
	return new issue;
}

void issue_destroy(struct issue *issue)
{
	issue->top.final();
	delete issue;
}

#define SET_FAULT(name, fault)                                                                     \
	do {                                                                                       \
		top.name##_code = (fault).code;                                                    \
		top.name##_buffer = (fault).buffer;                                                \
		top.name##_detail = (fault).detail;                                                \
		top.name##_offset = (fault).offset;                                                \
	} while (0)

static void set_hdr(Vdut &top, const struct issue_hdr *hdr)
{
	top.hdr_desc = hdr->desc;
	top.hdr_counted = hdr->counted;
	top.hdr_block256 = hdr->block256;
	top.hdr_largest = hdr->largest;
	top.hdr_late = hdr->late;
	top.hdr_truncated = hdr->truncated;
	top.hdr_positions = hdr->positions;
	top.hdr_total = hdr->total;
	top.hdr_group_end = hdr->group_end;
	top.hdr_tile_end = hdr->tile_end;
	top.hdr_desc_end = hdr->desc_end;
	top.hdr_first = hdr->first;
	top.hdr_rows = hdr->rows;
	top.hdr_columns = hdr->columns;
	SET_FAULT(hdr, hdr->fault);
}

static void set_inputs(Vdut &top, const struct issue_in *in)
{
	top.rst = in->rst;
	top.flush = in->flush;
	top.job_start = in->job_start;
	top.hdr_valid = in->hdr_valid;
	set_hdr(top, &in->hdr);
	top.run_valid = in->run_valid;
	top.run_row = in->run.row;
	top.run_steps = in->run.steps;
	top.step_valid = in->step_valid;
	top.step_values = in->step.values;
	top.step_indices = in->step.indices;
	top.step_bad = in->step.bad;
	SET_FAULT(step, in->step_fault);
	top.blk_valid = in->blk_valid;
	SET_FAULT(blk, in->blk);
	top.res_ready = in->res_ready;
	top.bank_free = in->bank_free;
}

static void get_result(const Vdut &top, struct issue_result *res)
{
	res->desc = top.res_desc;
	res->bank = top.res_bank;
	res->first = top.res_first;
	res->rows = top.res_rows;
	res->tile = top.res_tile;
	res->columns = top.res_columns;
	res->tile_end = top.res_tile_end;
	res->desc_end = top.res_desc_end;
	res->steps = top.res_steps;
	res->loads = top.res_loads;
	res->fault.code = top.res_code;
	res->fault.buffer = top.res_buffer;
	res->fault.detail = top.res_detail;
	res->fault.offset = top.res_offset;
}

void issue_clock(struct issue *issue, const struct issue_in *in, struct issue_out *out)
{
	Vdut &top = issue->top;

	top.clk = 0;
	set_inputs(top, in);
	top.eval();
	out->hdr_ready = top.hdr_ready;
	out->run_ready = top.run_ready;
	out->step_ready = top.step_ready;
	out->blk_ready = top.blk_ready;
	out->blk_free = top.blk_free;
	out->core_valid = top.core_valid;
	out->core.row = top.core_row;
	out->core.bank = top.core_bank;
	out->core.max = top.core_max;
	out->core.base = top.core_base;
	out->core.values = top.core_values;
	out->core.indices = top.core_indices;
	out->clear_valid = top.clear_valid;
	out->clear_bank = top.clear_bank;
	out->res_valid = top.res_valid;
	get_result(top, &out->res);
	top.clk = 1;
	top.eval();
}
