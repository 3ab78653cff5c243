// SPDX-License-Identifier: MIT
/*
 * The calls that add a layer to a plan. Each checks everything, makes the layer and its output
 * tensor beside the plan, and only then appends both, so that a refused call changes nothing.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "options.h"
#include "plan_quant.h"
#include "weights.h"

/* A layer in the making. */
struct draft {
	struct nmaccel_layer layer;
	struct nmaccel_tensor out;
};

static enum nmaccel_status draft_start(const struct nmaccel_plan *plan, const char *kind,
				       const char *call, struct draft *draft)
{
	enum nmaccel_status status = nmaccel_plan_check_open(plan, call);

	if (status)
		return status;
	memset(draft, 0, sizeof(*draft));
	draft->layer.kind = kind;
	return NMACCEL_OK;
}

static void draft_drop(struct draft *draft)
{
	nmaccel_weights_unref(draft->layer.weights);
	free(draft->layer.params);
	free(draft->layer.dequant.scales);
}

/* The end of every call: append the draft, or drop it and name the layer in the error. */
static enum nmaccel_status draft_finish(struct nmaccel_plan *plan, struct draft *draft,
					enum nmaccel_status status, nmaccel_tensor_id *out)
{
	struct nmaccel_layer *layer = &draft->layer;

	if (!status)
		status = nmaccel_plan_grow((void **)&plan->tensors, plan->n_tensors,
					   sizeof(*plan->tensors));
	if (!status)
		status = nmaccel_plan_grow((void **)&plan->layers, plan->n_layers,
					   sizeof(*plan->layers));
	if (status) {
		draft_drop(draft);
		return nmaccel_error_prefix(status, "layer %" PRIu32 " (%s)", plan->n_layers,
					    layer->kind);
	}
	layer->out = plan->n_tensors;
	plan->tensors[layer->in].used = true;
	plan->tensors[layer->in2].used = true;
	plan->tensors[plan->n_tensors] = (struct nmaccel_plan_tensor){
		.shape = draft->out,
		.producer = plan->n_layers,
	};
	plan->layers[plan->n_layers++] = *layer;
	*out = plan->n_tensors++;
	return NMACCEL_OK;
}

static enum nmaccel_status find_input(const struct nmaccel_plan *plan, nmaccel_tensor_id id,
				      const struct nmaccel_tensor **tensor)
{
	const struct nmaccel_tensor *t;

	if (id >= plan->n_tensors)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "input tensor %" PRIu32
				     " is not of this plan, which has %" PRIu32,
				     id, plan->n_tensors);
	t = &plan->tensors[id].shape;
	if (t->type != NMACCEL_TYPE_S8 && t->type != NMACCEL_TYPE_U8)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "input tensor %" PRIu32 " is 32-bit, which can only be an "
				     "output of the plan; requantise it to s8 or u8",
				     id);
	*tensor = t;
	return NMACCEL_OK;
}

static void set_geometry(struct draft *draft, const struct nmaccel_tensor *in)
{
	struct nmaccel_hw_desc *desc = &draft->layer.desc;

	desc->batch = in->batch;
	desc->in_h = in->height;
	desc->in_w = in->width;
	desc->out_h = draft->out.height;
	desc->out_w = draft->out.width;
	desc->in_zero = nmaccel_quant_zero(in);
	if (!desc->kernel_h)
		desc->kernel_h = desc->kernel_w = 1;
	if (!desc->stride_h)
		desc->stride_h = desc->stride_w = desc->dilation_h = desc->dilation_w = 1;
}

/* The output's type and quantisation; its shape is set already. */
static void set_output_type(struct draft *draft, const struct nmaccel_epilogue *epilogue)
{
	draft->out.type = epilogue->type;
	draft->out.layout = NMACCEL_LAYOUT_NHWC;
	if (epilogue->type == NMACCEL_TYPE_S8 || epilogue->type == NMACCEL_TYPE_U8)
		draft->out.quant = epilogue->quant;
	nmaccel_epilogue_apply(epilogue, &draft->layer.desc);
}

static enum nmaccel_status check_8_bit_epilogue(const struct nmaccel_epilogue *epilogue)
{
	enum nmaccel_status status = nmaccel_epilogue_check(epilogue);

