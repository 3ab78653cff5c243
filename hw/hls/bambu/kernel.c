// SPDX-License-Identifier: MIT
/*
 * Top function for Bambu: a small whole kernel. It loads a block to the memories of the read ports,
 * runs counts[r] steps for each row r of a packed matrix, and gives the row's sums. Bambu pipelines
 * no loops, so a step takes several clocks here.
 */
#include "ports.h"
#include "kernel.h"

#ifdef __cplusplus
extern "C"
#endif
	void
	nmaccel_kernel(BAMBU_PORT(block), const uint8_t counts[BAMBU_RESTRICT KERNEL_MAX_ROWS],
		       const uint64_t values[BAMBU_RESTRICT KERNEL_MAX_STEPS],
		       const uint64_t indices[BAMBU_RESTRICT KERNEL_MAX_STEPS], uint32_t rows,
		       int32_t sums[BAMBU_RESTRICT KERNEL_MAX_ROWS * NMACCEL_ENGINE_COLUMNS])
{
	uint64_t b0[BAMBU_ROWS], b1[BAMBU_ROWS], b2[BAMBU_ROWS], b3[BAMBU_ROWS];
	uint64_t b4[BAMBU_ROWS], b5[BAMBU_ROWS], b6[BAMBU_ROWS], b7[BAMBU_ROWS];
	const struct bambu_block ports = {{b0, b1, b2, b3, b4, b5, b6, b7}};
	uint32_t r, s, j, next = 0;

KERNEL_LOAD:
	for (r = 0; r < BAMBU_ROWS; r++) {
		const uint64_t row = block[r];

		b0[r] = row;
		b1[r] = row;
		b2[r] = row;
		b3[r] = row;
		b4[r] = row;
		b5[r] = row;
		b6[r] = row;
		b7[r] = row;
	}
KERNEL_ROWS:
	for (r = 0; r < rows; r++) {
		const uint32_t steps = counts[r];
		int32_t acc[NMACCEL_ENGINE_COLUMNS] = {0};

	KERNEL_STEPS:
		for (s = 0; s < steps; s++) {
			int32_t step[NMACCEL_ENGINE_COLUMNS];

			bambu_step(&ports, values[next], indices[next], step);
			next++;
		KERNEL_ACCUMULATE:
			ENGINE_UNROLL_NEXT
			for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
				ENGINE_UNROLL
				acc[j] += step[j];
			}
		}
	KERNEL_STORE:
		ENGINE_UNROLL_NEXT
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
			ENGINE_UNROLL
			sums[r * NMACCEL_ENGINE_COLUMNS + j] = acc[j];
		}
	}
}
