/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fail.h"
#include "tree.h"

static const char *shape_text(struct json_object *object, char *text, size_t len)
{
	struct json_object *shape = tree_get(object, "shape");
	size_t rank = shape ? json_object_array_length(shape) : 0, used = 0;

	snprintf(text, len, "scalar");
	for (size_t i = 0; i < rank && used < len; i++) {
		int wrote = snprintf(text + used, len - used, "%s%" PRIu64, i ? "x" : "",
				     json_object_get_uint64(json_object_array_get_idx(shape, i)));

		used += wrote > 0 ? (size_t)wrote : len;
	}
	return text;
}

static void write_head(struct json_object *tree, FILE *out)
{
	struct json_object *summary = tree_get(tree, "summary"), *engine = tree_get(tree, "engine");
	struct json_object *others = tree_get(tree, "others");

	fprintf(out, "%s (%s): %" PRIu64 " layers, %s weights, %.1f %% zeros",
		tree_get_text(tree, "file"), tree_get_text(tree, "format"),
		tree_get_u64(summary, "layers"), text_thousands(tree_get_u64(summary, "elements")),
		tree_get_real(summary, "zeros_percent"));
	if (json_object_array_length(others))
		fprintf(out, "; %zu other tensors", json_object_array_length(others));
	fprintf(out, "\nengine: %" PRIu64 " slots a step, blocks of %" PRIu64 "\n\n",
		tree_get_u64(engine, "lanes"), tree_get_u64(engine, "block_rows"));
}

static void write_row(struct table *table, struct json_object *layer)
{
	char shape[160];
	bool runs = strcmp(tree_get_text(layer, "verdict"), "no") != 0;

	table_cell(table, "%s", tree_get_text(layer, "name"));
	table_cell(table, "%s", shape_text(layer, shape, sizeof(shape)));
	table_cell(table, "%s", tree_get_text(layer, "dtype"));
	if (!runs) {
		for (int i = 0; i < 5; i++)
			table_cell(table, "-");
	} else {
		table_cell(table, "%s", tree_get_text(layer, "layout"));
		table_cell(table, "%.1f %%", tree_get_real(layer, "zeros_percent"));
		table_cell(table, "%s", tree_get_text(layer, "pattern"));
		table_cell(table, "%s", text_thousands(tree_get_u64(layer, "steps")));
		table_cell(table, "1/%.1f", tree_get_real(layer, "step_ratio"));
	}
	table_cell(table, "%s", tree_get_text(layer, "verdict"));
}

static void write_table(struct json_object *layers, FILE *out)
{
	static const char *const heads[] = {"LAYER",   "SHAPE", "TYPE",	    "LAYOUT", "ZEROS",
					    "PATTERN", "STEPS", "OF DENSE", "RUNS"};
	struct table *table = table_create("llllrlrrl");

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < json_object_array_length(layers); i++)
		write_row(table, json_object_array_get_idx(layers, i));
	table_print(table, "", out);
}

static const char *axis_title(const char *code)
{
	if (!strcmp(code, "input"))
		return "along input channels";
	if (!strcmp(code, "output"))
		return "along output channels";
	return "flattened c,h,w";
}

/* Groups as long as the axis itself are the last ones that tell anything. */
static void write_least(struct json_object *least, uint64_t length, FILE *out)
{
	uint64_t before = 0;

	json_object_object_foreach(least, m, n)
	{
		if (before < length)
			fprintf(out, " %" PRIu64 ":%s", json_object_get_uint64(n), m);
		before = strtoull(m, NULL, 10);
	}
}

static void write_axes(struct json_object *axes, FILE *out)
{
	json_object_object_foreach(axes, code, axis)
	{
		struct json_object *least = tree_get(axis, "least_n");

		fprintf(out, "  %-21s %-13s holds", axis_title(code),
			tree_get_text(axis, "pattern"));
		write_least(least, tree_get_u64(axis, "length"), out);
		fputc('\n', out);
	}
}

static void write_reasons(struct json_object *reasons, FILE *out)
{
	for (size_t i = 0; i < json_object_array_length(reasons); i++) {
		struct json_object *reason = json_object_array_get_idx(reasons, i);

		fprintf(out, "  %s %s\n", i ? "note:" : "why: ", tree_get_text(reason, "text"));
		if (tree_get(reason, "cure"))
			fprintf(out, "        -> %s\n", tree_get_text(reason, "cure"));
	}
}

