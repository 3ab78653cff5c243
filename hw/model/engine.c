/* SPDX-License-Identifier: MIT */
/* A layer on the engine: its panels, each a descriptor, one after the other. */
#include <math.h>
#include <string.h>

#include "drm/nmaccel_hw.h"

#include "loader.h"

static const struct cycles_timing timing = {
	.job_start = 2420,
	.descriptor_check = 1740,
	.descriptor_start = 3,
	.panel_gap = 60,
	.descriptor_end = 4,
	.windows = 1,
	.tap_first = 4,
	.tap_pass = 2,
	.group_open = 1,
	.cache_none = 3,
	.cache_tile = 0,
	.cache_fetch = 1,
	.fetch_open = 3,
	.fetch_burst = 5,
	.fetch_arrive = 2,
	.read_path = 6,
	.pass_queue = 16,
	.gather_least = 4,
	.block_token = 6,
	.block_free = 6,
	.stream_beats = 512,
	.counts_bytes = 16,
	.counts_open = 10,
	.block_gap = 0,
	.core_drain = 15,
	.bank_free = 14,
	.result_path = 36,
	.store_burst = 0,
	.write_path = 12,
};

void cycles_engine_init(struct cycles_engine *engine)
{
	*engine = (struct cycles_engine){
		.lanes = 8,
		.columns = 64,
		.data_bytes = 64,
		.accumulator_rows = NMACCEL_MAX_PANEL_ROWS,
		.accumulator_banks = 2,
		.cache_rows = 2048,
		.cache_lines = 32,
		.block_units = 4,
		.write_rows = 1,
		.latency = 64,
		.bandwidth = 64,
		.timing = timing,
	};
}

uint32_t cycles_engine_data_bytes(uint32_t columns)
{
	uint32_t pitch = NMACCEL_PITCH(columns, 1), bytes = 64;

	while (pitch % bytes)
		bytes /= 2;
	return bytes;
}

static void add_bytes(const struct cycles_engine *engine, const struct panel *panel,
		      const struct blocks *blocks, const struct walk *walk,
		      const struct loader *loader, struct cycles_result *result)
{
	result->bytes[CYCLES_WEIGHTS] += walk->tiles * blocks_bytes(blocks);
	result->bytes[CYCLES_PARAMETERS] += panel->rows * sizeof(struct nmaccel_hw_param);
	result->bytes[CYCLES_INPUT] += loader->bytes;
	result->bytes[CYCLES_OUTPUT] +=
		walk->tiles * panel->rows * NMACCEL_PITCH(engine->columns, 1);
	result->bytes[CYCLES_CONTROL] +=
		sizeof(struct nmaccel_hw_desc) + walk->tiles * sizeof(struct nmaccel_hw_record);
}

/* Whole clocks; what rounding leaves over goes to the ends. */
static void add_clocks(const struct issue *issue, double end, int64_t late,
		       struct cycles_result *result)
{
	uint64_t total = (uint64_t)(llround(end) + late), sum = 0;

	for (int i = 0; i < CYCLES_ENDS; i++) {
		uint64_t part = (uint64_t)llround(issue->spent[i]);

		part = part < total - sum ? part : total - sum;
		result->spent[i] += part;
		sum += part;
	}
	result->spent[CYCLES_ENDS] += total - sum;
	result->cycles += total;
}

/* What a descriptor has to do with those before and after it. */
struct turn {
	/*
	 * Clocks from its publication, once the control unit has checked it, to the end of the one
	 * before; if that was first, it is negative, and the engine waits.
	 */
	int64_t lead;
	double next; /* bytes of the stream after it */
	/* Panels of a layer read the same: one begins while results of the last are on their way.
	 */
	bool begins_layer, ends_layer;
	struct issue_rest rest; /* of the panel before; then its own */
};

static bool same_turn(const struct turn *a, const struct turn *b)
{
	return a->lead == b->lead && a->next == b->next && a->begins_layer == b->begins_layer &&
	       a->ends_layer == b->ends_layer && a->rest.epilogue == b->rest.epilogue &&
	       a->rest.bank_free[0] == b->rest.bank_free[0] &&
	       a->rest.bank_free[1] == b->rest.bank_free[1];
}

static int run_panel(const struct cycles_engine *engine, const struct cycles_layer *layer,
		     struct cycles_pattern pattern, struct walk *walk, const struct panel *panel,
		     struct turn *turn, struct cycles_result *result)
{
	struct bus bus = {.rate = fmin(engine->bandwidth, engine->data_bytes)};
	struct blocks blocks;
	struct loader loader;
	struct issue issue;
	double end;

	if (blocks_init(&blocks, engine, layer, pattern, panel) < 0)
		return -1;
	issue_init(&issue, engine, &blocks, &bus, panel->rows);
	issue_streams(&issue, (double)turn->lead, (double)(walk->tiles * blocks_bytes(&blocks)),
		      turn->next);
	if (!turn->begins_layer)
		issue_go_on(&issue, &turn->rest);
	loader_init(&loader, engine, &issue, &bus, blocks_rows(engine, pattern), panel->channels);
	for (uint64_t tile = 0; tile < walk->tiles; tile++) {
		walk_tile(walk, tile);
		loader_run_tile(&loader, walk, &blocks);
	}
	end = turn->ends_layer ? issue_finish(&issue) : issue_hand_over(&issue, &turn->rest);
	add_clocks(&issue, end, turn->lead < 0 ? -turn->lead : 0, result);
	add_bytes(engine, panel, &blocks, walk, &loader, result);
	for (size_t i = 0; i < blocks.count; i++)
		result->steps += walk->tiles * blocks.block[i].steps;
	result->loads += loader.loads;
	result->descriptors++;
	blocks_fini(&blocks);
	return 0;
}

