// SPDX-License-Identifier: MIT
#include "grid.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static struct json_object *member(struct json_object *object, const char *name, const char *tile)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value))
		die("the grid has no '%s' for tile %s", name, tile);
	return value;
}

static uint32_t number(struct json_object *object, const char *name, const char *tile)
{
	return (uint32_t)json_object_get_int(member(object, name, tile));
}

/*
 * A tile that is a part of another type: its bits are those of the whole from word `start` on. The
 * database also maps names of sites, but the features of FASM follow the place of the site alone.
 */
static void load_alias(struct grid_tile *tile, struct grid_bits *bits, struct json_object *alias)
{
	free(tile->bits_type);
	tile->bits_type = copy_text(json_object_get_string(member(alias, "type", tile->name)));
	bits->start = number(alias, "start_offset", tile->name);
}

static void load_bits(struct grid_tile *tile, enum frame_bus bus, struct json_object *object)
{
	struct grid_bits *bits = &tile->bits[bus];
	struct json_object *alias;

	bits->there = true;
	bits->base = (uint32_t)strtoul(
		json_object_get_string(member(object, "baseaddr", tile->name)), NULL, 0);
	bits->frames = number(object, "frames", tile->name);
	bits->words = number(object, "words", tile->name);
	if (json_object_object_get_ex(object, "alias", &alias))
		load_alias(tile, bits, alias);
	bits->offset = (int32_t)number(object, "offset", tile->name) - (int32_t)bits->start;
}

static uint32_t load_iob_sites(struct json_object *sites)
{
	uint32_t mask = 0;

	json_object_object_foreach(sites, name, type)
	{
		if (strncmp(json_object_get_string(type), "IOB33", 5) == 0)
			mask |= 1u << (name[strlen(name) - 1] - '0') % 2;
	}
	return mask;
}

static struct grid_tile *load_tile(const char *name, struct json_object *object)
{
	struct grid_tile *tile = zalloc(1, sizeof(*tile));
	struct json_object *buses = member(object, "bits", name), *bus;

	tile->name = copy_text(name);
	tile->type = copy_text(json_object_get_string(member(object, "type", name)));
	tile->bits_type = copy_text(tile->type);
	tile->iob_sites = load_iob_sites(member(object, "sites", name));
	if (json_object_object_get_ex(buses, "CLB_IO_CLK", &bus))
		load_bits(tile, BUS_CLB_IO_CLK, bus);
	if (json_object_object_get_ex(buses, "BLOCK_RAM", &bus))
		load_bits(tile, BUS_BLOCK_RAM, bus);
	return tile;
}

void grid_load(struct grid *grid, const char *path)
{
	struct json_object *root = json_object_from_file(path);

	memset(grid, 0, sizeof(*grid));
	if (!root)
		die("cannot read %s: %s", path, json_util_get_last_err());
	json_object_object_foreach(root, name, object)
	{
		table_put(&grid->tiles, name, load_tile(name, object));
	}
	json_object_put(root);
}

const struct grid_tile *grid_find(const struct grid *grid, const char *name)
{
	return table_find(&grid->tiles, name);
}

void grid_free(struct grid *grid)
{
	size_t i;

	for (i = 0; i < grid->tiles.capacity; i++) {
		struct grid_tile *tile = grid->tiles.entries[i].value;

		if (tile) {
			free(tile->name);
			free(tile->type);
			free(tile->bits_type);
			free(tile);
		}
	}
	table_free(&grid->tiles);
}
