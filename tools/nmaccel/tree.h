/* SPDX-License-Identifier: MIT */
/*
 * A result is one tree of json-c objects. It is printed as JSON, or as text by a function that
 * sees nothing but the tree, so that text cannot say what JSON lacks.
 */
#ifndef NMACCEL_TOOLS_TREE_H
#define NMACCEL_TOOLS_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "options.h"

/* A result of that schema name, "nmaccel.check", version 1. */
struct json_object *tree_create(const char *schema);

struct json_object *tree_object(struct json_object *parent, const char *key);
struct json_object *tree_array(struct json_object *parent, const char *key);
struct json_object *tree_append(struct json_object *array); /* a new object at its end */
void tree_text(struct json_object *object, const char *key, const char *value); /* NULL: null */
void tree_u64(struct json_object *object, const char *key, uint64_t value);
void tree_s64(struct json_object *object, const char *key, int64_t value);
void tree_bool(struct json_object *object, const char *key, bool value);
void tree_null(struct json_object *object, const char *key);

/* Written with that many digits after the point. */
void tree_real(struct json_object *object, const char *key, double value, int digits);

/* Reading, for the text writers: a missing key reads as NULL, "", 0, false. */
struct json_object *tree_get(struct json_object *object, const char *key);
const char *tree_get_text(struct json_object *object, const char *key);
uint64_t tree_get_u64(struct json_object *object, const char *key);
double tree_get_real(struct json_object *object, const char *key);
bool tree_get_bool(struct json_object *object, const char *key);

typedef void tree_text_writer(struct json_object *tree, FILE *out);

/* Print to stdout as the common options want it, and drop the tree. Returns 0, or -1. */
int tree_print(const struct common_config *common, struct json_object *tree,
	       tree_text_writer *writer);

/* ---- text: columns that line up ---- */

struct table;

/* One letter for each column: 'l' left, 'r' right. */
struct table *table_create(const char *alignment);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print all cells, filled up row by row, and free the table. */
void table_print(struct table *table, const char *indent, FILE *out);

/* "1,234,567"; from a ring of static buffers, good for one printf. */
const char *text_thousands(uint64_t value);

/* "1.5 MiB"; the same. */
const char *text_bytes(uint64_t bytes);

#endif /* NMACCEL_TOOLS_TREE_H */
