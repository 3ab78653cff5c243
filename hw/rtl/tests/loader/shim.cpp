// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"
#include "verilated.h"

static Vdut *dut;

/* Ports of up to 64 bits are integers, wider ones are arrays of 32-bit words. */
template <typename T> static const void *bytes_of(const T &port)
{
	return &port;
}
template <size_t N> static void set_bytes(VlWide<N> &port, const uint8_t *bytes)
{
	memcpy(port.data(), bytes, N * 4);
}

void loader_reset(void)
{
	delete dut;
	dut = new Vdut;
	dut->rst = 1;
	loader_clock();
	dut->rst = 0;
}

void loader_clock(void)
{
	dut->clk = 0;
	dut->eval();
	dut->clk = 1;
	dut->eval();
}

#define POSITION(name)                                                                             \
	dut->name##_tile = d->name.tile;                                                           \
	dut->name##_place = d->name.place

void loader_desc(const struct loader_desc *d)
{
	dut->op = d->op;
	dut->block256 = d->block256;
	dut->in_base = d->in_base;
	dut->in2_base = d->in2_base;
	dut->in_step = d->in_step;
	dut->in2_step = d->in2_step;
	dut->in_ch = d->in_ch;
	dut->tiles = d->tiles;
	dut->last_columns = d->last_columns;
	dut->in_h = d->in_h;
	dut->in_w = d->in_w;
	dut->out_h = d->out_h;
	dut->out_w = d->out_w;
	dut->kernel_h = d->kernel_h;
	dut->kernel_w = d->kernel_w;
	dut->stride_h = d->stride_h;
	dut->stride_w = d->stride_w;
	dut->pad_top = d->pad_top;
	dut->pad_left = d->pad_left;
	dut->dilation_h = d->dilation_h;
	dut->dilation_w = d->dilation_w;
	dut->in_zero = (uint8_t)d->in_zero;
	POSITION(corner);
	POSITION(next_x);
	POSITION(next_y);
	POSITION(next_image);
	POSITION(tap_x);
	POSITION(tap_y);
}

void loader_eval(const struct loader_in *in, struct loader_out *out)
{
	dut->desc_count = in->desc_count;
	dut->desc_stored = in->desc_stored;
	dut->xlat_ready = in->xlat_ready;
	dut->xlat_rsp_valid = in->xlat_rsp_valid;
	dut->xlat_addr = in->xlat_addr;
	dut->xlat_run = in->xlat_run;
	dut->xlat_fault = in->xlat_fault;
	dut->req_ready = in->req_ready;
	dut->rsp_valid = in->rsp_valid;
	dut->rsp_last = in->rsp_last;
	dut->rsp_error = in->rsp_error;
	dut->rsp_words = in->rsp_words;
	set_bytes(dut->rsp_data, in->rsp_data);
	dut->blk_ready = in->blk_ready;
	dut->blk_free = in->blk_free;
	dut->clk = 0;
	dut->eval();

	uint64_t mask = 0;
	memcpy(&mask, bytes_of(dut->wr_mask), sizeof(dut->wr_mask));
	out->xlat_valid = dut->xlat_valid;
	out->xlat_second = dut->xlat_second;
	out->xlat_offset = dut->xlat_offset;
	out->xlat_words = dut->xlat_words;
	out->req_valid = dut->req_valid;
	out->req_addr = dut->req_addr;
	out->req_words = dut->req_words;
	for (uint32_t j = 0; j < COLUMNS; j++)
		out->mask[j] = mask >> j & 1;
	out->wr_row = dut->wr_row;
	memcpy(out->wr_data, bytes_of(dut->wr_data), COLUMNS);
	out->blk_valid = dut->blk_valid;
	out->blk_fault = dut->blk_fault;
	out->blk_buffer = dut->blk_buffer;
	out->blk_detail = dut->blk_detail;
	out->blk_offset = dut->blk_offset;
	out->inside_we = dut->inside_we;
	out->inside_addr = dut->inside_addr;
	out->inside_data = dut->inside_data;
}
