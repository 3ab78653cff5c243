/* SPDX-License-Identifier: MIT */
/* nmaccel model: the clocks of a pruned network, by the cycle model of hw/model. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_model.h"
#include "commands.h"
#include "cycles.h"
#include "fail.h"
#include "tree.h"

#define BUILTINS       "resnet50 mobilenetv2 bert-base"
#define MODEL_PATTERNS "all dense 1:2 2:4 1:4 32:128 16:128 8:128 8:256 mixed"
#define MAX_TABLE      (1u << 20)
#define MAX_EFFORT     2e9
#define MAX_COLUMNS    1024

struct model_config {
	struct common_config common;
	const char *network, *pattern;
	uint32_t batch, columns, lanes, bandwidth, latency, activations;
	bool half_duplex;
};

struct model {
	const struct model_config *config;
	struct cycles_network network;
	struct cycles_engine engine;
	struct cycles_grant grant;
	struct json_object *list;

	/* Of one pattern: a number for each layer. */
	struct cycles_result *layers;
	uint64_t *rivals[CYCLES_RIVALS];
	struct cycles_array arrays[CYCLES_RIVALS];
};

/* What memory and the interface can be asked for is what the options' limits say. */
static int set_engine(struct model *model)
{
	const struct model_config *c = model->config;

	if (check_lanes(c->lanes) < 0)
		return -1;
	cycles_engine_init(&model->engine);
	model->engine.lanes = c->lanes;
	model->engine.columns = c->columns;
	model->engine.data_bytes = cycles_engine_data_bytes(c->columns);
	model->engine.bandwidth = c->bandwidth;
	model->engine.latency = c->latency;
	model->engine.half_duplex = c->half_duplex;
	model->grant = (struct cycles_grant){
		.multipliers = c->lanes * c->columns,
		.activations = c->activations,
	};
	return 0;
}

/* A table in a file, as a string. */
static char *read_table(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text;
	size_t size;

	if (!file) {
		fail(FAIL_SYSTEM, "cannot open %s: %s; networks that come with nmaccel: %s", path,
		     strerror(errno), BUILTINS);
		return NULL;
	}
	text = xcalloc(1, MAX_TABLE + 1);
	size = fread(text, 1, MAX_TABLE + 1, file);
	if (ferror(file))
		fail(FAIL_SYSTEM, "cannot read %s: %s", path, strerror(errno));
	else if (size > MAX_TABLE)
		fail(FAIL_INPUT, "%s: more than %u bytes are no table of layers", path, MAX_TABLE);
	else if (memchr(text, '\0', size))
		fail(FAIL_INPUT, "%s: not a text, as a table of layers is", path);
	else {
		fclose(file);
		return text;
	}
	fclose(file);
	free(text);
	return NULL;
}

static int load_network(struct model *model)
{
	const char *name = model->config->network, *builtin = cycles_network_builtin(name);
	char error[CYCLES_ERROR_BYTES], *table = builtin ? NULL : read_table(name);
	int ret;

	if (!builtin && !table)
		return -1;
	ret = cycles_network_parse(builtin ? builtin : table, name, &model->network, error);
	free(table);
	if (ret < 0)
		return fail(FAIL_INPUT, "%s", error);
	if (cycles_network_effort(&model->engine, &model->network, model->config->batch) <=
	    MAX_EFFORT)
		return 0;
	cycles_network_free(&model->network);
	return fail(FAIL_USAGE,
		    "a batch of %" PRIu32 " of this network takes too long to walk; "
		    "give a smaller --batch, or smaller layers",
		    model->config->batch);
}

static void put_shape(struct json_object *item, const struct cycles_layer *layer)
{
	tree_u64(item, "rows", layer->rows);
	tree_u64(item, "reduction", cycles_layer_reduction(layer));
}

static void put_result(const struct model *model, struct json_object *item,
		       const struct cycles_result *result)
{
	static const char *const kinds[] = {"weights", "parameters", "input", "output", "control"};
	static const char *const spent[] = {"steps", "loads", "memory", "epilogue", "ends"};
	struct json_object *object;

	tree_u64(item, "cycles", result->cycles);
	tree_real(item, "utilisation", cycles_utilisation(&model->engine, result), 4);
	tree_u64(item, "bytes", cycles_result_bytes(result));
	tree_u64(item, "macs", result->macs);
	tree_u64(item, "nonzero_macs", result->nonzero_macs);
	tree_u64(item, "steps", result->steps);
	tree_u64(item, "loads", result->loads);
	tree_u64(item, "descriptors", result->descriptors);
	object = tree_object(item, "traffic");
	for (int i = 0; i < CYCLES_BYTES_KINDS; i++)
		tree_u64(object, kinds[i], result->bytes[i]);
	object = tree_object(item, "spent");
	for (int i = 0; i < CYCLES_SPENT_KINDS; i++)
		tree_u64(object, spent[i], result->spent[i]);
}