static void write_demand(struct json_object *demand, FILE *out)
{
	struct json_object *places = tree_get(demand, "places");

	if (tree_get_bool(demand, "holds")) {
		fprintf(out, "  demand: %s holds\n", tree_get_text(demand, "pattern"));
		return;
	}
	fprintf(out, "  demand: %s is BROKEN in %s of %s groups, %s rows; worst group has %s\n",
		tree_get_text(demand, "pattern"),
		text_thousands(tree_get_u64(demand, "bad_groups")),
		text_thousands(tree_get_u64(demand, "groups")),
		text_thousands(tree_get_u64(demand, "bad_rows")),
		text_thousands(tree_get_u64(demand, "worst")));
	for (size_t i = 0; i < json_object_array_length(places); i++) {
		struct json_object *place = json_object_array_get_idx(places, i);

		fprintf(out,
			"        row %" PRIu64 ", tap (%" PRIu64 ", %" PRIu64
			"), channels from %" PRIu64 ": %" PRIu64 " non-zeros\n",
			tree_get_u64(place, "row"), tree_get_u64(place, "kernel_y"),
			tree_get_u64(place, "kernel_x"), tree_get_u64(place, "channel"),
			tree_get_u64(place, "nonzeros"));
	}
}

/* Said where it is not what the head of the report says. */
static void write_engine(struct json_object *layer, struct json_object *engine, FILE *out)
{
	uint64_t lanes = tree_get_u64(layer, "lanes");
	uint64_t block_rows = tree_get_u64(layer, "block_rows");

	if (lanes && (lanes != tree_get_u64(engine, "lanes") ||
		      block_rows != tree_get_u64(engine, "block_rows")))
		fprintf(out, "; packed for %" PRIu64 " slots a step, blocks of %" PRIu64, lanes,
			block_rows);
}

static void write_layer(struct json_object *layer, struct json_object *engine, FILE *out)
{
	struct json_object *quant = tree_get(layer, "quantization");

	fprintf(out, "\n%s", tree_get_text(layer, "name"));
	if (tree_get(layer, "consumer"))
		fprintf(out, ", read by %s", tree_get_text(layer, "consumer"));
	if (quant)
		fprintf(out, "; scales %s, zero point %s%s", tree_get_text(quant, "scales"),
			tree_get_text(quant, "zero_point"),
			tree_get_bool(quant, "zero_points_differ") ? " and others" : "");
	if (!strcmp(tree_get_text(layer, "layout_from"), "guess"))
		fprintf(out, "; layout %s is a guess from the shape",
			tree_get_text(layer, "layout"));
	write_engine(layer, engine, out);
	fputc('\n', out);
	if (tree_get(layer, "axes"))
		write_axes(tree_get(layer, "axes"), out);
	write_reasons(tree_get(layer, "reasons"), out);
	if (tree_get(layer, "demand"))
		write_demand(tree_get(layer, "demand"), out);
}

static void write_tail(struct json_object *summary, FILE *out)
{
	fprintf(out,
		"\n%" PRIu64 " of %" PRIu64 " layers run sparse, %" PRIu64 " dense, %" PRIu64
		" not at all; %s of %s steps, %.1f times fewer than dense\n",
		tree_get_u64(summary, "sparse"), tree_get_u64(summary, "layers"),
		tree_get_u64(summary, "dense"), tree_get_u64(summary, "no"),
		text_thousands(tree_get_u64(summary, "steps")),
		text_thousands(tree_get_u64(summary, "dense_steps")),
		tree_get_real(summary, "step_ratio"));
	if (tree_get(summary, "broken"))
		fprintf(out, "%" PRIu64 " layers break the demanded pattern\n",
			tree_get_u64(summary, "broken"));
}

void check_write_text(struct json_object *tree, FILE *out)
{
	struct json_object *layers = tree_get(tree, "layers");

	write_head(tree, out);
	if (!json_object_array_length(layers)) {
		fputs("no layer in this file\n", out);
		return;
	}
	write_table(layers, out);
	for (size_t i = 0; i < json_object_array_length(layers); i++)
		write_layer(json_object_array_get_idx(layers, i), tree_get(tree, "engine"), out);
	write_tail(tree_get(tree, "summary"), out);
}
