// SPDX-License-Identifier: MIT
/* Plans: the object, its inputs and outputs, and what can be asked of it. */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "error.h"
#include "options.h"
#include "plan_quant.h"
#include "weights.h"

uint64_t nmaccel_tensor_bytes(const struct nmaccel_tensor *tensor)
{
	uint64_t bytes;

	if (!tensor)
		return 0;
	bytes = nmaccel_type_bytes(tensor->type);
	if (!nmaccel_mul_u64(bytes, tensor->batch, &bytes) ||
	    !nmaccel_mul_u64(bytes, tensor->height, &bytes) ||
	    !nmaccel_mul_u64(bytes, tensor->width, &bytes) ||
	    !nmaccel_mul_u64(bytes, tensor->channels, &bytes))
		return 0;
	return bytes;
}

/* Of a checked tensor, so that it does not overflow. */
uint64_t nmaccel_tensor_pixels(const struct nmaccel_tensor *tensor)
{
	return (uint64_t)tensor->batch * tensor->height * tensor->width;
}

enum nmaccel_status nmaccel_plan_create(struct nmaccel_device *dev, struct nmaccel_plan **plan)
{
	struct nmaccel_plan *p;

	if (!dev || !plan)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_create: %s is NULL",
				     dev ? "plan" : "dev");
	p = calloc(1, sizeof(*p));
	if (!p)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a plan");
	nmaccel_refs_init(&p->refs);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->slot_freed, NULL);
	p->dev = nmaccel_device_ref(dev);
	*plan = p;
	return NMACCEL_OK;
}

struct nmaccel_plan *nmaccel_plan_ref(struct nmaccel_plan *plan)
{
	if (plan)
		nmaccel_refs_get(&plan->refs);
	return plan;
}

static void free_layer(struct nmaccel_layer *layer)
{
	nmaccel_weights_unref(layer->weights);
	free(layer->params);
	free(layer->dequant.scales);
	free(layer->name);
}

void nmaccel_plan_unref(struct nmaccel_plan *plan)
{
	uint32_t i;

	if (!plan || !nmaccel_refs_put(&plan->refs))
		return;
	nmaccel_program_destroy(plan->dev, &plan->program);
	for (i = 0; i < plan->n_layers; i++)
		free_layer(&plan->layers[i]);
	free(plan->layers);
	free(plan->tensors);
	free(plan->inputs);
	free(plan->outputs);
	pthread_cond_destroy(&plan->slot_freed);
	pthread_mutex_destroy(&plan->lock);
	nmaccel_device_unref(plan->dev);
	free(plan);
}

enum nmaccel_status nmaccel_plan_check_open(const struct nmaccel_plan *plan, const char *call)
{
	if (!plan)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: plan is NULL", call);
	if (plan->compiled)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: the plan is compiled already and cannot change; create "
				     "another",
				     call);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_grow(void **array, uint32_t n, size_t element)
{
	void *grown;

	/* Powers of two: room is there unless n is one. */
	if (n & (n - 1))
		return NMACCEL_OK;
	grown = n < UINT32_MAX / 2 ? realloc(*array, (n ? 2 * (size_t)n : 1) * element) : NULL;
	if (!grown)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a larger plan");
	*array = grown;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_check_extents(const struct nmaccel_tensor *tensor,
					       const char *what)
{
	uint64_t pixels = 0;

	if (!tensor->batch || !tensor->height || !tensor->width || !tensor->channels)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: %" PRIu32 " x %" PRIu32 " x %" PRIu32 " x %" PRIu32
				     " (batch, height, width, channels) has no elements",
				     what, tensor->batch, tensor->height, tensor->width,
				     tensor->channels);
	if (tensor->channels > NMACCEL_MAX_CHANNELS)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%s: %" PRIu32 " channels; the contract allows %d", what,
				     tensor->channels, NMACCEL_MAX_CHANNELS);
	if (!nmaccel_mul_u64((uint64_t)tensor->batch * tensor->height, tensor->width, &pixels) ||
	    pixels > NMACCEL_MAX_PIXELS)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%s: batch %" PRIu32 " x height %" PRIu32 " x width %" PRIu32
				     " are too many pixels; the contract allows %u",
				     what, tensor->batch, tensor->height, tensor->width,
				     NMACCEL_MAX_PIXELS);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_check_tensor(const struct nmaccel_tensor *tensor, const char *what)
{
	enum nmaccel_status status;

	if (tensor->type != NMACCEL_TYPE_S8 && tensor->type != NMACCEL_TYPE_U8)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: type %d is not S8 or U8", what,
				     (int)tensor->type);
	status = nmaccel_plan_check_extents(tensor, what);
	if (status)
		return status;
	return nmaccel_quant_check(tensor->type, &tensor->quant, what);
}

