// SPDX-License-Identifier: MIT
/* .plan files: the text, the container beside it, and the parts of docs/plan-format.md. */
#include "plan_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "error.h"
#include "plan_reader.h"

/* Inputs, layers and outputs of one file. */
#define MAX_ENTRIES 4096

static const struct nmaccel_word input_types[] = {
	{"u8", NMACCEL_TYPE_U8}, {"s8", NMACCEL_TYPE_S8}, {0}};
static const struct nmaccel_word layouts[] = {
	{"nhwc", NMACCEL_LAYOUT_NHWC}, {"nchw", NMACCEL_LAYOUT_NCHW}, {0}};

static enum nmaccel_status read_extent(const struct nmaccel_plan_reader *r,
				       struct json_object *object, const char *key,
				       uint32_t *extent)
{
	enum nmaccel_status status;
	int64_t value = 0;

	status = nmaccel_json_integer(&r->json, object, key, 1, NMACCEL_MAX_PIXELS, &value);
	*extent = (uint32_t)value;
	return status;
}

static enum nmaccel_status read_plan_input(struct nmaccel_plan_reader *r, size_t i,
					   struct json_object *input)
{
	static const char *const keys[] = {"name",     "type",	"layout",     "height", "width",
					   "channels", "scale", "zero_point", NULL};
	struct nmaccel_tensor tensor = {.batch = r->batch};
	enum nmaccel_status status;
	const char *name = NULL;
	nmaccel_tensor_id id = 0;
	int type = 0, layout = 0;

	status = nmaccel_reader_name(r, "inputs", i, input, &name);
	if (!status)
		status = nmaccel_json_check_keys(&r->json, input, keys);
	if (!status)
		status = nmaccel_reader_word(r, input, "type", input_types, &type);
	if (!status)
		status = nmaccel_reader_word(r, input, "layout", layouts, &layout);
	if (!status)
		status = read_extent(r, input, "height", &tensor.height);
	if (!status)
		status = read_extent(r, input, "width", &tensor.width);
	if (!status)
		status = read_extent(r, input, "channels", &tensor.channels);
	if (!status)
		status = nmaccel_reader_quant(r, input, &tensor.quant);
	if (status)
		return status;
	tensor.type = (enum nmaccel_type)type;
	tensor.layout = (enum nmaccel_layout)layout;
	status = nmaccel_reader_blame(r, nmaccel_plan_input(r->plan, &tensor, &id));
	if (!status)
		nmaccel_reader_add(r, name, id);
	return status;
}

static enum nmaccel_status read_plan_output(struct nmaccel_plan_reader *r, size_t i,
					    struct json_object *output)
{
	static const char *const keys[] = {"tensor", "layout", NULL};
	enum nmaccel_status status;
	const char *name = NULL;
	nmaccel_tensor_id id = 0;
	int layout = 0;

	(void)i;
	status = nmaccel_json_check_keys(&r->json, output, keys);
	if (!status)
		status = nmaccel_json_string(&r->json, output, "tensor", &name);
	if (!status)
		status = nmaccel_reader_find(r, "tensor", name, &id);
	if (!status)
		status = nmaccel_reader_word(r, output, "layout", layouts, &layout);
	if (status)
		return status;
	return nmaccel_reader_blame(r,
				    nmaccel_plan_output(r->plan, id, (enum nmaccel_layout)layout));
}

static enum nmaccel_status get_entries(const struct nmaccel_plan_reader *r, const char *key,
				       struct json_object **array)
{
	enum nmaccel_status status;
	size_t n;

	status = nmaccel_json_array(&r->json, r->root, key, array);
	if (status)
		return status;
	n = json_object_array_length(*array);
	if (!n || n > MAX_ENTRIES)
		return nmaccel_json_error(&r->json, key, "has %zu elements, must have 1 .. %d", n,
					  MAX_ENTRIES);
	return NMACCEL_OK;
}

static enum nmaccel_status read_entries(struct nmaccel_plan_reader *r, const char *key,
					enum nmaccel_status (*read)(struct nmaccel_plan_reader *r,
								    size_t i,
								    struct json_object *entry))
{
	struct json_object *array = NULL, *entry;
	enum nmaccel_status status;
	size_t i;

	status = get_entries(r, key, &array);
	for (i = 0; !status && i < json_object_array_length(array); i++) {
		snprintf(r->json.place, sizeof(r->json.place), "%s[%zu]", key, i);
		entry = json_object_array_get_idx(array, i);
		if (!json_object_is_type(entry, json_type_object))
			return nmaccel_json_error(&r->json, NULL, "must be an object");
		status = read(r, i, entry);
	}
	if (!status)
		r->json.place[0] = '\0';
	return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum nmaccel_status check_top(const struct nmaccel_plan_reader *r)
{
	static const char *const keys[] = {"format", "version", "name",	   "weights",
					   "inputs", "layers",	"outputs", NULL};
	enum nmaccel_status status;
	const char *text = "";
	int64_t version = 0;

	status = nmaccel_json_string(&r->json, r->root, "format", &text);
	if (status)
		return status;
	if (strcmp(text, "nmaccel-plan"))
		return nmaccel_json_error(&r->json, "format", "must be \"nmaccel-plan\"");
	status = nmaccel_json_integer(&r->json, r->root, "version", 1, INT32_MAX, &version);
	if (status)
		return status;
	if (version != 1)
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "%s: version %" PRIi64 "; this library reads version 1",
				     r->json.file, version);
	status = nmaccel_json_check_keys(&r->json, r->root, keys);
	if (status)
		return status;
	return nmaccel_json_string(&r->json, r->root, "name", &text);
}

