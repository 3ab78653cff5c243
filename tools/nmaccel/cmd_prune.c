/* SPDX-License-Identifier: MIT */
/* nmaccel prune: impose a pattern on the layers of a file, by magnitude. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "progress.h"
#include "save.h"
#include "transcode.h"
#include "tree.h"

struct prune_config {
	struct common_config common;
	struct select_config select;
	const char *pattern;
	bool force;
};

struct prune {
	const struct prune_config *config;
	struct nmaccel_pattern pattern;
	struct layer_hints hints;
	struct json_object *layers, *untouched;
};

struct weight_sums {
	uint64_t nonzeros;
	double magnitude;
};

static struct weight_sums sum_layer(const struct layer *layer, uint64_t elements)
{
	struct weight_sums sums = {0};

	for (uint64_t i = 0; i < elements; i++) {
		double value = layer->type == NMACCEL_TYPE_S8
				       ? (double)((const int8_t *)layer->values)[i]
				       : (double)((const float *)layer->values)[i];

		sums.nonzeros += value != 0;
		sums.magnitude += fabs(value);
	}
	return sums;
}

static void put_untouched(struct prune *prune, const struct tensor *t, enum not_layer why)
{
	struct json_object *object = tree_append(prune->untouched);

	tree_text(object, "name", t->name);
	tree_text(object, "code", not_layer_code(why));
	tree_text(object, "text", not_layer_text(why));
}

static void put_pruned(struct prune *prune, const struct tensor *t, const struct layer *layer,
		       struct weight_sums before, struct weight_sums after)
{
	struct json_object *object = tree_append(prune->layers);
	double elements = (double)t->elements;

	tree_text(object, "name", t->name);
	tree_text(object, "layout", layer_layout_name(layer->shape.layout));
	tree_u64(object, "elements", t->elements);
	tree_u64(object, "nonzeros_before", before.nonzeros);
	tree_u64(object, "nonzeros", after.nonzeros);
	tree_real(object, "zeros_percent", 100.0 - 100.0 * (double)after.nonzeros / elements, 2);
	tree_real(object, "magnitude_kept_percent",
		  before.magnitude > 0 ? 100.0 * after.magnitude / before.magnitude : 100.0, 2);
}

static int prune_layer(struct prune *prune, struct tensor *t, struct layer *layer)
{
	struct weight_sums before = sum_layer(layer, t->elements);
	enum nmaccel_status status = nmaccel_prune(&layer->view, &prune->pattern);

	if (status != NMACCEL_OK)
		return fail_library(status, "tensor '%s'", t->name);
	layer_apply_zeros(layer, t);
	put_pruned(prune, t, layer, before, sum_layer(layer, t->elements));
	return 0;
}

/* The tensor is loaded. */
static int prune_tensor(void *context, struct tensor *t)
{
	struct prune *prune = context;
	struct layer layer;
	int ret;

	if (!select_wants(&prune->config->select, t->name))
		return 0;
	ret = layer_create(t, &prune->hints, &layer);
	if (ret < 0)
		return -1;
	if (ret == NOT_FINITE)
		return fail(FAIL_INPUT, "tensor '%s': %s; %s", t->name, not_layer_text(NOT_FINITE),
			    not_layer_cure(NOT_FINITE));
	if (ret != IS_LAYER) {
		put_untouched(prune, t, (enum not_layer)ret);
		return 0;
	}
	ret = prune_layer(prune, t, &layer);
	layer_fini(&layer);
	return ret;
}

/* Formats that are rewritten as a whole: the changed tensors stay loaded until then. */
static int rewrite(struct prune *prune, struct tensor_source *src, const char *out)
{
	struct progress progress = progress_begin("pruning", src->count);
	struct save save;
	int ret = 0;

	for (size_t i = 0; i < src->count && ret == 0; i++) {
		struct layer_shape shape;
		enum not_layer why = layer_describe(&src->tensors[i], &prune->hints, &shape);

		if (why != IS_LAYER) {
			if (select_wants(&prune->config->select, src->tensors[i].name))
				put_untouched(prune, &src->tensors[i], why);
			continue;
		}
		ret = source_load(src, i);
		if (ret == 0)
			ret = prune_tensor(prune, &src->tensors[i]);
		progress_step(&progress, i);
	}
	progress_end(&progress);
	if (ret < 0 || save_begin(out, prune->config->force, &save) < 0)
		return -1;
	if (src->format->rewrite(src, save.file) < 0) {
		save_abort(&save);
		return -1;
	}
	return save_commit(&save);
}

static int write_pruned(struct prune *prune, struct tensor_source *src, const char *out,
			struct json_object *tree)
{
	const char *extension = strrchr(out, '.');
	static const struct select_config everything;
	struct transcode transcode = {.src = src,
				      .select = &everything,
				      .out = out,
				      .force = prune->config->force,
				      .transform = prune_tensor,
				      .context = prune};
	int ret;

