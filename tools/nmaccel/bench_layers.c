/* SPDX-License-Identifier: MIT */
/* Single layers against the naive dense loop, in pairs, so that a busy machine slows both. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "commands.h"
#include "fail.h"
#include "naive.h"
#include "network.h"
#include "progress.h"
#include "tree.h"

static const char *const default_shapes[] = {"512x512", "1152x192", "64x64x3x3@28x28"};
static const char *const default_patterns[] = {"dense", "2:4", "1:4", "16:128", "8:128"};

struct bench_case {
	struct naive_shape shape;
	struct nmaccel_pattern pattern;
	int8_t *weights, *in;
	int32_t *expected;
	struct network net;
	uint64_t nonzeros, steps;
	double *ours, *naive, *ratios; /* seconds, seconds, naive / ours; of each pair */
	bool identical;
};

static bool take_number(const char **at, uint32_t *value)
{
	char *end;
	unsigned long number;

	if (**at < '0' || **at > '9')
		return false;
	number = strtoul(*at, &end, 10);
	if (number < 1 || number > 65536)
		return false;
	*value = (uint32_t)number;
	*at = end;
	return true;
}

/* Numbers with an x between them, an @ before the fifth; returns how many, 0 if malformed. */
static unsigned int take_numbers(const char *at, uint32_t numbers[6])
{
	unsigned int count = 0;

	while (count < 6 && take_number(&at, &numbers[count])) {
		count++;
		if (!*at)
			return count;
		if (*at++ != (count == 4 ? '@' : 'x'))
			return 0;
	}
	return 0;
}

/* "ROWSxK" or "OUTxINxHxW@HEIGHTxWIDTH" */
static int parse_shape(const char *text, uint32_t columns, struct naive_shape *shape)
{
	uint32_t numbers[6] = {0};
	unsigned int count = take_numbers(text, numbers);

	if (count != 2 && count != 6)
		return fail(FAIL_USAGE,
			    "--shape takes ROWSxK or OUTxINxHxW@HEIGHTxWIDTH with numbers from 1 "
			    "to 65536, not '%s'",
			    text);
	*shape = (struct naive_shape){.rows = numbers[0],
				      .channels = numbers[1],
				      .kernel_h = count == 6 ? numbers[2] : 1,
				      .kernel_w = count == 6 ? numbers[3] : 1,
				      .batch = count == 6 ? 1 : columns,
				      .height = count == 6 ? numbers[4] : 1,
				      .width = count == 6 ? numbers[5] : 1};
	return 0;
}

static uint64_t count_weights(const struct naive_shape *s)
{
	return (uint64_t)s->rows * s->channels * s->kernel_h * s->kernel_w;
}

static uint64_t count_pixels(const struct naive_shape *s)
{
	return (uint64_t)s->batch * s->height * s->width;
}

static int make_weights(struct bench_case *bench, uint64_t *random,
			struct nmaccel_weights **weights)
{
	const struct naive_shape *s = &bench->shape;
	struct nmaccel_pack_options options = {.size = sizeof(options), .pattern = bench->pattern};
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	struct nmaccel_weight_view view;
	enum nmaccel_status status;

	for (uint64_t i = 0; i < count_weights(s); i++) {
		int value = (int)(bench_random(random) % 254) - 127;

		bench->weights[i] = (int8_t)(value >= 0 ? value + 1 : value);
	}
	status = nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8,
					  bench->weights, s->rows, s->channels, s->kernel_h,
					  s->kernel_w);
	if (status == NMACCEL_OK)
		status = nmaccel_prune(&view, &bench->pattern);
	if (status == NMACCEL_OK)
		status = nmaccel_weights_pack(&view, &options, weights);
	if (status != NMACCEL_OK)
		return fail_library(status, "weights");
	status = nmaccel_weights_query(*weights, &info);
	bench->nonzeros = info.nonzeros;
	bench->steps = info.steps;
	if (status == NMACCEL_OK)
		return 0;
	nmaccel_weights_unref(*weights);
	return fail_library(status, "weights");
}

static enum nmaccel_status add_layer(struct bench_case *bench, struct nmaccel_weights *weights)
{
	const struct naive_shape *s = &bench->shape;
	struct nmaccel_tensor input = {.type = NMACCEL_TYPE_S8,
				       .layout = NMACCEL_LAYOUT_NHWC,
				       .batch = s->batch,
				       .height = s->height,
				       .width = s->width,
				       .channels = s->channels,
				       .quant = {.scale = 1.0f}};
	struct nmaccel_conv2d layer = {.size = sizeof(layer),
				       .weights = weights,
				       .window = {.pad_top = (s->kernel_h - 1) / 2,
						  .pad_left = (s->kernel_w - 1) / 2,
						  .pad_bottom = s->kernel_h / 2,
						  .pad_right = s->kernel_w / 2},
				       .epilogue = {.type = NMACCEL_TYPE_S32}};
	nmaccel_tensor_id in, out;
	enum nmaccel_status status = nmaccel_plan_input(bench->net.plan, &input, &in);

