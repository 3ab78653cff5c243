/* SPDX-License-Identifier: MIT */
/* nmaccel run: a network on arrays of samples. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "network.h"
#include "progress.h"
#include "source.h"
#include "tree.h"
#include "writer.h"

#define DEFAULT_BATCH 64

struct run_config {
	struct common_config common;
	struct text_list inputs, outputs;
	uint32_t batch, repeat;
	const char *backend;
	bool stats, quantize, force;
};

struct run {
	const struct run_config *config;
	struct network net;
	struct tensor_source **arrays; /* of the inputs */
	uint64_t samples;
	uint32_t batch;
	unsigned char **results; /* of the outputs: whole batches */
	struct nmaccel_run_stats stats;
	uint64_t wall_ns, runs;
};

static int open_array(const char *path, struct tensor_source **array)
{
	if (source_open(path, array) < 0)
		return -1;
	if ((*array)->format != &npy_format || (*array)->tensors[0].rank < 1 ||
	    !(*array)->tensors[0].shape[0])
		return fail(FAIL_INPUT,
			    "%s: an input is a .npy array of one or more samples; its "
			    "first dimension counts them",
			    path);
	return source_load(*array, 0);
}

static int open_inputs(struct run *run)
{
	const struct text_list *paths = &run->config->inputs;

	if (!paths->count)
		return fail(FAIL_USAGE,
			    "--input is missing: a .npy file for each input of the plan");
	run->arrays = xcalloc(paths->count, sizeof(*run->arrays));
	for (size_t i = 0; i < paths->count; i++) {
		const struct tensor *t;

		if (open_array(paths->items[i], &run->arrays[i]) < 0)
			return -1;
		t = &run->arrays[i]->tensors[0];
		if (i && t->shape[0] != run->samples)
			return fail(FAIL_INPUT, "%s has %" PRIu64 " samples, %s has %" PRIu64,
				    paths->items[i], t->shape[0], paths->items[0], run->samples);
		run->samples = t->shape[0];
	}
	run->batch = run->config->batch		    ? run->config->batch
		     : run->samples < DEFAULT_BATCH ? (uint32_t)run->samples
						    : DEFAULT_BATCH;
	return 0;
}

static bool array_has_type(const struct tensor *t, enum nmaccel_type type)
{
	return (type == NMACCEL_TYPE_U8 && t->dtype == DTYPE_U8) ||
	       (type == NMACCEL_TYPE_S8 && t->dtype == DTYPE_S8);
}

static int check_input(const struct run *run, uint32_t i)
{
	const struct nmaccel_tensor *want = &run->net.inputs[i];
	const struct tensor *t = &run->arrays[i]->tensors[0];
	const char *path = run->config->inputs.items[i];
	uint64_t one = run->net.input_io[i].bytes / run->batch;

	if (t->elements / t->shape[0] != one)
		return fail(FAIL_INPUT,
			    "%s: %" PRIu64 " elements a sample; input %" PRIu32 " takes %" PRIu32
			    " x %" PRIu32 " x %" PRIu32 " (%s)",
			    path, t->elements / t->shape[0], i,
			    want->layout == NMACCEL_LAYOUT_NCHW ? want->channels : want->height,
			    want->layout == NMACCEL_LAYOUT_NCHW ? want->height : want->width,
			    want->layout == NMACCEL_LAYOUT_NCHW ? want->width : want->channels,
			    want->layout == NMACCEL_LAYOUT_NCHW ? "channels, height, width"
								: "height, width, channels");
	if (!run->config->quantize && !array_has_type(t, want->type))
		return fail(FAIL_INPUT, "%s: elements of type %s; input %" PRIu32 " takes %s%s",
			    path, dtype_name(t->dtype), i, network_type_name(want->type),
			    dtype_is_float(t->dtype) ? "; --quantize converts real values" : "");
	return 0;
}

