/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "onnx.h"

/* TensorProto.DataType by number; newer versions of ONNX have more than the proto file here. */
static const struct {
	const char *name;
	enum dtype dtype;
} types[] = {
	{"undefined", DTYPE_UNKNOWN},
	{"float", DTYPE_F32},
	{"uint8", DTYPE_U8},
	{"int8", DTYPE_S8},
	{"uint16", DTYPE_U16},
	{"int16", DTYPE_S16},
	{"int32", DTYPE_S32},
	{"int64", DTYPE_S64},
	{"string", DTYPE_UNKNOWN},
	{"bool", DTYPE_BOOL},
	{"float16", DTYPE_F16},
	{"double", DTYPE_F64},
	{"uint32", DTYPE_U32},
	{"uint64", DTYPE_U64},
	{"complex64", DTYPE_UNKNOWN},
	{"complex128", DTYPE_UNKNOWN},
	{"bfloat16", DTYPE_BF16},
	{"float8e4m3fn", DTYPE_UNKNOWN},
	{"float8e4m3fnuz", DTYPE_UNKNOWN},
	{"float8e5m2", DTYPE_UNKNOWN},
	{"float8e5m2fnuz", DTYPE_UNKNOWN},
	{"uint4", DTYPE_UNKNOWN},
	{"int4", DTYPE_UNKNOWN},
	{"float4e2m1", DTYPE_UNKNOWN},
};

