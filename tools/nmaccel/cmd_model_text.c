/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "cmd_model.h"
#include "tree.h"

static bool is_total(struct json_object *item)
{
	return !tree_get(item, "layer_pattern");
}

static struct json_object *get_item(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

static void write_head(struct json_object *item, FILE *out)
{
	fprintf(out,
		"%s, batch %" PRIu64 ", on %" PRIu64 " lanes x %" PRIu64 " columns; memory: "
		"%" PRIu64 " bytes a clock %s, latency %" PRIu64 "\n\n",
		tree_get_text(item, "network"), tree_get_u64(item, "batch"),
		tree_get_u64(item, "lanes"), tree_get_u64(item, "columns"),
		tree_get_u64(item, "bandwidth"),
		tree_get_bool(item, "half_duplex") ? "in all" : "each way",
		tree_get_u64(item, "latency"));
}

/* What most clocks went to besides steps, if they are one in ten of all. */
static const char *waits_for(struct json_object *item)
{
	const char *most = "-";
	uint64_t clocks = tree_get_u64(item, "cycles") / 10;

	json_object_object_foreach(tree_get(item, "spent"), what, spent)
	{
		if (!strcmp(what, "steps") || json_object_get_uint64(spent) < clocks)
			continue;
		clocks = json_object_get_uint64(spent);
		most = what;
	}
	return most;
}

/* The cells that layers and totals have in common. */
static void write_numbers(struct table *table, struct json_object *item)
{
	struct json_object *speedup = tree_get(item, "speedup");

	table_cell(table, "%s", text_thousands(tree_get_u64(item, "cycles")));
	table_cell(table, "%.1f %%", 100 * tree_get_real(item, "utilisation"));
	table_cell(table, "%s", waits_for(item));
	table_cell(table, "%s", text_bytes(tree_get_u64(item, "bytes")));
	json_object_object_foreach(speedup, rival, times)
	{
		(void)rival;
		table_cell(table, "%.2f", json_object_get_double(times));
	}
}

static void write_numbers_head(struct table *table)
{
	static const char *const heads[] = {"CLOCKS", "UTILISED", "WAITS FOR", "BYTES",
					    "DENSE",  "VEGETA",	  "S2TA",      "SPOTS"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(table, "%s", heads[i]);
}

static void write_layers(struct json_object *list, FILE *out)
{
	struct table *table = table_create("llrrrrlrrrrr");

	table_cell(table, "LAYER");
	table_cell(table, "PATTERN");
	table_cell(table, "ROWSxK");
	table_cell(table, "COLUMNS");
	write_numbers_head(table);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = get_item(list, i);

		table_cell(table, "%s", tree_get_text(item, "layer"));
		if (is_total(item)) {
			table_cell(table, "%s", tree_get_text(item, "pattern"));
			table_cell(table, "-");
			table_cell(table, "-");
		} else {
			table_cell(table, "%s", tree_get_text(item, "layer_pattern"));
			table_cell(table, "%" PRIu64 "x%" PRIu64, tree_get_u64(item, "rows"),
				   tree_get_u64(item, "reduction"));
			table_cell(table, "%" PRIu64, tree_get_u64(item, "output_columns"));
		}
		write_numbers(table, item);
	}
	table_print(table, "", out);
}

static void write_totals(struct json_object *list, FILE *out)
{
	struct table *table = table_create("lrrlrrrrr");

	table_cell(table, "PATTERN");
	write_numbers_head(table);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = get_item(list, i);

		if (!is_total(item))
			continue;
		table_cell(table, "%s", tree_get_text(item, "pattern"));
		write_numbers(table, item);
	}
	table_print(table, "", out);
}

static size_t count_totals(struct json_object *list)
{
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		count += is_total(get_item(list, i));
	return count;
}

void model_write_text(struct json_object *list, FILE *out)
{
	write_head(get_item(list, 0), out);
	if (count_totals(list) == 1)
		write_layers(list, out);
	else
		write_totals(list, out);
	fputs("\nUTILISED: multiplications by a weight that is not zero, of those that there was "
	      "time for.\nDENSE to SPOTS: how many times as many clocks such an engine takes, with "
	      "as many multipliers and\nthe same weights. These are models; docs/performance.md "
	      "tells what they assume.\n",
	      out);
}
