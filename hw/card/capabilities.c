// SPDX-License-Identifier: MIT
#include "capabilities.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* The deepest that is defined has three. */
#define MAX_DEPTH 8

struct capability {
	const char *name;
	enum json_type type;
	const struct capability *members; /* of an object; ends with a NULL name */
};

static const struct capability migration[] = {
	{"pgsize", json_type_int, NULL},
	{"max_bitmap_size", json_type_int, NULL},
	{NULL, json_type_null, NULL},
};

static const struct capability twin_socket[] = {
	{"supported", json_type_boolean, NULL},
	{"fd_index", json_type_int, NULL},
	{NULL, json_type_null, NULL},
};

static const struct capability capabilities[] = {
	{"max_msg_fds", json_type_int, NULL},		{"max_data_xfer_size", json_type_int, NULL},
	{"max_dma_maps", json_type_int, NULL},		{"pgsizes", json_type_int, NULL},
	{"write_multiple", json_type_boolean, NULL},	{"migration", json_type_object, migration},
	{"twin_socket", json_type_object, twin_socket}, {NULL, json_type_null, NULL},
};

static const struct capability root[] = {
	{"capabilities", json_type_object, capabilities},
	{NULL, json_type_null, NULL},
};

/* Every member that has a definition is of its type; no number is negative. */
static bool check_members(struct json_object *object, const struct capability *known)
{
	for (; known->name; known++) {
		struct json_object *value;

		if (!json_object_object_get_ex(object, known->name, &value))
			continue;
		if (!json_object_is_type(value, known->type))
			return false;
		if (known->type == json_type_int && json_object_get_int64(value) < 0)
			return false;
		if (known->members && !check_members(value, known->members))
			return false;
	}
	return true;
}

int card_capabilities_check(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	struct json_object *object;
	bool ok;

	if (!tokener)
		return ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* A tokener that may be given more only knows that a number has ended by what follows it.
	 */
	object = json_tokener_parse_ex(tokener, text, (int)size + 1);
	ok = json_tokener_get_error(tokener) == json_tokener_success &&
	     json_tokener_get_parse_end(tokener) == size &&
	     json_object_is_type(object, json_type_object) && check_members(object, root);
	json_object_put(object);
	json_tokener_free(tokener);
	return ok ? 0 : EINVAL;
}
