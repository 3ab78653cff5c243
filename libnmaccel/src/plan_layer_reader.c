// SPDX-License-Identifier: MIT
/* Layers of .plan files: from the JSON of docs/plan-format.md to the calls that add a layer. */
#include "plan_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "error.h"

static const struct nmaccel_word output_types[] = {{"u8", NMACCEL_TYPE_U8},
						   {"s8", NMACCEL_TYPE_S8},
						   {"s32", NMACCEL_TYPE_S32},
						   {"f32", NMACCEL_TYPE_F32},
						   {0}};
static const struct nmaccel_word activations[] = {
	{"none", NMACCEL_ACT_NONE}, {"relu", NMACCEL_ACT_RELU}, {0}};

/* ---- parts of layers ------------------------------------------------------------------------- */

static enum nmaccel_status read_activation(const struct nmaccel_plan_reader *r,
					   struct json_object *layer,
					   struct nmaccel_epilogue *epilogue)
{
	static const char *const keys[] = {"clamp", NULL};
	struct json_object *activation = NULL;
	enum nmaccel_status status;
	float bounds[2] = {0};
	int value = 0;

	if (!json_object_object_get_ex(layer, "activation", &activation))
		return NMACCEL_OK;
	if (!json_object_is_type(activation, json_type_object)) {
		status = nmaccel_reader_word(r, layer, "activation", activations, &value);
		epilogue->activation = (enum nmaccel_activation)value;
		return status;
	}
	status = nmaccel_json_check_keys(&r->json, activation, keys);
	if (!status)
		status = nmaccel_json_floats(&r->json, activation, "clamp", 2, bounds);
	epilogue->activation = NMACCEL_ACT_CLAMP;
	epilogue->clamp_min = bounds[0];
	epilogue->clamp_max = bounds[1];
	return status;
}

static enum nmaccel_status read_epilogue(const struct nmaccel_plan_reader *r,
					 struct json_object *layer,
					 struct nmaccel_epilogue *epilogue)
{
	static const char *const quant_keys[] = {"type", "scale", "zero_point", NULL};
	static const char *const plain_keys[] = {"type", NULL};
	struct json_object *output = NULL;
	enum nmaccel_status status;
	int type = 0;
	bool quantised;

	status = nmaccel_json_object(&r->json, layer, "output", &output);
	if (!status)
		status = nmaccel_reader_word(r, output, "type", output_types, &type);
	if (status)
		return status;
	epilogue->type = (enum nmaccel_type)type;
	quantised = type == NMACCEL_TYPE_U8 || type == NMACCEL_TYPE_S8;
	status = nmaccel_json_check_keys(&r->json, output, quantised ? quant_keys : plain_keys);
	if (!status && quantised)
		status = nmaccel_reader_quant(r, output, &epilogue->quant);
	if (!status)
		status = read_activation(r, layer, epilogue);
	return status;
}

/* [vertical, horizontal] or [top, left, bottom, right], where present. */
static enum nmaccel_status read_extents(const struct nmaccel_plan_reader *r,
					struct json_object *layer, const char *key, size_t n,
					int32_t min, uint32_t *extents)
{
	enum nmaccel_status status;
	int32_t values[4] = {0};
	size_t i;

	if (!nmaccel_json_has(layer, key))
		return NMACCEL_OK;
	status = nmaccel_json_integers(&r->json, layer, key, n, min, NMACCEL_MAX_KERNEL, values);
	for (i = 0; i < n; i++)
		extents[i] = (uint32_t)values[i];
	return status;
}

static enum nmaccel_status read_window(const struct nmaccel_plan_reader *r,
				       struct json_object *layer, struct nmaccel_window *window)
{
	uint32_t stride[2] = {1, 1}, dilation[2] = {1, 1}, padding[4] = {0};
	enum nmaccel_status status;

	status = read_extents(r, layer, "stride", 2, 1, stride);
	if (!status)
		status = read_extents(r, layer, "dilation", 2, 1, dilation);
	if (!status)
		status = read_extents(r, layer, "padding", 4, 0, padding);
	*window = (struct nmaccel_window){
		.stride_h = stride[0],
		.stride_w = stride[1],
		.dilation_h = dilation[0],
		.dilation_w = dilation[1],
		.pad_top = padding[0],
		.pad_left = padding[1],
		.pad_bottom = padding[2],
		.pad_right = padding[3],
	};
	return status;
}

static enum nmaccel_status read_input(const struct nmaccel_plan_reader *r,
				      struct json_object *layer, nmaccel_tensor_id *id)
{
	enum nmaccel_status status;
	const char *name = NULL;

