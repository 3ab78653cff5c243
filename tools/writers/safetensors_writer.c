/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fail.h"
#include "safetensors.h"
#include "writer.h"

/* Wide elements first, so that every tensor is aligned; otherwise as they came. */
static size_t *make_order(const struct out_tensors *tensors)
{
	size_t *order = xcalloc(tensors->count, sizeof(*order)), used = 0;

	for (size_t size = 8; size; size /= 2) {
		for (size_t i = 0; i < tensors->count; i++) {
			if (dtype_bytes(tensors->items[i].dtype) == size)
				order[used++] = i;
		}
	}
	return order;
}

static struct json_object *describe(const struct out_tensor *t, uint64_t begin)
{
	struct json_object *info = json_object_new_object();
	struct json_object *shape = json_object_new_array();
	struct json_object *offsets = json_object_new_array();

	for (unsigned int i = 0; i < t->rank; i++)
		json_object_array_add(shape, json_object_new_uint64(t->shape[i]));
	json_object_array_add(offsets, json_object_new_uint64(begin));
	json_object_array_add(offsets, json_object_new_uint64(begin + t->bytes));
	json_object_object_add(info, "dtype",
			       json_object_new_string(safetensors_dtype_name(t->dtype)));
	json_object_object_add(info, "shape", shape);
	json_object_object_add(info, "data_offsets", offsets);
	return info;
}

static int make_header(const struct out_tensors *tensors, const size_t *order,
		       struct json_object *header)
{
	uint64_t at = 0;

	if (tensors->metadata)
		json_object_object_add(header, "__metadata__", json_object_get(tensors->metadata));
	for (size_t i = 0; i < tensors->count; i++) {
		const struct out_tensor *t = &tensors->items[order[i]];

		if (json_object_object_get_ex(header, t->name, NULL) ||
		    !strcmp(t->name, "__metadata__"))
			return fail(FAIL_INPUT,
				    "safetensors cannot hold the name '%s' (again); choose tensors "
				    "by --layer",
				    t->name);
		json_object_object_add(header, t->name, describe(t, at));
		at += t->bytes;
	}
	return 0;
}

static int write_header(struct save *save, struct json_object *header)
{
	const char *text = json_object_to_json_string_ext(
		header, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	uint64_t length = strlen(text), padded = (length + 7) & ~(uint64_t)7;

	if (save_write(save, &padded, sizeof(padded)) < 0 ||
	    save_write(save, text, (size_t)length) < 0)
		return -1;
	return save_write(save, "       ", (size_t)(padded - length));
}

int safetensors_write(struct save *save, const struct out_tensors *tensors)
{
	struct json_object *header = json_object_new_object();
	size_t *order = make_order(tensors);
	int ret = make_header(tensors, order, header);

	if (ret == 0)
		ret = write_header(save, header);
	for (size_t i = 0; i < tensors->count && ret == 0; i++) {
		const void *data;

		ret = tensors->fill(tensors->context, order[i], &data);
		if (ret == 0)
			ret = save_write(save, data, tensors->items[order[i]].bytes);
	}
	free(order);
	json_object_put(header);
	return ret;
}
