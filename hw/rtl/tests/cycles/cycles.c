// SPDX-License-Identifier: MIT
/*
 * What a network takes on the engine, clock by clock: all its layers as one job on the Verilated
 * engine, with random weights of a pattern. Prints for each layer its clocks and what the cycle
 * model says, and ends with a TAP line for the tests.
 *
 * usage: cycles NETWORK PATTERN [BATCH [LATENCY [FIRST LAST]]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "blocks.h"
#include "cycles.h"
#include "rng.h"

#define PITCH ((COLUMNS + 15u) / 16u * 16u)

/* Buffers of the job. */
#define INPUT	0u
#define OUTPUT	1u
#define WEIGHTS 2u

#define TOLERANCE 0.02

struct run {
	struct cycles_network network;
	const struct cycles_pattern *pattern;
	uint32_t batch;
	size_t first, last; /* layers */
	struct test_job job;
	uint32_t descs[1024]; /* after each layer */
	uint64_t clocks[1024];
};

static void setup_engine(struct cycles_engine *engine, uint32_t latency)
{
	cycles_engine_init(engine);
	engine->lanes = LANES;
	engine->columns = COLUMNS;
	engine->data_bytes = DATA_BYTES;
	engine->bandwidth = DATA_BYTES;
	engine->latency = latency;
}

