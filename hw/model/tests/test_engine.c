/* SPDX-License-Identifier: MIT */
/*
 * The pipeline: layers whose clocks can be worked out by hand, limits that no layer gets below, and
 * what must not make it slower.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"

#include "blocks.h"
#include "cycles.h"
#include "rng.h"

static const struct cycles_pattern dense = {1, 1}, sparse = {8, 128};

/* An engine without any seams: what is left is what the units have to do. */
static struct cycles_engine seamless(void)
{
	struct cycles_engine engine;

	cycles_engine_init(&engine);
	engine.timing = (struct cycles_timing){
		.pass_queue = 16,
		.gather_least = 1,
		.counts_bytes = 1024,
		.stream_beats = 1u << 14,
	};
	engine.latency = 0;
	return engine;
}

static struct cycles_result run(const struct cycles_engine *engine,
				const struct cycles_layer *layer, struct cycles_pattern pattern,
				uint32_t batch)
{
	struct cycles_result result;
	uint64_t spent = 0;

	assert_int_equal(cycles_layer_run(engine, layer, pattern, batch, &result), 0);
	for (int i = 0; i < CYCLES_SPENT_KINDS; i++)
		spent += result.spent[i];
	assert_int_equal(spent, result.cycles);
	return result;
}

static struct cycles_layer linear(uint32_t rows, uint32_t channels, uint32_t tokens)
{
	return (struct cycles_layer){
		.in_h = 1,
		.in_w = tokens,
		.channels = channels,
		.rows = rows,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride = 1,
	};
}

/*
 * One block, one tile: the windows (there, and one clock), the fetch (128 rows of a clock),
 * the gather (128, one clock behind), the steps (512 x 16), the epilogue (512 beats).
 */
static void one_block(void **state)
{
	struct cycles_engine engine = seamless();
	struct cycles_layer layer = linear(512, 128, 64);
	struct cycles_result result = run(&engine, &layer, dense, 1);

	(void)state;
	assert_int_equal(result.steps, 512 * 16);
	assert_int_equal(result.loads, 128);
	assert_int_equal(result.descriptors, 1);
	assert_int_equal(result.spent[CYCLES_COMPUTE], 512 * 16);
	assert_int_equal(result.spent[CYCLES_ENDS], 1 + 128 + 128 + 512);
	assert_int_equal(result.cycles, 512 * 16 + 1 + 128 + 128 + 512);
	assert_int_equal(result.macs, 512 * 128 * 64);
	assert_int_equal(result.nonzero_macs, result.macs);
}

static void bytes_by_kind(void **state)
{
	struct cycles_engine engine = seamless();
	struct cycles_layer layer = linear(600, 256, 100);
	struct cycles_result result = run(&engine, &layer, sparse, 1);
	/* Two column tiles; panels of 512 and 88 rows; two blocks of a step a row. */
	uint64_t stream = 2 * (512 + 512 * 16) + 2 * (96 + 88 * 16);

	(void)state;
	assert_int_equal(result.descriptors, 2);
	assert_int_equal(result.steps, 2 * 2 * 600);
	assert_int_equal(result.loads, 2 * 2 * 256);
	assert_int_equal(result.bytes[CYCLES_WEIGHTS], 2 * stream);
	assert_int_equal(result.bytes[CYCLES_PARAMETERS], 600 * 8);
	assert_int_equal(result.bytes[CYCLES_INPUT], 2 * 2 * 256 * 64);
	assert_int_equal(result.bytes[CYCLES_OUTPUT], 2 * 600 * 64);
	assert_int_equal(result.bytes[CYCLES_CONTROL], 2 * (256 + 2 * 64));
	assert_int_equal(cycles_result_bytes(&result), 2 * stream + 4800 + 65536 + 76800 + 768);
}

/* Many tiles of one bottleneck each: what a tile takes in the long run. */
static uint64_t per_tile(const struct cycles_engine *engine, uint32_t rows, uint32_t channels,
			 struct cycles_pattern pattern)
{
	struct cycles_layer few = linear(rows, channels, 100 * engine->columns);
	struct cycles_layer many = linear(rows, channels, 200 * engine->columns);

	return (run(engine, &many, pattern, 1).cycles - run(engine, &few, pattern, 1).cycles) / 100;
}

