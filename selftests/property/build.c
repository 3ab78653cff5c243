// SPDX-License-Identifier: MIT
/* A random network through the public API: packed weights and a plan. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

/* Elements from the first one of a view to beyond its last one. */
static size_t view_extent(const struct nmaccel_weight_view *v)
{
	return (size_t)((v->rows - 1) * v->stride_row + (v->channels - 1) * v->stride_channel +
			(v->kernel_h - 1) * v->stride_h + (v->kernel_w - 1) * v->stride_w + 1);
}

static void fill_view(struct prng *p, const struct ref_weights *weights,
		      const struct nmaccel_weight_view *v)
{
	const int8_t *w = weights->w;
	int8_t *data = v->data;

	for (size_t i = 0; i < view_extent(v); i++)
		data[i] = (int8_t)prng_next(p);
	for (int64_t r = 0; r < v->rows; r++)
		for (int64_t i = 0; i < v->kernel_h; i++)
			for (int64_t j = 0; j < v->kernel_w; j++)
				for (int64_t c = 0; c < v->channels; c++)
					data[r * v->stride_row + i * v->stride_h + j * v->stride_w +
					     c * v->stride_channel] = *w++;
}

static enum nmaccel_status pack(struct prng *p, const struct ref_weights *weights,
				const struct packing *packing, struct nmaccel_weights **packed)
{
	const struct nmaccel_pack_options options = {
		.size = sizeof(options),
		.pattern = packing->pattern,
		.scales = weights->scale,
		.n_groups = (uint32_t)weights->groups,
		.lanes = packing->lanes,
		.block_rows = packing->block_rows,
		.panel_rows = packing->panel_rows,
	};
	struct nmaccel_weight_view view;
	enum nmaccel_status status;
	char no_data;

	status = nmaccel_weight_view_init(&view, packing->layout, NMACCEL_TYPE_S8, &no_data,
					  (uint32_t)weights->rows, (uint32_t)weights->channels,
					  (uint32_t)weights->kernel_h, (uint32_t)weights->kernel_w);
	if (status)
		return status;
	if (packing->layout == NMACCEL_WEIGHTS_K_ROWS)
		view.stride_channel += packing->extra_stride;
	else if (packing->layout != NMACCEL_WEIGHTS_HWIO)
		view.stride_row += packing->extra_stride;
	view.data = malloc(view_extent(&view));
	if (!view.data)
		return NMACCEL_ERR_NO_MEMORY;
	fill_view(p, weights, &view);
	status = nmaccel_weights_pack(&view, &options, packed);
	free(view.data);
	return status;
}

enum nmaccel_status build_weights(struct prng *p, const struct random_network *random,
				  struct nmaccel_weights *packed[GENERATE_MAX_LAYERS])
{
	memset(packed, 0, GENERATE_MAX_LAYERS * sizeof(*packed));
	for (size_t i = 0; i < random->net.n_layers; i++) {
		const struct ref_weights *weights = &random->net.layers[i].weights;
		enum nmaccel_status status;

		if (!weights->rows || !weights->w)
			continue;
		status = pack(p, weights, &random->packing[i], &packed[i]);
		if (status)
			return status;
	}
	return NMACCEL_OK;
}

void build_unref_weights(struct nmaccel_weights *packed[GENERATE_MAX_LAYERS])
{
	for (size_t i = 0; i < GENERATE_MAX_LAYERS; i++)
		nmaccel_weights_unref(packed[i]);
}

static enum nmaccel_type api_type(enum ref_type type)
{
	static const enum nmaccel_type types[] = {
		[REF_S8] = NMACCEL_TYPE_S8,
		[REF_U8] = NMACCEL_TYPE_U8,
		[REF_S32] = NMACCEL_TYPE_S32,
		[REF_F32] = NMACCEL_TYPE_F32,
	};

	return types[type];
}

static enum nmaccel_layout api_layout(enum ref_layout layout)
{
	return layout == REF_NCHW ? NMACCEL_LAYOUT_NCHW : NMACCEL_LAYOUT_NHWC;
}

static struct nmaccel_epilogue api_epilogue(const struct ref_epilogue *e)
{
	static const enum nmaccel_activation activations[] = {
		[REF_NONE] = NMACCEL_ACT_NONE,
		[REF_RELU] = NMACCEL_ACT_RELU,
		[REF_CLAMP] = NMACCEL_ACT_CLAMP,
	};
	struct nmaccel_epilogue epilogue = {
		.type = api_type(e->type),
		.activation = activations[e->activation],
		.clamp_min = e->clamp_min,
		.clamp_max = e->clamp_max,
	};

	if (ref_type_is_8bit(e->type)) {
		epilogue.quant.scale = e->scale;
		epilogue.quant.zero_point = e->zero_point;
	}
	return epilogue;
}

static struct nmaccel_window api_window(const struct ref_window *w)
{
	return (struct nmaccel_window){
		.stride_h = (uint32_t)w->stride_h,
		.stride_w = (uint32_t)w->stride_w,
		.dilation_h = (uint32_t)w->dilation_h,
		.dilation_w = (uint32_t)w->dilation_w,
		.pad_top = (uint32_t)w->pad_top,
		.pad_left = (uint32_t)w->pad_left,
		.pad_bottom = (uint32_t)w->pad_bottom,
		.pad_right = (uint32_t)w->pad_right,
	};
}