	if (status)
		return status;
	if (epilogue->type != NMACCEL_TYPE_S8 && epilogue->type != NMACCEL_TYPE_U8)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "epilogue: this layer's output is S8 or U8 only");
	return NMACCEL_OK;
}

/* ---- windows --------------------------------------------------------------------------------- */

static enum nmaccel_status check_window_field(uint32_t value, const char *name)
{
	if (value <= NMACCEL_MAX_KERNEL)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_OVERFLOW, "%s is %" PRIu32 "; the contract allows %d",
			     name, value, NMACCEL_MAX_KERNEL);
}

static enum nmaccel_status check_window(const struct nmaccel_window *w, uint32_t kernel_h,
					uint32_t kernel_w)
{
	const struct {
		uint32_t value;
		const char *name;
	} fields[] = {
		{kernel_h, "kernel_h"},	       {kernel_w, "kernel_w"},
		{w->stride_h, "stride_h"},     {w->stride_w, "stride_w"},
		{w->dilation_h, "dilation_h"}, {w->dilation_w, "dilation_w"},
		{w->pad_top, "pad_top"},       {w->pad_left, "pad_left"},
		{w->pad_bottom, "pad_bottom"}, {w->pad_right, "pad_right"},
	};
	enum nmaccel_status status = NMACCEL_OK;
	size_t i;

	if (!kernel_h || !kernel_w)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "a kernel of %" PRIu32 " x %" PRIu32 " is empty", kernel_h,
				     kernel_w);
	for (i = 0; !status && i < sizeof(fields) / sizeof(fields[0]); i++)
		status = check_window_field(fields[i].value, fields[i].name);
	return status;
}

/* Output positions along one axis; all factors are within the contract's limits. */
static enum nmaccel_status slide(const char *axis, uint32_t size, uint64_t pads, uint32_t kernel,
				 uint32_t dilation, uint32_t stride, uint32_t *out)
{
	uint64_t span = (uint64_t)dilation * (kernel - 1) + 1;
	uint64_t padded = size + pads;

	if (span > padded)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "the kernel spans %" PRIu64 " pixels of %s, but the padded "
				     "input has only %" PRIu64,
				     span, axis, padded);
	*out = (uint32_t)((padded - span) / stride + 1);
	return NMACCEL_OK;
}

static uint32_t one_if_zero(uint32_t value)
{
	return value ? value : 1;
}

/* Check the window, and set the descriptor's and the output's extents from it. */
static enum nmaccel_status apply_window(struct draft *draft, const struct nmaccel_tensor *in,
					const struct nmaccel_window *w, uint32_t kernel_h,
					uint32_t kernel_w)
{
	struct nmaccel_hw_desc *desc = &draft->layer.desc;
	enum nmaccel_status status;

	status = check_window(w, kernel_h, kernel_w);
	if (status)
		return status;
	desc->kernel_h = kernel_h;
	desc->kernel_w = kernel_w;
	desc->stride_h = one_if_zero(w->stride_h);
	desc->stride_w = one_if_zero(w->stride_w);
	desc->dilation_h = one_if_zero(w->dilation_h);
	desc->dilation_w = one_if_zero(w->dilation_w);
	desc->pad_top = w->pad_top;
	desc->pad_left = w->pad_left;
	draft->out.batch = in->batch;
	status = slide("height", in->height, (uint64_t)w->pad_top + w->pad_bottom, kernel_h,
		       desc->dilation_h, desc->stride_h, &draft->out.height);
	if (status)
		return status;
	return slide("width", in->width, (uint64_t)w->pad_left + w->pad_right, kernel_w,
		     desc->dilation_w, desc->stride_w, &draft->out.width);
}

/* ---- linear and convolution ------------------------------------------------------------------ */

/* The weights for this device's build of the engine. */
static enum nmaccel_status adopt_weights(const struct nmaccel_plan *plan,
					 struct nmaccel_weights *weights, struct draft *draft)
{
	const struct nmaccel_device_info *info = &plan->dev->info;
	const struct nmaccel_weights_shape *shape = &weights->shape;
	struct nmaccel_layer *layer = &draft->layer;
	enum nmaccel_status status;
	uint32_t block_rows, panel_rows;

