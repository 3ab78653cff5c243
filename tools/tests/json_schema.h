/* SPDX-License-Identifier: MIT */
/* The tables of docs/cli-json.md, as rules that an output must keep. */
#ifndef NMACCEL_TOOLS_TESTS_JSON_SCHEMA_H
#define NMACCEL_TOOLS_TESTS_JSON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

struct schema_rule {
	char schema[32]; /* "nmaccel.check" */
	char path[96];	 /* "layers[].axes.*.pattern" */
	char type[16];	 /* text, whole, number, bool, list, object */
	bool nullable, optional;
	size_t seen; /* how often an output had it */
};

struct schema {
	struct schema_rule *rules;
	size_t count;
};

/* Read the document, or end the test program. */
void schema_load(const char *path, struct schema *schema);
void schema_free(struct schema *schema);

/* Does the output keep the rules of its schema? If not, tell on stderr what is wrong. */
bool schema_check(struct schema *schema, const char *json);

/* Rules that no output has shown; told on stderr. Returns their number. */
size_t schema_unseen(const struct schema *schema);

#endif /* NMACCEL_TOOLS_TESTS_JSON_SCHEMA_H */
