/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "fail.h"
#include "onnx.h"

/* A graph in an If in a Loop ... takes three levels each; real models stay below twenty. */
#define MAX_DEPTH 60

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64BIT = 1,
	WIRE_BYTES = 2,
	WIRE_32BIT = 5,
};

struct cursor {
	const unsigned char *start, *at;
	const char *where;
};

static int wire_fail(const struct cursor *cur, const char *what)
{
	return fail(FAIL_INPUT, "%s: byte %td: %s", cur->where, cur->at - cur->start, what);
}

static int take_varint(struct cursor *cur, const unsigned char *end, uint64_t *value)
{
	uint64_t number = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (cur->at == end)
			return wire_fail(cur, "a number is cut short");
		number |= (uint64_t)(*cur->at & 0x7f) << shift;
		if (!(*cur->at++ & 0x80)) {
			*value = number;
			return 0;
		}
	}
	return wire_fail(cur, "a number has more than ten bytes");
}

static int take_length(struct cursor *cur, const unsigned char *end, uint64_t *bytes)
{
	if (take_varint(cur, end, bytes) < 0)
		return -1;
	if (*bytes > (uint64_t)(end - cur->at))
		return wire_fail(cur, "a field is longer than what holds it: truncated?");
	return 0;
}

static int check_message(struct cursor *cur, const ProtobufCMessageDescriptor *desc,
			 const unsigned char *end, unsigned int depth);

static int check_bytes(struct cursor *cur, const ProtobufCFieldDescriptor *field,
		       const unsigned char *end, unsigned int depth)
{
	uint64_t bytes;

	if (take_length(cur, end, &bytes) < 0)
		return -1;
	if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
		return check_message(cur, field->descriptor, cur->at + bytes, depth + 1);
	cur->at += bytes;
	return 0;
}

static int check_field(struct cursor *cur, const ProtobufCMessageDescriptor *desc,
		       const unsigned char *end, unsigned int depth)
{
	const ProtobufCFieldDescriptor *field;
	uint64_t key, ignored;

	if (take_varint(cur, end, &key) < 0)
		return -1;
	if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
		return wire_fail(cur, "not a field number: this is no ONNX file");
	field = protobuf_c_message_descriptor_get_field(desc, (unsigned int)(key >> 3));
	switch (key & 7) {
	case WIRE_VARINT:
		return take_varint(cur, end, &ignored);
	case WIRE_BYTES:
		return check_bytes(cur, field, end, depth);
	case WIRE_64BIT:
	case WIRE_32BIT:
		ignored = (key & 7) == WIRE_64BIT ? 8 : 4;
		if (ignored > (uint64_t)(end - cur->at))
			return wire_fail(cur, "a number is cut short");
		cur->at += ignored;
		return 0;
	default:
		return wire_fail(cur, "unknown wire type: this is no ONNX file");
	}
}

/* The recursion is bounded by MAX_DEPTH. */
static int check_message(struct cursor *cur, const ProtobufCMessageDescriptor *desc,
			 const unsigned char *end, unsigned int depth)
{
	if (depth > MAX_DEPTH)
		return wire_fail(cur, "messages are nested too deeply");
	while (cur->at < end) {
		if (check_field(cur, desc, end, depth) < 0)
			return -1;
	}
	return 0;
}

int onnx_wire_check(const ProtobufCMessageDescriptor *desc, const unsigned char *data,
		    uint64_t bytes, const char *where)
{
	struct cursor cur = {.start = data, .at = data, .where = where};

	return check_message(&cur, desc, data + bytes, 0);
}
