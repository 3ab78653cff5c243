// SPDX-License-Identifier: MIT
/*
 * The top function for HLS: interfaces, on-chip memories, and one call.
 *
 * Control is s_axilite with ap_ctrl_hs: mem at 0x10, job at 0x1c (NMACCEL_REG_*). Memory is one
 * 128-bit AXI master; mem is its base address, which is added to every device address.
 */
#include "job.h"

#ifdef __cplusplus
extern "C"
#endif
	void
	nmaccel_engine(struct nmaccel_word *mem, uint64_t job);

#ifdef __cplusplus
extern "C"
#endif
	void
	nmaccel_engine(struct nmaccel_word *mem, uint64_t job)
{
	/* clang-format off */
#ifndef __BAMBU__
#pragma HLS interface mode=m_axi port=mem offset=slave bundle=gmem depth=65536
#pragma HLS interface mode=s_axilite port=mem bundle=control
#pragma HLS interface mode=s_axilite port=job bundle=control
#pragma HLS interface mode=s_axilite port=return bundle=control
#endif
	static struct engine_table table;
	static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
	static int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
	static uint8_t stage[ENGINE_STAGE_BYTES];
	static uint8_t counts[ENGINE_COUNTS_BYTES];
	static uint8_t window[ENGINE_FETCH_BYTES];
	static int32_t bias[NMACCEL_ENGINE_MAX_ROWS];
	static uint32_t scale[NMACCEL_ENGINE_MAX_ROWS];
#ifndef __BAMBU__
#pragma HLS array_partition variable=block dim=1 type=complete
#pragma HLS array_partition variable=block dim=3 type=complete
#pragma HLS array_partition variable=acc dim=2 type=complete
#pragma HLS array_partition variable=stage type=cyclic factor=16
#pragma HLS array_partition variable=counts type=cyclic factor=16
#pragma HLS array_partition variable=window type=cyclic factor=64
#endif
	/* clang-format on */

	engine_job_run(mem, job, &table, block, acc, stage, counts, window, bias, scale);
}
