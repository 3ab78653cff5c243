// SPDX-License-Identifier: MIT
/*
 * Compiling a plan: a binding for the activations, one for the constants and some for the streams
 * that are used in place, then a descriptor per panel or other layer.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "error.h"
#include "options.h"
#include "weights.h"

#define BINDING_ARENA	  0u
#define BINDING_CONSTANTS 1u
#define BINDING_STREAMS	  2u

/* Where streams and parameters of a layer lie. */
struct layer_place {
	uint32_t binding;	 /* of the streams; of the first panel's if each has its own */
	bool scattered;		 /* each panel has a binding of its own */
	const uint8_t *base;	 /* used in place: where the binding begins; else NULL */
	uint64_t streams_offset; /* copied: of the first panel's stream */
	uint64_t params_offset;
};

struct compilation {
	struct nmaccel_plan *plan;
	struct nmaccel_program program;
	struct layer_place *places;
	struct nmaccel_hw_desc *descs;
	struct nmaccel_binding *bindings; /* of slot 0 */
	bool copy;			  /* streams go to the constants */
	uint32_t n_streams;		  /* bindings of streams that are used in place */
	uint64_t constant_bytes;
};

void nmaccel_program_destroy(struct nmaccel_device *dev, struct nmaccel_program *program)
{
	const struct nmaccel_device_ops *ops = dev->ops;
	uint32_t i;

	if (program->program)
		ops->program_destroy(dev->priv, program->program);
	for (i = 0; program->slots && i < program->n_slots; i++) {
		if (program->slots[i].arena)
			ops->memory_destroy(dev->priv, program->slots[i].arena);
		free(program->slots[i].outputs);
	}
	for (i = 0; i < program->n_streams; i++)
		ops->memory_destroy(dev->priv, program->streams[i]);
	if (program->constants)
		ops->memory_destroy(dev->priv, program->constants);
	free(program->streams);
	free(program->slots);
	free(program->bindings);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static enum nmaccel_status check_tensors(const struct nmaccel_plan *plan)
{
	const struct nmaccel_plan_tensor *t;
	char layer[NMACCEL_LAYER_TEXT];
	uint32_t i;

	for (i = 0; i < plan->n_tensors; i++) {
		t = &plan->tensors[i];
		if (t->used)
			continue;
		if (t->producer == NMACCEL_NO_LAYER)
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "the plan's input tensor %" PRIu32
					     " is read by no layer; leave it out",
					     i);
		nmaccel_layer_format(plan, t->producer, layer, sizeof(layer));
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "the output of %s, tensor %" PRIu32
				     ", is read by no layer and is no output of the plan; make it "
				     "one or leave the layer out",
				     layer, i);
	}
	return NMACCEL_OK;
}

static enum nmaccel_status count_descs(const struct nmaccel_plan *plan, uint32_t *n_descs)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < plan->n_layers; i++)
		n += plan->layers[i].weights ? plan->layers[i].weights->n_panels : 1;
	if (n > plan->dev->info.max_descs || n > NMACCEL_MAX_DESCS)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "the plan takes %" PRIu64
				     " descriptors, device \"%s\" runs %" PRIu32
				     " at once; split the plan",
				     n, plan->dev->info.name, plan->dev->info.max_descs);
	*n_descs = (uint32_t)n;
	return NMACCEL_OK;
}

/* ---- streams and parameters ------------------------------------------------------------------ */

/* The memory that holds all of an object's streams, if it is one run with no foreign bytes. */
static bool streams_are_contiguous(const struct nmaccel_weights *weights, uint64_t *bytes)
{
	const struct nmaccel_panel *first = &weights->panels[0], *panel = first;
	uint64_t end = first->bytes;
	uint32_t i;

	for (i = 1; i < weights->n_panels; i++) {
		panel = &weights->panels[i];
		if ((uintptr_t)panel->stream < (uintptr_t)first->stream + end ||
		    (uintptr_t)panel->stream > (uintptr_t)first->stream + end + NMACCEL_ALIGN)
			return false;
		end = (uintptr_t)panel->stream - (uintptr_t)first->stream + panel->bytes;
	}
	*bytes = end;
	return true;
}