static enum nmaccel_status add_weighted(struct nmaccel_plan *plan, const struct ref_layer *layer,
					const struct packing *packing,
					struct nmaccel_weights *weights, nmaccel_tensor_id in,
					nmaccel_tensor_id *out)
{
	const int32_t *bias_s32 = packing->bias_f32 ? NULL : layer->bias;
	const struct nmaccel_linear linear = {
		.size = sizeof(linear),
		.weights = weights,
		.bias_s32 = bias_s32,
		.bias_f32 = packing->bias_f32,
		.epilogue = api_epilogue(&layer->epilogue),
	};
	const struct nmaccel_conv2d conv = {
		.size = sizeof(conv),
		.weights = weights,
		.window = api_window(&layer->window),
		.bias_s32 = bias_s32,
		.bias_f32 = packing->bias_f32,
		.epilogue = api_epilogue(&layer->epilogue),
	};

	return layer->op == REF_LINEAR ? nmaccel_plan_linear(plan, in, &linear, out)
				       : nmaccel_plan_conv2d(plan, in, &conv, out);
}

static enum nmaccel_status add_pool(struct nmaccel_plan *plan, const struct ref_layer *layer,
				    nmaccel_tensor_id in, nmaccel_tensor_id *out)
{
	const struct nmaccel_pool2d pool = {
		.size = sizeof(pool),
		.kind = layer->op == REF_MAX_POOL ? NMACCEL_POOL_MAX : NMACCEL_POOL_AVERAGE,
		.kernel_h = layer->global ? 0 : (uint32_t)layer->window.kernel_h,
		.kernel_w = layer->global ? 0 : (uint32_t)layer->window.kernel_w,
		.window = api_window(&layer->window),
		.count_padding = layer->count_padding,
		.epilogue = api_epilogue(&layer->epilogue),
	};

	return nmaccel_plan_pool2d(plan, in, &pool, out);
}

static enum nmaccel_status add_layer(struct nmaccel_plan *plan, const struct random_network *random,
				     size_t index, struct nmaccel_weights *weights,
				     nmaccel_tensor_id *ids)
{
	const struct ref_layer *layer = &random->net.layers[index];
	struct nmaccel_epilogue epilogue = api_epilogue(&layer->epilogue);
	nmaccel_tensor_id in = ids[layer->in[0]];
	nmaccel_tensor_id *out = &ids[random->net.n_inputs + index];

	switch (layer->op) {
	case REF_LINEAR:
	case REF_CONV2D:
		return add_weighted(plan, layer, &random->packing[index], weights, in, out);
	case REF_ADD:
		return nmaccel_plan_add(plan, in, ids[layer->in[1]], &epilogue, out);
	case REF_MAX_POOL:
	case REF_AVERAGE_POOL:
		return add_pool(plan, layer, in, out);
	}
	return NMACCEL_ERR_INTERNAL;
}

static enum nmaccel_status add_input(struct nmaccel_plan *plan, const struct ref_input *input,
				     size_t batch, nmaccel_tensor_id *id)
{
	const struct ref_tensor *t = &input->tensor;
	const struct nmaccel_tensor tensor = {
		.type = api_type(t->type),
		.layout = api_layout(input->layout),
		.batch = (uint32_t)batch,
		.height = (uint32_t)t->height,
		.width = (uint32_t)t->width,
		.channels = (uint32_t)t->channels,
		.quant = {t->scale, t->zero_point},
	};

	return nmaccel_plan_input(plan, &tensor, id);
}

static enum nmaccel_status fill_plan(struct nmaccel_plan *plan, const struct random_network *random,
				     struct nmaccel_weights *const packed[GENERATE_MAX_LAYERS],
				     size_t *layer)
{
	nmaccel_tensor_id ids[GENERATE_MAX_INPUTS + GENERATE_MAX_LAYERS];
	const struct ref_network *net = &random->net;
	enum nmaccel_status status = NMACCEL_OK;

	for (size_t i = 0; i < net->n_inputs && !status; i++)
		status = add_input(plan, &net->inputs[i], random->batch, &ids[i]);
	for (size_t i = 0; i < net->n_layers && !status; i++) {
		*layer = i;
		status = add_layer(plan, random, i, packed[i], ids);
	}
	for (size_t i = 0; i < net->n_outputs && !status; i++)
		status = nmaccel_plan_output(plan, ids[net->outputs[i].tensor],
					     api_layout(net->outputs[i].layout));
	return status;
}

enum nmaccel_status build_plan(struct nmaccel_device *dev, const struct random_network *random,
			       struct nmaccel_weights *const packed[GENERATE_MAX_LAYERS],
			       uint32_t max_in_flight, struct nmaccel_plan **plan, size_t *layer)
{
	const struct nmaccel_compile_options options = {
		.size = sizeof(options),
		.max_in_flight = max_in_flight,
	};
	enum nmaccel_status status;

	*layer = 0;
	status = nmaccel_plan_create(dev, plan);
	if (status)
		return status;
	status = fill_plan(*plan, random, packed, layer);
	if (!status)
		status = nmaccel_plan_compile(*plan, &options);
	if (status) {
		nmaccel_plan_unref(*plan);
		*plan = NULL;
	}
	return status;
}