static enum nmaccel_status check_layout(enum nmaccel_layout layout, const char *what)
{
	if (layout == NMACCEL_LAYOUT_NHWC || layout == NMACCEL_LAYOUT_NCHW)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_INVALID, "%s: layout %d is not one of enum nmaccel_layout",
			     what, (int)layout);
}

enum nmaccel_status nmaccel_plan_input(struct nmaccel_plan *plan,
				       const struct nmaccel_tensor *tensor, nmaccel_tensor_id *id)
{
	enum nmaccel_status status;
	char what[48];

	status = nmaccel_plan_check_open(plan, "nmaccel_plan_input");
	if (status)
		return status;
	if (!tensor || !id)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_input: %s is NULL",
				     tensor ? "id" : "tensor");
	snprintf(what, sizeof(what), "input %" PRIu32, plan->n_inputs);
	status = nmaccel_plan_check_tensor(tensor, what);
	if (!status)
		status = check_layout(tensor->layout, what);
	if (!status)
		status = nmaccel_plan_grow((void **)&plan->tensors, plan->n_tensors,
					   sizeof(*plan->tensors));
	if (!status)
		status = nmaccel_plan_grow((void **)&plan->inputs, plan->n_inputs,
					   sizeof(*plan->inputs));
	if (status)
		return status;
	plan->tensors[plan->n_tensors] = (struct nmaccel_plan_tensor){
		.shape = *tensor,
		.producer = NMACCEL_NO_LAYER,
	};
	plan->inputs[plan->n_inputs++] = plan->n_tensors;
	*id = plan->n_tensors++;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_output(struct nmaccel_plan *plan, nmaccel_tensor_id id,
					enum nmaccel_layout layout)
{
	enum nmaccel_status status;

	status = nmaccel_plan_check_open(plan, "nmaccel_plan_output");
	if (status)
		return status;
	if (id >= plan->n_tensors)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_plan_output: tensor %" PRIu32
				     " is not of this plan, which has %" PRIu32,
				     id, plan->n_tensors);
	if (plan->tensors[id].producer == NMACCEL_NO_LAYER)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "nmaccel_plan_output: tensor %" PRIu32
				     " is an input of the plan; copy it yourself",
				     id);
	status = check_layout(layout, "nmaccel_plan_output");
	if (!status)
		status = nmaccel_plan_grow((void **)&plan->outputs, plan->n_outputs,
					   sizeof(*plan->outputs));
	if (status)
		return status;
	plan->outputs[plan->n_outputs].tensor = id;
	plan->outputs[plan->n_outputs++].layout = layout;
	plan->tensors[id].used = true;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_name_layer(struct nmaccel_plan *plan, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a layer's name");
	plan->layers[plan->n_layers - 1].name = copy;
	return NMACCEL_OK;
}

