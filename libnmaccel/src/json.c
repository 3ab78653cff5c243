// SPDX-License-Identifier: MIT
/* Strict reading of JSON, on top of json-c. */
#include "json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "error.h"

/* Far beyond any network's description; keeps a wrong file from eating the memory. */
#define MAX_FILE_BYTES (64u << 20)

/* Deeper than the format goes. */
#define MAX_DEPTH 16

enum nmaccel_status nmaccel_json_error(const struct nmaccel_json *json, const char *key,
				       const char *format, ...)
{
	const char *sep = json->place[0] ? ": " : "";
	char text[320];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (key)
		return nmaccel_error(NMACCEL_ERR_FORMAT, "%s: %s%skey \"%.64s\": %s", json->file,
				     json->place, sep, key, text);
	return nmaccel_error(NMACCEL_ERR_FORMAT, "%s: %s%s%s", json->file, json->place, sep, text);
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum nmaccel_status read_stream(FILE *f, const char *path, char **text, size_t *len)
{
	size_t room = 16384, used = 0;
	char *data = NULL, *grown;

	for (;;) {
		grown = realloc(data, room);
		if (!grown) {
			free(data);
			return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory to read it",
					     path);
		}
		data = grown;
		used += fread(data + used, 1, room - used, f);
		if (used < room || room > MAX_FILE_BYTES)
			break;
		room *= 2;
	}
	if (ferror(f)) {
		free(data);
		return nmaccel_error(NMACCEL_ERR_IO, "%s: %s", path, strerror(errno));
	}
	if (used > MAX_FILE_BYTES) {
		free(data);
		return nmaccel_error(NMACCEL_ERR_OVERFLOW, "%s: larger than %u bytes", path,
				     MAX_FILE_BYTES);
	}
	*text = data;
	*len = used;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_json_read_file(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	enum nmaccel_status status;

	if (!f)
		return nmaccel_error(NMACCEL_ERR_IO, "%s: %s", path, strerror(errno));
	status = read_stream(f, path, text, len);
	fclose(f);
	return status;
}

/* ---- parsing --------------------------------------------------------------------------------- */

/* Members of all objects, nested ones included. */
static size_t count_members(struct json_object *value)
{
	size_t n = 0, i;

	if (json_object_is_type(value, json_type_array)) {
		for (i = 0; i < json_object_array_length(value); i++)
			n += count_members(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			n += 1 + count_members(member);
		}
	}
	return n;
}

/* Colons outside of strings: one for each member that was written. */
static size_t count_colons(const char *text, size_t len)
{
	bool in_string = false;
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string && text[i] == '\\')
			i++;
		else if (!in_string && text[i] == ':')
			n++;
	}
	return n;
}

static enum nmaccel_status parse_error(const struct nmaccel_json *json,
				       const struct json_tokener *tok, enum json_tokener_error err)
{
	return nmaccel_json_error(json, NULL, "byte %zu: %s",
				  json_tokener_get_parse_end((struct json_tokener *)tok),
				  err == json_tokener_continue ? "the text ends too early"
							       : json_tokener_error_desc(err));
}

static enum nmaccel_status parse_text(const struct nmaccel_json *json, const char *text, size_t len,
				      struct json_object **value)
{
	struct json_tokener *tok = json_tokener_new_ex(MAX_DEPTH);
	enum nmaccel_status status = NMACCEL_OK;
	struct json_object *v;

	if (!tok)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory to parse it",
				     json->file);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	v = json_tokener_parse_ex(tok, text, (int)len);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		status = parse_error(json, tok, json_tokener_get_error(tok));
		json_object_put(v);
	} else {
		*value = v;
	}
	json_tokener_free(tok);
	return status;
}

enum nmaccel_status nmaccel_json_parse(const struct nmaccel_json *json, const char *text,
				       size_t len, struct json_object **root)
{
	struct json_object *value = NULL;
	enum nmaccel_status status;

	if (len > MAX_FILE_BYTES)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW, "%s: larger than %u bytes", json->file,
				     MAX_FILE_BYTES);
	/* json-c takes a NUL for the end of the text. */
	if (memchr(text, '\0', len))
		return nmaccel_json_error(json, NULL, "holds a NUL byte");
	status = parse_text(json, text, len, &value);
	if (status)
		return status;
	if (!json_object_is_type(value, json_type_object))
		status = nmaccel_json_error(json, NULL, "is not a JSON object");
	/* json-c keeps the last of equal keys; a file that says two things is refused. */
	else if (count_members(value) != count_colons(text, len))
		status = nmaccel_json_error(json, NULL, "a key appears twice in one object");
	if (status) {
		json_object_put(value);
		return status;
	}
	*root = value;
	return NMACCEL_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

enum nmaccel_status nmaccel_json_check_keys(const struct nmaccel_json *json,
					    struct json_object *object, const char *const *known)
{
	const char *const *k;

	json_object_object_foreach(object, key, member)
	{
		(void)member;
		for (k = known; *k && strcmp(*k, key); k++)
			;
		if (!*k)
			return nmaccel_json_error(json, key, "unknown here");
	}
	return NMACCEL_OK;
}

bool nmaccel_json_has(struct json_object *object, const char *key)
{
	return json_object_object_get_ex(object, key, NULL);
}

static enum nmaccel_status get_typed(const struct nmaccel_json *json, struct json_object *object,
				     const char *key, enum json_type type,
				     struct json_object **value)
{
	struct json_object *v;