/* Bindings for an object's streams, used in place. */
static uint32_t count_stream_bindings(const struct nmaccel_weights *weights)
{
	uint64_t bytes;

	return streams_are_contiguous(weights, &bytes) ? 1 : weights->n_panels;
}

/* Streams are used in place if the device reads the process's memory and a table has the room. */
static void plan_streams(struct compilation *c)
{
	const struct nmaccel_plan *plan = c->plan;
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < plan->n_layers; i++)
		if (plan->layers[i].weights)
			n += count_stream_bindings(plan->layers[i].weights);
	c->copy = !plan->dev->ops->memory_wrap || n + BINDING_STREAMS > NMACCEL_MAX_BUFFERS;
	c->n_streams = c->copy ? 0 : (uint32_t)n;
}

/*
 * Constants begin at a beat of the engine's widest memory port: from elsewhere each burst takes a
 * beat more. A multiple of NMACCEL_ALIGN.
 */
#define CONSTANT_ALIGN UINT64_C(64)

static uint64_t constant_end(uint64_t end)
{
	return (end + CONSTANT_ALIGN - 1) & ~(CONSTANT_ALIGN - 1);
}

static bool reserve(uint64_t *total, uint64_t bytes, uint64_t *offset)
{
	uint64_t end;

	*offset = *total;
	if (!nmaccel_add_u64(*total, bytes, &end) || end > UINT64_MAX - CONSTANT_ALIGN)
		return false;
	*total = constant_end(end);
	return true;
}

/*
 * Where a panel's parameters lie, counted in parameters from the layer's. They are 8 bytes each, so
 * that an even place is aligned; one in reserve for each panel keeps panels of odd rows apart.
 */
static uint64_t panel_param(const struct nmaccel_panel *panel, uint32_t index)
{
	return ((uint64_t)panel->first_row + index + 1) & ~UINT64_C(1);
}

NMACCEL_STATIC_ASSERT(2 * sizeof(struct nmaccel_hw_param) % NMACCEL_ALIGN == 0,
		      "an even parameter is not aligned");

static bool reserve_streams(struct compilation *c, const struct nmaccel_weights *weights,
			    uint64_t *first)
{
	uint64_t offset = 0;
	uint32_t i;

	*first = c->constant_bytes;
	for (i = 0; i < weights->n_panels; i++)
		if (!reserve(&c->constant_bytes, weights->panels[i].bytes, &offset))
			return false;
	return true;
}

/* Offsets in the constants of all layers' parameters, and of their streams if copied. */
static enum nmaccel_status place_constants(struct compilation *c)
{
	const struct nmaccel_plan *plan = c->plan;
	const struct nmaccel_layer *layer;
	uint64_t bytes;
	uint32_t i;

	for (i = 0; i < plan->n_layers; i++) {
		layer = &plan->layers[i];
		if (!layer->weights)
			continue;
		bytes = ((uint64_t)layer->rows + layer->weights->n_panels + 1) *
			sizeof(struct nmaccel_hw_param);
		c->program.param_bytes += bytes;
		if (!reserve(&c->constant_bytes, bytes, &c->places[i].params_offset))
			goto err_overflow;
		if (!c->copy)
			continue;
		c->places[i].binding = BINDING_CONSTANTS;
		if (!reserve_streams(c, layer->weights, &c->places[i].streams_offset))
			goto err_overflow;
	}
	return NMACCEL_OK;

err_overflow:
	return nmaccel_error(NMACCEL_ERR_OVERFLOW, "the weights together are beyond 64 bits");
}

static enum nmaccel_status bind_stream(struct compilation *c, const void *stream, uint64_t bytes)
{
	struct nmaccel_device *dev = c->plan->dev;
	struct nmaccel_program *program = &c->program;
	struct nmaccel_memory *memory = NULL;
	enum nmaccel_status status;

