/* SPDX-License-Identifier: MIT */
/* nmaccel pack: the layers of a file as one .nmw container. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "progress.h"
#include "save.h"
#include "select.h"
#include "stats.h"
#include "tree.h"

struct pack_config {
	struct common_config common;
	struct select_config select;
	const char *output, *pattern;
	bool prune, requantize, force;
	uint32_t lanes, block_rows, panel_rows;
};

struct pack {
	const struct pack_config *config;
	struct tensor_source *src;
	struct layer_hints hints;
	struct nmaccel_pattern pattern; /* of the option */
	struct json_object *layers, *skipped;
	struct nmaccel_weights **weights;
	const char **names;
	size_t count;
};

static int choose_pattern(const struct pack *pack, const struct layer *layer,
			  struct nmaccel_pattern *pattern)
{
	const struct stats_engine engine = {.lanes = pack->config->lanes,
					    .block_rows = pack->config->block_rows};
	struct stats *stats;

	if (pack->config->pattern) {
		*pattern = pack->pattern;
		return 0;
	}
	stats = stats_create(&layer->view, &engine);
	if (!stats)
		return -1;
	*pattern = stats_detect(stats, AXIS_INPUT);
	free(stats);
	return 0;
}

static void put_packed(struct pack *pack, const char *name, const struct nmaccel_weights_info *info)
{
	struct json_object *object = tree_append(pack->layers);
	char pattern[32] = "";

	if (nmaccel_pattern_format(&info->pattern, pattern, sizeof(pattern)) != NMACCEL_OK)
		pattern[0] = '\0';
	tree_text(object, "name", name);
	tree_text(object, "pattern", pattern);
	tree_u64(object, "rows", info->rows);
	tree_u64(object, "channels", info->channels);
	tree_u64(object, "kernel_h", info->kernel_h);
	tree_u64(object, "kernel_w", info->kernel_w);
	tree_u64(object, "groups", info->n_groups);
	tree_u64(object, "panels", info->n_panels);
	tree_u64(object, "nonzeros", info->nonzeros);
	tree_u64(object, "steps", info->steps);
	tree_u64(object, "stream_bytes", info->stream_bytes);
	tree_u64(object, "dense_bytes", info->dense_bytes);
}

static int add_weights(struct pack *pack, const char *name, struct nmaccel_weights *weights)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	enum nmaccel_status status = nmaccel_weights_query(weights, &info);

	pack->weights = xrealloc_array(pack->weights, pack->count + 1, sizeof(*pack->weights));
	pack->names = xrealloc_array(pack->names, pack->count + 1, sizeof(*pack->names));
	pack->names[pack->count] = name;
	pack->weights[pack->count++] = weights;
	if (status != NMACCEL_OK)
		return fail_library(status, "tensor '%s'", name);
	put_packed(pack, name, &info);
	return 0;
}

static int check_quant(const struct pack *pack, const struct tensor *t, const struct layer *layer)
{
	if (pack->config->requantize || layer->type == NMACCEL_TYPE_S8)
		return 0;
	if (layer->wide)
		return fail(FAIL_INPUT,
			    "tensor '%s': weights minus their zero point run from %" PRId32
			    " to %" PRId32 ", beyond int8; --requantize scales them anew",
			    t->name, layer->wide_min, layer->wide_max);
	if (t->quant.present)
		return fail(FAIL_INPUT,
			    "tensor '%s': its scales do not run along the output channels; "
			    "--requantize scales it anew",
			    t->name);
	return 0;
}

static int pack_layer(struct pack *pack, const struct tensor *t, struct layer *layer)
{
	const struct pack_config *c = pack->config;
	struct nmaccel_pack_options options = {.size = sizeof(options),
					       .scales = layer->row_scales,
					       .n_groups = layer->shape.n_groups,
					       .lanes = c->lanes,
					       .block_rows = c->block_rows,
					       .panel_rows = c->panel_rows};
	struct nmaccel_weights *weights;
	enum nmaccel_status status = NMACCEL_OK;

	if (check_quant(pack, t, layer) < 0)
		return -1;
	if (c->prune)
		status = nmaccel_prune(&layer->view, &pack->pattern);
	if (status != NMACCEL_OK)
		return fail_library(status, "tensor '%s'", t->name);
	if (choose_pattern(pack, layer, &options.pattern) < 0)
		return -1;
	status = nmaccel_weights_pack(&layer->view, &options, &weights);
	if (status != NMACCEL_OK)
		return fail_library(status, "tensor '%s'", t->name);
	return add_weights(pack, t->name, weights);
}

