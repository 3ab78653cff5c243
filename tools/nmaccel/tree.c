/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define TREE_VERSION 1

static struct json_object *need(struct json_object *object)
{
	if (!object) {
		fputs("nmaccel: out of memory\n", stderr);
		exit(FAIL_SYSTEM);
	}
	return object;
}

struct json_object *tree_create(const char *schema)
{
	struct json_object *tree = need(json_object_new_object());

	tree_text(tree, "schema", schema);
	tree_u64(tree, "version", TREE_VERSION);
	return tree;
}

struct json_object *tree_object(struct json_object *parent, const char *key)
{
	struct json_object *object = need(json_object_new_object());

	json_object_object_add(parent, key, object);
	return object;
}

struct json_object *tree_array(struct json_object *parent, const char *key)
{
	struct json_object *array = need(json_object_new_array());

	json_object_object_add(parent, key, array);
	return array;
}

struct json_object *tree_append(struct json_object *array)
{
	struct json_object *object = need(json_object_new_object());

	json_object_array_add(array, object);
	return object;
}

void tree_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? need(json_object_new_string(value)) : NULL);
}

void tree_u64(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, need(json_object_new_uint64(value)));
}

void tree_s64(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, need(json_object_new_int64(value)));
}

void tree_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, need(json_object_new_boolean(value)));
}

void tree_null(struct json_object *object, const char *key)
{
	json_object_object_add(object, key, NULL);
}

void tree_real(struct json_object *object, const char *key, double value, int digits)
{
	char text[64];

	if (!isfinite(value)) {
		tree_null(object, key);
		return;
	}
	snprintf(text, sizeof(text), "%.*f", digits, value);
	json_object_object_add(object, key, need(json_object_new_double_s(value, text)));
}

struct json_object *tree_get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (object)
		json_object_object_get_ex(object, key, &value);
	return value;
}

const char *tree_get_text(struct json_object *object, const char *key)
{
	struct json_object *value = tree_get(object, key);

	return value ? json_object_get_string(value) : "";
}

uint64_t tree_get_u64(struct json_object *object, const char *key)
{
	return json_object_get_uint64(tree_get(object, key));
}

double tree_get_real(struct json_object *object, const char *key)
{
	return json_object_get_double(tree_get(object, key));
}

bool tree_get_bool(struct json_object *object, const char *key)
{
	return json_object_get_boolean(tree_get(object, key));
}

int tree_print(const struct common_config *common, struct json_object *tree,
	       tree_text_writer *writer)
{
	if (common->json)
		printf("%s\n", json_object_to_json_string_ext(
				       tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						     JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		writer(tree, stdout);
	json_object_put(tree);
	return 0;
}

struct table {
	const char *alignment;
	size_t columns, count;
	char **cells;
};

struct table *table_create(const char *alignment)
{
	struct table *table = xcalloc(1, sizeof(*table));

	table->alignment = alignment;
	table->columns = strlen(alignment);
	return table;
}

void table_cell(struct table *table, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = xstrdup("");
	va_end(args);
	table->cells = xrealloc_array(table->cells, table->count + 1, sizeof(*table->cells));
	table->cells[table->count++] = text;
}

/* Characters, not bytes: names may be UTF-8. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void print_cell(const struct table *table, size_t i, size_t width, FILE *out)
{
	size_t column = i % table->columns;
	int fill = (int)(width - text_width(table->cells[i]));
	bool last = column + 1 == table->columns;

	if (table->alignment[column] == 'r')
		fprintf(out, "%*s%s", fill, "", table->cells[i]);
	else
		fprintf(out, "%s%*s", table->cells[i], last ? 0 : fill, "");
	fputs(last ? "\n" : "  ", out);
}

void table_print(struct table *table, const char *indent, FILE *out)
{
	size_t *widths = xcalloc(table->columns, sizeof(*widths));

	for (size_t i = 0; i < table->count; i++) {
		size_t width = text_width(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	for (size_t i = 0; i < table->count; i++) {
		if (i % table->columns == 0)
			fputs(indent, out);
		print_cell(table, i, widths[i % table->columns], out);
		free(table->cells[i]);
	}
	free(widths);
	free(table->cells);
	free(table);
}

#define RING 8

static char *ring_buffer(void)
{
	static char buffers[RING][40];
	static unsigned int next;

	return buffers[next++ % RING];
}

const char *text_thousands(uint64_t value)
{
	char digits[24], *out = ring_buffer(), *to = out;
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *text_bytes(uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	char *out = ring_buffer();
	double value = (double)bytes;
	unsigned int unit = 0;

	while (value >= 1024 && unit < 4) {
		value /= 1024;
		unit++;
	}
	snprintf(out, 40, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}