static enum nmaccel_status read_all(struct nmaccel_plan_reader *r)
{
	enum nmaccel_status status;

	status = check_top(r);
	if (!status)
		status = read_entries(r, "inputs", read_plan_input);
	if (!status)
		status = read_entries(r, "layers", nmaccel_reader_layer);
	if (!status)
		status = read_entries(r, "outputs", read_plan_output);
	if (!status)
		status = nmaccel_reader_blame(r, nmaccel_plan_compile(r->plan, NULL));
	return status;
}

static enum nmaccel_status build_plan(struct nmaccel_device *dev, const struct nmaccel_json *json,
				      struct json_object *root, struct nmaccel_nmw *nmw,
				      uint32_t batch, struct nmaccel_plan **plan)
{
	struct nmaccel_plan_reader r = {.json = *json, .root = root, .nmw = nmw, .batch = batch};
	enum nmaccel_status status;

	r.tensors = calloc(2 * MAX_ENTRIES, sizeof(*r.tensors));
	if (!r.tensors)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory to read it", json->file);
	status = nmaccel_plan_create(dev, &r.plan);
	if (!status)
		status = read_all(&r);
	free(r.tensors);
	if (status) {
		nmaccel_plan_unref(r.plan);
		return status;
	}
	*plan = r.plan;
	return NMACCEL_OK;
}

static enum nmaccel_status check_args(const struct nmaccel_device *dev, const char *path,
				      uint32_t batch, const void *plan)
{
	if (!dev || !path || !plan)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_load: %s is NULL",
				     !dev    ? "dev"
				     : !path ? "path"
					     : "plan");
	if (!batch)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_load: batch is 0");
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_parse(struct nmaccel_device *dev, const char *file,
				       const char *text, size_t len, struct nmaccel_nmw *nmw,
				       uint32_t batch, struct nmaccel_plan **plan)
{
	struct nmaccel_json json = {.file = file};
	struct json_object *root = NULL;
	enum nmaccel_status status;

	status = check_args(dev, file, batch, plan);
	if (!status)
		status = nmaccel_json_parse(&json, text, len, &root);
	if (status)
		return status;
	status = build_plan(dev, &json, root, nmw, batch, plan);
	json_object_put(root);
	return status;
}

/* A name in the plan's own directory: no way out of it. */
static enum nmaccel_status container_path(const struct nmaccel_json *json, const char *name,
					  char **path)
{
	const char *slash = strrchr(json->file, '/');
	int dir = slash ? (int)(slash + 1 - json->file) : 0;

	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return nmaccel_json_error(json, "weights",
					  "\"%.64s\" must be a file name in the plan's directory",
					  name);
	if (asprintf(path, "%.*s%s", dir, json->file, name) < 0)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a path", json->file);
	return NMACCEL_OK;
}

/* *nmw stays NULL if the plan names none. */
static enum nmaccel_status open_container(const struct nmaccel_json *json, struct json_object *root,
					  struct nmaccel_nmw **nmw)
{
	enum nmaccel_status status;
	const char *name = NULL;
	char *path = NULL;

	if (!nmaccel_json_has(root, "weights"))
		return NMACCEL_OK;
	status = nmaccel_json_string(json, root, "weights", &name);
	if (!status)
		status = container_path(json, name, &path);
	if (status)
		return status;
	status = nmaccel_nmw_open(path, nmw);
	if (status)
		status = nmaccel_error_prefix(status, "%s", json->file);
	free(path);
	return status;
}

static enum nmaccel_status load_text(struct nmaccel_device *dev, const char *path, const char *text,
				     size_t len, uint32_t batch, struct nmaccel_plan **plan)
{
	struct nmaccel_json json = {.file = path};
	struct json_object *root = NULL;
	struct nmaccel_nmw *nmw = NULL;
	enum nmaccel_status status;

	status = nmaccel_json_parse(&json, text, len, &root);
	if (status)
		return status;
	status = open_container(&json, root, &nmw);
	if (!status)
		status = build_plan(dev, &json, root, nmw, batch, plan);
	nmaccel_nmw_unref(nmw);
	json_object_put(root);
	return status;
}

enum nmaccel_status nmaccel_plan_load(struct nmaccel_device *dev, const char *path, uint32_t batch,
				      struct nmaccel_plan **plan)
{
	enum nmaccel_status status;
	char *text = NULL;
	size_t len = 0;

	status = check_args(dev, path, batch, plan);
	if (!status)
		status = nmaccel_json_read_file(path, &text, &len);
	if (status)
		return status;
	status = load_text(dev, path, text, len, batch, plan);
	free(text);
	return status;
}
