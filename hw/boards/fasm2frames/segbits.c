// SPDX-License-Identifier: MIT
/*
 * The database has three text files for a tile type:
 *
 *	segbits_<type>.db		TYPE.FEATURE followed by frame_bit or !frame_bit, ...
 *	segbits_<type>.block_ram.db	the same, for the contents of block memories
 *	ppips_<type>.db			TYPE.FEATURE and a word about why it takes no bits
 *
 * Addresses come with leading zeros in some, as in INIT_00[007]; here they have none.
 */
#include "segbits.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void segbits_init(struct segbits *segbits, const char *database)
{
	memset(segbits, 0, sizeof(*segbits));
	segbits->database = database;
}

static char *path_of(const struct segbits *segbits, const char *kind, const char *type,
		     const char *suffix)
{
	char *path = make_text("%s/%s_%s%s", segbits->database, kind, type, suffix);
	char *p;

	for (p = path + strlen(segbits->database); *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return path;
}

/* Take the leading zeros out of the address that name ends in. */
static void normalise(char *name)
{
	char *open = strrchr(name, '['), *digit;

	if (!open)
		return;
	digit = open + 1 + strspn(open + 1, "0");
	if (*digit == ']')
		digit--;
	memmove(open + 1, digit, strlen(digit) + 1);
}

static bool parse_bit(const char *word, struct segbit *bit)
{
	unsigned int frame, place;
	int end;

	bit->set = *word != '!';
	if (sscanf(word + !bit->set, "%u_%u%n", &frame, &place, &end) != 2 ||
	    word[!bit->set + end] || frame > UINT16_MAX || place > UINT16_MAX)
		return false;
	bit->frame = (uint16_t)frame;
	bit->bit = (uint16_t)place;
	return true;
}

/* The bits after the name, of which strtok has read the first word. */
static struct segbits_feature *parse_bits(const char *path, const char *name, enum frame_bus bus)
{
	struct segbit bits[256];
	struct segbits_feature *feature;
	uint32_t count = 0;
	const char *word;

	while ((word = strtok(NULL, " \n"))) {
		if (count == sizeof(bits) / sizeof(bits[0]) || !parse_bit(word, &bits[count]))
			die("%s: %s: cannot understand '%s'", path, name, word);
		count++;
	}
	feature = zalloc(1, sizeof(*feature) + count * sizeof(bits[0]));
	feature->bus = bus;
	feature->count = count;
	memcpy(feature->bits, bits, count * sizeof(bits[0]));
	return feature;
}

/* A file that is not there has nothing to say. Returns whether it was. */
static bool load_features(struct table *features, const char *path, enum frame_bus bus)
{
	FILE *file = fopen(path, "r");
	char *line = NULL, *name;
	size_t room = 0;

	if (!file)
		return false;
	while (getline(&line, &room, file) > 0) {
		name = strtok(line, " \n");
		if (!name)
			continue;
		normalise(name);
		if (table_find(features, name))
			die("%s: %s comes twice", path, name);
		table_put(features, name, parse_bits(path, name, bus));
	}
	free(line);
	fclose(file);
	return true;
}

static struct table *features_of(struct segbits *segbits, const char *type)
{
	static const char *const suffixes[BUS_COUNT] = {
		[BUS_CLB_IO_CLK] = ".db",
		[BUS_BLOCK_RAM] = ".block_ram.db",
	};
	struct table *features = table_find(&segbits->types, type);
	int bus;

	if (features)
		return features;
	features = zalloc(1, sizeof(*features));
	for (bus = 0; bus < BUS_COUNT; bus++) {
		char *path = path_of(segbits, "segbits", type, suffixes[bus]);

		load_features(features, path, bus);
		free(path);
	}
	table_put(&segbits->types, type, features);
	return features;
}

static struct table *ppips_of(struct segbits *segbits, const char *type)
{
	struct table *ppips = table_find(&segbits->ppips, type);
	char *path, *line = NULL;
	size_t room = 0;
	FILE *file;

	if (ppips)
		return ppips;
	ppips = zalloc(1, sizeof(*ppips));
	path = path_of(segbits, "ppips", type, ".db");
	file = fopen(path, "r");
	free(path);
	while (file && getline(&line, &room, file) > 0) {
		line[strcspn(line, " \n")] = '\0';
		table_put(ppips, line, ppips);
	}
	free(line);
	if (file)
		fclose(file);
	table_put(&segbits->ppips, type, ppips);
	return ppips;
}

const struct segbits_feature *segbits_find(struct segbits *segbits, const char *type,
					   const char *feature, uint32_t address)
{
	const struct table *features = features_of(segbits, type);
	const struct segbits_feature *found = NULL;
	char *name = make_text("%s.%s[%u]", type, feature, address);
	char *open = strrchr(name, '[');

	/* Address 0 of what has none is the feature itself. */
	if (address == 0) {
		*open = '\0';
		found = table_find(features, name);
		*open = '[';
	}
	if (!found)
		found = table_find(features, name);
	free(name);
	return found;
}

bool segbits_is_ppip(struct segbits *segbits, const char *type, const char *feature)
{
	char *name = make_text("%s.%s", type, feature);
	const bool found = table_find(ppips_of(segbits, type), name);

	free(name);
	return found;
}

static void free_types(struct table *types, bool values)
{
	size_t i, j;

	for (i = 0; i < types->capacity; i++) {
		struct table *table = types->entries[i].value;

		for (j = 0; values && table && j < table->capacity; j++)
			free(table->entries[j].value);
		if (table)
			table_free(table);
		free(table);
	}
	table_free(types);
}

void segbits_free(struct segbits *segbits)
{
	free_types(&segbits->types, true);
	free_types(&segbits->ppips, false);
}
