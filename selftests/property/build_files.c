// SPDX-License-Identifier: MIT
/* A random network as a .plan file with its .nmw container. */
#include <stdio.h>

#include "build.h"

static const char *const type_names[] = {"s8", "u8", "s32", "f32"};
static const char *const layout_names[] = {"nhwc", "nchw"};
static const char *const op_names[] = {"linear", "conv2d", "add", "max_pool", "average_pool"};

/* Tensors are named by what they are: i0, i1, ... the inputs, l0, l1, ... the layers' outputs. */
static void write_name(FILE *f, const struct ref_network *net, size_t tensor)
{
	if (tensor < net->n_inputs)
		fprintf(f, "\"i%zu\"", tensor);
	else
		fprintf(f, "\"l%zu\"", tensor - net->n_inputs);
}

static void write_inputs(FILE *f, const struct ref_network *net)
{
	for (size_t i = 0; i < net->n_inputs; i++) {
		const struct ref_tensor *t = &net->inputs[i].tensor;

		fprintf(f,
			"%s\n{\"name\": \"i%zu\", \"type\": \"%s\", \"layout\": \"%s\", "
			"\"height\": %zu, \"width\": %zu, \"channels\": %zu, "
			"\"scale\": %.9g, \"zero_point\": %d}",
			i ? "," : "", i, type_names[t->type], layout_names[net->inputs[i].layout],
			t->height, t->width, t->channels, (double)t->scale, t->zero_point);
	}
}

static void write_window(FILE *f, const struct ref_layer *layer)
{
	const struct ref_window *w = &layer->window;

	if (layer->op == REF_MAX_POOL || layer->op == REF_AVERAGE_POOL) {
		if (layer->global)
			fprintf(f, ", \"global\": true");
		else
			fprintf(f, ", \"kernel\": [%zu, %zu]", w->kernel_h, w->kernel_w);
	}
	fprintf(f,
		", \"stride\": [%zu, %zu], \"dilation\": [%zu, %zu], "
		"\"padding\": [%zu, %zu, %zu, %zu]",
		w->stride_h, w->stride_w, w->dilation_h, w->dilation_w, w->pad_top, w->pad_left,
		w->pad_bottom, w->pad_right);
	if (layer->op == REF_AVERAGE_POOL)
		fprintf(f, ", \"count_padding\": %s", layer->count_padding ? "true" : "false");
}

static void write_epilogue(FILE *f, const struct ref_epilogue *e)
{
	fprintf(f, ", \"output\": {\"type\": \"%s\"", type_names[e->type]);
	if (ref_type_is_8bit(e->type))
		fprintf(f, ", \"scale\": %.9g, \"zero_point\": %d", (double)e->scale,
			e->zero_point);
	fprintf(f, "}");
	if (e->activation == REF_CLAMP)
		fprintf(f, ", \"activation\": {\"clamp\": [%.9g, %.9g]}", (double)e->clamp_min,
			(double)e->clamp_max);
	else if (e->activation == REF_RELU)
		fprintf(f, ", \"activation\": \"relu\"");
}

static void write_weights(FILE *f, const struct ref_layer *layer, size_t index)
{
	fprintf(f, ", \"weights\": \"w%zu\"", index);
	if (!layer->bias)
		return;
	fprintf(f, ", \"bias\": [");
	for (size_t r = 0; r < layer->weights.rows; r++)
		fprintf(f, "%s%d", r ? ", " : "", layer->bias[r]);
	fprintf(f, "]");
}

static void write_layer(FILE *f, const struct ref_network *net, size_t index)
{
	const struct ref_layer *layer = &net->layers[index];

	fprintf(f, "%s\n{\"op\": \"%s\", \"name\": \"l%zu\", ", index ? "," : "",
		op_names[layer->op], index);
	if (layer->op == REF_ADD) {
		fprintf(f, "\"inputs\": [");
		write_name(f, net, layer->in[0]);
		fprintf(f, ", ");
		write_name(f, net, layer->in[1]);
		fprintf(f, "]");
	} else {
		fprintf(f, "\"input\": ");
		write_name(f, net, layer->in[0]);
	}
	if (layer->op != REF_ADD && layer->op != REF_LINEAR)
		write_window(f, layer);
	if (layer->op == REF_LINEAR || layer->op == REF_CONV2D)
		write_weights(f, layer, index);
	if (layer->op != REF_MAX_POOL)
		write_epilogue(f, &layer->epilogue);
	fprintf(f, "}");
}

static void write_plan(FILE *f, const struct ref_network *net, bool has_weights)
{
	fprintf(f,
		"{\"format\": \"nmaccel-plan\", \"version\": 1, \"name\": \"random\",%s\n"
		"\"inputs\": [",
		has_weights ? " \"weights\": \"net.nmw\"," : "");
	write_inputs(f, net);
	fprintf(f, "],\n\"layers\": [");
	for (size_t i = 0; i < net->n_layers; i++)
		write_layer(f, net, i);
	fprintf(f, "],\n\"outputs\": [");
	for (size_t i = 0; i < net->n_outputs; i++) {
		fprintf(f, "%s\n{\"tensor\": ", i ? "," : "");
		write_name(f, net, net->outputs[i].tensor);
		fprintf(f, ", \"layout\": \"%s\"}", layout_names[net->outputs[i].layout]);
	}
	fprintf(f, "]}\n");
}

bool build_files(const char *dir, const struct random_network *random,
		 struct nmaccel_weights *const packed[GENERATE_MAX_LAYERS])
{
	const struct nmaccel_weights *weights[GENERATE_MAX_LAYERS];
	const char *names[GENERATE_MAX_LAYERS];
	char text[GENERATE_MAX_LAYERS][8];
	char path[512];
	size_t count = 0;
	FILE *f;

	for (size_t i = 0; i < random->net.n_layers; i++) {
		if (!packed[i])
			continue;
		snprintf(text[count], sizeof(text[count]), "w%u", (unsigned int)i & 0xff);
		names[count] = text[count];
		weights[count++] = packed[i];
	}
	snprintf(path, sizeof(path), "%s/net.nmw", dir);
	if (count && nmaccel_nmw_save(path, names, weights, count))
		return false;
	snprintf(path, sizeof(path), "%s/net.plan", dir);
	f = fopen(path, "w");
	if (!f)
		return false;
	write_plan(f, &random->net, count);
	return !fclose(f);
}