	block_rows = shape->block_rows < info->block_rows ? shape->block_rows : info->block_rows;
	panel_rows = shape->panel_rows < info->max_rows ? shape->panel_rows : info->max_rows;
	status = nmaccel_weights_repack(weights, info->lanes, block_rows, panel_rows,
					&layer->weights);
	if (status)
		return nmaccel_error_prefix(status, "repacking for device \"%s\"", info->name);
	weights = layer->weights;
	layer->rows = shape->rows;
	layer->steps = weights->steps;
	layer->nonzeros = weights->nonzeros;
	layer->stream_bytes = weights->stream_bytes;
	layer->macs_per_pixel =
		(uint64_t)shape->rows * shape->channels * shape->kernel_h * shape->kernel_w;
	layer->desc.op = NMACCEL_OP_CONV;
	layer->desc.block_rows = weights->shape.block_rows;
	return NMACCEL_OK;
}

static enum nmaccel_status check_bias(const int32_t *bias_s32, const float *bias_f32)
{
	if (bias_s32 && bias_f32)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "bias_s32 and bias_f32 are both set; give one");
	return NMACCEL_OK;
}

/* Common to linear and convolution, whose output shape is set: parameters, type, weights. */
static enum nmaccel_status finish_product(const struct nmaccel_plan *plan, struct draft *draft,
					  const struct nmaccel_tensor *in,
					  const struct nmaccel_conv2d *layer)
{
	struct nmaccel_param_source source = {
		.weights = layer->weights,
		.rows = layer->weights->shape.rows,
		.bias_s32 = layer->bias_s32,
		.bias_f32 = layer->bias_f32,
		.in = in,
		.epilogue = &layer->epilogue,
	};
	enum nmaccel_status status;

	draft->out.channels = source.rows;
	status = check_bias(layer->bias_s32, layer->bias_f32);
	if (!status)
		status = nmaccel_epilogue_check(&layer->epilogue);
	if (status)
		return status;
	set_output_type(draft, &layer->epilogue);
	status = nmaccel_plan_check_extents(&draft->out, "output");
	if (!status)
		status = nmaccel_params_make(&source, &draft->layer.params);
	if (!status)
		status = nmaccel_dequant_make(&source, &draft->layer.dequant);
	if (!status)
		status = adopt_weights(plan, layer->weights, draft);
	if (!status)
		set_geometry(draft, in);
	return status;
}

static enum nmaccel_status check_channels(const struct nmaccel_weights *weights,
					  const struct nmaccel_tensor *in)
{
	const struct nmaccel_weights_shape *shape = &weights->shape;
	uint64_t channels = (uint64_t)shape->channels * shape->n_groups;

	if (channels == in->channels)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_INVALID,
			     "the weights want %" PRIu64 " input channels (%" PRIu32
			     " groups of %" PRIu32 "), the input tensor has %" PRIu32,
			     channels, shape->n_groups, shape->channels, in->channels);
}

static enum nmaccel_status build_linear(const struct nmaccel_plan *plan, struct draft *draft,
					nmaccel_tensor_id in_id, const struct nmaccel_conv2d *layer)
{
	const struct nmaccel_tensor *in = NULL;
	const struct nmaccel_weights_shape *shape;
	enum nmaccel_status status;

	status = find_input(plan, in_id, &in);
	if (status)
		return status;
	if (!layer->weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "weights is NULL");
	shape = &layer->weights->shape;
	if (shape->kernel_h != 1 || shape->kernel_w != 1 || shape->n_groups != 1)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "the weights are of a %" PRIu32 " x %" PRIu32
				     " convolution of %" PRIu32 " groups; use nmaccel_plan_conv2d",
				     shape->kernel_h, shape->kernel_w, shape->n_groups);
	status = check_channels(layer->weights, in);
	if (status)
		return status;
	draft->layer.in = draft->layer.in2 = in_id;
	draft->out.batch = in->batch;
	draft->out.height = in->height;
	draft->out.width = in->width;
	return finish_product(plan, draft, in, layer);
}

enum nmaccel_status nmaccel_plan_linear(struct nmaccel_plan *plan, nmaccel_tensor_id in,
					const struct nmaccel_linear *layer, nmaccel_tensor_id *out)
{
	struct nmaccel_conv2d product = {0};
	struct nmaccel_linear options;
	enum nmaccel_status status;
	struct draft draft;

	status = draft_start(plan, "linear", "nmaccel_plan_linear", &draft);
	if (status)
		return status;
	if (!layer || !out)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_linear: %s is NULL",
				     layer ? "out" : "layer");
	status = nmaccel_options_read(&options, sizeof(options), layer, "struct nmaccel_linear");
	if (!status) {
		product.weights = options.weights;
		product.bias_s32 = options.bias_s32;
		product.bias_f32 = options.bias_f32;
		product.epilogue = options.epilogue;
		status = build_linear(plan, &draft, in, &product);
	}
	return draft_finish(plan, &draft, status, out);
}