static void put_skipped(struct pack *pack, const struct tensor *t, enum not_layer why)
{
	struct json_object *object = tree_append(pack->skipped);

	tree_text(object, "name", t->name);
	tree_text(object, "code", not_layer_code(why));
	tree_text(object, "text", not_layer_text(why));
}

/* Asked for by name, a tensor that is no layer is an error; met by the way, it is left out. */
static int skip_tensor(struct pack *pack, const struct tensor *t, enum not_layer why)
{
	const struct text_list *asked = &pack->config->select.layers;

	for (size_t i = 0; i < asked->count; i++) {
		if (!strcmp(asked->items[i], t->name))
			return fail(FAIL_INPUT, "tensor '%s' is no layer: %s", t->name,
				    not_layer_text(why));
	}
	put_skipped(pack, t, why);
	return 0;
}

static int pack_tensor(struct pack *pack, size_t i)
{
	struct tensor *t = &pack->src->tensors[i];
	struct layer_shape shape;
	enum not_layer why = layer_describe(t, &pack->hints, &shape);
	struct layer layer;
	int ret;

	if (why != IS_LAYER)
		return skip_tensor(pack, t, why);
	if (source_load(pack->src, i) < 0)
		return -1;
	ret = layer_create(t, &pack->hints, &layer);
	if (ret == IS_LAYER) {
		ret = pack_layer(pack, t, &layer);
		layer_fini(&layer);
	} else if (ret > 0) {
		ret = fail(FAIL_INPUT, "tensor '%s': %s", t->name,
			   not_layer_text((enum not_layer)ret));
	}
	source_unload(pack->src, i);
	return ret;
}

static int pack_tensors(struct pack *pack)
{
	struct progress progress = progress_begin("packing", pack->src->count);
	int ret = 0;

	for (size_t i = 0; i < pack->src->count && ret == 0; i++) {
		const struct tensor *t = &pack->src->tensors[i];

		if (!t->part && select_wants(&pack->config->select, t->name))
			ret = pack_tensor(pack, i);
		progress_step(&progress, i);
	}
	progress_end(&progress);
	if (ret == 0 && !pack->count)
		ret = fail(FAIL_INPUT, "%s: no layer to pack; nmaccel check tells why",
			   pack->src->in.path);
	return ret;
}

static void write_row(struct table *table, struct json_object *layer)
{
	double dense = (double)tree_get_u64(layer, "dense_bytes");
	double zeros =
		dense > 0 ? 100.0 - 100.0 * (double)tree_get_u64(layer, "nonzeros") / dense : 0;

	table_cell(table, "%s", tree_get_text(layer, "name"));
	table_cell(table, "%s", tree_get_text(layer, "pattern"));
	table_cell(table, "%s", text_thousands(tree_get_u64(layer, "dense_bytes")));
	table_cell(table, "%.1f %%", zeros);
	table_cell(table, "%s", text_bytes(tree_get_u64(layer, "stream_bytes")));
	table_cell(table, "%s", text_thousands(tree_get_u64(layer, "steps")));
}

static void write_text(struct json_object *tree, FILE *out)
{
	static const char *const heads[] = {"LAYER", "PATTERN", "WEIGHTS",
					    "ZEROS", "PACKED",	"STEPS"};
	struct json_object *layers = tree_get(tree, "layers"), *skipped = tree_get(tree, "skipped");
	struct table *table = table_create("llrrrr");

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < json_object_array_length(layers); i++)
		write_row(table, json_object_array_get_idx(layers, i));
	table_print(table, "", out);
	fprintf(out, "%s: %zu layers packed, %zu tensors left out\n", tree_get_text(tree, "output"),
		json_object_array_length(layers), json_object_array_length(skipped));
}