static void put_rivals(struct json_object *item, const uint64_t cycles[CYCLES_RIVALS],
		       uint64_t ours)
{
	struct json_object *rivals = tree_object(item, "rivals");
	struct json_object *speedup = tree_object(item, "speedup");

	for (int i = 0; i < CYCLES_RIVALS; i++) {
		const char *name = cycles_rival_name((enum cycles_rival)i);

		tree_u64(rivals, name, cycles[i]);
		tree_real(speedup, name, (double)cycles[i] / (double)ours, 3);
	}
}

static void put_arrays(struct json_object *item, const struct cycles_array arrays[CYCLES_RIVALS])
{
	struct json_object *object = tree_object(item, "arrays");
	char text[32];

	for (int i = 0; i < CYCLES_RIVALS; i++) {
		snprintf(text, sizeof(text), "%" PRIu32 "x%" PRIu32, arrays[i].rows,
			 arrays[i].columns);
		tree_text(object, cycles_rival_name((enum cycles_rival)i), text);
	}
}

/* An item begins with what it is about. */
static struct json_object *add_item(const struct model *model, const char *pattern,
				    const char *layer)
{
	struct json_object *item = tree_create("nmaccel.model");

	json_object_array_add(model->list, item);
	tree_text(item, "network", model->network.name);
	tree_u64(item, "batch", model->config->batch);
	tree_u64(item, "columns", model->engine.columns);
	tree_u64(item, "lanes", model->engine.lanes);
	tree_u64(item, "bandwidth", model->config->bandwidth);
	tree_bool(item, "half_duplex", model->config->half_duplex);
	tree_u64(item, "latency", model->engine.latency);
	tree_u64(item, "activations", model->grant.activations);
	tree_text(item, "pattern", pattern);
	tree_text(item, "layer", layer);
	return item;
}

static const char *layer_pattern_text(const struct cycles_layer *layer,
				      const struct cycles_pattern *pattern, char text[16])
{
	struct cycles_pattern p = cycles_layer_pattern(layer, pattern);

	if (p.m == 1)
		return "dense";
	snprintf(text, 16, "%" PRIu32 ":%" PRIu32, p.n, p.m);
	return text;
}

static void put_layers(const struct model *model, const char *name,
		       const struct cycles_pattern *pattern, uint64_t totals[CYCLES_RIVALS])
{
	for (size_t i = 0; i < model->network.count; i++) {
		const struct cycles_layer *layer = &model->network.layers[i];
		struct json_object *item = add_item(model, name, layer->name);
		uint64_t rivals[CYCLES_RIVALS];
		char text[16];

		tree_text(item, "layer_pattern", layer_pattern_text(layer, pattern, text));
		put_shape(item, layer);
		tree_u64(item, "output_columns", cycles_layer_columns(layer, model->config->batch));
		put_result(model, item, &model->layers[i]);
		for (int r = 0; r < CYCLES_RIVALS; r++) {
			rivals[r] = model->rivals[r][i];
			totals[r] += rivals[r];
		}
		put_rivals(item, rivals, model->layers[i].cycles);
	}
}

/* One pattern: an item for each layer, then one for all of them. NULL is "mixed". */
static int run_pattern(struct model *model, const char *name, const struct cycles_pattern *pattern)
{
	uint64_t totals[CYCLES_RIVALS] = {0};
	struct cycles_result total;
	struct json_object *item;

	if (cycles_network_run(&model->engine, &model->network, pattern, model->config->batch,
			       model->layers, &total) < 0)
		return fail(FAIL_SYSTEM, "out of memory");
	for (int i = 0; i < CYCLES_RIVALS; i++) {
		if (cycles_rival_run((enum cycles_rival)i, &model->grant, &model->network, pattern,
				     model->config->batch, &model->arrays[i], model->rivals[i]) < 0)
			return fail(FAIL_SYSTEM, "out of memory");
	}
	put_layers(model, name, pattern, totals);
	item = add_item(model, name, "total");
	put_result(model, item, &total);
	put_rivals(item, totals, total.cycles);
	put_arrays(item, model->arrays);
	return 0;
}