/* As the library places streams and parameters. */
static uint64_t align(uint64_t offset)
{
	return (offset + 63) & ~UINT64_C(63);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Non-zeros of one group of the pattern, sorted into positions[]. */
static uint32_t choose(uint32_t n, uint32_t m, uint32_t at, uint32_t *positions)
{
	uint32_t count = 0, i;

	for (i = 0; i < m && count < n; i++)
		if (rng_range(0, m - i - 1) < n - count)
			positions[count++] = at + i;
	return count;
}

/* One row of one block: positions [first, first + rows) of a channel group. */
static uint32_t choose_row(struct cycles_pattern pattern, uint32_t channels, uint32_t first,
			   uint32_t rows, uint32_t *positions)
{
	uint32_t count = 0, p = first;

	while (p < first + rows) {
		const uint32_t left = least(channels - p % channels, first + rows - p);
		const uint32_t m = least(pattern.m, left);

		count += choose(least(pattern.n, m), m, p - first, positions + count);
		p += m;
	}
	return count;
}

/* The same of a depthwise layer, whose row has the taps of one channel of the group, if any. */
static uint32_t choose_channel(uint32_t channel, uint32_t channels, uint32_t first, uint32_t rows,
			       uint32_t *positions)
{
	uint32_t count = 0, p;

	for (p = first; channel < channels && p < first + rows; p++)
		if (p % channels == channel)
			positions[count++] = p - first;
	return count;
}

/* Positions [first, first + rows) of a channel group, and what weights they have. */
struct part {
	const struct cycles_layer *layer;
	struct cycles_pattern pattern;
	uint32_t group, channels;
	uint32_t first, rows;
};

/* Append the block of some rows to data, which has room; returns its bytes. */
static uint64_t make_block(const struct part *part, uint32_t rows, uint8_t *data)
{
	uint8_t *counts = data;
	uint64_t at = (rows + 15) / 16 * 16;
	uint32_t positions[BLOCK_ROWS];
	uint32_t r, k, i, count;

	for (r = 0; r < rows; r++) {
		count = part->layer->depthwise ? choose_channel(r - part->group, part->channels,
								part->first, part->rows, positions)
					       : choose_row(part->pattern, part->channels,
							    part->first, part->rows, positions);
		counts[r] = (uint8_t)((count + LANES - 1) / LANES);
		for (k = 0; k < counts[r]; k++, at += 2 * LANES)
			for (i = 0; i < LANES && k * LANES + i < count; i++) {
				data[at + i] = (uint8_t)rng_range(1, 255);
				data[at + LANES + i] = (uint8_t)positions[k * LANES + i];
			}
	}
	return (at + 15) / 16 * 16;
}

/* Append the stream of a panel to data, which has room; returns its bytes. */
static uint64_t make_stream(const struct cycles_layer *layer, struct cycles_pattern pattern,
			    const struct panel *panel, uint32_t block_rows, uint8_t *data)
{
	struct part part = {.layer = layer, .pattern = pattern};
	uint64_t at = 0;

	for (; part.group < panel->channels; part.group += part.channels) {
		part.channels = least(panel->channels - part.group, block_rows);
		const uint32_t total = layer->kernel_h * layer->kernel_w * part.channels;

		for (part.first = 0; part.first < total; part.first += part.rows) {
			part.rows = least(total - part.first, block_rows);
			at += make_block(&part, panel->rows, data + at);
		}
	}
	return at;
}

/* Inputs lie here and there in turn, as layers after each other do not read the same tensor. */
#define INPUTS_APART 4096u

static struct nmaccel_hw_desc layer_desc(const struct run *run, const struct cycles_layer *layer,
					 const struct panel *panel)
{
	struct nmaccel_hw_desc desc = {
		.op = NMACCEL_OP_CONV,
		.batch = run->batch,
		.in_h = layer->in_h,
		.in_w = layer->in_w,
		.out_h = cycles_layer_out_h(layer),
		.out_w = cycles_layer_out_w(layer),
		.kernel_h = layer->kernel_h,
		.kernel_w = layer->kernel_w,
		.stride_h = layer->stride,
		.stride_w = layer->stride,
		.pad_top = layer->pad,
		.pad_left = layer->pad,
		.dilation_h = 1,
		.dilation_w = 1,
		.act_min = -128,
		.act_max = 127,
	};

	desc.in = (struct nmaccel_hw_tensor){
		.buffer = INPUT, .channels = layer->channels, .ch = panel->channels};
	desc.in.offset = (layer - run->network.layers) % 2 ? INPUTS_APART : 0;
	desc.in.ch0 = layer->depthwise ? panel->first_row : 0;
	desc.out = (struct nmaccel_hw_tensor){
		.buffer = OUTPUT, .channels = layer->rows, .ch = panel->rows};
	desc.out.ch0 = panel->first_row;
	return desc;
}

/* Room for the weights and parameters of a layer, at the end of the weights' buffer. */
static uint8_t *make_room(struct test_buffer *buffer, const struct cycles_layer *layer)
{
	const uint64_t taps = (uint64_t)layer->kernel_h * layer->kernel_w;
	const uint64_t blocks = taps * (layer->channels / 128u + 1u) + 1u;
	const uint64_t room = (uint64_t)layer->rows * cycles_layer_reduction(layer) * 2u +
			      blocks * (layer->rows + 16u) * (1u + 2u * LANES) +
			      (uint64_t)layer->rows * 24u + 512u;

	buffer->data = realloc(buffer->data, buffer->size + room);
	assert_non_null(buffer->data);
	memset(buffer->data + buffer->size, 0, room);
	return buffer->data;
}

static void add_layer(struct run *run, const struct cycles_layer *layer)
{
	const struct cycles_pattern pattern = cycles_layer_pattern(layer, run->pattern);
	struct test_buffer *buffer = &run->job.buffers[WEIGHTS];
	uint8_t *data = make_room(buffer, layer);
	uint64_t at = buffer->size;
	struct cycles_engine engine;
	struct panel panel;
	uint32_t i;

	setup_engine(&engine, 0);
	for (i = 0; panel_next(&engine, layer, i, &panel); i++) {
		struct nmaccel_hw_desc desc = layer_desc(run, layer, &panel);

		desc.block_rows = pattern.m > 128 && BLOCK_ROWS == 256 ? 256 : 128;
		desc.weights = desc.params = WEIGHTS;
		desc.params_offset = at;
		at = align(at + panel.rows * sizeof(struct nmaccel_hw_param));
		desc.weights_offset = at;
		desc.weights_bytes =
			make_stream(layer, pattern, &panel, desc.block_rows, data + at);
		at = align(at + desc.weights_bytes);
		assert_true(run->job.n_descs < TEST_MAX_DESCS);
		run->job.descs[run->job.n_descs++] = desc;
	}
	buffer->size = at;
}

static uint64_t tensor_bytes(uint64_t columns, uint32_t channels)
{
	return (columns + COLUMNS - 1) / COLUMNS * channels * PITCH;
}

static void make_job(struct run *run)
{
	uint64_t in = 0, out = 0;
	size_t i;

	for (i = run->first; i < run->last; i++) {
		const struct cycles_layer *layer = &run->network.layers[i];
		const uint64_t input = tensor_bytes(
			(uint64_t)run->batch * layer->in_h * layer->in_w, layer->channels);
		const uint64_t output =
			tensor_bytes(cycles_layer_columns(layer, run->batch), layer->rows);

		in = input > in ? input : in;
		out = output > out ? output : out;
	}
	test_job_buffer(&run->job, in + INPUTS_APART, NMACCEL_BUF_READ, 0);
	test_job_buffer(&run->job, out, NMACCEL_BUF_WRITE, 0);
	test_job_buffer(&run->job, 0, NMACCEL_BUF_READ, 0);
	for (i = run->first; i < run->last; i++) {
		add_layer(run, &run->network.layers[i]);
		run->descs[i] = run->job.n_descs;
	}
}

/* Run it, noting when the record tells that each layer is done. Returns all clocks. */
static uint64_t measure(struct run *run, uint32_t latency)
{
	const struct axi_timing timing = {.latency_min = latency, .latency_max = latency};
	size_t layer = run->first;
	uint64_t start, last, total;
	struct bench bench;
	struct sim sim;

	sim_map(&sim, &run->job, SIM_PAGES);
	bench_init(&bench, &sim, DATA_BYTES, &timing);
	bench_start(&bench);
	start = last = bench.clocks;
	while (!bench.out.interrupt) {
		bench_clock(&bench);
		while (layer < run->last && sim.record->descs_done >= run->descs[layer]) {
			run->clocks[layer++] = bench.clocks - last;
			last = bench.clocks;
		}
	}
	total = bench.clocks - start;
	assert_int_equal(sim.record->state, NMACCEL_JOB_DONE);
	assert_int_equal(bench.strays, 0);
	bench_free(&bench);
	sim_free(&sim);
	return total;
}

static uint64_t job_clocks(const struct run *run, const struct cycles_result *layers,
			   const struct cycles_result *total)
{
	uint64_t clocks = total->cycles;
	size_t i;

	for (i = 0; i < run->network.count; i++)
		clocks -= layers[i].cycles;
	return clocks;
}

/* Layers whose clocks differ by more than the tolerance. */
static uint32_t report(const struct run *run, uint32_t latency, uint64_t all)
{
	struct cycles_result *layers = calloc(run->network.count, sizeof(*layers));
	struct cycles_result total;
	struct cycles_engine engine;
	uint64_t macs = 0;
	uint32_t bad = 0;
	size_t i;

	assert_non_null(layers);
	setup_engine(&engine, latency);
	assert_int_equal(cycles_network_run(&engine, &run->network, run->pattern, run->batch,
					    layers, &total),
			 0);
	/* What the job takes besides its layers is before the first one's end. */
	layers[run->first].cycles += job_clocks(run, layers, &total);
	for (i = run->first; i < run->last; i++) {
		const double error = (double)layers[i].cycles / (double)run->clocks[i] - 1;
		const double ideal = (double)layers[i].nonzero_macs / (LANES * COLUMNS);

		macs += layers[i].nonzero_macs;
		bad += fabs(error) > TOLERANCE;
		printf("%-22s %9llu clocks, model %9llu (%+5.1f %%), utilisation %.3f, steps "
		       "%llu\n",
		       run->network.layers[i].name, (unsigned long long)run->clocks[i],
		       (unsigned long long)layers[i].cycles, 100 * error,
		       ideal / (double)run->clocks[i], (unsigned long long)layers[i].steps);
	}
	printf("total %llu clocks, model %llu, utilisation %.4f\n", (unsigned long long)all,
	       (unsigned long long)total.cycles, (double)macs / (LANES * COLUMNS) / (double)all);
	free(layers);
	return bad;
}

int main(int argc, char **argv)
{
	static struct run run;
	char error[CYCLES_ERROR_BYTES];
	struct cycles_pattern pattern;
	uint32_t latency, bad;
	const char *table;
	uint64_t all;

	if (argc < 3) {
		fprintf(stderr, "usage: %s NETWORK PATTERN [BATCH [LATENCY [FIRST LAST]]]\n",
			argv[0]);
		return 2;
	}
	table = cycles_network_builtin(argv[1]);
	if (!table || cycles_network_parse(table, argv[1], &run.network, error))
		return fprintf(stderr, "%s: no such network\n", argv[1]), 2;
	if (strcmp(argv[2], "mixed") && cycles_pattern_parse(argv[2], &pattern))
		return fprintf(stderr, "%s: no pattern\n", argv[2]), 2;
	run.pattern = strcmp(argv[2], "mixed") ? &pattern : NULL;
	run.batch = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
	latency = argc > 4 ? (uint32_t)atoi(argv[4]) : 64;
	run.first = argc > 6 ? (size_t)atoi(argv[5]) : 0;
	run.last = argc > 6 ? (size_t)atoi(argv[6]) : run.network.count;
	rng_start("cycles");
	make_job(&run);
	all = measure(&run, latency);
	bad = report(&run, latency, all);
	printf("%zu layers, %u of them differ by more than %.0f %% from the model\n",
	       run.last - run.first, bad, TOLERANCE * 100);
	test_job_free(&run.job);
	cycles_network_free(&run.network);
	return 0;
}