static enum nmaccel_status build_conv2d(const struct nmaccel_plan *plan, struct draft *draft,
					nmaccel_tensor_id in_id, const struct nmaccel_conv2d *layer)
{
	const struct nmaccel_tensor *in = NULL;
	enum nmaccel_status status;

	status = find_input(plan, in_id, &in);
	if (status)
		return status;
	if (!layer->weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "weights is NULL");
	status = check_channels(layer->weights, in);
	if (!status)
		status = apply_window(draft, in, &layer->window, layer->weights->shape.kernel_h,
				      layer->weights->shape.kernel_w);
	if (status)
		return status;
	draft->layer.in = draft->layer.in2 = in_id;
	return finish_product(plan, draft, in, layer);
}

enum nmaccel_status nmaccel_plan_conv2d(struct nmaccel_plan *plan, nmaccel_tensor_id in,
					const struct nmaccel_conv2d *layer, nmaccel_tensor_id *out)
{
	struct nmaccel_conv2d options;
	enum nmaccel_status status;
	struct draft draft;

	status = draft_start(plan, "conv2d", "nmaccel_plan_conv2d", &draft);
	if (status)
		return status;
	if (!layer || !out)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_conv2d: %s is NULL",
				     layer ? "out" : "layer");
	status = nmaccel_options_read(&options, sizeof(options), layer, "struct nmaccel_conv2d");
	if (!status)
		status = build_conv2d(plan, &draft, in, &options);
	return draft_finish(plan, &draft, status, out);
}

/* ---- add ------------------------------------------------------------------------------------- */

static enum nmaccel_status set_scale(float input, float output, uint32_t *bits)
{
	float scale = input / output;

	if (scale > 3.4028234664e38f)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "input scale %g / output scale %g is beyond fp32",
				     (double)input, (double)output);
	*bits = nmaccel_fp32_bits(scale);
	return NMACCEL_OK;
}

static enum nmaccel_status check_same_shape(const struct nmaccel_tensor *a,
					    const struct nmaccel_tensor *b)
{
	if (a->batch == b->batch && a->height == b->height && a->width == b->width &&
	    a->channels == b->channels)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_INVALID,
			     "shapes differ: %" PRIu32 " x %" PRIu32 " x %" PRIu32 " x %" PRIu32
			     " and %" PRIu32 " x %" PRIu32 " x %" PRIu32 " x %" PRIu32,
			     a->batch, a->height, a->width, a->channels, b->batch, b->height,
			     b->width, b->channels);
}

static enum nmaccel_status build_add(const struct nmaccel_plan *plan, struct draft *draft,
				     nmaccel_tensor_id a_id, nmaccel_tensor_id b_id,
				     const struct nmaccel_epilogue *epilogue)
{
	const struct nmaccel_tensor *a = NULL, *b = NULL;
	struct nmaccel_hw_desc *desc = &draft->layer.desc;
	enum nmaccel_status status;

	status = find_input(plan, a_id, &a);
	if (!status)
		status = find_input(plan, b_id, &b);
	if (!status)
		status = check_same_shape(a, b);
	if (!status)
		status = check_8_bit_epilogue(epilogue);
	if (!status)
		status = set_scale(a->quant.scale, epilogue->quant.scale, &desc->scale);
	if (!status)
		status = set_scale(b->quant.scale, epilogue->quant.scale, &desc->scale2);
	if (status)
		return status;
	draft->layer.in = a_id;
	draft->layer.in2 = b_id;
	draft->out = *a;
	desc->op = NMACCEL_OP_ADD;
	desc->in2_zero = nmaccel_quant_zero(b);
	set_geometry(draft, a);
	set_output_type(draft, epilogue);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_add(struct nmaccel_plan *plan, nmaccel_tensor_id a,
				     nmaccel_tensor_id b, const struct nmaccel_epilogue *epilogue,
				     nmaccel_tensor_id *out)
{
	enum nmaccel_status status;
	struct draft draft;

	status = draft_start(plan, "add", "nmaccel_plan_add", &draft);
	if (status)
		return status;
	if (!epilogue || !out)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_add: %s is NULL",
				     epilogue ? "out" : "epilogue");
	status = build_add(plan, &draft, a, b, epilogue);
	return draft_finish(plan, &draft, status, out);
}