void nmaccel_layer_format(const struct nmaccel_plan *plan, uint32_t layer, char *text, size_t len)
{
	const struct nmaccel_layer *l = &plan->layers[layer];

	if (l->name)
		snprintf(text, len, "layer %" PRIu32 " (%s \"%.48s\")", layer, l->kind, l->name);
	else
		snprintf(text, len, "layer %" PRIu32 " (%s)", layer, l->kind);
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Memory beside the device's: the objects, the tables, the scales and sums of weights. */
static uint64_t host_bytes(const struct nmaccel_plan *plan)
{
	const struct nmaccel_program *program = &plan->program;
	uint64_t bytes = sizeof(*plan);
	const struct nmaccel_layer *layer;
	uint32_t i;

	bytes += plan->n_tensors * sizeof(*plan->tensors);
	bytes += plan->n_layers * sizeof(*plan->layers);
	bytes += plan->n_inputs * sizeof(*plan->inputs);
	bytes += plan->n_outputs * sizeof(*plan->outputs);
	bytes += program->n_slots *
		 (sizeof(*program->slots) + program->n_bindings * sizeof(*program->bindings) +
		  plan->n_outputs * sizeof(*program->slots->outputs));
	/* What a backend keeps of the descriptors. */
	bytes += program->n_descs * sizeof(struct nmaccel_hw_desc);
	for (i = 0; i < plan->n_layers; i++) {
		layer = &plan->layers[i];
		if (layer->dequant.scales)
			bytes += layer->rows * sizeof(float);
		if (layer->weights)
			bytes += layer->rows * (sizeof(float) + sizeof(int32_t)) +
				 layer->weights->n_panels * sizeof(struct nmaccel_panel);
	}
	return bytes;
}

static void fill_info(const struct nmaccel_plan *plan, struct nmaccel_plan_info *info)
{
	const struct nmaccel_program *program = &plan->program;
	const struct nmaccel_layer *layer;
	uint64_t pixels, columns, tiles;
	uint32_t i;

	info->n_inputs = plan->n_inputs;
	info->n_outputs = plan->n_outputs;
	info->n_layers = plan->n_layers;
	info->n_descs = program->n_descs;
	info->max_in_flight = program->n_slots;
	info->activation_bytes = program->live_bytes;
	info->weight_bytes = program->param_bytes;
	columns = plan->dev->info.columns;
	for (i = 0; i < plan->n_layers; i++) {
		layer = &plan->layers[i];
		pixels = nmaccel_tensor_pixels(&plan->tensors[layer->out].shape);
		tiles = (pixels + columns - 1) / columns;
		info->weight_bytes += layer->stream_bytes;
		info->steps = add_saturated(info->steps, layer->steps * tiles);
		info->macs = add_saturated(info->macs, layer->macs_per_pixel * pixels);
		info->nonzero_macs = add_saturated(info->nonzero_macs, layer->nonzeros * pixels);
	}
	info->peak_bytes =
		info->weight_bytes + program->arena_bytes * program->n_slots + host_bytes(plan);
}

static enum nmaccel_status check_compiled(const struct nmaccel_plan *plan, const char *call)
{
	if (!plan)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: plan is NULL", call);
	if (!plan->compiled)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: call nmaccel_plan_compile first",
				     call);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_query(const struct nmaccel_plan *plan,
				       struct nmaccel_plan_info *info)
{
	struct nmaccel_plan_info result = {0};
	enum nmaccel_status status;

	status = check_compiled(plan, "nmaccel_plan_query");
	if (status)
		return status;
	if (!info)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_query: info is NULL");
	status = nmaccel_options_check_size(info, "struct nmaccel_plan_info");
	if (status)
		return status;
	fill_info(plan, &result);
	nmaccel_options_write(info, &result, sizeof(result));
	return NMACCEL_OK;
}

static enum nmaccel_status check_io_index(const struct nmaccel_plan *plan, uint32_t i, uint32_t n,
					  const struct nmaccel_tensor *tensor, const char *call)
{
	if (!plan || !tensor)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: %s is NULL", call,
				     plan ? "tensor" : "plan");
	if (i >= n)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: %" PRIu32 " is beyond the plan's %" PRIu32, call, i, n);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_input_tensor(const struct nmaccel_plan *plan, uint32_t i,
					      struct nmaccel_tensor *tensor)
{
	enum nmaccel_status status;

	status = check_io_index(plan, i, plan ? plan->n_inputs : 0, tensor,
				"nmaccel_plan_input_tensor");
	if (status)
		return status;
	*tensor = plan->tensors[plan->inputs[i]].shape;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_output_tensor(const struct nmaccel_plan *plan, uint32_t i,
					       struct nmaccel_tensor *tensor)
{
	enum nmaccel_status status;

	status = check_io_index(plan, i, plan ? plan->n_outputs : 0, tensor,
				"nmaccel_plan_output_tensor");
	if (status)
		return status;
	*tensor = plan->tensors[plan->outputs[i].tensor].shape;
	tensor->layout = plan->outputs[i].layout;
	return NMACCEL_OK;
}