	status = nmaccel_json_string(&r->json, layer, "input", &name);
	return status ? status : nmaccel_reader_find(r, "input", name, id);
}

static enum nmaccel_status read_weights(const struct nmaccel_plan_reader *r,
					struct json_object *layer, struct nmaccel_weights **weights)
{
	enum nmaccel_status status;
	const char *name = NULL;

	status = nmaccel_json_string(&r->json, layer, "weights", &name);
	if (status)
		return status;
	if (!r->nmw)
		return nmaccel_json_error(&r->json, "weights",
					  "the file names no container at its top level");
	return nmaccel_reader_blame(r, nmaccel_nmw_find(r->nmw, name, weights));
}

/* *bias: NULL if the layer has none; else the caller frees it. */
static enum nmaccel_status read_bias(const struct nmaccel_plan_reader *r, struct json_object *layer,
				     const struct nmaccel_weights *weights, int32_t **bias)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	enum nmaccel_status status;
	int32_t *b;

	*bias = NULL;
	if (!nmaccel_json_has(layer, "bias"))
		return NMACCEL_OK;
	status = nmaccel_weights_query(weights, &info);
	if (status)
		return status;
	b = calloc(info.rows, sizeof(*b));
	if (!b)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %" PRIu32 " biases",
				     info.rows);
	status = nmaccel_json_integers(&r->json, layer, "bias", info.rows, INT32_MIN, INT32_MAX, b);
	if (status) {
		free(b);
		return status;
	}
	*bias = b;
	return NMACCEL_OK;
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* A linear layer is read as a convolution without a window. */
struct product {
	nmaccel_tensor_id in;
	struct nmaccel_conv2d conv;
	int32_t *bias;
};

static enum nmaccel_status read_product(const struct nmaccel_plan_reader *r,
					struct json_object *layer, struct product *product)
{
	enum nmaccel_status status;

	memset(product, 0, sizeof(*product));
	product->conv.size = sizeof(product->conv);
	status = read_input(r, layer, &product->in);
	if (!status)
		status = read_epilogue(r, layer, &product->conv.epilogue);
	if (!status)
		status = read_weights(r, layer, &product->conv.weights);
	if (!status)
		status = read_bias(r, layer, product->conv.weights, &product->bias);
	product->conv.bias_s32 = product->bias;
	return status;
}

static void drop_product(struct product *product)
{
	nmaccel_weights_unref(product->conv.weights);
	free(product->bias);
}

static enum nmaccel_status read_linear(struct nmaccel_plan_reader *r, struct json_object *layer,
				       nmaccel_tensor_id *id)
{
	struct nmaccel_linear linear = {.size = sizeof(linear)};
	enum nmaccel_status status;
	struct product product;

	status = read_product(r, layer, &product);
	if (!status) {
		linear.weights = product.conv.weights;
		linear.bias_s32 = product.bias;
		linear.epilogue = product.conv.epilogue;
		status = nmaccel_reader_blame(
			r, nmaccel_plan_linear(r->plan, product.in, &linear, id));
	}
	drop_product(&product);
	return status;
}

static enum nmaccel_status read_conv2d(struct nmaccel_plan_reader *r, struct json_object *layer,
				       nmaccel_tensor_id *id)
{
	enum nmaccel_status status;
	struct product product;

	status = read_product(r, layer, &product);
	if (!status)
		status = read_window(r, layer, &product.conv.window);
	if (!status)
		status = nmaccel_reader_blame(
			r, nmaccel_plan_conv2d(r->plan, product.in, &product.conv, id));
	drop_product(&product);
	return status;
}

static enum nmaccel_status read_add(struct nmaccel_plan_reader *r, struct json_object *layer,
				    nmaccel_tensor_id *id)
{
	struct nmaccel_epilogue epilogue = {0};
	nmaccel_tensor_id in[2] = {0};
	enum nmaccel_status status;
	const char *names[2];
	size_t i;

	status = nmaccel_json_strings(&r->json, layer, "inputs", 2, names);
	for (i = 0; !status && i < 2; i++)
		status = nmaccel_reader_find(r, "inputs", names[i], &in[i]);
	if (!status)
		status = read_epilogue(r, layer, &epilogue);
	if (status)
		return status;
	return nmaccel_reader_blame(r, nmaccel_plan_add(r->plan, in[0], in[1], &epilogue, id));
}

static enum nmaccel_status read_kernel(const struct nmaccel_plan_reader *r,
				       struct json_object *layer, struct nmaccel_pool2d *pool)
{
	enum nmaccel_status status;
	uint32_t kernel[2] = {0};
	bool global = false;

