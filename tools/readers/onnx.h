/* SPDX-License-Identifier: MIT */
/* Inner interfaces of the ONNX reader. onnx.pb-c.h is generated from Debian's onnx.proto. */
#ifndef NMACCEL_TOOLS_ONNX_H
#define NMACCEL_TOOLS_ONNX_H

#include "onnx.pb-c.h"

#include "source.h"

struct onnx_state {
	Onnx__ModelProto *model;
	Onnx__TensorProto **protos; /* of tensor i */
	size_t capacity;
};

/*
 * Walk the bytes of a message by its descriptor and refuse what protobuf-c would refuse without a
 * reason, or what would make it recurse without end.
 */
int onnx_wire_check(const ProtobufCMessageDescriptor *desc, const unsigned char *data,
		    uint64_t bytes, const char *where);

/* Set type, shape and size of a tensor from its message. */
int onnx_tensor_describe(const Onnx__TensorProto *proto, const char *where, struct tensor *t);

/* Is there as much data as the shape needs? */
int onnx_tensor_check(const struct input *in, const Onnx__TensorProto *proto,
		      const struct tensor *t);

/* Fill in t->data of a tensor that was checked. */
int onnx_tensor_load(const struct input *in, const Onnx__TensorProto *proto, struct tensor *t);

/* Put t->data into the message as raw_data, in place of what it held. */
int onnx_tensor_store(const struct tensor *t, Onnx__TensorProto *proto);

bool onnx_tensor_is_external(const Onnx__TensorProto *proto);

/* List the tensors of the model's graphs with the uses that its nodes make of them. */
int onnx_graph_list(struct tensor_source *src);

#endif /* NMACCEL_TOOLS_ONNX_H */