static void bottlenecks(void **state)
{
	struct cycles_engine engine = seamless();

	(void)state;
	/* Steps: 256 rows x 4. */
	assert_int_equal(per_tile(&engine, 256, 512, sparse), 4 * 256);
	/* Gather: 4 x 128 rows for 64 steps each. */
	engine.bandwidth = engine.data_bytes = 1024;
	assert_int_equal(per_tile(&engine, 64, 512, sparse), 4 * 128);
	/* The same, two rows a clock. */
	engine.write_rows = 2;
	assert_int_equal(per_tile(&engine, 64, 512, sparse), 4 * 64);
	/* Memory: an input of 512 x 64 bytes, and 4 x (64 + 64 x 16) of weights. */
	engine = seamless();
	engine.bandwidth = 32;
	engine.timing.stream_beats = 64;
	assert_int_equal(per_tile(&engine, 64, 512, sparse), (512 * 64 + 4 * (64 + 1024)) / 32);
	/* Epilogue: 512 rows of 4 beats, for 512 steps. */
	engine = seamless();
	engine.data_bytes = 16;
	engine.bandwidth = 16;
	assert_int_equal(per_tile(&engine, 512, 16, sparse), 512 * 4);
	/* Reads and writes on one bus: what each takes adds up. */
	engine = seamless();
	engine.half_duplex = true;
	engine.timing.stream_beats = 64;
	assert_int_equal(per_tile(&engine, 512, 128, sparse),
			 (128 * 64 + 512 + 512 * 16 + 512 * 64) / 64);
}

/* One buffer: a block is loaded, then run. One bank: a tile is stored before the next one sums. */
static void nothing_overlaps(void **state)
{
	struct cycles_engine engine = seamless();
	uint64_t overlapped, serial;

	(void)state;
	overlapped = per_tile(&engine, 256, 512, sparse);
	engine.block_units = 1;
	engine.accumulator_banks = 1;
	serial = per_tile(&engine, 256, 512, sparse);
	assert_int_equal(overlapped, 4 * 256);
	/* A pass that closes a block and one to take the next: 1 clock each. */
	assert_in_range(serial, 4 * (256 + 128), 4 * (256 + 128) + 256 + 8);
}

static struct cycles_layer random_layer(void)
{
	struct cycles_layer layer = {
		.in_h = rng_range(1, 20),
		.in_w = rng_range(1, 20),
		.channels = rng_range(1, 400),
		.rows = rng_range(1, 700),
		.kernel_h = rng_range(1, 3),
		.stride = rng_range(1, 2),
	};

	layer.kernel_w = layer.kernel_h;
	layer.pad = layer.kernel_h / 2;
	layer.depthwise = rng_one_in(8);
	if (layer.depthwise)
		layer.rows = layer.channels;
	return layer;
}

static struct cycles_engine random_engine(void)
{
	static const uint32_t columns[] = {16, 32, 49, 56, 64};
	struct cycles_engine engine;

	cycles_engine_init(&engine);
	engine.lanes = 4u << rng_range(0, 3);
	engine.columns = columns[rng_range(0, 4)];
	engine.data_bytes = cycles_engine_data_bytes(engine.columns);
	engine.latency = rng_range(0, 300);
	engine.bandwidth = rng_range(8, 64);
	engine.half_duplex = rng_one_in(3);
	return engine;
}

/* No layer takes less than any unit has to do for it. */
static void limits(void **state)
{
	static const struct cycles_pattern patterns[] = {{1, 1},    {2, 4},   {1, 4},
							 {16, 128}, {8, 128}, {8, 256}};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct cycles_layer layer = random_layer();
		struct cycles_engine engine = random_engine();
		struct cycles_pattern pattern = layer.depthwise ? dense : patterns[rng_range(0, 5)];
		struct cycles_result r = run(&engine, &layer, pattern, rng_range(1, 3));
		double reads = (double)(r.bytes[CYCLES_WEIGHTS] + r.bytes[CYCLES_INPUT]);
		double ahead = (double)engine.timing.stream_beats * engine.data_bytes *
			       (double)r.descriptors;
		double writes = (double)r.bytes[CYCLES_OUTPUT];
		double cycles = (double)r.cycles;

		assert_true(r.cycles >= r.steps);
		assert_true(r.cycles >= r.loads);
		assert_true(cycles >= (reads - ahead) / engine.bandwidth);
		assert_true(cycles >= writes / engine.bandwidth);
		assert_true(cycles >= writes / engine.data_bytes);
		assert_true(r.nonzero_macs <= r.steps * engine.lanes * engine.columns);
		assert_true(cycles_utilisation(&engine, &r) <= 1);
		assert_int_equal(r.spent[CYCLES_COMPUTE], r.steps);
		/* No layer waits for things that do not exist: ten times the sum of all is odd. */
		assert_true(cycles < 10 * ((double)(r.steps + r.loads) * layer.kernel_h * 4 +
					   (reads + writes) / engine.bandwidth +
					   (double)r.descriptors * (2000 + 4 * engine.latency)) +
					     1e5);
	}
}

/* One thing better: latency, the ports of the bus, block memory, accumulators, its writes. */
#define KINDS 5

