/* SPDX-License-Identifier: MIT */
/* The lanes, clock by clock. */
#ifndef REQUANTIZE_SHIM_H
#define REQUANTIZE_SHIM_H

#include <stdbool.h>
#include <stdint.h>

/* Of all that was given LATENCY clocks before. */
#define LATENCY 26

struct requantize_in {
	int32_t values[LANES];
	int32_t offset[2]; /* of even lanes and of odd ones, as scale */
	uint32_t scale[2];
	int8_t zero;
	int8_t min;
	int8_t max;
	bool add;
	bool half;
	bool by_column;
	uint8_t group;
	bool column_we;
	uint8_t column_group;
	uint8_t column_lane;
	uint64_t column_scale;
};

#ifdef __cplusplus
extern "C" {
#endif

struct requantize_dut;

struct requantize_dut *requantize_create(void);
void requantize_destroy(struct requantize_dut *dut);

/* The results that it shows, and then the clock with these inputs. */
void requantize_clock(struct requantize_dut *dut, const struct requantize_in *in,
		      int8_t results[LANES]);

#ifdef __cplusplus
}
#endif

#endif /* REQUANTIZE_SHIM_H */
