/* SPDX-License-Identifier: MIT */
/*
 * Strict reading of JSON files: typed values, known keys only, and errors that name the file and
 * the place. Every failure is NMACCEL_ERR_FORMAT unless said.
 */
#ifndef NMACCEL_SRC_JSON_H
#define NMACCEL_SRC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nmaccel.h"

struct json_object;

/* Where the reader is; set place while inside an element, such as `layers[2] "conv1"`. */
struct nmaccel_json {
	const char *file;
	char place[128];
};

/* A failure at the present place and key (NULL: none). */
enum nmaccel_status nmaccel_json_error(const struct nmaccel_json *json, const char *key,
				       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A whole file; NMACCEL_ERR_IO, and NMACCEL_ERR_OVERFLOW beyond its limit. The caller frees. */
enum nmaccel_status nmaccel_json_read_file(const char *path, char **text, size_t *len);

/* One object, nothing behind it; the caller puts it (json_object_put). */
enum nmaccel_status nmaccel_json_parse(const struct nmaccel_json *json, const char *text,
				       size_t len, struct json_object **root);

/* Refuse keys that are not in the NULL-terminated list. */
enum nmaccel_status nmaccel_json_check_keys(const struct nmaccel_json *json,
					    struct json_object *object, const char *const *known);

bool nmaccel_json_has(struct json_object *object, const char *key);

/*
 * Values that must be there, of the type that the name says. Strings are not empty, belong to the
 * object, and hold no NUL.
 */
enum nmaccel_status nmaccel_json_string(const struct nmaccel_json *json, struct json_object *object,
					const char *key, const char **value);
enum nmaccel_status nmaccel_json_bool(const struct nmaccel_json *json, struct json_object *object,
				      const char *key, bool *value);
enum nmaccel_status nmaccel_json_object(const struct nmaccel_json *json, struct json_object *object,
					const char *key, struct json_object **value);
enum nmaccel_status nmaccel_json_array(const struct nmaccel_json *json, struct json_object *object,
				       const char *key, struct json_object **value);
enum nmaccel_status nmaccel_json_integer(const struct nmaccel_json *json,
					 struct json_object *object, const char *key, int64_t min,
					 int64_t max, int64_t *value);

/* Finite in fp32. */
enum nmaccel_status nmaccel_json_float(const struct nmaccel_json *json, struct json_object *object,
				       const char *key, float *value);

/* Exactly n numbers. */
enum nmaccel_status nmaccel_json_integers(const struct nmaccel_json *json,
					  struct json_object *object, const char *key, size_t n,
					  int64_t min, int64_t max, int32_t *values);
enum nmaccel_status nmaccel_json_floats(const struct nmaccel_json *json, struct json_object *object,
					const char *key, size_t n, float *values);

/* Exactly n strings. */
enum nmaccel_status nmaccel_json_strings(const struct nmaccel_json *json,
					 struct json_object *object, const char *key, size_t n,
					 const char **values);

#endif /* NMACCEL_SRC_JSON_H */