	if (status == NMACCEL_OK)
		status = nmaccel_plan_conv2d(bench->net.plan, in, &layer, &out);
	if (status == NMACCEL_OK)
		status = nmaccel_plan_output(bench->net.plan, out, NMACCEL_LAYOUT_NHWC);
	if (status == NMACCEL_OK)
		status = nmaccel_plan_compile(bench->net.plan, NULL);
	return status;
}

static int make_plan(struct bench_case *bench, const char *backend, uint64_t *random)
{
	struct nmaccel_weights *weights;
	enum nmaccel_status status;

	if (network_open_device(&bench->net, backend) < 0 ||
	    make_weights(bench, random, &weights) < 0)
		return -1;
	status = nmaccel_plan_create(bench->net.dev, &bench->net.plan);
	if (status == NMACCEL_OK)
		status = add_layer(bench, weights);
	nmaccel_weights_unref(weights);
	if (status != NMACCEL_OK)
		return fail_library(status, "plan");
	return network_finish(&bench->net, "plan");
}

static int allocate(struct bench_case *bench, uint32_t repeat)
{
	const struct naive_shape *s = &bench->shape;
	uint64_t ins = count_pixels(s) * s->channels, outs = count_pixels(s) * s->rows;

	bench->weights = calloc(count_weights(s), 1);
	bench->in = calloc(ins, 1);
	bench->expected = calloc(outs, sizeof(*bench->expected));
	bench->ours = calloc(repeat, sizeof(double));
	bench->naive = calloc(repeat, sizeof(double));
	bench->ratios = calloc(repeat, sizeof(double));
	if (bench->weights && bench->in && bench->expected && bench->ours && bench->naive &&
	    bench->ratios)
		return 0;
	return fail(FAIL_SYSTEM, "no memory for a layer of %" PRIu64 " weights", count_weights(s));
}

static int run_pairs(struct bench_case *bench, uint32_t repeat)
{
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};

	/* The first run of either fills the caches and is not counted. */
	if (network_run(&bench->net, &stats) < 0)
		return -1;
	naive_conv2d(&bench->shape, bench->weights, bench->in, bench->expected);
	bench->identical =
		!memcmp(bench->expected, bench->net.output_io[0].data,
			count_pixels(&bench->shape) * bench->shape.rows * sizeof(*bench->expected));
	for (uint32_t i = 0; i < repeat; i++) {
		uint64_t begin = now_ns(), middle;

		if (network_run(&bench->net, &stats) < 0)
			return -1;
		middle = now_ns();
		naive_conv2d(&bench->shape, bench->weights, bench->in, bench->expected);
		bench->naive[i] = (double)(now_ns() - middle) * 1e-9;
		bench->ours[i] = (double)(middle - begin) * 1e-9;
		bench->ratios[i] = bench->naive[i] / (bench->ours[i] > 0 ? bench->ours[i] : 1e-9);
	}
	return 0;
}

static void put_case(struct json_object *cases, const char *shape, struct bench_case *bench,
		     uint32_t repeat, double *dense_s)
{
	struct json_object *object = tree_append(cases);
	double macs = (double)count_weights(&bench->shape) * (double)count_pixels(&bench->shape);
	double ours = bench_percentile(bench->ours, repeat, 50);
	char pattern[32] = "";

	if (nmaccel_pattern_format(&bench->pattern, pattern, sizeof(pattern)) != NMACCEL_OK)
		pattern[0] = '\0';
	if (bench->pattern.kind == NMACCEL_PATTERN_DENSE)
		*dense_s = ours;
	tree_text(object, "shape", shape);
	tree_u64(object, "columns", count_pixels(&bench->shape));
	tree_text(object, "pattern", pattern);
	tree_real(object, "zeros_percent",
		  100.0 - 100.0 * (double)bench->nonzeros / (double)count_weights(&bench->shape),
		  2);
	tree_u64(object, "steps", bench->steps);
	tree_real(object, "ms", ours * 1e3, 4);
	tree_real(object, "naive_ms", bench_percentile(bench->naive, repeat, 50) * 1e3, 4);
	tree_real(object, "ratio", bench_percentile(bench->ratios, repeat, 50), 2);
	tree_real(object, "dense_gmacs_per_s", macs / ours * 1e-9, 2);
	if (*dense_s > 0)
		tree_real(object, "speedup_vs_dense", *dense_s / ours, 2);
	else
		tree_null(object, "speedup_vs_dense");
	tree_bool(object, "identical", bench->identical);
}

static void free_case(struct bench_case *bench)
{
	network_fini(&bench->net);
	free(bench->weights);
	free(bench->in);
	free(bench->expected);
	free(bench->ours);
	free(bench->naive);
	free(bench->ratios);
}

