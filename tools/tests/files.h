/* SPDX-License-Identifier: MIT */
/* Small input files for the tests, made from scratch. */
#ifndef NMACCEL_TOOLS_TESTS_FILES_H
#define NMACCEL_TOOLS_TESTS_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "tensor.h"

struct bytes {
	unsigned char *data;
	size_t size, capacity;
};

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_add_text(struct bytes *bytes, const char *text);
void bytes_free(struct bytes *bytes);

/* A .npy file whose header dict is given. Versions 1 to 3. */
void make_npy(struct bytes *out, unsigned int version, const char *dict, const void *data,
	      size_t size);

/* A .safetensors file. */
void make_safetensors(struct bytes *out, const char *header, const void *data, size_t size);

/* Protobuf, for ONNX files: a message is bytes, put into another as a field. */
void pb_varint(struct bytes *out, unsigned int field, uint64_t value);
void pb_bytes(struct bytes *out, unsigned int field, const void *data, size_t size);
void pb_text(struct bytes *out, unsigned int field, const char *text);
void pb_message(struct bytes *out, unsigned int field, struct bytes *message); /* frees it */

/* TensorProto with raw data; type by ONNX's number. */
void onnx_tensor(struct bytes *out, const char *name, int type, const int64_t *dims,
		 unsigned int rank, const void *raw, size_t size);

/* NodeProto; inputs and outputs end with NULL. */
void onnx_node(struct bytes *out, const char *op, const char *name, const char *const *inputs,
	       const char *output);
void onnx_int_attribute(struct bytes *node, const char *name, int64_t value);

/* ModelProto around a graph, which is freed. */
void onnx_model(struct bytes *out, struct bytes *graph);

/*
 * A model with one of each: a float Conv, a QDQ Gemm (transB) with a scale for each row, a MatMul
 * of a Constant node, a depthwise Conv, an embedding, a bias.
 */
void make_onnx(struct bytes *out);

/* rows x channels float weights, n of every m along channels not zero. */
void fill_pattern(float *weights, uint32_t rows, uint32_t channels, uint32_t n, uint32_t m);

/* Write a file, or end the test. */
void write_file(const char *path, const struct bytes *bytes);

#endif /* NMACCEL_TOOLS_TESTS_FILES_H */
