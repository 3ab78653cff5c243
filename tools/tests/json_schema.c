/* SPDX-License-Identifier: MIT */
#include "json_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fail.h"

static void add_rule(struct schema *schema, const char *name, const char *path, const char *type)
{
	struct schema_rule *rule;

	schema->rules = xrealloc_array(schema->rules, schema->count + 1, sizeof(*rule));
	rule = &schema->rules[schema->count++];
	*rule = (struct schema_rule){.nullable = strstr(type, "or null") != NULL,
				     .optional = strstr(type, "may be absent") != NULL};
	snprintf(rule->schema, sizeof(rule->schema), "%s", name);
	snprintf(rule->path, sizeof(rule->path), "%s", path);
	snprintf(rule->type, sizeof(rule->type), "%.*s", (int)strcspn(type, " ,|"), type);
}

/* "| `a`, `b` | type | meaning |" gives two rules. */
static void parse_row(struct schema *schema, const char *name, const char *line)
{
	const char *bar = strchr(line + 1, '|');
	const char *at = line;

	if (!bar || line[2] != '`')
		return;
	while ((at = strchr(at, '`')) && at < bar) {
		const char *end = strchr(at + 1, '`');
		char path[96];

		if (!end || end > bar)
			return;
		snprintf(path, sizeof(path), "%.*s", (int)(end - at - 1), at + 1);
		add_rule(schema, name, path, bar + 2);
		at = end + 1;
	}
}

void schema_load(const char *path, struct schema *schema)
{
	FILE *file = fopen(path, "r");
	char line[1024], name[32] = "";
	bool in_keys = false;

	*schema = (struct schema){0};
	if (!file) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "## ", 3))
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 3, "\n"),
				 line + 3);
		if (line[0] != '|')
			in_keys = false;
		else if (!strncmp(line, "| key |", 7))
			in_keys = true;
		else if (in_keys)
			parse_row(schema, name, line);
	}
	fclose(file);
}

void schema_free(struct schema *schema)
{
	free(schema->rules);
	*schema = (struct schema){0};
}

/* "*" stands for one key. */
static bool path_matches(const char *rule, const char *path)
{
	for (; *rule; rule++) {
		if (*rule == '*') {
			path += strcspn(path, ".[");
			continue;
		}
		if (*rule != *path++)
			return false;
	}
	return !*path;
}

static struct schema_rule *find_rule(struct schema *schema, const char *name, const char *path)
{
	for (size_t i = 0; i < schema->count; i++) {
		if (!strcmp(schema->rules[i].schema, name) &&
		    path_matches(schema->rules[i].path, path))
			return &schema->rules[i];
	}
	return NULL;
}

static const char *type_name(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return "text";
	case json_type_int:
		return "whole";
	case json_type_double:
		return "number";
	case json_type_boolean:
		return "bool";
	case json_type_array:
		return "list";
	case json_type_object:
		return "object";
	default:
		return "null";
	}
}

static bool check_value(struct schema *schema, const char *name, struct json_object *value,
			const char *path);

/* All keys that the rules want below an object's path are there. */
static bool check_required(const struct schema *schema, const char *name,
			   struct json_object *object, const char *path)
{
	size_t len = strlen(path);
	bool ok = true;

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_rule *rule = &schema->rules[i];
		const char *dot = strrchr(rule->path, '.');
		const char *key = dot ? dot + 1 : rule->path;
		char parent[96];

		snprintf(parent, sizeof(parent), "%.*s", dot ? (int)(dot - rule->path) : 0,
			 rule->path);
		if (strcmp(rule->schema, name) || rule->optional || *key == '*' ||
		    strchr(key, '[') || !(len ? path_matches(parent, path) : !*parent))
			continue;
		if (!json_object_object_get_ex(object, key, NULL)) {
			fprintf(stderr, "%s: '%s' lacks the key '%s'\n", name, path, key);
			ok = false;
		}
	}
	return ok;
}

static bool check_object(struct schema *schema, const char *name, struct json_object *object,
			 const char *path)
{
	bool ok = check_required(schema, name, object, path);

	json_object_object_foreach(object, key, value)
	{
		char *inner = xasprintf("%s%s%s", path, *path ? "." : "", key);

		ok &= check_value(schema, name, value, inner);
		free(inner);
	}
	return ok;
}

static bool check_list(struct schema *schema, const char *name, struct json_object *list,
		       const char *path)
{
	char *inner = xasprintf("%s[]", path);
	bool ok = true;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		/* Objects in lists have rules for their keys only. */
		ok &= json_object_is_type(item, json_type_object)
			      ? check_object(schema, name, item, inner)
			      : check_value(schema, name, item, inner);
	}
	free(inner);
	return ok;
}

static bool check_value(struct schema *schema, const char *name, struct json_object *value,
			const char *path)
{
	struct schema_rule *rule = find_rule(schema, name, path);

	if (!rule) {
		fprintf(stderr, "%s: the key '%s' is not documented\n", name, path);
		return false;
	}
	rule->seen++;
	if (!value && rule->nullable)
		return true;
	if (strcmp(type_name(value), rule->type)) {
		fprintf(stderr, "%s: '%s' is %s, documented as %s\n", name, path, type_name(value),
			rule->type);
		return false;
	}
	if (json_object_is_type(value, json_type_object))
		return check_object(schema, name, value, path);
	if (json_object_is_type(value, json_type_array))
		return check_list(schema, name, value, path);
	return true;
}

/* A result, which names its schema. */
static bool check_result(struct schema *schema, struct json_object *result)
{
	struct json_object *name;

	if (json_object_object_get_ex(result, "schema", &name))
		return check_object(schema, json_object_get_string(name), result, "");
	fprintf(stderr, "no schema\n");
	return false;
}

/* A list of results has one at least. */
static bool check_results(struct schema *schema, struct json_object *root)
{
	bool ok;

	if (!json_object_is_type(root, json_type_array))
		return check_result(schema, root);
	ok = json_object_array_length(root) > 0;
	for (size_t i = 0; i < json_object_array_length(root); i++)
		ok &= check_result(schema, json_object_array_get_idx(root, i));
	return ok;
}

bool schema_check(struct schema *schema, const char *json)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;
	bool ok = false;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	root = json_tokener_parse_ex(tokener, json, (int)strlen(json));
	if (!root || strcspn(json + json_tokener_get_parse_end(tokener), "{[\"") !=
			     strlen(json + json_tokener_get_parse_end(tokener)))
		fprintf(stderr, "not one JSON value\n");
	else
		ok = check_results(schema, root);
	json_object_put(root);
	json_tokener_free(tokener);
	return ok;
}

size_t schema_unseen(const struct schema *schema)
{
	size_t unseen = 0;

	for (size_t i = 0; i < schema->count; i++) {
		if (schema->rules[i].seen || strchr(schema->rules[i].path, '*'))
			continue;
		fprintf(stderr, "%s: no output had '%s'\n", schema->rules[i].schema,
			schema->rules[i].path);
		unseen++;
	}
	return unseen;
}
