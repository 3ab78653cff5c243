/* SPDX-License-Identifier: MIT */
#include "onnx.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* protobuf's own limit: lengths are signed 32-bit numbers in most implementations. */
#define MAX_MODEL_BYTES 0x7fffffffu

static int onnx_open(struct tensor_source *src)
{
	struct onnx_state *state = xcalloc(1, sizeof(*state));
	void *bytes;
	int ret;

	src->state = state;
	if (src->in.size > MAX_MODEL_BYTES)
		return fail(FAIL_INPUT,
			    "%s: %" PRIu64 " bytes; an ONNX file has at most 2 GiB, larger models "
			    "keep their weights as external data",
			    src->in.path, src->in.size);
	if (input_read_alloc(&src->in, 0, src->in.size, "the model", &bytes) < 0)
		return -1;
	ret = onnx_wire_check(&onnx__model_proto__descriptor, bytes, src->in.size, src->in.path);
	if (ret == 0)
		state->model = onnx__model_proto__unpack(NULL, src->in.size, bytes);
	free(bytes);
	if (ret < 0)
		return -1;
	if (!state->model)
		return fail(FAIL_INPUT, "%s: not an ONNX model: protobuf refuses it", src->in.path);
	if (!state->model->graph)
		return fail(FAIL_INPUT, "%s: not an ONNX model: it has no graph", src->in.path);
	return onnx_graph_list(src);
}

static int onnx_check(struct tensor_source *src, const struct tensor *t)
{
	const struct onnx_state *state = src->state;

	if (onnx_tensor_check(&src->in, state->protos[t - src->tensors], t) < 0)
		return fail_prefix("%s", src->in.path);
	return 0;
}

static int onnx_load(struct tensor_source *src, struct tensor *t)
{
	const struct onnx_state *state = src->state;

	if (onnx_tensor_load(&src->in, state->protos[t - src->tensors], t) < 0)
		return fail_prefix("%s", src->in.path);
	return 0;
}

static int store_tensors(struct tensor_source *src)
{
	struct onnx_state *state = src->state;

	for (size_t i = 0; i < src->count; i++) {
		bool external = src->tensors[i].dtype != DTYPE_UNKNOWN &&
				onnx_tensor_is_external(state->protos[i]);

		/* The new file may lie elsewhere, so that it must hold all of its data itself. */
		if (external && source_load(src, i) < 0)
			return -1;
		if (src->tensors[i].data &&
		    onnx_tensor_store(&src->tensors[i], state->protos[i]) < 0)
			return -1;
	}
	return 0;
}

static int onnx_rewrite(struct tensor_source *src, FILE *out)
{
	const struct onnx_state *state = src->state;
	unsigned char *bytes;
	size_t size;
	int ret = 0;

	if (store_tensors(src) < 0)
		return -1;
	size = onnx__model_proto__get_packed_size(state->model);
	if (size > MAX_MODEL_BYTES)
		return fail(FAIL_INPUT,
			    "%s: the model would have %zu bytes, more than the 2 GiB of an ONNX "
			    "file; write .safetensors or .npz instead",
			    src->in.path, size);
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return fail(FAIL_SYSTEM, "no memory for the %zu bytes of the new model", size);
	onnx__model_proto__pack(state->model, bytes);
	if (fwrite(bytes, 1, size, out) != size)
		ret = fail(FAIL_SYSTEM, "cannot write the model: %s", strerror(errno));
	free(bytes);
	return ret;
}

static void onnx_close(struct tensor_source *src)
{
	struct onnx_state *state = src->state;

	if (!state)
		return;
	if (state->model)
		onnx__model_proto__free_unpacked(state->model, NULL);
	free(state->protos);
	free(state);
}

/* A ModelProto begins with ir_version in practice; any of its low field numbers may come first. */
static bool onnx_probe(const unsigned char *head, size_t bytes)
{
	return bytes >= 2 && (head[0] == 0x08 || head[0] == 0x12 || head[0] == 0x1a ||
			      head[0] == 0x3a || head[0] == 0x42);
}

const struct tensor_format onnx_format = {
	.name = "onnx",
	.extension = ".onnx",
	.description = "ONNX model: its initialisers and constants",
	.probe = onnx_probe,
	.open = onnx_open,
	.check = onnx_check,
	.load = onnx_load,
	.rewrite = onnx_rewrite,
	.close = onnx_close,
};
