/* SPDX-License-Identifier: MIT */
/* stream_harness.sv behind a C interface. */
#ifndef RTL_STREAM_SHIM_H
#define RTL_STREAM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_MAX_LANES 32
#define SHIM_MAX_BYTES 64

/* The fields of a descriptor context, in the harness's order. */
enum shim_field {
	SHIM_OP,
	SHIM_BLOCK256,
	SHIM_WEIGHTS_ADDR,
	SHIM_WEIGHTS_SIZE,
	SHIM_WEIGHTS_PAGED,
	SHIM_WEIGHTS_SHIFT,
	SHIM_WEIGHTS_INDEX,
	SHIM_PARAMS_ADDR,
	SHIM_PARAMS_SIZE,
	SHIM_PARAMS_PAGED,
	SHIM_PARAMS_SHIFT,
	SHIM_PARAMS_INDEX,
	SHIM_IN_CH,
	SHIM_OUT_CH,
	SHIM_WEIGHTS_OFFSET,
	SHIM_WEIGHTS_END,
	SHIM_PARAMS_OFFSET,
	SHIM_TILES,
	SHIM_LAST_COLUMNS,
	SHIM_KERNEL_H,
	SHIM_KERNEL_W,
	SHIM_FIELDS,
};

struct shim_fault {
	uint32_t code;
	uint32_t buffer;
	uint32_t detail;
	uint64_t offset;
};

struct shim_in {
	bool rst;
	bool flush;
	bool job_start;
	uint64_t fields[2][SHIM_FIELDS];
	uint32_t desc_count;

	bool xlat_ready;
	bool xlat_rsp_valid;
	uint64_t xlat_rsp_addr;
	uint32_t xlat_rsp_words;
	uint32_t xlat_rsp_fault;

	bool req_ready;
	bool rsp_valid;
	uint8_t rsp_data[SHIM_MAX_BYTES];
	uint32_t rsp_words;
	bool rsp_last;
	bool rsp_error;

	bool hdr_gate;
	bool run_gate;
	bool step_gate;

	bool blk_valid;
	struct shim_fault blk;
	bool res_ready;
	bool bank_free;
};

struct shim_step {
	uint8_t values[SHIM_MAX_LANES];
	uint8_t indices[SHIM_MAX_LANES];
};

struct shim_hdr {
	bool desc;
	bool counted;
	bool block256;
	bool largest;
	bool late;
	bool truncated;
	uint32_t positions;
	uint32_t total;
	bool group_end;
	bool tile_end;
	bool desc_end;
	uint32_t first;
	uint32_t rows;
	uint32_t columns;
};

struct shim_result {
	bool desc;
	bool bank;
	uint32_t first;
	uint32_t rows;
	uint32_t tile;
	uint32_t columns;
	bool tile_end;
	bool desc_end;
	uint64_t steps;
	uint64_t loads;
	struct shim_fault fault;
};

struct shim_out {
	bool xlat_valid;
	uint64_t xlat_addr;
	uint64_t xlat_size;
	bool xlat_paged;
	uint32_t xlat_page_shift;
	uint32_t xlat_index;
	uint64_t xlat_offset;
	uint32_t xlat_words;

	bool req_valid;
	uint64_t req_addr;
	uint32_t req_words;

	bool par_we;
	uint32_t par_addr;
	uint64_t par_data;

	bool hdr_taken;
	struct shim_hdr hdr;
	bool run_taken;
	uint32_t run_row;
	uint32_t run_steps;
	bool step_taken;
	struct shim_step step;

	bool blk_ready;
	bool blk_free;
	bool core_valid;
	uint32_t core_row;
	bool core_bank;
	bool core_max;
	uint32_t core_base;
	struct shim_step core;
	bool clear_valid;
	bool clear_bank;
	bool res_valid;
	struct shim_result res;
};

struct shim;

struct shim *shim_create(void);
void shim_destroy(struct shim *shim);

/* Set the inputs, read the outputs that follow from them, and clock once. */
void shim_clock(struct shim *shim, const struct shim_in *in, struct shim_out *out);

#ifdef __cplusplus
}
#endif

#endif /* RTL_STREAM_SHIM_H */