/* ---- pooling --------------------------------------------------------------------------------- */

/* The descriptor divides by what is inside the image unless the scale holds the division. */
static enum nmaccel_status set_average(struct nmaccel_hw_desc *desc,
				       const struct nmaccel_tensor *in,
				       const struct nmaccel_pool2d *layer)
{
	float scale = in->quant.scale / layer->epilogue.quant.scale;
	enum nmaccel_status status;

	status = set_scale(in->quant.scale, layer->epilogue.quant.scale, &desc->scale);
	if (status)
		return status;
	desc->op = NMACCEL_OP_POOL_AVG;
	if (layer->count_padding)
		desc->scale = nmaccel_fp32_bits(scale / (float)(desc->kernel_h * desc->kernel_w));
	else
		desc->flags |= NMACCEL_FLAG_COUNT_VALID;
	return NMACCEL_OK;
}

static bool is_global(const struct nmaccel_pool2d *layer)
{
	return !layer->kernel_h && !layer->kernel_w;
}

static enum nmaccel_status check_pool(const struct nmaccel_pool2d *layer)
{
	const struct nmaccel_window *w = &layer->window;

	if (layer->kind != NMACCEL_POOL_MAX && layer->kind != NMACCEL_POOL_AVERAGE)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "kind %d is not one of enum nmaccel_pool_kind",
				     (int)layer->kind);
	if (is_global(layer) && (w->pad_top || w->pad_left || w->pad_bottom || w->pad_right))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "global pooling (kernel 0 x 0) takes no padding");
	if (layer->count_padding > 1)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "count_padding is %" PRIu32 "; it must be 0 or 1",
				     layer->count_padding);
	if (layer->kind == NMACCEL_POOL_AVERAGE)
		return check_8_bit_epilogue(&layer->epilogue);
	return NMACCEL_OK;
}

static enum nmaccel_status build_pool(const struct nmaccel_plan *plan, struct draft *draft,
				      nmaccel_tensor_id in_id, const struct nmaccel_pool2d *layer)
{
	struct nmaccel_hw_desc *desc = &draft->layer.desc;
	const struct nmaccel_tensor *in = NULL;
	bool global = is_global(layer);
	enum nmaccel_status status;

	status = find_input(plan, in_id, &in);
	if (!status)
		status = check_pool(layer);
	if (!status)
		status = apply_window(draft, in, &layer->window,
				      global ? in->height : layer->kernel_h,
				      global ? in->width : layer->kernel_w);
	if (status)
		return status;
	draft->layer.in = draft->layer.in2 = in_id;
	draft->out.channels = in->channels;
	set_geometry(draft, in);
	if (layer->kind == NMACCEL_POOL_AVERAGE) {
		set_output_type(draft, &layer->epilogue);
		status = set_average(desc, in, layer);
	} else {
		draft->out.type = in->type;
		draft->out.layout = NMACCEL_LAYOUT_NHWC;
		draft->out.quant = in->quant;
		desc->op = NMACCEL_OP_POOL_MAX;
		desc->act_min = INT8_MIN;
		desc->act_max = INT8_MAX;
	}
	if (!status)
		status = nmaccel_plan_check_extents(&draft->out, "output");
	return status;
}

enum nmaccel_status nmaccel_plan_pool2d(struct nmaccel_plan *plan, nmaccel_tensor_id in,
					const struct nmaccel_pool2d *layer, nmaccel_tensor_id *out)
{
	struct nmaccel_pool2d options;
	enum nmaccel_status status;
	struct draft draft;

	status = draft_start(plan, "pool2d", "nmaccel_plan_pool2d", &draft);
	if (status)
		return status;
	if (!layer || !out)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_pool2d: %s is NULL",
				     layer ? "out" : "layer");
	status = nmaccel_options_read(&options, sizeof(options), layer, "struct nmaccel_pool2d");
	if (!status)
		status = build_pool(plan, &draft, in, &options);
	return draft_finish(plan, &draft, status, out);
}
