// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"

struct shim {
	VerilatedContext context;
	Vdut top{&context};
};

struct shim *shim_create(void)
{
	return new shim;
}

void shim_destroy(struct shim *shim)
{
	shim->top.final();
	delete shim;
}

/* Ports of up to 64 bits are integers, wider ones arrays of 32-bit words: little endian both. */
template <typename T> static void put(T &port, const void *bytes)
{
	memcpy(&port, bytes, sizeof(port));
}

template <typename T> static void get(const T &port, uint8_t *bytes)
{
	memcpy(bytes, &port, sizeof(port));
}

static void set_inputs(Vdut &top, const struct shim_in *in)
{
	top.rst = in->rst;
	top.flush = in->flush;
	top.job_start = in->job_start;
	put(top.fields0, in->fields[0]);
	put(top.fields1, in->fields[1]);
	top.desc_count = in->desc_count;
	top.xlat_ready = in->xlat_ready;
	top.xlat_rsp_valid = in->xlat_rsp_valid;
	top.xlat_rsp_addr = in->xlat_rsp_addr;
	top.xlat_rsp_words = in->xlat_rsp_words;
	top.xlat_rsp_fault = in->xlat_rsp_fault;
	top.req_ready = in->req_ready;
	top.rsp_valid = in->rsp_valid;
	put(top.rsp_data, in->rsp_data);
	top.rsp_words = in->rsp_words;
	top.rsp_last = in->rsp_last;
	top.rsp_error = in->rsp_error;
	top.hdr_gate = in->hdr_gate;
	top.run_gate = in->run_gate;
	top.step_gate = in->step_gate;
	top.blk_valid = in->blk_valid;
	top.blk_code = in->blk.code;
	top.blk_buffer = in->blk.buffer;
	top.blk_detail = in->blk.detail;
	top.blk_offset = in->blk.offset;
	top.res_ready = in->res_ready;
	top.bank_free = in->bank_free;
}

static void get_memory(const Vdut &top, struct shim_out *out)
{
	out->xlat_valid = top.xlat_valid;
	out->xlat_addr = top.xlat_addr;
	out->xlat_size = top.xlat_size;
	out->xlat_paged = top.xlat_paged;
	out->xlat_page_shift = top.xlat_page_shift;
	out->xlat_index = top.xlat_index;
	out->xlat_offset = top.xlat_offset;
	out->xlat_words = top.xlat_words;
	out->req_valid = top.req_valid;
	out->req_addr = top.req_addr;
	out->req_words = top.req_words;
	out->par_we = top.par_we;
	out->par_addr = top.par_addr;
	out->par_data = top.par_data;
}

static void get_queues(const Vdut &top, struct shim_out *out)
{
	out->hdr_taken = top.hdr_taken;
	out->hdr.desc = top.hdr_desc;
	out->hdr.counted = top.hdr_counted;
	out->hdr.block256 = top.hdr_block256;
	out->hdr.largest = top.hdr_largest;
	out->hdr.late = top.hdr_late;
	out->hdr.truncated = top.hdr_truncated;
	out->hdr.positions = top.hdr_positions;
	out->hdr.total = top.hdr_total;
	out->hdr.group_end = top.hdr_group_end;
	out->hdr.tile_end = top.hdr_tile_end;
	out->hdr.desc_end = top.hdr_desc_end;
	out->hdr.first = top.hdr_first;
	out->hdr.rows = top.hdr_rows;
	out->hdr.columns = top.hdr_columns;
	out->run_taken = top.run_taken;
	out->run_row = top.run_row;
	out->run_steps = top.run_steps;
	out->step_taken = top.step_taken;
	get(top.step_values, out->step.values);
	get(top.step_indices, out->step.indices);
}

static void get_issue(const Vdut &top, struct shim_out *out)
{
	out->blk_ready = top.blk_ready;
	out->blk_free = top.blk_free;
	out->core_valid = top.core_valid;
	out->core_row = top.core_row;
	out->core_bank = top.core_bank;
	out->core_max = top.core_max;
	out->core_base = top.core_base;
	get(top.core_values, out->core.values);
	get(top.core_indices, out->core.indices);
	out->clear_valid = top.clear_valid;
	out->clear_bank = top.clear_bank;
	out->res_valid = top.res_valid;
	out->res.desc = top.res_desc;
	out->res.bank = top.res_bank;
	out->res.first = top.res_first;
	out->res.rows = top.res_rows;
	out->res.tile = top.res_tile;
	out->res.columns = top.res_columns;
	out->res.tile_end = top.res_tile_end;
	out->res.desc_end = top.res_desc_end;
	out->res.steps = top.res_steps;
	out->res.loads = top.res_loads;
	out->res.fault.code = top.res_code;
	out->res.fault.buffer = top.res_buffer;
	out->res.fault.detail = top.res_detail;
	out->res.fault.offset = top.res_offset;
}

void shim_clock(struct shim *shim, const struct shim_in *in, struct shim_out *out)
{
	Vdut &top = shim->top;

	top.clk = 0;
	set_inputs(top, in);
	top.eval();
	get_memory(top, out);
	get_queues(top, out);
	get_issue(top, out);
	top.clk = 1;
	top.eval();
}
