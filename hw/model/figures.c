/* SPDX-License-Identifier: MIT */
/*
 * The figures of docs/performance.md: for each network and build a table and a chart, and what each
 * step of the design gains. usage: figures DIRECTORY
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "comparison.h"

static const char *const networks[] = {"resnet50", "mobilenetv2", "bert-base"};

static const struct build {
	uint32_t batch, columns;
} builds[] = {{1, 49}, {1, 64}, {16, 64}, {16, 56}};

#define N_NETWORKS (sizeof(networks) / sizeof(networks[0]))
#define N_BUILDS   (sizeof(builds) / sizeof(builds[0]))

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "figures: %s: %s\n", what, why);
	exit(1);
}

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		die(directory, "the name is too long");
	file = fopen(path, "w");
	if (!file)
		die(path, strerror(errno));
	puts(path);
	return file;
}

static void finish(FILE *file, const char *name)
{
	if (ferror(file) | fclose(file))
		die(name, "cannot be written");
}

static struct cycles_network load(const char *name)
{
	struct cycles_network network;
	char error[CYCLES_ERROR_BYTES];
	const char *text = cycles_network_builtin(name);

	if (!text)
		die(name, "no such network");
	if (cycles_network_parse(text, name, &network, error) < 0)
		die(name, error);
	return network;
}

static struct cycles_engine engine_of(const struct build *build)
{
	struct cycles_engine engine;

	cycles_engine_init(&engine);
	engine.columns = build->columns;
	engine.data_bytes = cycles_engine_data_bytes(build->columns);
	return engine;
}

static struct comparison compare(const char *name, const struct build *build, uint32_t activations,
				 bool serial)
{
	struct cycles_network network = load(name);
	struct cycles_engine engine = engine_of(build);
	struct cycles_grant grant = {engine.lanes * engine.columns, activations, serial};
	struct comparison comparison;

	if (comparison_run(&comparison, &network, &engine, &grant, build->batch) < 0)
		die(name, "out of memory");
	cycles_network_free(&network);
	comparison.network = name;
	return comparison;
}

/* The same engine against rivals that are granted less, or more. */
static void write_grants(const struct build *build, FILE *out)
{
	struct comparison kind = compare("resnet50", build, 8, false);
	struct comparison serial = compare("resnet50", build, 8, true);
	struct comparison lossy = compare("resnet50", build, 4, false);

	fprintf(out,
		"### resnet50, batch %u, %u columns: speed-up under other assumptions\n\n"
		"| pattern | VEGETA, tiles overlapped | VEGETA, as its RTL runs | S2TA, exact | "
		"S2TA, 4 of 8 activations | array of VEGETA | array of SPOTS |\n"
		"|---|---|---|---|---|---|---|\n",
		build->batch, build->columns);
	for (size_t i = 0; i < COMPARISON_PATTERNS; i++) {
		const struct comparison_row *row = &kind.rows[i];
		double ours = (double)row->engine.cycles;

		fprintf(out, "| %s | %.2f | %.2f | %.2f | %.2f | %ux%u | %ux%u |\n", row->pattern,
			(double)row->rivals[CYCLES_VEGETA] / ours,
			(double)serial.rows[i].rivals[CYCLES_VEGETA] / ours,
			(double)row->rivals[CYCLES_S2TA] / ours,
			(double)lossy.rows[i].rivals[CYCLES_S2TA] / ours,
			row->arrays[CYCLES_VEGETA].rows, row->arrays[CYCLES_VEGETA].columns,
			row->arrays[CYCLES_SPOTS].rows, row->arrays[CYCLES_SPOTS].columns);
	}
	fputc('\n', out);
}

/* A build to compare with others; 0 is the default. */
struct variant {
	const char *what;
	uint32_t batch, columns, block_units, banks, write_rows, data_bytes, latency;
	bool half_duplex;
};

/* From the paper's engine, which loads a block, runs it and stores what it has, to ours. */
static const struct variant steps[] = {
	{"a block is loaded, then run; a tile is stored, then the next begins", .batch = 1,
	 .columns = 64, .block_units = 1, .banks = 1},
	{"the next block is loaded meanwhile (2 buffers)", .batch = 1, .columns = 64,
	 .block_units = 2, .banks = 1},
	{"4 block buffers, which block RAM has anyway", .batch = 1, .columns = 64, .banks = 1},
	{"a second bank of accumulators: the epilogue overlaps", .batch = 1, .columns = 64},
	{"49 columns, which divide the network's pixels", .batch = 1, .columns = 49},
	{"or 64 columns with 16 images folded into them", .batch = 16, .columns = 64},
	{"56 columns with 16 images: no column is ever empty", .batch = 16, .columns = 56},
	{"not built: two rows written a clock, 49 columns, 1 image", .batch = 1, .columns = 49,
	 .write_rows = 2},
	{"not built: two rows written a clock, 56 columns, 16 images", .batch = 16, .columns = 56,
	 .write_rows = 2},
};