	status = dev->ops->memory_wrap(dev->priv, stream, bytes, &memory);
	if (status)
		return status;
	program->streams[program->n_streams++] = memory;
	c->bindings[program->n_bindings].memory = memory;
	c->bindings[program->n_bindings++].flags = NMACCEL_BUF_READ;
	return NMACCEL_OK;
}

static enum nmaccel_status bind_layer(struct compilation *c, uint32_t i)
{
	const struct nmaccel_weights *weights = c->plan->layers[i].weights;
	struct layer_place *place = &c->places[i];
	enum nmaccel_status status = NMACCEL_OK;
	uint64_t bytes = 0;
	uint32_t p;

	place->binding = c->program.n_bindings;
	if (streams_are_contiguous(weights, &bytes)) {
		place->base = weights->panels[0].stream;
		return bind_stream(c, place->base, bytes);
	}
	place->scattered = true;
	for (p = 0; !status && p < weights->n_panels; p++)
		status = bind_stream(c, weights->panels[p].stream, weights->panels[p].bytes);
	return status;
}

/* Parameters have 4-byte fields; streams are written panel by panel, as they were reserved. */
static void write_constants(struct compilation *c)
{
	uint8_t *map = c->program.constants->map;
	const struct nmaccel_panel *panel;
	const struct nmaccel_layer *layer;
	uint64_t offset;
	uint32_t i, p;

	for (i = 0; i < c->plan->n_layers; i++) {
		layer = &c->plan->layers[i];
		if (!layer->weights)
			continue;
		for (p = 0; p < layer->weights->n_panels; p++) {
			panel = &layer->weights->panels[p];
			memcpy(map + c->places[i].params_offset +
				       panel_param(panel, p) * sizeof(*layer->params),
			       layer->params + panel->first_row,
			       panel->n_rows * sizeof(*layer->params));
		}
		if (!c->copy)
			continue;
		offset = c->places[i].streams_offset;
		for (p = 0; p < layer->weights->n_panels; p++) {
			panel = &layer->weights->panels[p];
			memcpy(map + offset, panel->stream, panel->bytes);
			offset += constant_end(panel->bytes);
		}
	}
}

static enum nmaccel_status sync_all(struct nmaccel_device *dev, struct nmaccel_memory *memory)
{
	if (!dev->ops->memory_sync)
		return NMACCEL_OK;
	return dev->ops->memory_sync(dev->priv, memory, NMACCEL_SYNC_TO_DEVICE, 0, memory->bytes);
}

/* A plan of adds and pools alone has no constants, and no binding for them. */
static enum nmaccel_status make_constants(struct compilation *c)
{
	struct nmaccel_device *dev = c->plan->dev;
	enum nmaccel_status status;
	uint32_t i;

	c->program.n_bindings = 1;
	status = place_constants(c);
	if (status || !c->constant_bytes)
		return status;
	status = dev->ops->memory_create(dev->priv, c->constant_bytes, NMACCEL_MEMORY_PRIVATE,
					 &c->program.constants);
	if (status)
		return nmaccel_error_prefix(status, "constants of the plan");
	write_constants(c);
	status = sync_all(dev, c->program.constants);
	if (status)
		return status;
	c->bindings[BINDING_CONSTANTS].memory = c->program.constants;
	c->bindings[BINDING_CONSTANTS].flags = NMACCEL_BUF_READ;
	c->program.n_bindings = BINDING_STREAMS;
	for (i = 0; !status && !c->copy && i < c->plan->n_layers; i++)
		if (c->plan->layers[i].weights)
			status = bind_layer(c, i);
	return status;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static void set_tensor(const struct nmaccel_plan *plan, uint32_t id,
		       struct nmaccel_hw_tensor *tensor)
{
	const struct nmaccel_plan_tensor *t = &plan->tensors[id];

