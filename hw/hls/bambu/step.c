// SPDX-License-Identifier: MIT
/*
 * Top function for Bambu: the step as a function that takes a row of slots and gives a row of sums
 * each clock. Like every function that Bambu pipelines it must have no state, for which Bambu would
 * make wrong hardware without a word; sums are added up outside.
 *
 * The enables of the memory ports never rise, so the memories have to read each clock.
 */
#include "ports.h"

#ifdef __cplusplus
extern "C"
#endif
	void
	nmaccel_step(uint64_t values, uint64_t indices, BAMBU_PORT(b0), BAMBU_PORT(b1),
		     BAMBU_PORT(b2), BAMBU_PORT(b3), BAMBU_PORT(b4), BAMBU_PORT(b5), BAMBU_PORT(b6),
		     BAMBU_PORT(b7), int32_t *BAMBU_RESTRICT s0, int32_t *BAMBU_RESTRICT s1,
		     int32_t *BAMBU_RESTRICT s2, int32_t *BAMBU_RESTRICT s3,
		     int32_t *BAMBU_RESTRICT s4, int32_t *BAMBU_RESTRICT s5,
		     int32_t *BAMBU_RESTRICT s6, int32_t *BAMBU_RESTRICT s7)
{
	/* clang-format off */
#pragma HLS pipeline II=1
#pragma HLS interface port=s0 mode=none
#pragma HLS interface port=s1 mode=none
#pragma HLS interface port=s2 mode=none
#pragma HLS interface port=s3 mode=none
#pragma HLS interface port=s4 mode=none
#pragma HLS interface port=s5 mode=none
#pragma HLS interface port=s6 mode=none
#pragma HLS interface port=s7 mode=none
	/* clang-format on */
	const struct bambu_block block = {{b0, b1, b2, b3, b4, b5, b6, b7}};
	int32_t sums[NMACCEL_ENGINE_COLUMNS];

	bambu_step(&block, values, indices, sums);
	*s0 = sums[0];
	*s1 = sums[1];
	*s2 = sums[2];
	*s3 = sums[3];
	*s4 = sums[4];
	*s5 = sums[5];
	*s6 = sums[6];
	*s7 = sums[7];
}
