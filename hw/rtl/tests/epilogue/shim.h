/* SPDX-License-Identifier: MIT */
/* The epilogue, clock by clock. */
#ifndef EPILOGUE_SHIM_H
#define EPILOGUE_SHIM_H

#include <stdbool.h>
#include <stdint.h>

struct epilogue_desc {
	uint8_t op;
	bool wide;
	bool count_valid;
	uint8_t kernel_h;
	uint8_t kernel_w;
	int8_t in_zero;
	int8_t in2_zero;
	int8_t out_zero;
	int32_t act_min;
	int32_t act_max;
	uint32_t scale;
	uint32_t scale2;
};

/* nmaccel_pkg::result_t */
struct epilogue_result {
	bool desc;
	bool bank;
	uint32_t first;
	uint16_t rows;
	uint32_t tile;
	uint16_t columns;
	bool tile_end;
	bool desc_end;
	uint64_t steps;
	uint64_t loads;
	uint8_t fault_code;
	uint32_t fault_buffer;
	uint32_t fault_detail;
	uint64_t fault_offset;
};

struct epilogue_in {
	bool rst;
	bool noise;
	struct epilogue_desc desc[2];
	bool res_valid;
	struct epilogue_result res;
	int32_t rd_data[COLUMNS];
	uint64_t par_rd_data;
	uint16_t in_rd_data;
	bool tok_ready;
	bool beat_ready;
};

struct epilogue_out {
	bool res_ready;
	bool bank_free;
	bool rd_valid;
	bool rd_bank;
	uint16_t rd_row;
	uint16_t par_rd_addr;
	uint16_t in_rd_addr;
	bool tok_valid;
	struct epilogue_result tok;
	bool beat_valid;
	uint8_t beat[DATA_BYTES];
};

#ifdef __cplusplus
extern "C" {
#endif

struct epilogue_dut;

struct epilogue_dut *epilogue_create(void);
void epilogue_destroy(struct epilogue_dut *dut);

/* What it shows with these inputs, and then the clock. */
void epilogue_clock(struct epilogue_dut *dut, const struct epilogue_in *in,
		    struct epilogue_out *out);

#ifdef __cplusplus
}
#endif

#endif /* EPILOGUE_SHIM_H */
