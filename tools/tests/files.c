/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->capacity) {
		bytes->capacity = (bytes->size + size) * 2;
		bytes->data = xrealloc_array(bytes->data, bytes->capacity, 1);
	}
	if (size)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
	bytes_add(bytes, text, strlen(text));
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

void make_npy(struct bytes *out, unsigned int version, const char *dict, const void *data,
	      size_t size)
{
	unsigned char prefix[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0};
	size_t length = strlen(dict) + 1;

	for (unsigned int i = 0; i < 4; i++)
		prefix[8 + i] = (unsigned char)(length >> (8 * i));
	bytes_add(out, prefix, version == 1 ? 10 : 12);
	bytes_add_text(out, dict);
	bytes_add_text(out, "\n");
	bytes_add(out, data, size);
}

void make_safetensors(struct bytes *out, const char *header, const void *data, size_t size)
{
	uint64_t length = strlen(header);

	bytes_add(out, &length, sizeof(length));
	bytes_add_text(out, header);
	bytes_add(out, data, size);
}

static void add_varint(struct bytes *out, uint64_t value)
{
	do {
		unsigned char byte = value & 0x7f;

		value >>= 7;
		if (value)
			byte |= 0x80;
		bytes_add(out, &byte, 1);
	} while (value);
}

void pb_varint(struct bytes *out, unsigned int field, uint64_t value)
{
	add_varint(out, (uint64_t)field << 3);
	add_varint(out, value);
}

void pb_bytes(struct bytes *out, unsigned int field, const void *data, size_t size)
{
	add_varint(out, (uint64_t)field << 3 | 2);
	add_varint(out, size);
	bytes_add(out, data, size);
}

void pb_text(struct bytes *out, unsigned int field, const char *text)
{
	pb_bytes(out, field, text, strlen(text));
}

void pb_message(struct bytes *out, unsigned int field, struct bytes *message)
{
	pb_bytes(out, field, message->data, message->size);
	bytes_free(message);
}

/* Field numbers of onnx.proto. */
enum {
	TENSOR_DIMS = 1,
	TENSOR_TYPE = 2,
	TENSOR_NAME = 8,
	TENSOR_RAW = 9,
	NODE_INPUT = 1,
	NODE_OUTPUT = 2,
	NODE_NAME = 3,
	NODE_OP = 4,
	NODE_ATTRIBUTE = 5,
	ATTRIBUTE_NAME = 1,
	ATTRIBUTE_I = 3,
	ATTRIBUTE_T = 5,
	ATTRIBUTE_TYPE = 20,
	GRAPH_NODE = 1,
	GRAPH_NAME = 2,
	GRAPH_INITIALIZER = 5,
	MODEL_IR = 1,
	MODEL_GRAPH = 7,
};

void onnx_tensor(struct bytes *out, const char *name, int type, const int64_t *dims,
		 unsigned int rank, const void *raw, size_t size)
{
	for (unsigned int i = 0; i < rank; i++)
		pb_varint(out, TENSOR_DIMS, (uint64_t)dims[i]);
	pb_varint(out, TENSOR_TYPE, (uint64_t)type);
	pb_text(out, TENSOR_NAME, name);
	if (raw)
		pb_bytes(out, TENSOR_RAW, raw, size);
}

void onnx_node(struct bytes *out, const char *op, const char *name, const char *const *inputs,
	       const char *output)
{
	for (; *inputs; inputs++)
		pb_text(out, NODE_INPUT, *inputs);
	pb_text(out, NODE_OUTPUT, output);
	pb_text(out, NODE_NAME, name);
	pb_text(out, NODE_OP, op);
}

void onnx_int_attribute(struct bytes *node, const char *name, int64_t value)
{
	struct bytes attribute = {0};

	pb_text(&attribute, ATTRIBUTE_NAME, name);
	pb_varint(&attribute, ATTRIBUTE_I, (uint64_t)value);
	pb_varint(&attribute, ATTRIBUTE_TYPE, 2);
	pb_message(node, NODE_ATTRIBUTE, &attribute);
}

void onnx_model(struct bytes *out, struct bytes *graph)
{
	pb_varint(out, MODEL_IR, 8);
	pb_message(out, MODEL_GRAPH, graph);
}

static void add_initializer(struct bytes *graph, const char *name, int type, const int64_t *dims,
			    unsigned int rank, const void *raw, size_t size)
{
	struct bytes tensor = {0};

	onnx_tensor(&tensor, name, type, dims, rank, raw, size);
	pb_message(graph, GRAPH_INITIALIZER, &tensor);
}

static void add_node(struct bytes *graph, const char *op, const char *name,
		     const char *const *inputs, const char *output, const char *attribute,
		     int64_t value)
{
	struct bytes node = {0};

	onnx_node(&node, op, name, inputs, output);
	if (attribute)
		onnx_int_attribute(&node, attribute, value);
	pb_message(graph, GRAPH_NODE, &node);
}

