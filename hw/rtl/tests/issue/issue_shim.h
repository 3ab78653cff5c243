/* SPDX-License-Identifier: MIT */
/* issue_harness.sv behind a C interface. */
#ifndef RTL_ISSUE_SHIM_H
#define RTL_ISSUE_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct issue_fault {
	uint32_t code;
	uint32_t buffer;
	uint32_t detail;
	uint64_t offset;
};

struct issue_hdr {
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
	struct issue_fault fault;
};

struct issue_run {
	uint32_t row;
	uint32_t steps;
};

/* Of 8 lanes. */
struct issue_step {
	uint64_t values;
	uint64_t indices;
	bool bad;
};

struct issue_core {
	uint32_t row;
	bool bank;
	bool max;
	uint32_t base;
	uint64_t values;
	uint64_t indices;
};

struct issue_result {
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
	struct issue_fault fault;
};

struct issue_in {
	bool rst;
	bool flush;
	bool job_start;
	bool hdr_valid;
	struct issue_hdr hdr;
	bool run_valid;
	struct issue_run run;
	bool step_valid;
	struct issue_step step;
	struct issue_fault step_fault;
	bool blk_valid;
	struct issue_fault blk;
	bool res_ready;
	bool bank_free;
};

struct issue_out {
	bool hdr_ready;
	bool run_ready;
	bool step_ready;
	bool blk_ready;
	bool blk_free;
	bool core_valid;
	struct issue_core core;
	bool clear_valid;
	bool clear_bank;
	bool res_valid;
	struct issue_result res;
};

struct issue;

struct issue *issue_create(void);
void issue_destroy(struct issue *issue);

/* Set the inputs, read the outputs that follow from them, and clock once. */
void issue_clock(struct issue *issue, const struct issue_in *in, struct issue_out *out);

#ifdef __cplusplus
}
#endif

#endif /* RTL_ISSUE_SHIM_H */
