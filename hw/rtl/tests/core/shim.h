/* SPDX-License-Identifier: MIT */
/* The datapath core, clock by clock. */
#ifndef CORE_SHIM_H
#define CORE_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#define CORE_MAX_LANES	 32
#define CORE_MAX_COLUMNS 64
#define CORE_ROWS	 512

struct core_in {
	bool rst;
	bool wr_mask[CORE_MAX_COLUMNS];
	uint32_t wr_row;
	int8_t wr_data[CORE_MAX_COLUMNS];
	bool step_valid;
	uint32_t step_row;
	bool step_bank;
	bool step_max;
	uint32_t step_base;
	uint8_t step_indices[CORE_MAX_LANES];
	int8_t step_values[CORE_MAX_LANES];
	bool clear_valid;
	bool clear_bank;
	bool rd_valid;
	bool rd_bank;
	uint32_t rd_row;
};

struct core_out {
	bool rd_data_valid;
	int32_t rd_data[CORE_MAX_COLUMNS];
	bool busy[2];
};

#ifdef __cplusplus
extern "C" {
#endif

struct core_dut;

struct core_dut *core_create(void);
void core_destroy(struct core_dut *dut);

/* What it shows with these inputs, and then the clock. */
void core_clock(struct core_dut *dut, const struct core_in *in, struct core_out *out);

#ifdef __cplusplus
}
#endif

#endif /* CORE_SHIM_H */