static int check_plan(const struct run *run)
{
	const struct run_config *c = run->config;

	if (c->inputs.count != run->net.info.n_inputs)
		return fail(FAIL_USAGE, "%zu --input given, the plan has %" PRIu32, c->inputs.count,
			    run->net.info.n_inputs);
	if (c->outputs.count > run->net.info.n_outputs)
		return fail(FAIL_USAGE, "%zu --output given, the plan has %" PRIu32,
			    c->outputs.count, run->net.info.n_outputs);
	for (uint32_t i = 0; i < run->net.info.n_inputs; i++) {
		if (check_input(run, i) < 0)
			return -1;
	}
	return 0;
}

static void quantize(const struct tensor *t, uint64_t first, uint64_t count,
		     const struct nmaccel_tensor *want, unsigned char *out)
{
	double low = want->type == NMACCEL_TYPE_U8 ? 0 : -128;

	for (uint64_t i = 0; i < count; i++) {
		float real = (float)dtype_get(t->dtype, t->data, first + i);
		double q = (double)nearbyintf(real / want->quant.scale) + want->quant.zero_point;

		q = q < low || isnan(q) ? low : q > low + 255 ? low + 255 : q;
		out[i] = (unsigned char)(int)q;
	}
}

/* Samples [first, first + batch) of every input; missing ones stay what they were. */
static void fill_inputs(struct run *run, uint64_t first)
{
	uint64_t left = run->samples - first;
	uint64_t count = left < run->batch ? left : run->batch;

	for (uint32_t i = 0; i < run->net.info.n_inputs; i++) {
		const struct tensor *t = &run->arrays[i]->tensors[0];
		uint64_t one = run->net.input_io[i].bytes / run->batch;

		if (run->config->quantize && !array_has_type(t, run->net.inputs[i].type))
			quantize(t, first * one, count * one, &run->net.inputs[i],
				 run->net.input_io[i].data);
		else
			memcpy(run->net.input_io[i].data, t->data + first * one, count * one);
	}
}

static void keep_outputs(struct run *run, uint64_t first)
{
	for (size_t i = 0; i < run->config->outputs.count; i++) {
		uint64_t one = run->net.output_io[i].bytes / run->batch;
		uint64_t left = run->samples - first;
		uint64_t count = left < run->batch ? left : run->batch;

		memcpy(run->results[i] + first * one, run->net.output_io[i].data, count * one);
	}
}

static int allocate_results(struct run *run)
{
	run->results = xcalloc(run->net.info.n_outputs, sizeof(*run->results));
	for (size_t i = 0; i < run->config->outputs.count; i++) {
		uint64_t one = run->net.output_io[i].bytes / run->batch;

		run->results[i] = calloc(run->samples, one);
		if (!run->results[i])
			return fail(FAIL_SYSTEM, "no memory for %" PRIu64 " results", run->samples);
	}
	return 0;
}

static int run_samples(struct run *run)
{
	uint64_t batches = (run->samples + run->batch - 1) / run->batch;
	uint64_t total = batches * run->config->repeat;
	struct progress progress = progress_begin("running", total);
	int ret = 0;

	for (uint64_t i = 0; i < total && ret == 0; i++) {
		uint64_t first = i % batches * run->batch, begin;

		fill_inputs(run, first);
		begin = now_ns();
		ret = network_run(&run->net, &run->stats);
		run->wall_ns += now_ns() - begin;
		run->runs++;
		if (ret == 0 && i < batches)
			keep_outputs(run, first);
		progress_step(&progress, i + 1);
	}
	progress_end(&progress);
	return ret;
}

static int fill_result(void *context, size_t i, const void **data)
{
	(void)i;
	*data = context;
	return 0;
}

static enum dtype result_dtype(enum nmaccel_type type)
{
	switch (type) {
	case NMACCEL_TYPE_S8:
		return DTYPE_S8;
	case NMACCEL_TYPE_U8:
		return DTYPE_U8;
	case NMACCEL_TYPE_S32:
		return DTYPE_S32;
	default:
		return DTYPE_F32;
	}
}

