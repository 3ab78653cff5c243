/* SPDX-License-Identifier: MIT */
/* Sparse times dense, the definition: the scratch holds the bytes, the accumulators are in order.
 */
#include <string.h>

#include "soft/kernels.h"

static void gather_row(int8_t *dst, const int8_t *src, const struct nmaccel_soft_gather *gather)
{
	uint32_t chunk, w, i;

	memcpy(dst, gather->pad, NMACCEL_SOFT_COLUMNS);
	for (chunk = 0; chunk < NMACCEL_SOFT_CHUNKS; chunk++, dst += NMACCEL_SOFT_CHUNK) {
		for (w = 0; w < gather->n[chunk]; w++) {
			const struct nmaccel_soft_window *window = &gather->windows[chunk][w];

			for (i = 0; i < NMACCEL_SOFT_CHUNK; i++)
				if (!(window->shuffle[i] & 0x80))
					dst[i] = src[window->offset + window->shuffle[i]];
		}
	}
}

NMACCEL_SOFT_LOAD_FN(nmaccel_soft_load_scalar)
{
	uint32_t r;

	if (!gather) {
		memcpy(block, src, (size_t)rows * NMACCEL_SOFT_COLUMNS);
		return;
	}
	for (r = 0; r < rows; r++)
		gather_row((int8_t *)block + r * NMACCEL_SOFT_COLUMNS,
			   src + r * NMACCEL_SOFT_COLUMNS, gather);
}

static void run_step(int32_t *acc, const uint8_t *step, const uint8_t *block, uint32_t columns)
{
	uint32_t slot, c;

	for (slot = 0; slot < NMACCEL_SOFT_LANES; slot++) {
		int32_t value = (int8_t)step[slot];
		const int8_t *x = (const int8_t *)block +
				  step[NMACCEL_SOFT_LANES + slot] * NMACCEL_SOFT_COLUMNS;

		for (c = 0; c < columns; c++)
			acc[c] = (int32_t)((uint32_t)acc[c] + (uint32_t)(value * x[c]));
	}
}

NMACCEL_SOFT_SPMM_FN(nmaccel_soft_spmm_scalar)
{
	uint32_t r, n;

	for (r = 0; r < rows; r++, acc += NMACCEL_SOFT_COLUMNS) {
		if (first)
			memset(acc, 0, columns * sizeof(*acc));
		for (n = *cur->counts++; n > 0 && cur->steps < cur->end; n--) {
			run_step(acc, cur->steps, cur->block, columns);
			cur->steps += NMACCEL_SOFT_STEP_BYTES;
		}
	}
}

NMACCEL_SOFT_COMP_FN(nmaccel_soft_comp_scalar)
{
	(void)steps;
	(void)n_steps;
	return 0;
}