static void add_result(struct cycles_result *sum, const struct cycles_result *result)
{
	sum->cycles += result->cycles;
	sum->descriptors += result->descriptors;
	sum->steps += result->steps;
	sum->loads += result->loads;
	sum->macs += result->macs;
	sum->nonzero_macs += result->nonzero_macs;
	for (int i = 0; i < CYCLES_BYTES_KINDS; i++)
		sum->bytes[i] += result->bytes[i];
	for (int i = 0; i < CYCLES_SPENT_KINDS; i++)
		sum->spent[i] += result->spent[i];
}

/* Bytes of the weight stream that descriptor i of a layer reads; 0: there is none, or no memory. */
static double stream_bytes(const struct cycles_engine *engine, const struct cycles_layer *layer,
			   struct cycles_pattern pattern, uint32_t batch, uint32_t i)
{
	uint64_t columns = cycles_layer_columns(layer, batch);
	struct blocks blocks;
	struct panel panel;
	double bytes;

	if (!panel_next(engine, layer, i, &panel) ||
	    blocks_init(&blocks, engine, layer, pattern, &panel) < 0)
		return 0;
	bytes = (double)blocks_bytes(&blocks) * ceil((double)columns / engine->columns);
	blocks_fini(&blocks);
	return bytes;
}

/* lead: of its first descriptor; then of the one that follows. next: bytes of that one's stream. */
static int run_layer(const struct cycles_engine *engine, const struct cycles_layer *layer,
		     struct cycles_pattern pattern, uint32_t batch, int64_t *lead, double next,
		     struct cycles_result *result)
{
	struct cycles_result sum = {0}, last = {0};
	struct turn turn = {0}, before = {0};
	uint32_t rows = 0;
	struct panel panel;
	struct walk walk;
	int ret = 0;

	if (walk_init(&walk, layer, batch, engine->columns) < 0)
		return -1;
	for (uint32_t i = 0; ret == 0 && panel_next(engine, layer, i, &panel); i++) {
		turn.lead = *lead;
		turn.next = stream_bytes(engine, layer, pattern, batch, i + 1);
		turn.begins_layer = i == 0;
		/* Each panel of a depthwise layer has channels of its own. */
		turn.ends_layer = turn.next <= 0 || layer->depthwise;
		if (turn.next <= 0)
			turn.next = next;
		if (layer->depthwise)
			turn.begins_layer = true;
		/* Panels of as many rows take as long. */
		if (panel.rows != rows || !same_turn(&turn, &before)) {
			before = turn;
			last = (struct cycles_result){0};
			ret = run_panel(engine, layer, pattern, &walk, &panel, &turn, &last);
		}
		rows = panel.rows;
		*lead = (int64_t)last.cycles + (*lead < 0 ? *lead : 0) -
			engine->timing.descriptor_check;
		add_result(&sum, &last);
	}
	walk_fini(&walk);
	sum.macs = cycles_layer_weights(layer) * cycles_layer_columns(layer, batch);
	sum.nonzero_macs =
		cycles_layer_nonzeros(layer, pattern) * cycles_layer_columns(layer, batch);
	*result = sum;
	return ret;
}

int cycles_layer_run(const struct cycles_engine *engine, const struct cycles_layer *layer,
		     struct cycles_pattern pattern, uint32_t batch, struct cycles_result *result)
{
	double next = stream_bytes(engine, layer, pattern, batch, 0);
	int64_t lead = INT32_MAX;

	return run_layer(engine, layer, pattern, batch, &lead, next, result);
}

/* The job, its table of buffers and the first descriptor are read one after the other. */
static uint64_t job_clocks(const struct cycles_engine *engine)
{
	return engine->timing.job_start + 3 * (uint64_t)engine->latency;
}

int cycles_network_run(const struct cycles_engine *engine, const struct cycles_network *network,
		       const struct cycles_pattern *pattern, uint32_t batch,
		       struct cycles_result *layers, struct cycles_result *total)
{
	int64_t lead = 0;

	*total = (struct cycles_result){.cycles = job_clocks(engine)};
	total->spent[CYCLES_ENDS] = total->cycles;
	for (size_t i = 0; i < network->count; i++) {
		const struct cycles_layer *layer = &network->layers[i], *after = layer + 1;
		double next = 0;

		if (i + 1 < network->count)
			next = stream_bytes(engine, after, cycles_layer_pattern(after, pattern),
					    batch, 0);
		if (run_layer(engine, layer, cycles_layer_pattern(layer, pattern), batch, &lead,
			      next, &layers[i]) < 0)
			return -1;
		add_result(total, &layers[i]);
	}
	return 0;
}

double cycles_network_effort(const struct cycles_engine *engine,
			     const struct cycles_network *network, uint32_t batch)
{
	double effort = 0;

	for (size_t i = 0; i < network->count; i++) {
		const struct cycles_layer *layer = &network->layers[i];
		double columns = (double)cycles_layer_columns(layer, batch);
		double taps = (double)layer->kernel_h * layer->kernel_w;
		double groups = ceil((double)layer->channels / NMACCEL_BLOCK_ROWS_128);

		/* Walked columns, and passes: a tap of a group has one at least. */
		effort += 2 * taps * columns * (1 + 8 * groups / engine->columns);
	}
	return effort;
}

uint64_t cycles_result_bytes(const struct cycles_result *result)
{
	uint64_t bytes = 0;

	for (int i = 0; i < CYCLES_BYTES_KINDS; i++)
		bytes += result->bytes[i];
	return bytes;
}

double cycles_utilisation(const struct cycles_engine *engine, const struct cycles_result *result)
{
	double multipliers = (double)engine->lanes * engine->columns;

	return result->cycles ? (double)result->nonzero_macs / (multipliers * result->cycles) : 0;
}