static const struct variant memories[] = {
	{"64 bytes each way, latency 64", .batch = 1, .columns = 49},
	{"the same, latency 256", .batch = 1, .columns = 49, .latency = 256},
	{"64 bytes in all: reads and writes share them", .batch = 1, .columns = 49,
	 .half_duplex = true},
	{"32 bytes each way", .batch = 1, .columns = 49, .data_bytes = 32},
	{"16 bytes each way", .batch = 1, .columns = 49, .data_bytes = 16},
};

static const char *const variant_patterns[] = {"2:4", "1:4", "16:128", "8:128", "8:256"};

#define N_VARIANT_PATTERNS (sizeof(variant_patterns) / sizeof(variant_patterns[0]))

static uint32_t either(uint32_t given, uint32_t otherwise)
{
	return given ? given : otherwise;
}

static double variant_utilisation(const struct variant *v, const struct cycles_network *network,
				  const char *name)
{
	const struct build build = {v->batch, v->columns};
	struct cycles_engine engine = engine_of(&build);
	struct cycles_result *layers = calloc(network->count, sizeof(*layers)), total;
	struct cycles_pattern pattern;

	engine.block_units = either(v->block_units, engine.block_units);
	engine.accumulator_banks = either(v->banks, engine.accumulator_banks);
	engine.write_rows = either(v->write_rows, engine.write_rows);
	engine.data_bytes = either(v->data_bytes, engine.data_bytes);
	engine.latency = either(v->latency, engine.latency);
	engine.half_duplex = v->half_duplex;
	if (!layers || cycles_pattern_parse(name, &pattern) < 0 ||
	    cycles_network_run(&engine, network, &pattern, v->batch, layers, &total) < 0)
		die(name, "out of memory");
	free(layers);
	return cycles_utilisation(&engine, &total);
}

static void write_variants(const char *title, const struct variant *variants, size_t count,
			   FILE *out)
{
	struct cycles_network network = load("resnet50");

	fprintf(out, "### %s\n\n| |", title);
	for (size_t i = 0; i < N_VARIANT_PATTERNS; i++)
		fprintf(out, " %s |", variant_patterns[i]);
	fputs("\n|---|---|---|---|---|---|\n", out);
	for (size_t v = 0; v < count; v++) {
		fprintf(out, "| %s |", variants[v].what);
		for (size_t i = 0; i < N_VARIANT_PATTERNS; i++)
			fprintf(out, " %.1f %% |",
				100 * variant_utilisation(&variants[v], &network,
							  variant_patterns[i]));
		fputc('\n', out);
	}
	fputc('\n', out);
	cycles_network_free(&network);
}

static void write_network(const char *directory, const char *name, FILE *tables)
{
	for (size_t i = 0; i < N_BUILDS; i++) {
		struct comparison comparison = compare(name, &builds[i], 8, false);
		char file_name[96];
		FILE *chart;

		comparison_write_table(&comparison, tables);
		snprintf(file_name, sizeof(file_name), "%s-b%u-c%u.svg", name, builds[i].batch,
			 builds[i].columns);
		chart = create(directory, file_name);
		comparison_write_chart(&comparison, chart);
		finish(chart, file_name);
	}
}

int main(int argc, char **argv)
{
	FILE *tables;

	if (argc != 2) {
		fputs("usage: figures DIRECTORY\n", stderr);
		return 2;
	}
	if (mkdir(argv[1], 0777) < 0 && errno != EEXIST)
		die(argv[1], strerror(errno));
	tables = create(argv[1], "tables.md");
	for (size_t i = 0; i < N_NETWORKS; i++)
		write_network(argv[1], networks[i], tables);
	write_grants(&builds[0], tables);
	write_grants(&builds[2], tables);
	write_variants("resnet50: utilisation, step by step", steps,
		       sizeof(steps) / sizeof(steps[0]), tables);
	write_variants("resnet50, batch 1, 49 columns: utilisation by memory", memories,
		       sizeof(memories) / sizeof(memories[0]), tables);
	finish(tables, "tables.md");
	return 0;
}
