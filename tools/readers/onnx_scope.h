/* SPDX-License-Identifier: MIT */
/* Names of an ONNX graph: which tensor of ours does a value carry? */
#ifndef NMACCEL_TOOLS_ONNX_SCOPE_H
#define NMACCEL_TOOLS_ONNX_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

struct onnx_value {
	const char *name; /* the model's */
	size_t tensor;
	bool transposed; /* the value is the tensor with its two axes swapped */
};

/* A graph's names; the names of the graphs around it are seen through parent. */
struct onnx_scope {
	const struct onnx_scope *parent;
	struct onnx_value *slots; /* open hashing; name NULL = free */
	size_t n_slots, used;
};

void onnx_scope_put(struct onnx_scope *scope, const char *name, size_t tensor, bool transposed);

/* NULL if the name carries none of our tensors. */
const struct onnx_value *onnx_scope_find(const struct onnx_scope *scope, const char *name);
void onnx_scope_fini(struct onnx_scope *scope);

#endif /* NMACCEL_TOOLS_ONNX_SCOPE_H */