static void result_shape(const struct run *run, size_t i, struct out_tensor *out)
{
	const struct nmaccel_tensor *t = &run->net.outputs[i];
	bool planes = t->layout == NMACCEL_LAYOUT_NCHW;

	*out = (struct out_tensor){.dtype = result_dtype(t->type), .rank = 2};
	out->shape[0] = run->samples;
	out->shape[1] = t->channels;
	if (t->height != 1 || t->width != 1) {
		out->rank = 4;
		out->shape[1] = planes ? t->channels : t->height;
		out->shape[2] = planes ? t->height : t->width;
		out->shape[3] = planes ? t->width : t->channels;
	}
	out->bytes = run->samples * (run->net.output_io[i].bytes / run->batch);
}

static int save_results(struct run *run)
{
	static const struct writer npy = {".npy", npy_write, false};

	for (size_t i = 0; i < run->config->outputs.count; i++) {
		struct out_tensor one;
		struct out_tensors out = {
			.items = &one, .count = 1, .fill = fill_result, .context = run->results[i]};

		result_shape(run, i, &one);
		if (writer_save(&npy, run->config->outputs.items[i], run->config->force, &out) < 0)
			return -1;
	}
	return 0;
}

static void put_report(const struct run *run, struct json_object *tree)
{
	struct json_object *outputs, *time = tree_object(tree, "time");
	double seconds = (double)run->wall_ns * 1e-9;
	double samples = (double)run->samples * run->config->repeat;

	tree_u64(time, "runs", run->runs);
	tree_u64(time, "wall_ns", run->wall_ns);
	tree_u64(time, "engine_ns", run->stats.run_ns);
	tree_real(time, "samples_per_s", seconds > 0 ? samples / seconds : 0, 1);
	outputs = tree_array(tree, "outputs");
	for (size_t i = 0; i < run->config->outputs.count; i++) {
		struct json_object *object = tree_append(outputs), *shape;
		struct out_tensor one;

		result_shape(run, i, &one);
		tree_text(object, "file", run->config->outputs.items[i]);
		tree_text(object, "dtype", dtype_name(one.dtype));
		shape = tree_array(object, "shape");
		for (unsigned int d = 0; d < one.rank; d++)
			json_object_array_add(shape, json_object_new_uint64(one.shape[d]));
	}
	if (run->config->stats) {
		network_put_plan(tree, &run->net);
		tree_u64(time, "steps", run->stats.steps);
		tree_u64(time, "loads", run->stats.loads);
	}
}

static void write_stats(struct json_object *tree, FILE *out)
{
	struct json_object *plan = tree_get(tree, "plan"), *time = tree_get(tree, "time");

	fprintf(out, "plan: %" PRIu64 " layers, %" PRIu64 " descriptors, %" PRIu64 " in flight\n",
		tree_get_u64(plan, "layers"), tree_get_u64(plan, "descriptors"),
		tree_get_u64(plan, "max_in_flight"));
	fprintf(out,
		"memory: weights %s, activations %s a run, peak %s (%+.1f %% over what is "
		"needed)\n",
		text_bytes(tree_get_u64(plan, "weight_bytes")),
		text_bytes(tree_get_u64(plan, "activation_bytes")),
		text_bytes(tree_get_u64(plan, "peak_bytes")),
		tree_get_real(plan, "peak_over_needed_percent"));
	fprintf(out, "work: %s steps planned a run, %s counted in all; %s of %s multiply-adds\n",
		text_thousands(tree_get_u64(plan, "steps")),
		text_thousands(tree_get_u64(time, "steps")),
		text_thousands(tree_get_u64(plan, "nonzero_macs")),
		text_thousands(tree_get_u64(plan, "macs")));
}

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *device = tree_get(tree, "device"), *time = tree_get(tree, "time");
	struct json_object *outputs = tree_get(tree, "outputs");

	fprintf(out, "%s on %s (%s): %s samples in batches of %" PRIu64 "\n",
		tree_get_text(tree, "file"), tree_get_text(device, "name"),
		tree_get_text(device, "description"), text_thousands(tree_get_u64(tree, "samples")),
		tree_get_u64(tree, "batch"));
	fprintf(out, "time: %.3f ms for %s runs, %.1f samples/s\n",
		(double)tree_get_u64(time, "wall_ns") * 1e-6,
		text_thousands(tree_get_u64(time, "runs")), tree_get_real(time, "samples_per_s"));
	if (tree_get(tree, "plan"))
		write_stats(tree, out);
	for (size_t i = 0; i < json_object_array_length(outputs); i++)
		fprintf(out, "wrote %s\n",
			tree_get_text(json_object_array_get_idx(outputs, i), "file"));
}