static int run_named(struct model *model, const char *name)
{
	struct cycles_pattern pattern;

	if (!strcmp(name, "mixed"))
		return run_pattern(model, name, NULL);
	if (cycles_pattern_parse(name, &pattern) < 0)
		return fail(FAIL_USAGE,
			    "--pattern takes all, mixed, dense or n:m with m = 2, 4, 8 ... 256, "
			    "not '%s'",
			    name);
	return run_pattern(model, name, &pattern);
}

static int run_patterns(struct model *model)
{
	if (strcmp(model->config->pattern, "all"))
		return run_named(model, model->config->pattern);
	for (size_t i = 0; cycles_pattern_names[i]; i++) {
		if (run_named(model, cycles_pattern_names[i]) < 0)
			return -1;
	}
	return 0;
}

static int report(struct model *model)
{
	int ret;

	model->list = json_object_new_array();
	model->layers = xcalloc(model->network.count, sizeof(*model->layers));
	for (int i = 0; i < CYCLES_RIVALS; i++)
		model->rivals[i] = xcalloc(model->network.count, sizeof(*model->rivals[i]));
	ret = run_patterns(model);
	for (int i = 0; i < CYCLES_RIVALS; i++)
		free(model->rivals[i]);
	free(model->layers);
	if (ret == 0)
		return tree_print(&model->config->common, model->list, model_write_text);
	json_object_put(model->list);
	return ret;
}

static int run_model(const void *config, char **operands, size_t n_operands)
{
	struct model model = {.config = config};
	int ret;

	(void)operands;
	(void)n_operands;
	if (!model.config->network)
		return fail(FAIL_USAGE, "--network is missing: a file, or one of %s", BUILTINS);
	if (set_engine(&model) < 0 || load_network(&model) < 0)
		return -1;
	ret = report(&model);
	cycles_network_free(&model.network);
	return ret;
}

static const struct option_spec options[] = {
	{"network", 'n', OPTION_FILE, "NETWORK",
	 "resnet50, mobilenetv2, bert-base, or a file with a table of layers",
	 offsetof(struct model_config, network), NULL, NULL, 0, 0},
	{"batch", 'b', OPTION_U32, "COUNT", "images or sequences of a run (1)",
	 offsetof(struct model_config, batch), NULL, NULL, 1, 65536},
	{"columns", 'C', OPTION_U32, "C", "columns that the engine computes at once (64)",
	 offsetof(struct model_config, columns), NULL, "16 32 49 56 64", 1, MAX_COLUMNS},
	{"lanes", 'N', OPTION_U32, "N", "slots of a step: 4, 8, 16 or 32 (8)",
	 offsetof(struct model_config, lanes), NULL, "4 8 16 32", 4, 32},
	{"pattern", 'p', OPTION_TEXT, "PATTERN",
	 "dense, N:M, mixed: each layer its own, or all, totals only (all)",
	 offsetof(struct model_config, pattern), NULL, MODEL_PATTERNS, 0, 0},
	{"bandwidth", 'w', OPTION_U32, "BYTES", "of the memory, a clock, each way (64)",
	 offsetof(struct model_config, bandwidth), NULL, "16 32 64", 1, 4096},
	{"half-duplex", 'd', OPTION_FLAG, NULL, "reads and writes share the bandwidth, as of DDR",
	 offsetof(struct model_config, half_duplex), NULL, NULL, 0, 0},
	{"latency", 'l', OPTION_U32, "CLOCKS", "of the memory (64)",
	 offsetof(struct model_config, latency), NULL, NULL, 0, 100000},
	{"activations", 'a', OPTION_U32, "A",
	 "of 8 activations A are not zero at most, which S2TA uses (8)",
	 offsetof(struct model_config, activations), NULL, "1 2 3 4 5 6 7 8", 1, 8},
	{0},
};

static const struct model_config defaults = {
	.pattern = "all",
	.batch = 1,
	.columns = 64,
	.lanes = 8,
	.bandwidth = 64,
	.latency = 64,
	.activations = 8,
};

const struct command model_command = {
	.name = "model",
	.operands = "",
	.summary = "Count the clocks of a pruned network on the engine and on others of its size",
	.min_operands = 0,
	.max_operands = 0,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel model --network resnet50 --pattern 8:128 --columns 49",
	.run = run_model,
};