bool onnx_tensor_is_external(const Onnx__TensorProto *proto)
{
	return proto->has_data_location &&
	       proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

int onnx_tensor_describe(const Onnx__TensorProto *proto, const char *where, struct tensor *t)
{
	uint64_t shape[TENSOR_MAX_RANK];
	enum dtype dtype = DTYPE_UNKNOWN;
	uint32_t type = (uint32_t)proto->data_type;

	if (proto->n_dims > TENSOR_MAX_RANK)
		return fail(FAIL_INPUT, "%s: %zu dimensions; at most %d are read", where,
			    proto->n_dims, TENSOR_MAX_RANK);
	for (size_t i = 0; i < proto->n_dims; i++) {
		if (proto->dims[i] < 0)
			return fail(FAIL_INPUT, "%s: dimension %zu is negative", where, i);
		shape[i] = (uint64_t)proto->dims[i];
	}
	if (proto->segment)
		return fail(FAIL_INPUT, "%s: tensors in segments are not read", where);
	if (type < sizeof(types) / sizeof(types[0]))
		dtype = types[type].dtype;
	if (dtype == DTYPE_UNKNOWN)
		t->dtype_text = type < sizeof(types) / sizeof(types[0])
					? xstrdup(types[type].name)
					: xasprintf("number %" PRIu32, type);
	return tensor_set_shape(t, dtype, shape, (unsigned int)proto->n_dims, where);
}

static int range_fail(const struct tensor *t, uint64_t i, int64_t value)
{
	return fail(FAIL_INPUT,
		    "tensor '%s': element %" PRIu64 " is %" PRId64 ", beyond its type %s", t->name,
		    i, value, dtype_name(t->dtype));
}

/* int32_data carries all narrow types, 16-bit floats as their bits. */
static int load_int32(const Onnx__TensorProto *proto, struct tensor *t)
{
	bool is_signed = t->dtype == DTYPE_S8 || t->dtype == DTYPE_S16;
	unsigned int bits = (unsigned int)dtype_bytes(t->dtype) * 8;
	int64_t low = is_signed ? -(1LL << (bits - 1)) : 0;
	int64_t high = is_signed ? (1LL << (bits - 1)) - 1 : (1LL << bits) - 1;

	for (uint64_t i = 0; i < t->elements; i++) {
		int32_t value = proto->int32_data[i];

		if (bits < 32 && (value < low || value > high))
			return range_fail(t, i, value);
		memcpy(t->data + i * (bits / 8), &value, bits / 8);
	}
	return 0;
}

static int load_uint64(const Onnx__TensorProto *proto, struct tensor *t)
{
	size_t size = dtype_bytes(t->dtype);

	for (uint64_t i = 0; i < t->elements; i++) {
		if (size == 4 && proto->uint64_data[i] > UINT32_MAX)
			return range_fail(t, i, (int64_t)proto->uint64_data[i]);
		memcpy(t->data + i * size, &proto->uint64_data[i], size);
	}
	return 0;
}

static int copy(struct tensor *t, const void *data)
{
	if (t->bytes)
		memcpy(t->data, data, t->bytes);
	return 0;
}

static int load_typed(const Onnx__TensorProto *proto, struct tensor *t)
{
	switch (t->dtype) {
	case DTYPE_F32:
		return copy(t, proto->float_data);
	case DTYPE_F64:
		return copy(t, proto->double_data);
	case DTYPE_S64:
		return copy(t, proto->int64_data);
	case DTYPE_U32:
	case DTYPE_U64:
		return load_uint64(proto, t);
	default:
		return load_int32(proto, t);
	}
}

/* Elements of the typed field that carries the tensor's type. */
static uint64_t typed_count(const Onnx__TensorProto *proto, enum dtype dtype, const char **field)
{
	switch (dtype) {
	case DTYPE_F32:
		*field = "float_data";
		return proto->n_float_data;
	case DTYPE_F64:
		*field = "double_data";
		return proto->n_double_data;
	case DTYPE_S64:
		*field = "int64_data";
		return proto->n_int64_data;
	case DTYPE_U32:
	case DTYPE_U64:
		*field = "uint64_data";
		return proto->n_uint64_data;
	default:
		*field = "int32_data";
		return proto->n_int32_data;
	}
}

static int parse_number(const struct tensor *t, const char *key, const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		return fail(FAIL_INPUT, "tensor '%s': external %s '%s' is not a number", t->name,
			    key, text);
	return 0;
}

struct external {
	const char *location;
	uint64_t offset, length;
};

static int parse_external(const Onnx__TensorProto *proto, const struct tensor *t,
			  struct external *ext)
{
	*ext = (struct external){.length = t->bytes};
	for (size_t i = 0; i < proto->n_external_data; i++) {
		const Onnx__StringStringEntryProto *entry = proto->external_data[i];
		const char *key = entry->key ? entry->key : "";
		const char *value = entry->value ? entry->value : "";

		if (!strcmp(key, "location"))
			ext->location = value;
		if (!strcmp(key, "offset") && parse_number(t, key, value, &ext->offset) < 0)
			return -1;
		if (!strcmp(key, "length") && parse_number(t, key, value, &ext->length) < 0)
			return -1;
	}
	if (!ext->location || !*ext->location)
		return fail(FAIL_INPUT, "tensor '%s': external data without a location", t->name);
	if (strchr(ext->location, '/') || !strcmp(ext->location, ".."))
		return fail(FAIL_INPUT,
			    "tensor '%s': external data in '%s' is refused: only files in the "
			    "model's own directory are read",
			    t->name, ext->location);
	if (ext->length != t->bytes)
		return fail(FAIL_INPUT,
			    "tensor '%s': external length %" PRIu64 ", the shape needs %" PRIu64,
			    t->name, ext->length, t->bytes);
	return 0;
}

static int open_external(const struct input *in, const struct tensor *t, const struct external *ext,
			 struct input *file)
{
	const char *slash = strrchr(in->path, '/');
	char *path;
	int ret;

	if (in->memory)
		return fail(FAIL_INPUT, "tensor '%s': external data of a model in memory", t->name);
	path = xasprintf("%.*s%s", slash ? (int)(slash - in->path) + 1 : 0, in->path,
			 ext->location);
	ret = input_open(path, file);
	free(path);
	return ret < 0 ? fail_prefix("external data of tensor '%s'", t->name) : 0;
}

static int load_external(const struct input *in, const Onnx__TensorProto *proto, struct tensor *t)
{
	struct external ext;
	struct input file;
	int ret;

	if (parse_external(proto, t, &ext) < 0 || open_external(in, t, &ext, &file) < 0)
		return -1;
	ret = input_read(&file, ext.offset, t->data, ext.length, t->name);
	input_close(&file);
	return ret;
}

static int check_external(const struct input *in, const Onnx__TensorProto *proto,
			  const struct tensor *t)
{
	struct external ext;
	struct input file;
	int ret;

	if (parse_external(proto, t, &ext) < 0 || open_external(in, t, &ext, &file) < 0)
		return -1;
	ret = input_check(&file, ext.offset, ext.length, t->name);
	input_close(&file);
	return ret;
}

int onnx_tensor_check(const struct input *in, const Onnx__TensorProto *proto,
		      const struct tensor *t)
{
	const char *field;
	uint64_t count;

	if (onnx_tensor_is_external(proto))
		return check_external(in, proto, t);
	if (proto->has_raw_data && proto->raw_data.len != t->bytes)
		return fail(FAIL_INPUT,
			    "tensor '%s': raw_data has %zu bytes, the shape needs %" PRIu64,
			    t->name, proto->raw_data.len, t->bytes);
	count = typed_count(proto, t->dtype, &field);
	if (!proto->has_raw_data && count != t->elements)
		return fail(FAIL_INPUT,
			    "tensor '%s': %s holds %" PRIu64 " elements, the shape needs %" PRIu64,
			    t->name, field, count, t->elements);
	return 0;
}

int onnx_tensor_load(const struct input *in, const Onnx__TensorProto *proto, struct tensor *t)
{
	if (onnx_tensor_is_external(proto))
		return load_external(in, proto, t);
	return proto->has_raw_data ? copy(t, proto->raw_data.data) : load_typed(proto, t);
}

static void free_typed(Onnx__TensorProto *proto)
{
	free(proto->float_data);
	free(proto->int32_data);
	free(proto->int64_data);
	free(proto->double_data);
	free(proto->uint64_data);
	proto->float_data = NULL;
	proto->int32_data = NULL;
	proto->int64_data = NULL;
	proto->double_data = NULL;
	proto->uint64_data = NULL;
	proto->n_float_data = 0;
	proto->n_int32_data = 0;
	proto->n_int64_data = 0;
	proto->n_double_data = 0;
	proto->n_uint64_data = 0;
}

int onnx_tensor_store(const struct tensor *t, Onnx__TensorProto *proto)
{
	unsigned char *raw = malloc(t->bytes ? t->bytes : 1);

	if (!raw)
		return fail(FAIL_SYSTEM, "no memory for the %" PRIu64 " bytes of tensor '%s'",
			    t->bytes, t->name);
	if (t->bytes)
		memcpy(raw, t->data, t->bytes);
	free_typed(proto);
	if (proto->has_raw_data)
		free(proto->raw_data.data);
	proto->has_raw_data = 1;
	proto->raw_data.data = raw;
	proto->raw_data.len = t->bytes;
	for (size_t i = 0; i < proto->n_external_data; i++)
		protobuf_c_message_free_unpacked(&proto->external_data[i]->base, NULL);
	free(proto->external_data);
	proto->external_data = NULL;
	proto->n_external_data = 0;
	proto->has_data_location = 0;
	proto->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT;
	return 0;
}
