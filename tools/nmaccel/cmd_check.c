/* SPDX-License-Identifier: MIT */
/* nmaccel check: which layers of a file run sparse, at what cost, and why or why not. */
#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "commands.h"
#include "fail.h"
#include "progress.h"
#include "select.h"
#include "stats.h"
#include "tree.h"
#include "verdict.h"

#define DEFAULT_LANES	   8
#define DEFAULT_BLOCK_ROWS 128

struct check_config {
	struct common_config common;
	struct select_config select;
	const char *pattern;
	uint32_t lanes, block_rows; /* 0: not given */
};

struct check_totals {
	uint64_t layers, sparse, dense, no, broken;
	uint64_t elements, nonzeros, steps, dense_steps;
};

struct check {
	const struct check_config *config;
	struct tensor_source *src;
	struct layer_hints hints;
	struct nmaccel_pattern demand;
	struct json_object *layers, *others;
	struct check_totals totals;
};

/* What steps are counted for: what the user says, else the entry's own, else the default build. */
static struct stats_engine engine_of(const struct check *check, const struct tensor *t)
{
	const struct check_config *c = check->config;
	struct stats_engine engine = {.lanes = DEFAULT_LANES, .block_rows = DEFAULT_BLOCK_ROWS};

	if (t && t->lanes)
		engine = (struct stats_engine){.lanes = t->lanes, .block_rows = t->block_rows};
	if (c->lanes)
		engine.lanes = c->lanes;
	if (c->block_rows)
		engine.block_rows = c->block_rows;
	return engine;
}

static void put_engine(struct json_object *object, const struct stats_engine *engine)
{
	tree_u64(object, "lanes", engine->lanes);
	tree_u64(object, "block_rows", engine->block_rows);
}

static void put_tensor(struct json_object *object, const struct tensor *t)
{
	struct json_object *shape;

	tree_text(object, "name", t->name);
	tree_text(object, "dtype",
		  t->dtype == DTYPE_UNKNOWN && t->dtype_text ? t->dtype_text
							     : dtype_name(t->dtype));
	shape = tree_array(object, "shape");
	for (unsigned int i = 0; i < t->rank; i++)
		json_object_array_add(shape, json_object_new_uint64(t->shape[i]));
	tree_text(object, "consumer", t->consumer);
}

static void put_shape(struct json_object *object, const struct tensor *t,
		      const struct layer_shape *shape)
{
	static const char *const from[] = {"guess", "graph", "file", "option"};

	tree_text(object, "kind", t->use == USE_CONV ? "conv2d" : "linear");
	tree_text(object, "layout", layer_layout_name(shape->layout));
	tree_text(object, "layout_from", from[shape->from]);
	tree_u64(object, "rows", shape->rows);
	tree_u64(object, "channels", shape->channels);
	tree_u64(object, "kernel_h", shape->kernel_h);
	tree_u64(object, "kernel_w", shape->kernel_w);
	tree_u64(object, "groups", shape->n_groups);
}

static void put_quant(struct json_object *object, const struct tensor *t, const struct layer *layer)
{
	struct json_object *quant;

	if (!t->quant.present && !layer->zero_point) {
		tree_null(object, "quantization");
		return;
	}
	quant = tree_object(object, "quantization");
	tree_text(quant, "scales",
		  !t->quant.present    ? "none"
		  : t->quant.count > 1 ? "per-channel"
				       : "per-tensor");
	tree_s64(quant, "zero_point", layer->zero_point);
	tree_bool(quant, "zero_points_differ", layer->zero_points_differ);
}

static void put_pattern(struct json_object *object, const char *key,
			const struct nmaccel_pattern *pattern)
{
	char text[32];

	if (nmaccel_pattern_format(pattern, text, sizeof(text)) != NMACCEL_OK)
		tree_null(object, key);
	else
		tree_text(object, key, text);
}

/* For each axis the pattern there, and for each m the least n. */
static void put_axes(struct json_object *object, const struct stats *stats)
{
	struct json_object *axes = tree_object(object, "axes");

	for (int axis = 0; axis < AXIS_COUNT; axis++) {
		const struct stats_line *line = &stats->axes[axis];
		struct nmaccel_pattern pattern = stats_detect(stats, axis);
		struct json_object *one, *least;

		if (!line->present)
			continue;
		one = tree_object(axes, stats_axis_code(axis));
		put_pattern(one, "pattern", &pattern);
		tree_u64(one, "length", line->length);
		least = tree_object(one, "least_n");
		for (unsigned int s = 0; s < STATS_SIZES; s++) {
			char m[8];

			snprintf(m, sizeof(m), "%" PRIu32, stats_sizes[s]);
			tree_u64(least, m, line->groups[s].tightest);
		}
	}
}

