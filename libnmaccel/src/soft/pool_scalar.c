/* SPDX-License-Identifier: MIT */
/* One tap of a pooling window, the definition. */
#include "soft/kernels.h"

/* The gathered element of one column. */
static int8_t gather_one(const int8_t *src, const struct nmaccel_soft_gather *gather,
			 uint32_t column)
{
	uint32_t chunk = column / NMACCEL_SOFT_CHUNK;
	uint32_t i = column % NMACCEL_SOFT_CHUNK;
	uint32_t w;

	for (w = 0; w < gather->n[chunk]; w++) {
		const struct nmaccel_soft_window *window = &gather->windows[chunk][w];

		if (!(window->shuffle[i] & 0x80))
			return src[window->offset + window->shuffle[i]];
	}
	return gather->pad[column];
}

NMACCEL_SOFT_POOL_MAX_FN(nmaccel_soft_pool_max_scalar)
{
	uint32_t r, c;

	for (r = 0; r < rows; r++, src += NMACCEL_SOFT_COLUMNS, max += NMACCEL_SOFT_COLUMNS) {
		for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++) {
			int8_t x = gather_one(src, gather, c);

			max[c] = x > max[c] ? x : max[c];
		}
	}
}

NMACCEL_SOFT_POOL_SUM_FN(nmaccel_soft_pool_sum_scalar)
{
	uint32_t r, c;

	for (r = 0; r < rows; r++, src += NMACCEL_SOFT_COLUMNS, sum += NMACCEL_SOFT_COLUMNS)
		for (c = 0; c < NMACCEL_SOFT_COLUMNS; c++)
			sum[c] += gather_one(src, gather, c);
}