static int run_case(const struct bench_config *c, struct bench_case *bench, uint64_t *random)
{
	const struct naive_shape *s = &bench->shape;
	uint64_t ins = count_pixels(s) * s->channels;

	if (allocate(bench, c->repeat) < 0 || make_plan(bench, c->backend, random) < 0)
		return -1;
	for (uint64_t i = 0; i < ins; i++)
		bench->in[i] = (int8_t)(bench_random(random) & 0xff);
	memcpy(bench->net.input_io[0].data, bench->in, ins);
	return run_pairs(bench, c->repeat);
}

static int run_shape(const struct bench_config *c, const char *text, struct json_object *tree,
		     const struct text_list *patterns, uint64_t *random)
{
	struct json_object *cases = tree_get(tree, "cases");
	double dense_s = 0;
	int ret = 0;

	for (size_t p = 0; p < patterns->count && ret == 0; p++) {
		struct bench_case bench = {0};

		ret = parse_pattern(patterns->items[p], &bench.pattern);
		if (ret == 0)
			ret = parse_shape(text, c->columns, &bench.shape);
		if (ret == 0)
			ret = run_case(c, &bench, random);
		if (ret == 0 && !tree_get(tree, "device"))
			network_put_device(tree, &bench.net);
		if (ret == 0)
			put_case(cases, text, &bench, c->repeat, &dense_s);
		free_case(&bench);
	}
	return ret;
}

static void write_row(struct table *table, struct json_object *object)
{
	table_cell(table, "%s", tree_get_text(object, "shape"));
	table_cell(table, "%" PRIu64, tree_get_u64(object, "columns"));
	table_cell(table, "%s", tree_get_text(object, "pattern"));
	table_cell(table, "%.3f", tree_get_real(object, "ms"));
	table_cell(table, "%.3f", tree_get_real(object, "naive_ms"));
	table_cell(table, "%.2fx", tree_get_real(object, "ratio"));
	if (tree_get(object, "speedup_vs_dense"))
		table_cell(table, "%.2fx", tree_get_real(object, "speedup_vs_dense"));
	else
		table_cell(table, "-");
	table_cell(table, "%.1f", tree_get_real(object, "dense_gmacs_per_s"));
	table_cell(table, "%s", tree_get_bool(object, "identical") ? "yes" : "NO");
}

static void write_text(struct json_object *tree, FILE *out)
{
	static const char *const heads[] = {"SHAPE",	"COLUMNS",  "PATTERN",
					    "MS",	"NAIVE MS", "VS NAIVE",
					    "VS DENSE", "GMAC/S",   "IDENTICAL"};
	struct json_object *device = tree_get(tree, "device"), *cases = tree_get(tree, "cases");
	struct table *table = table_create("lrlrrrrrl");

	fprintf(out, "%s: %s; medians of %" PRIu64 " pairs, seed %" PRIu64 "\n\n",
		tree_get_text(device, "name"), tree_get_text(device, "description"),
		tree_get_u64(tree, "repeat"), tree_get_u64(tree, "seed"));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < json_object_array_length(cases); i++)
		write_row(table, json_object_array_get_idx(cases, i));
	table_print(table, "", out);
}

static bool all_identical(struct json_object *tree)
{
	struct json_object *cases = tree_get(tree, "cases");

	for (size_t i = 0; i < json_object_array_length(cases); i++) {
		if (!tree_get_bool(json_object_array_get_idx(cases, i), "identical"))
			return false;
	}
	return true;
}

int bench_layers(const struct bench_config *c)
{
	struct text_list shapes = {(const char **)default_shapes,
				   sizeof(default_shapes) / sizeof(default_shapes[0])};
	struct text_list patterns = {(const char **)default_patterns,
				     sizeof(default_patterns) / sizeof(default_patterns[0])};
	struct json_object *tree = tree_create("nmaccel.bench");
	uint64_t random = c->seed;
	struct progress progress;
	bool identical;
	int ret = 0;

	if (c->shapes.count)
		shapes = c->shapes;
	if (c->patterns.count)
		patterns = c->patterns;
	tree_text(tree, "kind", "layers");
	tree_u64(tree, "repeat", c->repeat);
	tree_u64(tree, "seed", c->seed);
	tree_array(tree, "cases");
	progress = progress_begin("measuring", shapes.count);
	for (size_t i = 0; i < shapes.count && ret == 0; i++) {
		ret = run_shape(c, shapes.items[i], tree, &patterns, &random);
		progress_step(&progress, i + 1);
	}
	progress_end(&progress);
	if (ret < 0) {
		json_object_put(tree);
		return -1;
	}
	identical = all_identical(tree);
	if (tree_print(&c->common, tree, write_text) < 0)
		return -1;
	return identical ? 0 : fail(FAIL_SYSTEM, "a result differs from that of the naive loop");
}