	if (extension && !strcmp(extension, src->format->extension) && src->format->rewrite)
		return rewrite(prune, src, out);
	if (extension && !strcmp(extension, ".onnx"))
		return fail(FAIL_USAGE, "%s: an ONNX file can only be made from an ONNX file", out);
	transcode.tensors = json_object_new_array();
	transcode.skipped = tree_array(tree, "skipped");
	ret = transcode_run(&transcode);
	json_object_put(transcode.tensors);
	return ret;
}

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *layers = tree_get(tree, "layers");
	struct json_object *untouched = tree_get(tree, "untouched");
	struct table *table = table_create("lrrr");

	table_cell(table, "LAYER");
	table_cell(table, "WEIGHTS");
	table_cell(table, "ZEROS");
	table_cell(table, "MAGNITUDE KEPT");
	for (size_t i = 0; i < json_object_array_length(layers); i++) {
		struct json_object *layer = json_object_array_get_idx(layers, i);

		table_cell(table, "%s", tree_get_text(layer, "name"));
		table_cell(table, "%s", text_thousands(tree_get_u64(layer, "elements")));
		table_cell(table, "%.1f %%", tree_get_real(layer, "zeros_percent"));
		table_cell(table, "%.1f %%", tree_get_real(layer, "magnitude_kept_percent"));
	}
	table_print(table, "", out);
	fprintf(out, "%s: %zu layers pruned to %s, %zu other tensors as they were\n",
		tree_get_text(tree, "output"), json_object_array_length(layers),
		tree_get_text(tree, "pattern"), json_object_array_length(untouched));
	fputs("accuracy usually comes back by training on with the zeros held\n", out);
}

static int report(struct prune *prune, struct tensor_source *src, const char *out)
{
	struct json_object *tree = tree_create("nmaccel.prune");

	tree_text(tree, "input", src->in.path);
	tree_text(tree, "output", out);
	tree_text(tree, "pattern", prune->config->pattern);
	prune->layers = tree_array(tree, "layers");
	prune->untouched = tree_array(tree, "untouched");
	if (write_pruned(prune, src, out, tree) < 0) {
		json_object_put(tree);
		return -1;
	}
	return tree_print(&prune->config->common, tree, write_text);
}

static int has_layer(const struct prune *prune, const struct tensor_source *src)
{
	struct layer_shape shape;

	for (size_t i = 0; i < src->count; i++) {
		if (!src->tensors[i].part &&
		    select_wants(&prune->config->select, src->tensors[i].name) &&
		    layer_describe(&src->tensors[i], &prune->hints, &shape) == IS_LAYER)
			return 0;
	}
	return fail(FAIL_INPUT, "%s: no layer to prune; nmaccel check tells why", src->in.path);
}

static int run_prune(const void *config, char **operands, size_t n_operands)
{
	const struct prune_config *c = config;
	struct prune prune = {.config = c};
	struct tensor_source *src;
	int ret = -1;

	(void)n_operands;
	if (!c->pattern)
		return fail(FAIL_USAGE, "--pattern is missing: 2:4, 8:128, ...");
	if (parse_pattern(c->pattern, &prune.pattern) < 0)
		return -1;
	if (prune.pattern.kind != NMACCEL_PATTERN_NM)
		return fail(FAIL_USAGE, "--pattern: '%s' prunes nothing; give N:M", c->pattern);
	if (select_hints(&c->select, &prune.hints) < 0 || save_check(operands[1], c->force) < 0 ||
	    source_open(operands[0], &src) < 0)
		return -1;
	if (select_check(&c->select, src) == 0 && has_layer(&prune, src) == 0)
		ret = report(&prune, src, operands[1]);
	source_close(src);
	return ret;
}

static const struct option_spec options[] = {
	{"pattern", 'p', OPTION_TEXT, "N:M", "keep the N largest weights of every M",
	 offsetof(struct prune_config, pattern), NULL, PATTERN_OFFERS, 0, 0},
	SELECT_OPTIONS(struct prune_config),
	{"force", 'f', OPTION_FLAG, NULL, "replace the output file if it exists",
	 offsetof(struct prune_config, force), NULL, NULL, 0, 0},
	{0},
};

static const struct prune_config defaults;

const struct command prune_command = {
	.name = "prune",
	.operands = "IN OUT",
	.summary = "Impose an N:M pattern on the layers of a file, by magnitude",
	.min_operands = 2,
	.max_operands = 2,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel prune --pattern 8:128 --skip conv1 model.onnx pruned.onnx",
	.run = run_prune,
};