static int run_and_report(struct run *run, const char *path)
{
	struct json_object *tree;

	if (open_inputs(run) < 0 ||
	    network_load(&run->net, run->config->backend, path, run->batch) < 0 ||
	    check_plan(run) < 0 || allocate_results(run) < 0 || run_samples(run) < 0 ||
	    save_results(run) < 0)
		return -1;
	tree = tree_create("nmaccel.run");
	tree_text(tree, "file", path);
	network_put_device(tree, &run->net);
	tree_u64(tree, "samples", run->samples);
	tree_u64(tree, "batch", run->batch);
	tree_u64(tree, "repeat", run->config->repeat);
	put_report(run, tree);
	return tree_print(&run->config->common, tree, write_text);
}

static int check_outputs(const struct run_config *c)
{
	for (size_t i = 0; i < c->outputs.count; i++) {
		const char *path = c->outputs.items[i];
		size_t len = strlen(path);

		if (len < 5 || strcmp(path + len - 4, ".npy"))
			return fail(FAIL_USAGE, "--output '%s' does not end in .npy", path);
		if (save_check(path, c->force) < 0)
			return -1;
	}
	return 0;
}

static int run_run(const void *config, char **operands, size_t n_operands)
{
	struct run run = {.config = config};
	int ret;

	(void)n_operands;
	if (check_outputs(config) < 0)
		return -1;
	ret = run_and_report(&run, operands[0]);
	for (uint32_t i = 0; run.results && i < run.net.info.n_outputs; i++)
		free(run.results[i]);
	free(run.results);
	for (size_t i = 0; run.arrays && i < run.config->inputs.count; i++)
		source_close(run.arrays[i]);
	free(run.arrays);
	network_fini(&run.net);
	return ret;
}

static const struct option_spec options[] = {
	{"input", 'i', OPTION_LIST, "FILE.npy", "samples for an input; once for each input",
	 offsetof(struct run_config, inputs), NULL, "<file>", 0, 0},
	{"output", 'o', OPTION_LIST, "FILE.npy", "where an output goes; once for each output",
	 offsetof(struct run_config, outputs), NULL, "<file>", 0, 0},
	{"batch", 'b', OPTION_U32, "COUNT", "samples of one run (64, or all if there are fewer)",
	 offsetof(struct run_config, batch), NULL, NULL, 1, 1u << 20},
	{"repeat", 'r', OPTION_U32, "COUNT", "run all samples that many times (1)",
	 offsetof(struct run_config, repeat), NULL, NULL, 1, 1000000},
	{"stats", 's', OPTION_FLAG, NULL, "also tell memory, steps and multiply-adds",
	 offsetof(struct run_config, stats), NULL, NULL, 0, 0},
	{"quantize", 'q', OPTION_FLAG, NULL,
	 "convert input values by the input's scale and zero point",
	 offsetof(struct run_config, quantize), NULL, NULL, 0, 0},
	{"backend", 'B', OPTION_TEXT, "NAME", "device or backend to run on",
	 offsetof(struct run_config, backend), NULL, "soft model drm xrt", 0, 0},
	{"force", 'f', OPTION_FLAG, NULL, "replace output files that exist",
	 offsetof(struct run_config, force), NULL, NULL, 0, 0},
	{0},
};

static const struct run_config defaults = {.repeat = 1};

const struct command run_command = {
	.name = "run",
	.operands = "MODEL.plan",
	.summary = "Run a network on arrays of samples",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel run cnn.plan --input images.npy --output logits.npy --stats",
	.run = run_run,
};
