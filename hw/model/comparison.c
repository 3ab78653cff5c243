/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include <inttypes.h>
#include <stdlib.h>

static int run_rivals(struct comparison_row *row, const struct cycles_network *network,
		      const struct cycles_pattern *pattern, const struct cycles_grant *grant,
		      uint32_t batch)
{
	uint64_t *cycles = calloc(network->count, sizeof(*cycles));
	int ret = cycles ? 0 : -1;

	for (int i = 0; i < CYCLES_RIVALS && ret == 0; i++) {
		ret = cycles_rival_run((enum cycles_rival)i, grant, network, pattern, batch,
				       &row->arrays[i], cycles);
		row->rivals[i] = 0;
		for (size_t layer = 0; layer < network->count && ret == 0; layer++)
			row->rivals[i] += cycles[layer];
	}
	free(cycles);
	return ret;
}

int comparison_run(struct comparison *comparison, const struct cycles_network *network,
		   const struct cycles_engine *engine, const struct cycles_grant *grant,
		   uint32_t batch)
{
	struct cycles_result *layers = calloc(network->count, sizeof(*layers));
	int ret = layers ? 0 : -1;

	comparison->network = network->name;
	comparison->batch = batch;
	comparison->engine = *engine;
	for (size_t i = 0; i < COMPARISON_PATTERNS && ret == 0; i++) {
		struct comparison_row *row = &comparison->rows[i];
		struct cycles_pattern pattern, *chosen = NULL;

		row->pattern = cycles_pattern_names[i];
		if (cycles_pattern_parse(row->pattern, &pattern) == 0)
			chosen = &pattern;
		ret = cycles_network_run(engine, network, chosen, batch, layers, &row->engine);
		row->utilisation = cycles_utilisation(engine, &row->engine);
		if (ret == 0)
			ret = run_rivals(row, network, chosen, grant, batch);
	}
	free(layers);
	return ret;
}

static double percent(uint64_t part, uint64_t of)
{
	return of ? 100.0 * (double)part / (double)of : 0;
}

static void write_row(const struct comparison_row *row, FILE *out)
{
	const struct cycles_result *r = &row->engine;

	fprintf(out, "| %s | %" PRIu64 " | %.1f %% |", row->pattern, r->cycles,
		100 * row->utilisation);
	for (int i = 0; i < CYCLES_SPENT_KINDS; i++)
		fprintf(out, " %.1f |", percent(r->spent[i], r->cycles));
	fprintf(out, " %.1f |", (double)cycles_result_bytes(r) / 1e6);
	for (int i = 0; i < CYCLES_RIVALS; i++)
		fprintf(out, " %.2f |", (double)row->rivals[i] / (double)r->cycles);
	fputc('\n', out);
}

void comparison_write_table(const struct comparison *comparison, FILE *out)
{
	const struct cycles_engine *engine = &comparison->engine;

	fprintf(out, "### %s, batch %u, %u lanes x %u columns\n\n", comparison->network,
		comparison->batch, engine->lanes, engine->columns);
	fputs("| pattern | clocks | utilisation | steps % | loads % | memory % | epilogue % | "
	      "ends % | MB | dense | vegeta | s2ta | spots |\n"
	      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < COMPARISON_PATTERNS; i++)
		write_row(&comparison->rows[i], out);
	fputc('\n', out);
}