static void add_constant(struct bytes *graph, const char *output, const int64_t *dims,
			 unsigned int rank, const void *raw, size_t size)
{
	static const char *const no_inputs[] = {NULL};
	struct bytes node = {0}, attribute = {0}, tensor = {0};

	onnx_tensor(&tensor, "", 1, dims, rank, raw, size);
	pb_text(&attribute, ATTRIBUTE_NAME, "value");
	pb_message(&attribute, ATTRIBUTE_T, &tensor);
	pb_varint(&attribute, ATTRIBUTE_TYPE, 4);
	onnx_node(&node, "Constant", "", no_inputs, output);
	pb_message(&node, NODE_ATTRIBUTE, &attribute);
	pb_message(graph, GRAPH_NODE, &node);
}

void fill_pattern(float *weights, uint32_t rows, uint32_t channels, uint32_t n, uint32_t m)
{
	for (uint32_t r = 0; r < rows; r++) {
		for (uint32_t c = 0; c < channels; c++) {
			/* Another place in every group, so that no other axis has the pattern. */
			uint32_t shift = (r * 2654435761u + c / m * 2246822519u) >> 15;
			bool kept = (c + shift) % m < n;

			weights[r * channels + c] = kept ? (float)(1 + (r * 7 + c * 3) % 50) : 0;
		}
	}
}

/* OIHW: the pattern along channels in each tap. */
static void fill_conv(float *out, uint32_t rows, uint32_t channels, uint32_t taps)
{
	float *lines = xcalloc((size_t)rows * taps * channels, sizeof(float));

	fill_pattern(lines, rows * taps, channels, 2, 4);
	for (uint32_t r = 0; r < rows; r++) {
		for (uint32_t tap = 0; tap < taps; tap++) {
			for (uint32_t c = 0; c < channels; c++)
				out[(r * channels + c) * taps + tap] =
					lines[(r * taps + tap) * channels + c];
		}
	}
	free(lines);
}

void make_onnx(struct bytes *out)
{
	static const int64_t conv_dims[] = {8, 16, 3, 3}, fc_dims[] = {6, 64}, mm_dims[] = {32, 8};
	static const int64_t dw_dims[] = {8, 1, 3, 3}, table_dims[] = {20, 8};
	static const int64_t eight[] = {8}, six[] = {6};
	static float conv[8 * 16 * 9], dense[32 * 8], dw[8 * 9], table[160], bias[8], scales[6];
	static int8_t fc[6 * 64];
	float lines[6 * 64];
	struct bytes graph = {0};

	fill_conv(conv, 8, 16, 9);
	fill_pattern(lines, 6, 64, 1, 4);
	for (unsigned int i = 0; i < 6 * 64; i++)
		fc[i] = (int8_t)lines[i];
	for (unsigned int i = 0; i < 32 * 8; i++)
		dense[i] = (float)(i % 11) + 0.5f;
	for (unsigned int i = 0; i < 8 * 9; i++)
		dw[i] = 1.0f + (float)i;
	for (unsigned int i = 0; i < 6; i++)
		scales[i] = 0.5f + (float)i;
	pb_text(&graph, GRAPH_NAME, "test");
	add_initializer(&graph, "conv.w", 1, conv_dims, 4, conv, sizeof(conv));
	add_initializer(&graph, "conv.b", 1, eight, 1, bias, sizeof(bias));
	add_initializer(&graph, "fc.q", 3, fc_dims, 2, fc, sizeof(fc));
	add_initializer(&graph, "fc.s", 1, six, 1, scales, sizeof(scales));
	add_initializer(&graph, "dw.w", 1, dw_dims, 4, dw, sizeof(dw));
	add_initializer(&graph, "table", 1, table_dims, 2, table, sizeof(table));
	add_constant(&graph, "mm.w", mm_dims, 2, dense, sizeof(dense));
	add_node(&graph, "Conv", "conv", (const char *const[]){"x", "conv.w", "conv.b", NULL}, "a",
		 NULL, 0);
	add_node(&graph, "Conv", "dw", (const char *const[]){"a", "dw.w", NULL}, "b", "group", 8);
	add_node(&graph, "DequantizeLinear", "dq", (const char *const[]){"fc.q", "fc.s", NULL},
		 "fc.f", "axis", 0);
	add_node(&graph, "Gemm", "fc", (const char *const[]){"c", "fc.f", NULL}, "d", "transB", 1);
	add_node(&graph, "MatMul", "mm", (const char *const[]){"e", "mm.w", NULL}, "f", NULL, 0);
	add_node(&graph, "Gather", "look", (const char *const[]){"table", "ids", NULL}, "g", NULL,
		 0);
	onnx_model(out, &graph);
}

void write_file(const char *path, const struct bytes *bytes)
{
	FILE *file = fopen(path, "wb");
	bool written =
		file && (!bytes->size || fwrite(bytes->data, 1, bytes->size, file) == bytes->size);

	if (!file || fclose(file) || !written) {
		perror(path);
		exit(1);
	}
}
