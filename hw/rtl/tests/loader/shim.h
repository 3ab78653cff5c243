/* SPDX-License-Identifier: MIT */
/* The Verilated loader behind a C interface. */
#ifndef LOADER_SHIM_H
#define LOADER_SHIM_H

#include <stdbool.h>
#include <stdint.h>

struct position {
	uint32_t tile;
	uint32_t place;
};

struct loader_desc {
	uint32_t op;
	bool block256;
	uint64_t in_base, in2_base;
	uint32_t in_step, in2_step;
	uint32_t in_ch;
	uint32_t tiles, last_columns;
	uint32_t in_h, in_w, out_h, out_w;
	uint32_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
	int8_t in_zero;
	struct position corner, next_x, next_y, next_image, tap_x, tap_y;
};

struct loader_in {
	uint32_t desc_count, desc_stored;
	bool xlat_ready, xlat_rsp_valid;
	uint64_t xlat_addr;
	uint32_t xlat_run, xlat_fault;
	bool req_ready, rsp_valid, rsp_last, rsp_error;
	uint8_t rsp_data[64];
	uint32_t rsp_words;
	bool blk_ready, blk_free;
};

struct loader_out {
	bool xlat_valid, xlat_second;
	uint64_t xlat_offset;
	uint32_t xlat_words;
	bool req_valid;
	uint64_t req_addr;
	uint32_t req_words;
	bool mask[64];
	uint32_t wr_row;
	int8_t wr_data[64];
	bool blk_valid;
	uint32_t blk_fault, blk_buffer, blk_detail;
	uint64_t blk_offset;
	bool inside_we;
	uint32_t inside_addr, inside_data;
};

#ifdef __cplusplus
extern "C" {
#endif

/* A clock of reset. */
void loader_reset(void);
void loader_desc(const struct loader_desc *desc);

/* What the loader offers with these inputs, before the clock; then the clock. */
void loader_eval(const struct loader_in *in, struct loader_out *out);
void loader_clock(void);

#ifdef __cplusplus
}
#endif

#endif /* LOADER_SHIM_H */
