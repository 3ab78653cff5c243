// SPDX-License-Identifier: MIT
#include "stepdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

struct stepdown_bank {
	char *feature; /* without the site */
	int32_t line;
};

static void need(struct stepdown *stepdown, struct assembler *assembler, const char *tile,
		 const char *feature, int32_t line)
{
	const char *bank = part_bank(&assembler->part, tile);
	struct stepdown_bank *entry;

	if (!bank) {
		assembler_error(assembler, line, "tile %s belongs to no bank", tile);
		return;
	}
	if (table_find(&stepdown->banks, bank))
		return;
	entry = zalloc(1, sizeof(*entry));
	entry->feature = copy_text(feature);
	entry->line = line;
	table_put(&stepdown->banks, bank, entry);
}

void stepdown_see(struct stepdown *stepdown, struct assembler *assembler, const char *tile,
		  const char *feature, int32_t line)
{
	const char *dot = strchr(feature, '.');
	char *site;

	if (!strstr(tile, "IOB33") || !dot)
		return;
	site = make_text("%s.%.*s", tile, (int)(dot - feature), feature);
	table_put(&stepdown->used, site, stepdown);
	free(site);
	if (strstr(dot, "STEPDOWN"))
		need(stepdown, assembler, tile, dot + 1, line);
}

/* Set it on those sites of a tile that are not used. */
static uint32_t spread_tile(struct stepdown *stepdown, struct assembler *assembler,
			    const struct grid_tile *tile, const struct stepdown_bank *bank)
{
	uint32_t site, count = 0;

	for (site = 0; site < 2; site++) {
		char *name = make_text("%s.IOB_Y%u", tile->name, site);
		char *feature = make_text("IOB_Y%u.%s", site, bank->feature);

		if (tile->iob_sites >> site & 1 && !table_find(&stepdown->used, name)) {
			/* A tile with two pins comes twice. */
			table_put(&stepdown->used, name, stepdown);
			assembler_set(assembler, tile->name, feature, 0, bank->line);
			count++;
		}
		free(feature);
		free(name);
	}
	return count;
}

static uint32_t spread_bank(struct stepdown *stepdown, struct assembler *assembler,
			    const char *name, const struct stepdown_bank *bank)
{
	const struct part *part = &assembler->part;
	char *clock_tile = part_bank_tile(part, name);
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < part->n_pins; i++) {
		const struct grid_tile *tile = grid_find(&assembler->grid, part->pins[i].tile);

		if (tile && strcmp(part->pins[i].bank, name) == 0)
			count += spread_tile(stepdown, assembler, tile, bank);
	}
	assembler_set(assembler, clock_tile, "STEPDOWN", 0, bank->line);
	free(clock_tile);
	return count;
}

uint32_t stepdown_spread(struct stepdown *stepdown, struct assembler *assembler)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < stepdown->banks.capacity; i++) {
		const struct table_entry *entry = &stepdown->banks.entries[i];

		if (entry->key)
			count += spread_bank(stepdown, assembler, entry->key, entry->value);
	}
	return count;
}

void stepdown_free(struct stepdown *stepdown)
{
	size_t i;

	for (i = 0; i < stepdown->banks.capacity; i++) {
		struct stepdown_bank *bank = stepdown->banks.entries[i].value;

		if (bank)
			free(bank->feature);
		free(bank);
	}
	table_free(&stepdown->banks);
	table_free(&stepdown->used);
}
