/* SPDX-License-Identifier: MIT */
/* Reading .plan files: what the reader of the file and the reader of its layers share. */
#ifndef NMACCEL_SRC_PLAN_READER_H
#define NMACCEL_SRC_PLAN_READER_H

#include "json.h"
#include "plan.h"

struct nmaccel_named_tensor {
	const char *name; /* the JSON's */
	nmaccel_tensor_id id;
};

struct nmaccel_plan_reader {
	struct nmaccel_json json;
	struct json_object *root;
	struct nmaccel_nmw *nmw; /* or NULL */
	struct nmaccel_plan *plan;
	uint32_t batch;
	struct nmaccel_named_tensor *tensors; /* room for all of the file's */
	size_t n_tensors;
};

/* A word of the format; a table of them ends with text NULL. */
struct nmaccel_word {
	const char *text;
	int value;
};

/* Put the place in front of a failure. A call that refuses what the file says blames the file. */
enum nmaccel_status nmaccel_reader_blame(const struct nmaccel_plan_reader *r,
					 enum nmaccel_status status);

enum nmaccel_status nmaccel_reader_word(const struct nmaccel_plan_reader *r,
					struct json_object *object, const char *key,
					const struct nmaccel_word *words, int *value);

/* scale and zero_point. */
enum nmaccel_status nmaccel_reader_quant(const struct nmaccel_plan_reader *r,
					 struct json_object *object, struct nmaccel_quant *quant);

/* The unused name of element i of an array, which becomes part of the place. */
enum nmaccel_status nmaccel_reader_name(struct nmaccel_plan_reader *r, const char *array, size_t i,
					struct json_object *object, const char **name);

/* The tensor that key names. */
enum nmaccel_status nmaccel_reader_find(const struct nmaccel_plan_reader *r, const char *key,
					const char *name, nmaccel_tensor_id *id);

void nmaccel_reader_add(struct nmaccel_plan_reader *r, const char *name, nmaccel_tensor_id id);

/* plan_layer_reader.c: element i of "layers". */
enum nmaccel_status nmaccel_reader_layer(struct nmaccel_plan_reader *r, size_t i,
					 struct json_object *layer);

#endif /* NMACCEL_SRC_PLAN_READER_H */
