// SPDX-License-Identifier: MIT
#include "build.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulation.h"

/* No nesting deeper than there is use for. */
#define MAX_DEPTH 8

struct number {
	const char *name;
	uint64_t min;
	uint64_t max;
	uint64_t value;
};

static bool get_number(struct json_object *object, struct number *number, char *reason, size_t room)
{
	struct json_object *member;
	int64_t value;

	if (!json_object_object_get_ex(object, number->name, &member) ||
	    !json_object_is_type(member, json_type_int)) {
		snprintf(reason, room, "its \"%s\" is missing, or no integer", number->name);
		return false;
	}
	value = json_object_get_int64(member);
	if (value < 0 || (uint64_t)value < number->min || (uint64_t)value > number->max) {
		snprintf(reason, room, "its \"%s\" is out of range", number->name);
		return false;
	}
	number->value = (uint64_t)value;
	return true;
}

static bool get_numbers(struct json_object *root, const char *name, struct number *numbers,
			size_t n, char *reason, size_t room)
{
	struct json_object *object;
	size_t i;

	if (!json_object_object_get_ex(root, name, &object) ||
	    !json_object_is_type(object, json_type_object)) {
		snprintf(reason, room, "it has no object \"%s\"", name);
		return false;
	}
	for (i = 0; i < n; i++)
		if (!get_number(object, &numbers[i], reason, room))
			return false;
	return true;
}

static bool get_build(struct emu_build *build, struct json_object *root, char *reason, size_t room)
{
	struct number engine[] = {
		{NMACCEL_XRT_META_LANES, 1, UINT32_MAX, 0},
		{NMACCEL_XRT_META_BLOCK_ROWS, 1, UINT32_MAX, 0},
		{NMACCEL_XRT_META_COLUMNS, 1, UINT32_MAX, 0},
		{NMACCEL_XRT_META_UNITS, 1, NMACCEL_XRT_MAX_UNITS, 0},
	};
	struct number place[] = {
		{XRT_EMULATION_BASE, 0, UINT32_MAX, 0},
		{XRT_EMULATION_STRIDE, NMACCEL_PAGE_SIZE, UINT32_MAX, 0},
	};

	if (!get_numbers(root, NMACCEL_XRT_META, engine, 4, reason, room) ||
	    !get_numbers(root, XRT_EMULATION, place, 2, reason, room))
		return false;
	build->variant = nmaccel_engine_find((uint32_t)engine[0].value, (uint32_t)engine[1].value,
					     (uint32_t)engine[2].value);
	if (!build->variant) {
		snprintf(reason, room, "there is no model of an engine %ux%ux%u",
			 (uint32_t)engine[0].value, (uint32_t)engine[1].value,
			 (uint32_t)engine[2].value);
		return false;
	}
	build->units = (uint32_t)engine[3].value;
	build->base = place[0].value;
	build->stride = place[1].value;
	return true;
}

bool emu_build_parse(struct emu_build *build, const char *text, size_t size, char *reason,
		     size_t room)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	struct json_object *root;
	bool done = false;

	if (!tokener) {
		snprintf(reason, room, "there is no memory");
		return false;
	}
	root = json_tokener_parse_ex(tokener, text, (int)size);
	if (!root || !json_object_is_type(root, json_type_object))
		snprintf(reason, room, "it is no JSON object");
	else
		done = get_build(build, root, reason, room);
	json_object_put(root);
	json_tokener_free(tokener);
	return done;
}

bool emu_build_read(struct emu_build *build, const char *path, char *reason, size_t room)
{
	char *text = malloc(NMACCEL_XRT_META_MAX_BYTES);
	bool done = false;
	size_t size;
	FILE *file;

	file = text ? fopen(path, "re") : NULL;
	if (!file) {
		snprintf(reason, room, "it cannot be opened: %s", strerror(errno));
		free(text);
		return false;
	}
	size = fread(text, 1, NMACCEL_XRT_META_MAX_BYTES, file);
	if (ferror(file) || size == NMACCEL_XRT_META_MAX_BYTES)
		snprintf(reason, room, "it cannot be read, or is no text of an nmaccel build");
	else
		done = emu_build_parse(build, text, size, reason, room);
	fclose(file);
	free(text);
	return done;
}
