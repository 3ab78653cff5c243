// SPDX-License-Identifier: MIT
/* The .plan file: JSON to a network of the reference. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json.h>

#include "nmw.h"
#include "plan.h"

/* No size, stride or padding of a network comes near this; with it no product below overflows. */
#define MAX_NUMBER 1000000

struct loader {
	struct ref_network *net;
	const char **names; /* of the tensors, borrowed from the JSON */
	struct ref_nmw *nmw;
	char *error;
	size_t error_bytes;
};

static bool fail(struct loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct loader *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(l->error, l->error_bytes, format, args);
	va_end(args);
	return false;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

/* Borrowed; "" if the key is missing or no string. */
static const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static float get_float(struct json_object *object, const char *key)
{
	return (float)json_object_get_double(get(object, key));
}

static bool to_size(struct json_object *value, size_t *size)
{
	int64_t number = json_object_get_int64(value);

	if (!json_object_is_type(value, json_type_int) || number < 0 || number > MAX_NUMBER)
		return false;
	*size = (size_t)number;
	return true;
}

/* An array of exactly count sizes; a missing key leaves what is there. */
static bool get_sizes(struct json_object *object, const char *key, size_t *const *sizes,
		      size_t count)
{
	struct json_object *array = get(object, key);

	if (!array)
		return true;
	if (!json_object_is_type(array, json_type_array) ||
	    json_object_array_length(array) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!to_size(json_object_array_get_idx(array, i), sizes[i]))
			return false;
	return true;
}

static bool parse_type(const char *name, enum ref_type *type)
{
	static const char *const names[] = {
		[REF_S8] = "s8",
		[REF_U8] = "u8",
		[REF_S32] = "s32",
		[REF_F32] = "f32",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*type = (enum ref_type)i;
			return true;
		}
	}
	return false;
}

static bool parse_layout(struct json_object *object, enum ref_layout *layout)
{
	const char *name = get_string(object, "layout");

	*layout = !strcmp(name, "nchw") ? REF_NCHW : REF_NHWC;
	return !strcmp(name, "nchw") || !strcmp(name, "nhwc");
}

static bool find_tensor(struct loader *l, size_t known, const char *name, size_t *tensor)
{
	for (size_t i = 0; i < known; i++) {
		if (!strcmp(l->names[i], name)) {
			*tensor = i;
			return true;
		}
	}
	return fail(l, "no tensor '%s' so far", name);
}

static bool parse_input(struct loader *l, struct json_object *object, struct ref_input *input)
{
	struct ref_tensor *t = &input->tensor;

	if (!parse_type(get_string(object, "type"), &t->type) || !ref_type_is_8bit(t->type) ||
	    !parse_layout(object, &input->layout) || !to_size(get(object, "height"), &t->height) ||
	    !to_size(get(object, "width"), &t->width) ||
	    !to_size(get(object, "channels"), &t->channels))
		return fail(l, "input '%s' is malformed", get_string(object, "name"));
	t->scale = get_float(object, "scale");
	t->zero_point = json_object_get_int(get(object, "zero_point"));
	return true;
}

static bool parse_op(const char *name, enum ref_op *op)
{
	static const char *const names[] = {
		[REF_LINEAR] = "linear",
		[REF_CONV2D] = "conv2d",
		[REF_ADD] = "add",
		[REF_MAX_POOL] = "max_pool",
		[REF_AVERAGE_POOL] = "average_pool",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*op = (enum ref_op)i;
			return true;
		}
	}
	return false;
}

static bool parse_activation(struct json_object *value, struct ref_epilogue *e)
{
	struct json_object *clamp;
	const char *name;

	if (json_object_is_type(value, json_type_object)) {
		clamp = get(value, "clamp");
		if (!json_object_is_type(clamp, json_type_array) ||
		    json_object_array_length(clamp) != 2)
			return false;
		e->activation = REF_CLAMP;
		e->clamp_min = (float)json_object_get_double(json_object_array_get_idx(clamp, 0));
		e->clamp_max = (float)json_object_get_double(json_object_array_get_idx(clamp, 1));
		return true;
	}
	name = value ? json_object_get_string(value) : "none";
	e->activation = !strcmp(name, "relu") ? REF_RELU : REF_NONE;
	return !strcmp(name, "relu") || !strcmp(name, "none");
}