	if (!json_object_object_get_ex(object, key, &v))
		return nmaccel_json_error(json, key, "missing");
	if (!json_object_is_type(v, type))
		return nmaccel_json_error(json, key, "is %s, must be %s",
					  json_type_to_name(json_object_get_type(v)),
					  json_type_to_name(type));
	*value = v;
	return NMACCEL_OK;
}

static enum nmaccel_status read_string(const struct nmaccel_json *json, const char *key,
				       struct json_object *v, const char **value)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return nmaccel_json_error(json, key, "must be a string");
	s = json_object_get_string(v);
	if (!*s || strlen(s) != (size_t)json_object_get_string_len(v))
		return nmaccel_json_error(json, key, "must be a non-empty string without NUL");
	*value = s;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_json_string(const struct nmaccel_json *json, struct json_object *object,
					const char *key, const char **value)
{
	struct json_object *v = NULL;
	enum nmaccel_status status;

	status = get_typed(json, object, key, json_type_string, &v);
	return status ? status : read_string(json, key, v, value);
}

enum nmaccel_status nmaccel_json_bool(const struct nmaccel_json *json, struct json_object *object,
				      const char *key, bool *value)
{
	struct json_object *v = NULL;
	enum nmaccel_status status;

	status = get_typed(json, object, key, json_type_boolean, &v);
	if (!status)
		*value = json_object_get_boolean(v);
	return status;
}

enum nmaccel_status nmaccel_json_object(const struct nmaccel_json *json, struct json_object *object,
					const char *key, struct json_object **value)
{
	return get_typed(json, object, key, json_type_object, value);
}

enum nmaccel_status nmaccel_json_array(const struct nmaccel_json *json, struct json_object *object,
				       const char *key, struct json_object **value)
{
	return get_typed(json, object, key, json_type_array, value);
}

static enum nmaccel_status read_integer(const struct nmaccel_json *json, const char *key,
					struct json_object *v, int64_t min, int64_t max,
					int64_t *value)
{
	int64_t i;

	if (!json_object_is_type(v, json_type_int))
		return nmaccel_json_error(json, key, "must be an integer");
	/* json-c saturates what does not fit 64 bits, which is beyond every range here. */
	i = json_object_get_int64(v);
	if (i < min || i > max)
		return nmaccel_json_error(json, key, "%s is outside %" PRIi64 " .. %" PRIi64,
					  json_object_get_string(v), min, max);
	*value = i;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_json_integer(const struct nmaccel_json *json,
					 struct json_object *object, const char *key, int64_t min,
					 int64_t max, int64_t *value)
{
	struct json_object *v = NULL;
	enum nmaccel_status status;

	status = get_typed(json, object, key, json_type_int, &v);
	return status ? status : read_integer(json, key, v, min, max, value);
}

static enum nmaccel_status read_float(const struct nmaccel_json *json, const char *key,
				      struct json_object *v, float *value)
{
	float f;

	if (!json_object_is_type(v, json_type_double) && !json_object_is_type(v, json_type_int))
		return nmaccel_json_error(json, key, "must be a number");
	f = (float)json_object_get_double(v);
	if (!isfinite(f))
		return nmaccel_json_error(json, key, "must be finite and fit fp32");
	*value = f;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_json_float(const struct nmaccel_json *json, struct json_object *object,
				       const char *key, float *value)
{
	struct json_object *v;

	if (!json_object_object_get_ex(object, key, &v))
		return nmaccel_json_error(json, key, "missing");
	return read_float(json, key, v, value);
}

static enum nmaccel_status get_exact_array(const struct nmaccel_json *json,
					   struct json_object *object, const char *key, size_t n,
					   struct json_object **array)
{
	enum nmaccel_status status;

	status = nmaccel_json_array(json, object, key, array);
	if (status)
		return status;
	if (json_object_array_length(*array) != n)
		return nmaccel_json_error(json, key, "has %zu elements, must have %zu",
					  json_object_array_length(*array), n);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_json_integers(const struct nmaccel_json *json,
					  struct json_object *object, const char *key, size_t n,
					  int64_t min, int64_t max, int32_t *values)
{
	struct json_object *array = NULL;
	enum nmaccel_status status;
	int64_t value = 0;
	size_t i;

	status = get_exact_array(json, object, key, n, &array);
	for (i = 0; !status && i < n; i++) {
		status = read_integer(json, key, json_object_array_get_idx(array, i), min, max,
				      &value);
		values[i] = (int32_t)value;
	}
	return status;
}

enum nmaccel_status nmaccel_json_floats(const struct nmaccel_json *json, struct json_object *object,
					const char *key, size_t n, float *values)
{
	struct json_object *array = NULL;
	enum nmaccel_status status;
	size_t i;

	status = get_exact_array(json, object, key, n, &array);
	for (i = 0; !status && i < n; i++)
		status = read_float(json, key, json_object_array_get_idx(array, i), &values[i]);
	return status;
}

enum nmaccel_status nmaccel_json_strings(const struct nmaccel_json *json,
					 struct json_object *object, const char *key, size_t n,
					 const char **values)
{
	struct json_object *array = NULL;
	enum nmaccel_status status;
	size_t i;

	status = get_exact_array(json, object, key, n, &array);
	for (i = 0; !status && i < n; i++)
		status = read_string(json, key, json_object_array_get_idx(array, i), &values[i]);
	return status;
}