static int pack_and_report(struct pack *pack)
{
	const struct pack_config *c = pack->config;
	struct json_object *tree = tree_create("nmaccel.pack"), *engine;
	enum nmaccel_status status = NMACCEL_OK;
	int ret;

	tree_text(tree, "input", pack->src->in.path);
	tree_text(tree, "output", c->output);
	engine = tree_object(tree, "engine");
	tree_u64(engine, "lanes", c->lanes);
	tree_u64(engine, "block_rows", c->block_rows);
	pack->layers = tree_array(tree, "layers");
	pack->skipped = tree_array(tree, "skipped");
	ret = pack_tensors(pack);
	if (ret == 0)
		ret = save_check(c->output, c->force);
	if (ret == 0)
		status = nmaccel_nmw_save(c->output, pack->names,
					  (const struct nmaccel_weights *const *)pack->weights,
					  pack->count);
	if (status != NMACCEL_OK)
		ret = fail_library(status, "%s", c->output);
	if (ret < 0) {
		json_object_put(tree);
		return -1;
	}
	return tree_print(&c->common, tree, write_text);
}

static int check_config(const struct pack_config *c, struct pack *pack)
{
	if (!c->output)
		return fail(FAIL_USAGE, "--output is missing: where should the .nmw file go?");
	if (c->pattern && parse_pattern(c->pattern, &pack->pattern) < 0)
		return -1;
	if (c->prune && pack->pattern.kind != NMACCEL_PATTERN_NM)
		return fail(FAIL_USAGE, "--prune needs a --pattern N:M to prune to");
	if (check_lanes(c->lanes) < 0 || check_block_rows(c->block_rows) < 0 ||
	    select_hints(&c->select, &pack->hints) < 0)
		return -1;
	return save_check(c->output, c->force);
}

static int run_pack(const void *config, char **operands, size_t n_operands)
{
	struct pack pack = {.config = config};
	int ret = -1;

	(void)n_operands;
	if (check_config(config, &pack) < 0 || source_open(operands[0], &pack.src) < 0)
		return -1;
	if (select_check(&pack.config->select, pack.src) == 0)
		ret = pack_and_report(&pack);
	for (size_t i = 0; i < pack.count; i++)
		nmaccel_weights_unref(pack.weights[i]);
	free(pack.weights);
	free(pack.names);
	source_close(pack.src);
	return ret;
}

static const struct option_spec options[] = {
	{"output", 'o', OPTION_FILE, "FILE", "the .nmw container to write",
	 offsetof(struct pack_config, output), NULL, NULL, 0, 0},
	{"pattern", 'p', OPTION_TEXT, "N:M",
	 "demand a pattern, exit code 3 if it is broken (default: what is found)",
	 offsetof(struct pack_config, pattern), NULL, PATTERN_OFFERS, 0, 0},
	{"prune", 'P', OPTION_FLAG, NULL, "impose the pattern first, by magnitude",
	 offsetof(struct pack_config, prune), NULL, NULL, 0, 0},
	{"requantize", 'q', OPTION_FLAG, NULL,
	 "scale anew what is not int8 with a scale for each row",
	 offsetof(struct pack_config, requantize), NULL, NULL, 0, 0},
	SELECT_OPTIONS(struct pack_config),
	{"lanes", 'N', OPTION_U32, "N", "slots of a step: 4, 8, 16 or 32 (8)",
	 offsetof(struct pack_config, lanes), NULL, "4 8 16 32", 4, 32},
	{"block-rows", 'M', OPTION_U32, "M", "rows of a block: 128 or 256 (128)",
	 offsetof(struct pack_config, block_rows), NULL, "128 256", 128, 256},
	{"panel-rows", 'R', OPTION_U32, "ROWS", "rows of a panel: 1 to 512 (512)",
	 offsetof(struct pack_config, panel_rows), NULL, NULL, 1, 512},
	{"force", 'f', OPTION_FLAG, NULL, "replace the output file if it exists",
	 offsetof(struct pack_config, force), NULL, NULL, 0, 0},
	{0},
};

static const struct pack_config defaults = {.lanes = 8, .block_rows = 128, .panel_rows = 512};

const struct command pack_command = {
	.name = "pack",
	.operands = "FILE",
	.summary = "Pack the layers of a file for the engine, quantising floats to int8",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel pack model.onnx --pattern 8:128 --prune -o model.nmw",
	.run = run_pack,
};