static void put_counts(struct json_object *object, const struct stats *stats,
		       const struct stats_engine *engine)
{
	uint64_t slots = stats->steps * engine->lanes;

	tree_u64(object, "elements", stats->elements);
	tree_u64(object, "nonzeros", stats->nonzeros);
	tree_real(object, "zeros_percent",
		  100.0 - 100.0 * (double)stats->nonzeros / (double)stats->elements, 2);
	tree_u64(object, "empty_rows", stats->empty_rows);
	tree_u64(object, "steps", stats->steps);
	tree_u64(object, "dense_steps", stats->dense_steps);
	tree_real(object, "step_ratio",
		  (double)stats->dense_steps / (double)(stats->steps ? stats->steps : 1), 2);
	tree_real(object, "lanes_used_percent",
		  slots ? 100.0 * (double)stats->nonzeros / (double)slots : 0, 1);
}

static int put_demand(struct check *check, struct json_object *object, const struct layer *layer)
{
	struct nmaccel_pattern_report report = {.size = sizeof(report)};
	enum nmaccel_status status = nmaccel_pattern_check(&layer->view, &check->demand, &report);
	struct json_object *demand, *places;

	if (status != NMACCEL_OK && status != NMACCEL_ERR_PATTERN)
		return fail_library(status, "%s", tree_get_text(object, "name"));
	check->totals.broken += status == NMACCEL_ERR_PATTERN;
	demand = tree_object(object, "demand");
	put_pattern(demand, "pattern", &check->demand);
	tree_bool(demand, "holds", status == NMACCEL_OK);
	tree_u64(demand, "groups", report.groups);
	tree_u64(demand, "bad_groups", report.bad_groups);
	tree_u64(demand, "bad_rows", report.bad_rows);
	tree_u64(demand, "worst", report.worst);
	places = tree_array(demand, "places");
	for (uint32_t i = 0; i < report.n_places; i++) {
		struct json_object *place = tree_append(places);

		tree_u64(place, "row", report.places[i].row);
		tree_u64(place, "kernel_y", report.places[i].kernel_y);
		tree_u64(place, "kernel_x", report.places[i].kernel_x);
		tree_u64(place, "channel", report.places[i].channel);
		tree_u64(place, "nonzeros", report.places[i].nonzeros);
	}
	return 0;
}

static int put_layer(struct check *check, const struct tensor *t, const struct layer *layer)
{
	const struct stats_engine engine = engine_of(check, t);
	struct stats *stats = stats_create(&layer->view, &engine);
	struct nmaccel_pattern pattern;
	struct json_object *object, *reasons;
	enum verdict verdict;
	int ret = 0;

	if (!stats)
		return -1;
	object = tree_append(check->layers);
	put_tensor(object, t);
	put_shape(object, t, &layer->shape);
	put_quant(object, t, layer);
	put_engine(object, &engine);
	put_counts(object, stats, &engine);
	pattern = stats_detect(stats, AXIS_INPUT);
	put_pattern(object, "pattern", &pattern);
	put_axes(object, stats);
	reasons = json_object_new_array();
	verdict = verdict_of(t, layer, stats, &engine, reasons);
	tree_text(object, "verdict", verdict_name(verdict));
	json_object_object_add(object, "reasons", reasons);
	if (check->config->pattern)
		ret = put_demand(check, object, layer);
	check->totals.layers++;
	check->totals.sparse += verdict == VERDICT_SPARSE;
	check->totals.dense += verdict == VERDICT_DENSE;
	check->totals.elements += stats->elements;
	check->totals.nonzeros += stats->nonzeros;
	check->totals.steps += stats->steps;
	check->totals.dense_steps += stats->dense_steps;
	free(stats);
	return ret;
}

static void put_not_layer(struct check *check, const struct tensor *t, enum not_layer why)
{
	bool surprising = not_layer_is_surprising(why);
	struct json_object *object = tree_append(surprising ? check->layers : check->others);
	struct json_object *reasons;

	put_tensor(object, t);
	if (!surprising) {
		tree_text(object, "code", not_layer_code(why));
		return;
	}
	tree_text(object, "verdict", verdict_name(VERDICT_NO));
	reasons = tree_array(object, "reasons");
	/* What a graph says cannot be overruled by --layout. */
	verdict_reason(reasons, not_layer_code(why),
		       why == NOT_EMBEDDING && t->use_from == FROM_GRAPH ? NULL
									 : not_layer_cure(why),
		       "%s", not_layer_text(why));
	check->totals.layers++;
	check->totals.no++;
}