static void improve(int kind, struct cycles_engine *engine, struct cycles_engine *better)
{
	switch (kind) {
	case 0:
		better->latency /= 2;
		break;
	case 1:
		better->half_duplex = false;
		break;
	case 2:
		engine->block_units = 2;
		break;
	case 3:
		engine->accumulator_banks = 1;
		break;
	default:
		better->write_rows = 2;
	}
}

/*
 * More of anything costs no clocks in all, by half a per cent. It may in one layer: what is fetched
 * ahead, for the next panel too, can take the bus from what is needed first.
 */
static void more_is_no_slower(void **state)
{
	uint64_t before[KINDS] = {0}, after[KINDS] = {0};

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct cycles_layer layer = random_layer();
		struct cycles_engine engine = random_engine(), better = engine;
		struct cycles_pattern pattern = layer.depthwise ? dense : sparse;
		uint64_t was, is;

		improve(i % KINDS, &engine, &better);
		was = run(&engine, &layer, pattern, 2).cycles;
		is = run(&better, &layer, pattern, 2).cycles;
		if (is > was + was / 2 + 256)
			fail_msg("kind %d: %llu clocks became %llu", i % KINDS,
				 (unsigned long long)was, (unsigned long long)is);
		before[i % KINDS] += was;
		after[i % KINDS] += is;
	}
	for (int kind = 0; kind < KINDS; kind++)
		if (after[kind] > before[kind] + before[kind] / 200)
			fail_msg("kind %d: %llu clocks in all became %llu", kind,
				 (unsigned long long)before[kind], (unsigned long long)after[kind]);
}

/* A batch costs no more than its images one by one, where no tap takes passes at their seams. */
static void batches(void **state)
{
	struct cycles_engine engine;

	(void)state;
	cycles_engine_init(&engine);
	for (int i = 0; i < 50; i++) {
		struct cycles_layer layer = random_layer();
		struct cycles_pattern pattern = layer.depthwise ? dense : sparse;
		uint64_t one, four;

		layer.stride = 1;
		layer.kernel_h = layer.kernel_w = layer.kernel_h | 1;
		layer.pad = layer.kernel_h / 2;
		one = run(&engine, &layer, pattern, 1).cycles;
		four = run(&engine, &layer, pattern, 4).cycles;
		assert_true(four <= 4 * one + one / 20);
	}
}

/*
 * Panels of a layer are descriptors of their own, but what one of them ends with, its last results
 * on their way to memory, overlaps the begin of the next.
 */
static void panels(void **state)
{
	struct cycles_layer wide = linear(1324, 256, 128), part = linear(512, 256, 128);
	struct cycles_layer rest = linear(300, 256, 128);
	struct cycles_result result;
	struct cycles_engine engine;
	uint64_t apart, ends;

	(void)state;
	cycles_engine_init(&engine);
	result = run(&engine, &part, sparse, 1);
	apart = 2 * result.cycles + run(&engine, &rest, sparse, 1).cycles;
	/* The begin, which does not overlap, is among them. */
	ends = 2 * result.spent[CYCLES_ENDS];
	result = run(&engine, &wide, sparse, 1);
	assert_int_equal(result.descriptors, 3);
	assert_true(result.cycles < apart - ends / 4);
	assert_true(result.cycles > apart - ends);
}

/* A panel of a depthwise layer has input channels of its own, and waits. */
static void depthwise_panels(void **state)
{
	struct cycles_layer layer = {.in_h = 14,
				     .in_w = 14,
				     .channels = 1024,
				     .rows = 1024,
				     .kernel_h = 3,
				     .kernel_w = 3,
				     .stride = 1,
				     .pad = 1,
				     .depthwise = true};
	struct cycles_engine engine;
	uint64_t both;

	(void)state;
	cycles_engine_init(&engine);
	both = run(&engine, &layer, dense, 1).cycles;
	layer.channels = layer.rows = 512;
	assert_int_equal(both, 2 * run(&engine, &layer, dense, 1).cycles);
}

static void beats(void **state)
{
	static const struct {
		uint32_t columns, bytes;
	} rows[] = {{1, 16}, {16, 16}, {17, 32}, {32, 32}, {33, 16}, {48, 16}, {49, 64}, {64, 64}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(cycles_engine_data_bytes(rows[i].columns), rows[i].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_block),	    cmocka_unit_test(bytes_by_kind),
		cmocka_unit_test(bottlenecks),	    cmocka_unit_test(nothing_overlaps),
		cmocka_unit_test(limits),	    cmocka_unit_test(more_is_no_slower),
		cmocka_unit_test(batches),	    cmocka_unit_test(panels),
		cmocka_unit_test(depthwise_panels), cmocka_unit_test(beats),
	};

	rng_start("engine");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
