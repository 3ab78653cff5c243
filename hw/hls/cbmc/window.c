// SPDX-License-Identifier: MIT
/*
 * Proves: whatever window a checked descriptor describes, each tap reads for each column of a tile
 * either nothing or a column that the input has, at its place in its column tile; runs of columns
 * advance and end; columns that do not exist read nothing. No sum wraps.
 *
 * Bounds: 3 columns a tile, 7 columns a tensor, kernel, stride, dilation and padding up to 2.
 *
 * Options: --unwind 5 --unwindset engine_desc_check_op.0:17
 */
#include "small.h"
#include "door.h"
#include "../src/window.h"

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	(void)addr, (void)words, (void)write;
}

static void check_runs(const struct engine_tap *tap)
{
	uint32_t from, end, i, j;

	from = engine_tap_run(tap, 0, &end);
	for (i = 0; from < NMACCEL_ENGINE_COLUMNS; i++) {
		PROVE(i < NMACCEL_ENGINE_COLUMNS);
		PROVE(end > from && end <= NMACCEL_ENGINE_COLUMNS);
		for (j = from; j < end; j++)
			PROVE(tap->tile[j] == ENGINE_OUTSIDE || tap->tile[j] == tap->tile[from]);
		from = engine_tap_run(tap, end, &end);
	}
}

void harness(void)
{
	struct engine_record refused;
	const uint32_t tile = nondet_u32() & 7u, y = nondet_u32() & 3u, x = nondet_u32() & 3u;
	struct engine_columns columns;
	struct nmaccel_hw_desc desc;
	struct engine_tap tap;
	uint32_t j, out_columns;

	door_narrow(&desc);
	refused.hw.fault = NMACCEL_FAULT_JOB;
	ASSUME(engine_desc_check(&refused, &desc));
	out_columns = engine_desc_out_columns(&desc);
	ASSUME(tile < engine_column_tiles(out_columns));
	ASSUME(y < desc.kernel_h && x < desc.kernel_w);
	engine_columns_start(&desc, tile, &columns);
	PROVE(columns.count >= 1 && columns.count <= NMACCEL_ENGINE_COLUMNS);
	PROVE(tile * NMACCEL_ENGINE_COLUMNS + columns.count <= out_columns);
	engine_tap_start(&desc, &columns, y, x, &tap);
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
		PROVE(tap.place[j] < NMACCEL_ENGINE_COLUMNS);
		PROVE(j < columns.count || tap.tile[j] == ENGINE_OUTSIDE);
		PROVE(tap.any_outside || tap.tile[j] != ENGINE_OUTSIDE);
		PROVE(tap.tile[j] == ENGINE_OUTSIDE ||
		      tap.tile[j] * NMACCEL_ENGINE_COLUMNS + tap.place[j] <
			      engine_desc_in_columns(&desc));
	}
	check_runs(&tap);
}
