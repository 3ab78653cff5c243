/* SPDX-License-Identifier: MIT */
/*
 * One build of the engine as a model. A source file defines the parameters and the name,
 * NMACCEL_ENGINE_VARIANT, and includes this.
 */
#ifndef ENGINE_MODEL_H
#define ENGINE_MODEL_H

#define NMACCEL_ENGINE_MODEL

#include "job.h"

/* What HLS makes on-chip memories of; one per engine, so that engines run side by side. */
struct engine_state {
	struct engine_table table;
	int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
	int32_t acc[NMACCEL_ENGINE_MAX_ROWS][NMACCEL_ENGINE_COLUMNS];
	uint8_t stage[ENGINE_STAGE_BYTES];
	uint8_t counts[ENGINE_COUNTS_BYTES];
	uint8_t window[ENGINE_FETCH_BYTES];
	int32_t bias[NMACCEL_ENGINE_MAX_ROWS];
	uint32_t scale[NMACCEL_ENGINE_MAX_ROWS];
};

static void engine_model_run(struct nmaccel_bus *bus, void *state, uint64_t job)
{
	struct engine_state *on_chip = state;

	engine_job_run(bus, job, &on_chip->table, on_chip->block, on_chip->acc, on_chip->stage,
		       on_chip->counts, on_chip->window, on_chip->bias, on_chip->scale);
}

extern const struct nmaccel_engine_variant NMACCEL_ENGINE_VARIANT;

const struct nmaccel_engine_variant NMACCEL_ENGINE_VARIANT = {
	.lanes = NMACCEL_ENGINE_LANES,
	.block_rows = NMACCEL_ENGINE_BLOCK_ROWS,
	.columns = NMACCEL_ENGINE_COLUMNS,
	.max_rows = NMACCEL_ENGINE_MAX_ROWS,
	.state_bytes = sizeof(struct engine_state),
	.run = engine_model_run,
};

#endif /* ENGINE_MODEL_H */