	tensor->buffer = BINDING_ARENA;
	tensor->channels = t->shape.channels;
	tensor->offset = t->offset;
	tensor->ch0 = 0;
	tensor->ch = t->shape.channels;
}

/* Copied streams follow each other, as reserve_streams() counted them. */
static uint64_t stream_offset(const struct layer_place *place, const struct nmaccel_panel *panel,
			      uint64_t *copied)
{
	uint64_t offset = *copied;

	if (place->scattered)
		return 0;
	if (place->base)
		return (uint64_t)((uintptr_t)panel->stream - (uintptr_t)place->base);
	*copied += constant_end(panel->bytes);
	return offset;
}

static void emit_panels(struct compilation *c, uint32_t i, struct nmaccel_hw_desc *desc)
{
	const struct nmaccel_weights *weights = c->plan->layers[i].weights;
	const struct layer_place *place = &c->places[i];
	uint64_t copied = place->streams_offset;
	const struct nmaccel_hw_desc whole = *desc;
	const struct nmaccel_panel *panel;
	uint32_t p;

	for (p = 0; p < weights->n_panels; p++, desc++) {
		panel = &weights->panels[p];
		*desc = whole;
		desc->in.ch0 = panel->group * weights->shape.channels;
		desc->in.ch = weights->shape.channels;
		desc->out.ch0 = panel->first_row;
		desc->out.ch = panel->n_rows;
		desc->weights = place->binding + (place->scattered ? p : 0);
		desc->weights_offset = stream_offset(place, panel, &copied);
		desc->weights_bytes = panel->bytes;
		desc->params = BINDING_CONSTANTS;
		desc->params_offset = place->params_offset +
				      panel_param(panel, p) * sizeof(struct nmaccel_hw_param);
	}
}

static void emit_descs(struct compilation *c)
{
	struct nmaccel_plan *plan = c->plan;
	struct nmaccel_hw_desc *desc = c->descs;
	struct nmaccel_layer *layer;
	uint32_t i;

	for (i = 0; i < plan->n_layers; i++) {
		layer = &plan->layers[i];
		layer->first_desc = (uint32_t)(desc - c->descs);
		layer->n_descs = layer->weights ? layer->weights->n_panels : 1;
		*desc = layer->desc;
		set_tensor(plan, layer->in, &desc->in);
		set_tensor(plan, layer->out, &desc->out);
		if (layer->desc.op == NMACCEL_OP_ADD)
			set_tensor(plan, layer->in2, &desc->in2);
		if (layer->weights)
			emit_panels(c, i, desc);
		desc += layer->n_descs;
	}
}

/* ---- slots ----------------------------------------------------------------------------------- */

static enum nmaccel_status alloc_slots(struct compilation *c)
{
	struct nmaccel_program *program = &c->program;
	uint32_t n = program->n_slots;

	program->slots = calloc(n, sizeof(*program->slots));
	program->bindings = calloc((size_t)n * program->n_bindings, sizeof(*program->bindings));
	if (!program->slots || !program->bindings)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory for %" PRIu32 " runs in flight", n);
	return NMACCEL_OK;
}

static enum nmaccel_status make_slot(struct compilation *c, uint32_t i)
{
	struct nmaccel_device *dev = c->plan->dev;
	struct nmaccel_program *program = &c->program;
	struct nmaccel_slot *slot = &program->slots[i];
	enum nmaccel_status status;

	slot->plan = c->plan;
	slot->outputs = calloc(c->plan->n_outputs, sizeof(*slot->outputs));
	if (!slot->outputs)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a run's outputs");
	status = dev->ops->memory_create(dev->priv, program->arena_bytes, NMACCEL_MEMORY_PRIVATE,
					 &slot->arena);
	if (status)
		return nmaccel_error_prefix(status, "activations of run %" PRIu32, i);
	slot->bindings = program->bindings + (size_t)i * program->n_bindings;
	memcpy(slot->bindings, c->bindings, program->n_bindings * sizeof(*c->bindings));
	slot->bindings[BINDING_ARENA].memory = slot->arena;
	slot->bindings[BINDING_ARENA].flags = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE;
	slot->job.bindings = slot->bindings;
	slot->job.n_bindings = program->n_bindings;
	return NMACCEL_OK;
}

static enum nmaccel_status make_slots(struct compilation *c)
{
	enum nmaccel_status status;
	uint32_t i;