static int check_tensor(struct check *check, size_t i)
{
	struct tensor *t = &check->src->tensors[i];
	struct layer_shape shape;
	enum not_layer why = layer_describe(t, &check->hints, &shape);
	struct layer layer;
	int ret;

	if (why != IS_LAYER) {
		put_not_layer(check, t, why);
		return 0;
	}
	if (source_load(check->src, i) < 0)
		return -1;
	ret = layer_create(t, &check->hints, &layer);
	if (ret == IS_LAYER) {
		ret = put_layer(check, t, &layer);
		layer_fini(&layer);
	} else if (ret > 0) {
		put_not_layer(check, t, (enum not_layer)ret);
		ret = 0;
	}
	source_unload(check->src, i);
	return ret;
}

static int check_tensors(struct check *check)
{
	struct progress progress;
	uint64_t total = 0, done = 0;
	int ret = 0;

	for (size_t i = 0; i < check->src->count; i++)
		total += check->src->tensors[i].elements;
	progress = progress_begin("checking", total);
	for (size_t i = 0; i < check->src->count && ret == 0; i++) {
		if (!check->src->tensors[i].part &&
		    select_wants(&check->config->select, check->src->tensors[i].name))
			ret = check_tensor(check, i);
		done += check->src->tensors[i].elements;
		progress_step(&progress, done);
	}
	progress_end(&progress);
	return ret;
}

static void put_summary(const struct check *check, struct json_object *tree)
{
	const struct check_totals *totals = &check->totals;
	struct json_object *summary = tree_object(tree, "summary");

	tree_u64(summary, "layers", totals->layers);
	tree_u64(summary, "sparse", totals->sparse);
	tree_u64(summary, "dense", totals->dense);
	tree_u64(summary, "no", totals->no);
	tree_u64(summary, "elements", totals->elements);
	tree_u64(summary, "nonzeros", totals->nonzeros);
	tree_real(summary, "zeros_percent",
		  totals->elements
			  ? 100.0 - 100.0 * (double)totals->nonzeros / (double)totals->elements
			  : 0,
		  2);
	tree_u64(summary, "steps", totals->steps);
	tree_u64(summary, "dense_steps", totals->dense_steps);
	tree_real(summary, "step_ratio",
		  (double)totals->dense_steps / (double)(totals->steps ? totals->steps : 1), 2);
	if (check->config->pattern)
		tree_u64(summary, "broken", totals->broken);
}

static int report(struct check *check)
{
	const struct tensor *first = check->src->count ? &check->src->tensors[0] : NULL;
	const struct stats_engine engine = engine_of(check, first);
	struct json_object *tree = tree_create("nmaccel.check");

	tree_text(tree, "file", check->src->in.path);
	tree_text(tree, "format", check->src->format->name);
	put_engine(tree_object(tree, "engine"), &engine);
	check->layers = tree_array(tree, "layers");
	check->others = tree_array(tree, "others");
	if (check_tensors(check) < 0) {
		json_object_put(tree);
		return -1;
	}
	put_summary(check, tree);
	if (tree_print(&check->config->common, tree, check_write_text) < 0)
		return -1;
	return check->totals.broken ? FAIL_CHECK : 0;
}

static int run_check(const void *config, char **operands, size_t n_operands)
{
	const struct check_config *c = config;
	struct check check = {.config = c};
	int ret = -1;

	(void)n_operands;
	if (select_hints(&c->select, &check.hints) < 0 || (c->lanes && check_lanes(c->lanes) < 0) ||
	    (c->block_rows && check_block_rows(c->block_rows) < 0))
		return -1;
	if (c->pattern && parse_pattern(c->pattern, &check.demand) < 0)
		return -1;
	if (source_open(operands[0], &check.src) < 0)
		return -1;
	if (select_check(&c->select, check.src) == 0)
		ret = report(&check);
	source_close(check.src);
	return ret;
}

static const struct option_spec options[] = {
	{"pattern", 'p', OPTION_TEXT, "N:M", "demand a pattern; exit code 3 if a layer breaks it",
	 offsetof(struct check_config, pattern), NULL, PATTERN_OFFERS, 0, 0},
	SELECT_OPTIONS(struct check_config),
	{"lanes", 'N', OPTION_U32, "N",
	 "slots of a step: 4, 8, 16 or 32 (a packed entry's own, else 8)",
	 offsetof(struct check_config, lanes), NULL, "4 8 16 32", 4, 32},
	{"block-rows", 'M', OPTION_U32, "M",
	 "rows of a block: 128 or 256 (a packed entry's own, else 128)",
	 offsetof(struct check_config, block_rows), NULL, "128 256", 128, 256},
	{0},
};

static const struct check_config defaults;

const struct command check_command = {
	.name = "check",
	.operands = "FILE",
	.summary = "Report which layers of a file run sparse, at what cost, and why or why not",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel check --pattern 2:4 --skip 'conv1*' model.onnx",
	.run = run_check,
};