static bool parse_epilogue(struct json_object *object, struct ref_epilogue *e)
{
	struct json_object *output = get(object, "output");

	if (!output || !parse_type(get_string(output, "type"), &e->type))
		return false;
	e->scale = get_float(output, "scale");
	e->zero_point = json_object_get_int(get(output, "zero_point"));
	return parse_activation(get(object, "activation"), e);
}

static bool parse_window(struct json_object *object, struct ref_layer *layer)
{
	struct ref_window *w = &layer->window;

	w->stride_h = w->stride_w = w->dilation_h = w->dilation_w = 1;
	layer->global = json_object_get_boolean(get(object, "global"));
	layer->count_padding = json_object_get_boolean(get(object, "count_padding"));
	return get_sizes(object, "kernel", (size_t *[]){&w->kernel_h, &w->kernel_w}, 2) &&
	       get_sizes(object, "stride", (size_t *[]){&w->stride_h, &w->stride_w}, 2) &&
	       get_sizes(object, "dilation", (size_t *[]){&w->dilation_h, &w->dilation_w}, 2) &&
	       get_sizes(object, "padding",
			 (size_t *[]){&w->pad_top, &w->pad_left, &w->pad_bottom, &w->pad_right}, 4);
}

static bool parse_bias(struct json_object *array, struct ref_layer *layer)
{
	size_t rows = layer->weights.rows;

	if (!array)
		return true;
	if (!json_object_is_type(array, json_type_array) || json_object_array_length(array) != rows)
		return false;
	layer->bias = calloc(rows, sizeof(*layer->bias));
	if (!layer->bias)
		return false;
	for (size_t r = 0; r < rows; r++) {
		int64_t value = json_object_get_int64(json_object_array_get_idx(array, r));

		if (value < INT32_MIN || value > INT32_MAX)
			return false;
		layer->bias[r] = (int32_t)value;
	}
	return true;
}

static bool parse_layer_inputs(struct loader *l, struct json_object *object, size_t known,
			       struct ref_layer *layer)
{
	struct json_object *both = get(object, "inputs");

	if (layer->op != REF_ADD)
		return find_tensor(l, known, get_string(object, "input"), &layer->in[0]);
	if (!json_object_is_type(both, json_type_array) || json_object_array_length(both) != 2)
		return fail(l, "an add has no two inputs");
	for (size_t i = 0; i < 2; i++) {
		struct json_object *name = json_object_array_get_idx(both, i);

		if (!json_object_is_type(name, json_type_string) ||
		    !find_tensor(l, known, json_object_get_string(name), &layer->in[i]))
			return fail(l, "an add has an unknown input");
	}
	return true;
}

static bool parse_layer(struct loader *l, struct json_object *object, size_t known,
			struct ref_layer *layer)
{
	const char *name = get_string(object, "name");

	if (!parse_op(get_string(object, "op"), &layer->op))
		return fail(l, "layer '%s' has an unknown op", name);
	if (!parse_layer_inputs(l, object, known, layer))
		return false;
	if (!parse_window(object, layer))
		return fail(l, "layer '%s' has a malformed window", name);
	if (layer->op != REF_MAX_POOL && !parse_epilogue(object, &layer->epilogue))
		return fail(l, "layer '%s' has a malformed output or activation", name);
	if (layer->op != REF_LINEAR && layer->op != REF_CONV2D)
		return true;
	if (!l->nmw)
		return fail(l, "the plan names no weights");
	if (!ref_nmw_find(l->nmw, get_string(object, "weights"), &layer->weights, l->error,
			  l->error_bytes))
		return false;
	if (!parse_bias(get(object, "bias"), layer))
		return fail(l, "layer '%s' has a malformed bias", name);
	return true;
}

static bool parse_output(struct loader *l, struct json_object *object, struct ref_output *output)
{
	if (!parse_layout(object, &output->layout))
		return fail(l, "an output has no layout");
	return find_tensor(l, l->net->n_inputs + l->net->n_layers, get_string(object, "tensor"),
			   &output->tensor);
}

/* The three arrays, sized before they are filled so that a failure can free what there is. */
static bool parse_arrays(struct loader *l, struct json_object *inputs, struct json_object *layers,
			 struct json_object *outputs)
{
	struct ref_network *net = l->net;
	size_t n_inputs = json_object_array_length(inputs);
	size_t n_layers = json_object_array_length(layers);
	size_t n_outputs = json_object_array_length(outputs);