	if (nmaccel_json_has(layer, "global")) {
		status = nmaccel_json_bool(&r->json, layer, "global", &global);
		if (status)
			return status;
	}
	if (global == nmaccel_json_has(layer, "kernel"))
		return nmaccel_json_error(&r->json, "kernel", "%s",
					  global ? "does not go with \"global\": true"
						 : "missing, and \"global\" is not true");
	status = read_extents(r, layer, "kernel", 2, 1, kernel);
	pool->kernel_h = kernel[0];
	pool->kernel_w = kernel[1];
	return status;
}

static enum nmaccel_status read_pool(struct nmaccel_plan_reader *r, struct json_object *layer,
				     enum nmaccel_pool_kind kind, nmaccel_tensor_id *id)
{
	struct nmaccel_pool2d pool = {.size = sizeof(pool), .kind = kind};
	enum nmaccel_status status;
	nmaccel_tensor_id in = 0;
	bool count_padding = false;

	status = read_input(r, layer, &in);
	if (!status)
		status = read_kernel(r, layer, &pool);
	if (!status)
		status = read_window(r, layer, &pool.window);
	if (!status && nmaccel_json_has(layer, "count_padding"))
		status = nmaccel_json_bool(&r->json, layer, "count_padding", &count_padding);
	if (!status && kind == NMACCEL_POOL_AVERAGE)
		status = read_epilogue(r, layer, &pool.epilogue);
	if (status)
		return status;
	pool.count_padding = count_padding;
	return nmaccel_reader_blame(r, nmaccel_plan_pool2d(r->plan, in, &pool, id));
}

static enum nmaccel_status read_max_pool(struct nmaccel_plan_reader *r, struct json_object *layer,
					 nmaccel_tensor_id *id)
{
	return read_pool(r, layer, NMACCEL_POOL_MAX, id);
}

static enum nmaccel_status read_average_pool(struct nmaccel_plan_reader *r,
					     struct json_object *layer, nmaccel_tensor_id *id)
{
	return read_pool(r, layer, NMACCEL_POOL_AVERAGE, id);
}

static const char *const linear_keys[] = {"op",	  "name",   "input",	  "weights",
					  "bias", "output", "activation", NULL};
static const char *const conv2d_keys[] = {"op",	     "name",	   "input",  "weights",
					  "bias",    "output",	   "stride", "dilation",
					  "padding", "activation", NULL};
static const char *const add_keys[] = {"op", "name", "inputs", "output", "activation", NULL};
static const char *const max_pool_keys[] = {"op",     "name",	  "input",   "kernel", "global",
					    "stride", "dilation", "padding", NULL};
static const char *const average_pool_keys[] = {
	"op",	    "name",    "input",		"kernel", "global",	"stride",
	"dilation", "padding", "count_padding", "output", "activation", NULL};

static const struct op {
	const char *name;
	const char *const *keys;
	enum nmaccel_status (*read)(struct nmaccel_plan_reader *r, struct json_object *layer,
				    nmaccel_tensor_id *id);
} ops[] = {
	{"linear", linear_keys, read_linear},
	{"conv2d", conv2d_keys, read_conv2d},
	{"add", add_keys, read_add},
	{"max_pool", max_pool_keys, read_max_pool},
	{"average_pool", average_pool_keys, read_average_pool},
};

static enum nmaccel_status find_op(const struct nmaccel_plan_reader *r, struct json_object *layer,
				   const struct op **op)
{
	enum nmaccel_status status;
	const char *name = NULL;
	size_t i;

	status = nmaccel_json_string(&r->json, layer, "op", &name);
	if (status)
		return status;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strcmp(ops[i].name, name))
			continue;
		*op = &ops[i];
		return NMACCEL_OK;
	}
	return nmaccel_json_error(&r->json, "op", "\"%.64s\" is unknown", name);
}

enum nmaccel_status nmaccel_reader_layer(struct nmaccel_plan_reader *r, size_t i,
					 struct json_object *layer)
{
	const struct op *op = NULL;
	enum nmaccel_status status;
	const char *name = NULL;
	nmaccel_tensor_id id = 0;

	status = nmaccel_reader_name(r, "layers", i, layer, &name);
	if (!status)
		status = find_op(r, layer, &op);
	if (!status)
		status = nmaccel_json_check_keys(&r->json, layer, op->keys);
	if (!status)
		status = op->read(r, layer, &id);
	if (!status)
		status = nmaccel_plan_name_layer(r->plan, name);
	if (!status)
		nmaccel_reader_add(r, name, id);
	return status;
}
