/* SPDX-License-Identifier: MIT */
/* The control unit, clock by clock. */
#ifndef CTL_SHIM_H
#define CTL_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#define CTL_PORT(X, port)                                                                          \
	X(port##_addr, 64)                                                                         \
	X(port##_size, 64) X(port##_paged, 1) X(port##_page_shift, 5) X(port##_index, 8)

#define CTL_POSITION(X, position) X(position##_tile, 32) X(position##_place, 10)

/* The fields of nmaccel_pkg::desc_t and their bits, from the top. */
#define CTL_FIELDS(X)                                                                              \
	X(op, 3)                                                                                   \
	X(wide, 1)                                                                                 \
	X(count_valid, 1)                                                                          \
	X(block256, 1)                                                                             \
	CTL_PORT(X, in)                                                                            \
	CTL_PORT(X, in2)                                                                           \
	CTL_PORT(X, out)                                                                           \
	CTL_PORT(X, weights)                                                                       \
	CTL_PORT(X, params)                                                                        \
	X(in_base, 64)                                                                             \
	X(in2_base, 64)                                                                            \
	X(out_base, 64)                                                                            \
	X(in_step, 32)                                                                             \
	X(in2_step, 32)                                                                            \
	X(out_step, 32)                                                                            \
	X(in_ch, 17)                                                                               \
	X(out_ch, 17)                                                                              \
	X(weights_offset, 64)                                                                      \
	X(weights_end, 64)                                                                         \
	X(params_offset, 64)                                                                       \
	X(tiles, 31)                                                                               \
	X(last_columns, 11)                                                                        \
	X(in_h, 31)                                                                                \
	X(in_w, 31)                                                                                \
	X(out_h, 31)                                                                               \
	X(out_w, 31)                                                                               \
	X(kernel_h, 8)                                                                             \
	X(kernel_w, 8)                                                                             \
	X(stride_h, 8)                                                                             \
	X(stride_w, 8)                                                                             \
	X(pad_top, 8)                                                                              \
	X(pad_left, 8)                                                                             \
	X(dilation_h, 8)                                                                           \
	X(dilation_w, 8)                                                                           \
	X(in_zero, 8)                                                                              \
	X(in2_zero, 8)                                                                             \
	X(out_zero, 8)                                                                             \
	X(act_min, 32)                                                                             \
	X(act_max, 32)                                                                             \
	X(scale, 32)                                                                               \
	X(scale2, 32)                                                                              \
	CTL_POSITION(X, corner)                                                                    \
	CTL_POSITION(X, next_x)                                                                    \
	CTL_POSITION(X, next_y)                                                                    \
	CTL_POSITION(X, next_image)                                                                \
	CTL_POSITION(X, tap_x)                                                                     \
	CTL_POSITION(X, tap_y)

struct ctl_desc {
#define CTL_MEMBER(name, bits) uint64_t name;
	CTL_FIELDS(CTL_MEMBER)
#undef CTL_MEMBER
};

struct ctl_in {
	bool rst;
	bool start;
	uint64_t job_addr;
	bool req_ready;
	bool rsp_valid;
	uint32_t rsp_data[16];
	bool rsp_last;
	bool rsp_error;
	uint8_t desc_retired;
	bool begin_ready;
	bool end_ready;
	bool retire_fault;
};

struct ctl_out {
	bool flush;
	bool req_valid;
	uint64_t req_addr;
	uint32_t req_words;
	uint8_t desc_count;
	bool begin_valid;
	bool end_valid;
	uint64_t record_addr;
	uint64_t seq;
	uint32_t n_descs;
	uint32_t fault_code;
	uint32_t fault_buffer;
	uint32_t fault_detail;
	uint64_t fault_offset;
	bool none;
};

#ifdef __cplusplus
extern "C" {
#endif

struct ctl_dut;

struct ctl_dut *ctl_create(void);
void ctl_destroy(struct ctl_dut *dut);

/* What it shows with these inputs, and then the clock. */
void ctl_clock(struct ctl_dut *dut, const struct ctl_in *in, struct ctl_out *out);

/* A context as it is now. */
void ctl_desc(const struct ctl_dut *dut, uint32_t slot, struct ctl_desc *desc);

#ifdef __cplusplus
}
#endif

#endif /* CTL_SHIM_H */
