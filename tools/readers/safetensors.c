/* SPDX-License-Identifier: MIT */
#include "safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fail.h"

#define JSON_DEPTH 16

static const struct {
	const char *text;
	enum dtype dtype;
} names[] = {
	{"F64", DTYPE_F64},   {"F32", DTYPE_F32}, {"F16", DTYPE_F16}, {"BF16", DTYPE_BF16},
	{"I64", DTYPE_S64},   {"I32", DTYPE_S32}, {"I16", DTYPE_S16}, {"I8", DTYPE_S8},
	{"U64", DTYPE_U64},   {"U32", DTYPE_U32}, {"U16", DTYPE_U16}, {"U8", DTYPE_U8},
	{"BOOL", DTYPE_BOOL},
};

static enum dtype dtype_of(const char *text)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].text, text))
			return names[i].dtype;
	}
	return DTYPE_UNKNOWN;
}

const char *safetensors_dtype_name(enum dtype dtype)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].dtype == dtype)
			return names[i].text;
	}
	return NULL;
}

struct safetensors_entry *safetensors_entry_add(struct tensor_source *src)
{
	struct safetensors_state *state = src->state;
	struct safetensors_entry *entry;

	if (src->count > state->capacity) {
		state->capacity = src->capacity;
		state->entries = xrealloc_array(state->entries, state->capacity, sizeof(*entry));
	}
	entry = &state->entries[src->count - 1];
	*entry = (struct safetensors_entry){.compressed = -1, .bitmask = -1};
	return entry;
}

static int get_u64(struct json_object *value, uint64_t *out)
{
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return -1;
	*out = json_object_get_uint64(value);
	return 0;
}

static int parse_shape(struct json_object *info, const char *where, enum dtype dtype,
		       struct tensor *t)
{
	struct json_object *array;
	uint64_t shape[TENSOR_MAX_RANK];
	size_t rank;

	if (!json_object_object_get_ex(info, "shape", &array) ||
	    !json_object_is_type(array, json_type_array))
		return fail(FAIL_INPUT, "%s: 'shape' is not a list", where);
	rank = json_object_array_length(array);
	if (rank > TENSOR_MAX_RANK)
		return fail(FAIL_INPUT, "%s: %zu dimensions; at most %d are read", where, rank,
			    TENSOR_MAX_RANK);
	for (size_t i = 0; i < rank; i++) {
		if (get_u64(json_object_array_get_idx(array, i), &shape[i]) < 0)
			return fail(FAIL_INPUT, "%s: dimension %zu is not a whole number", where,
				    i);
	}
	return tensor_set_shape(t, dtype, shape, (unsigned int)rank, where);
}

static int parse_offsets(struct json_object *info, const char *where, uint64_t data_bytes,
			 struct safetensors_entry *entry)
{
	struct json_object *array;

	if (!json_object_object_get_ex(info, "data_offsets", &array) ||
	    !json_object_is_type(array, json_type_array) || json_object_array_length(array) != 2 ||
	    get_u64(json_object_array_get_idx(array, 0), &entry->begin) < 0 ||
	    get_u64(json_object_array_get_idx(array, 1), &entry->end) < 0)
		return fail(FAIL_INPUT, "%s: 'data_offsets' is not [begin, end]", where);
	if (entry->begin > entry->end || entry->end > data_bytes)
		return fail(FAIL_INPUT,
			    "%s: data_offsets [%" PRIu64 ", %" PRIu64 "] lie outside the %" PRIu64
			    " bytes of data",
			    where, entry->begin, entry->end, data_bytes);
	return 0;
}