	l->names = calloc(n_inputs + n_layers + 1, sizeof(*l->names));
	net->inputs = calloc(n_inputs + 1, sizeof(*net->inputs));
	net->layers = calloc(n_layers + 1, sizeof(*net->layers));
	net->outputs = calloc(n_outputs + 1, sizeof(*net->outputs));
	if (!l->names || !net->inputs || !net->layers || !net->outputs)
		return fail(l, "out of memory");

	for (; net->n_inputs < n_inputs; net->n_inputs++) {
		struct json_object *object = json_object_array_get_idx(inputs, net->n_inputs);

		l->names[net->n_inputs] = get_string(object, "name");
		if (!parse_input(l, object, &net->inputs[net->n_inputs]))
			return false;
	}
	while (net->n_layers < n_layers) {
		struct json_object *object = json_object_array_get_idx(layers, net->n_layers);
		size_t known = n_inputs + net->n_layers;

		l->names[known] = get_string(object, "name");
		if (!parse_layer(l, object, known, &net->layers[net->n_layers++]))
			return false;
	}
	for (; net->n_outputs < n_outputs; net->n_outputs++)
		if (!parse_output(l, json_object_array_get_idx(outputs, net->n_outputs),
				  &net->outputs[net->n_outputs]))
			return false;
	return true;
}

static bool parse_plan(struct loader *l, const char *path, struct json_object *root)
{
	struct json_object *inputs = get(root, "inputs");
	struct json_object *layers = get(root, "layers");
	struct json_object *outputs = get(root, "outputs");
	const char *slash = strrchr(path, '/');
	char nmw_path[4096];

	if (strcmp(get_string(root, "format"), "nmaccel-plan") != 0 ||
	    json_object_get_int(get(root, "version")) != 1)
		return fail(l, "%s is no plan of version 1", path);
	if (!json_object_is_type(inputs, json_type_array) ||
	    !json_object_is_type(layers, json_type_array) ||
	    !json_object_is_type(outputs, json_type_array))
		return fail(l, "%s: inputs, layers and outputs must be arrays", path);
	if (snprintf(nmw_path, sizeof(nmw_path), "%.*s%s", slash ? (int)(slash - path) + 1 : 0,
		     path, get_string(root, "weights")) >= (int)sizeof(nmw_path))
		return fail(l, "%s: the path is too long", path);
	if (get(root, "weights"))
		l->nmw = ref_nmw_load(nmw_path, l->error, l->error_bytes);
	return (l->nmw || !get(root, "weights")) && parse_arrays(l, inputs, layers, outputs);
}

bool ref_plan_load(const char *path, struct ref_network *net, char *error, size_t error_bytes)
{
	struct loader l = {.net = net, .error = error, .error_bytes = error_bytes};
	struct json_object *root = json_object_from_file(path);
	bool ok;

	memset(net, 0, sizeof(*net));
	if (!root)
		return fail(&l, "%s: %s", path, json_util_get_last_err());
	ok = parse_plan(&l, path, root);
	if (!ok)
		ref_network_free(net);
	ref_nmw_free(l.nmw);
	free(l.names);
	json_object_put(root);
	return ok;
}

bool ref_plan_run(const struct ref_network *net, size_t batch, const void *const *inputs,
		  void *const *outputs, const size_t *outputs_bytes, char *error,
		  size_t error_bytes)
{
	size_t layer;
	struct ref_tensor *tensors = ref_network_run(net, batch, inputs, &layer);
	bool ok = true;

	if (!tensors) {
		snprintf(error, error_bytes, "layer %zu cannot be run", layer);
		return false;
	}
	for (size_t i = 0; i < net->n_outputs && ok; i++) {
		const struct ref_tensor *tensor = &tensors[net->outputs[i].tensor];

		ok = ref_tensor_bytes(tensor) == outputs_bytes[i];
		if (ok)
			ref_tensor_write(tensor, net->outputs[i].layout, outputs[i]);
		else
			snprintf(error, error_bytes, "output %zu has %zu bytes, not %zu", i,
				 ref_tensor_bytes(tensor), outputs_bytes[i]);
	}
	ref_network_free_tensors(net, tensors);
	return ok;
}
