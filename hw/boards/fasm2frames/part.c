// SPDX-License-Identifier: MIT
#include "part.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Take blanks, quotes and a newline off both ends. */
static char *strip(char *text)
{
	static const char rubbish[] = " \t\n\"'";
	char *end;

	text += strspn(text, rubbish);
	end = text + strlen(text);
	while (end > text && strchr(rubbish, end[-1]))
		end--;
	*end = '\0';
	return text;
}

/*
 * The value of key in a section of a file of the form
 *
 *	section:
 *	  key: value
 *
 * which is all of YAML that the mapping files use. The caller frees it.
 */
static char *yaml_find(const char *path, const char *section, const char *key)
{
	FILE *file = open_file(path);
	char *line = NULL, *colon, *value = NULL;
	int inside = 0;
	size_t room = 0;

	while (!value && getline(&line, &room, file) > 0) {
		const int indented = *line == ' ';

		colon = strchr(line, ':');
		if (*line == '#' || !colon)
			continue;
		*colon = '\0';
		if (!indented)
			inside = strcmp(strip(line), section) == 0;
		else if (inside && strcmp(strip(line), key) == 0)
			value = copy_text(strip(colon + 1));
	}
	free(line);
	fclose(file);
	if (!value)
		die("%s does not tell the %s of %s", path, key, section);
	return value;
}

static char *find_grid(const char *database, const char *name)
{
	char *parts = make_text("%s/mapping/parts.yaml", database);
	char *devices = make_text("%s/mapping/devices.yaml", database);
	char *device = yaml_find(parts, name, "device");
	char *fabric = yaml_find(devices, device, "fabric");
	char *grid = make_text("%s/%s/tilegrid.json", database, fabric);

	free(fabric);
	free(device);
	free(devices);
	free(parts);
	return grid;
}

/* pin,bank,site,tile,function; the first line has these names. */
static void load_pins(struct part *part)
{
	char *path = make_text("%s/package_pins.csv", part->directory);
	FILE *file = open_file(path);
	char *line = NULL;
	size_t room = 0, capacity = 0;

	while (getline(&line, &room, file) > 0) {
		char *rest = line, *fields[5] = {NULL};
		int i;

		for (i = 0; i < 5; i++)
			fields[i] = strsep(&rest, ",\n");
		if (!fields[3] || strcmp(fields[0], "pin") == 0)
			continue;
		part->pins = grow(part->pins, part->n_pins, &capacity, sizeof(*part->pins));
		part->pins[part->n_pins].bank = copy_text(fields[1]);
		part->pins[part->n_pins++].tile = copy_text(fields[3]);
	}
	free(line);
	fclose(file);
	free(path);
}

void part_load(struct part *part, const char *database, const char *name)
{
	memset(part, 0, sizeof(*part));
	part->directory = make_text("%s/%s", database, name);
	part->grid = find_grid(database, name);
	load_pins(part);
}

const char *part_bank(const struct part *part, const char *tile)
{
	size_t i;

	for (i = 0; i < part->n_pins; i++)
		if (strcmp(part->pins[i].tile, tile) == 0)
			return part->pins[i].bank;
	return NULL;
}

char *part_bank_tile(const struct part *part, const char *bank)
{
	char *path = make_text("%s/part.json", part->directory);
	struct json_object *root = json_object_from_file(path), *banks, *place;
	char *tile;

	if (!root)
		die("cannot read %s: %s", path, json_util_get_last_err());
	if (!json_object_object_get_ex(root, "iobanks", &banks) ||
	    !json_object_object_get_ex(banks, bank, &place))
		die("%s does not tell the place of bank %s", path, bank);
	tile = make_text("HCLK_IOI3_%s", json_object_get_string(place));
	json_object_put(root);
	free(path);
	return tile;
}

void part_free(struct part *part)
{
	size_t i;

	for (i = 0; i < part->n_pins; i++) {
		free(part->pins[i].bank);
		free(part->pins[i].tile);
	}
	free(part->pins);
	free(part->grid);
	free(part->directory);
}