static int add_tensor(struct tensor_source *src, const char *name, struct json_object *info,
		      const char *where, uint64_t data_offset)
{
	struct tensor *t = source_add(src, name);
	struct safetensors_entry *entry = safetensors_entry_add(src);
	struct json_object *dtype;

	if (!json_object_is_type(info, json_type_object))
		return fail(FAIL_INPUT, "%s: not an object", where);
	if (!json_object_object_get_ex(info, "dtype", &dtype) ||
	    !json_object_is_type(dtype, json_type_string))
		return fail(FAIL_INPUT, "%s: 'dtype' is not a string", where);
	if (parse_shape(info, where, dtype_of(json_object_get_string(dtype)), t) < 0 ||
	    parse_offsets(info, where, src->in.size - data_offset, entry) < 0)
		return -1;
	if (t->dtype == DTYPE_UNKNOWN)
		t->dtype_text = xstrdup(json_object_get_string(dtype));
	else if (entry->end - entry->begin != t->bytes)
		return fail(FAIL_INPUT,
			    "%s: data_offsets span %" PRIu64 " bytes, the shape needs %" PRIu64,
			    where, entry->end - entry->begin, t->bytes);
	entry->begin += data_offset;
	entry->end += data_offset;
	tensor_guess_use(t);
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct safetensors_entry *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

/* The format wants every byte of the data to belong to exactly one tensor. */
static int check_coverage(const struct tensor_source *src, uint64_t data_offset)
{
	const struct safetensors_state *state = src->state;
	struct safetensors_entry *sorted = xcalloc(src->count, sizeof(*sorted));
	uint64_t at = data_offset;
	int ret = 0;

	if (src->count)
		memcpy(sorted, state->entries, src->count * sizeof(*sorted));
	qsort(sorted, src->count, sizeof(*sorted), compare_entries);
	for (size_t i = 0; i < src->count && ret == 0; i++) {
		if (sorted[i].begin != at)
			ret = fail(FAIL_INPUT, "%s: %s between bytes %" PRIu64 " and %" PRIu64,
				   src->in.path,
				   sorted[i].begin > at ? "a hole in the data" : "tensors overlap",
				   at, sorted[i].begin);
		at = sorted[i].end;
	}
	if (ret == 0 && at != src->in.size)
		ret = fail(FAIL_INPUT, "%s: %" PRIu64 " bytes after the last tensor", src->in.path,
			   src->in.size - at);
	free(sorted);
	return ret;
}

static int list_tensors(struct tensor_source *src, struct json_object *header, uint64_t data_offset)
{
	json_object_object_foreach(header, name, info)
	{
		char *where;
		int ret;

		if (!strcmp(name, "__metadata__")) {
			json_object_put(src->metadata);
			src->metadata = json_object_get(info);
			continue;
		}
		where = xasprintf("%s: tensor '%s'", src->in.path, name);
		ret = add_tensor(src, name, info, where, data_offset);
		free(where);
		if (ret < 0)
			return -1;
	}
	if (check_coverage(src, data_offset) < 0 || sparse24_add(src) < 0)
		return -1;
	return source_attach_quant(src);
}

static struct json_object *parse_json(const struct input *in, const char *text, uint64_t bytes)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *root = NULL;
	enum json_tokener_error error;
	size_t end;

	if (!tokener) {
		fail(FAIL_SYSTEM, "no memory for the header of %s", in->path);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
						JSON_TOKENER_ALLOW_TRAILING_CHARS);
	root = json_tokener_parse_ex(tokener, text, (int)bytes);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	/* The header may be padded with spaces. */
	while (root && end < bytes && text[end] == ' ')
		end++;
	if (root && (end != bytes || !json_object_is_type(root, json_type_object))) {
		json_object_put(root);
		root = NULL;
	}
	if (!root)
		fail(FAIL_INPUT, "%s: byte %zu: the header is not a JSON object: %s", in->path,
		     end + 8,
		     error == json_tokener_success ? "unexpected text"
						   : json_tokener_error_desc(error));
	return root;
}

static int safetensors_open(struct tensor_source *src)
{
	struct json_object *header;
	unsigned char raw[8];
	uint64_t bytes = 0;
	void *text;
	int ret;

	src->state = xcalloc(1, sizeof(struct safetensors_state));
	if (input_read(&src->in, 0, raw, sizeof(raw), "the header's length") < 0)
		return -1;
	for (int i = 7; i >= 0; i--)
		bytes = bytes << 8 | raw[i];
	if (bytes > SAFETENSORS_MAX_HEADER)
		return fail(FAIL_INPUT, "%s: header of %" PRIu64 " bytes; at most %u are read",
			    src->in.path, bytes, SAFETENSORS_MAX_HEADER);
	if (input_read_alloc(&src->in, 8, bytes, "the header", &text) < 0)
		return -1;
	header = parse_json(&src->in, text, bytes);
	free(text);
	if (!header)
		return -1;
	ret = list_tensors(src, header, 8 + bytes);
	json_object_put(header);
	return ret;
}

static int safetensors_load(struct tensor_source *src, struct tensor *t)
{
	const struct safetensors_state *state = src->state;
	const struct safetensors_entry *entry = &state->entries[t - src->tensors];

	if (entry->compressed >= 0)
		return sparse24_load(src, t);
	return input_read(&src->in, entry->begin, t->data, t->bytes, t->name);
}

static void safetensors_close(struct tensor_source *src)
{
	struct safetensors_state *state = src->state;

	if (state)
		free(state->entries);
	free(state);
}

static bool safetensors_probe(const unsigned char *head, size_t bytes)
{
	return bytes >= 9 && head[8] == '{' && !head[4] && !head[5] && !head[6] && !head[7];
}

const struct tensor_format safetensors_format = {
	.name = "safetensors",
	.extension = ".safetensors",
	.description = "safetensors, also with compressed-tensors' sparse-24-bitmask",
	.probe = safetensors_probe,
	.open = safetensors_open,
	.load = safetensors_load,
	.close = safetensors_close,
};