	status = alloc_slots(c);
	for (i = 0; !status && i < c->program.n_slots; i++)
		status = make_slot(c, i);
	return status;
}

/* ---- compile --------------------------------------------------------------------------------- */

static enum nmaccel_status alloc_compilation(struct compilation *c)
{
	uint32_t n_layers = c->plan->n_layers;

	c->places = calloc(n_layers, sizeof(*c->places));
	c->descs = calloc(c->program.n_descs, sizeof(*c->descs));
	c->bindings = calloc((size_t)c->n_streams + BINDING_STREAMS, sizeof(*c->bindings));
	c->program.streams = calloc((size_t)c->n_streams + 1, sizeof(struct nmaccel_memory *));
	if (!c->places || !c->descs || !c->bindings || !c->program.streams)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory to compile %" PRIu32 " layers", n_layers);
	return NMACCEL_OK;
}

static enum nmaccel_status build_program(struct compilation *c)
{
	struct nmaccel_program *program = &c->program;
	struct nmaccel_device *dev = c->plan->dev;
	enum nmaccel_status status;

	plan_streams(c);
	status = alloc_compilation(c);
	if (!status)
		status = nmaccel_plan_place(c->plan, &program->arena_bytes, &program->live_bytes);
	if (!status)
		status = make_constants(c);
	if (!status)
		status = make_slots(c);
	if (status)
		return status;
	emit_descs(c);
	return dev->ops->program_create(dev->priv, c->descs, program->n_descs,
					program->slots[0].bindings, program->n_bindings,
					&program->program);
}

/* From here on nothing fails: give the plan its program, and drop what it no longer needs. */
static void publish(struct compilation *c)
{
	struct nmaccel_plan *plan = c->plan;
	struct nmaccel_layer *layer;
	uint32_t i;

	plan->program = c->program;
	for (i = 0; i < plan->n_layers; i++) {
		layer = &plan->layers[i];
		free(layer->params);
		layer->params = NULL;
		if (c->copy) {
			nmaccel_weights_unref(layer->weights);
			layer->weights = NULL;
		}
	}
	for (i = 0; i < plan->program.n_slots; i++) {
		plan->program.slots[i].job.program = plan->program.program;
		plan->program.slots[i].next_free = plan->free_slots;
		plan->free_slots = &plan->program.slots[i];
	}
	plan->compiled = true;
}

static enum nmaccel_status read_options(const struct nmaccel_compile_options *user,
					uint32_t *n_slots)
{
	struct nmaccel_compile_options options = {0};
	enum nmaccel_status status;

	if (user) {
		status = nmaccel_options_read(&options, sizeof(options), user,
					      "struct nmaccel_compile_options");
		if (status)
			return status;
	}
	if (options.max_in_flight > NMACCEL_PLAN_MAX_IN_FLIGHT)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_plan_compile: max_in_flight is %" PRIu32
				     "; at most %d make sense",
				     options.max_in_flight, NMACCEL_PLAN_MAX_IN_FLIGHT);
	*n_slots =
		options.max_in_flight ? options.max_in_flight : NMACCEL_PLAN_DEFAULT_MAX_IN_FLIGHT;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_compile(struct nmaccel_plan *plan,
					 const struct nmaccel_compile_options *options)
{
	struct compilation c = {.plan = plan};
	enum nmaccel_status status;

	status = nmaccel_plan_check_open(plan, "nmaccel_plan_compile");
	if (status)
		return status;
	status = read_options(options, &c.program.n_slots);
	if (status)
		return status;
	if (!plan->n_outputs)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_plan_compile: the plan has no output; call "
				     "nmaccel_plan_output");
	status = check_tensors(plan);
	if (!status)
		status = count_descs(plan, &c.program.n_descs);
	if (!status)
		status = build_program(&c);
	if (status)
		nmaccel_program_destroy(plan->dev, &c.program);
	else
		publish(&c);
	free(c.places);
	free(c.descs);
	free(c.bindings);
	return status;
}
