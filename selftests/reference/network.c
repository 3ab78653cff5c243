// SPDX-License-Identifier: MIT
/* Runs a network layer by layer with the reference's operators. */
#include <stdlib.h>
#include <string.h>

#include "network.h"

void ref_network_free(struct ref_network *net)
{
	for (size_t i = 0; i < net->n_layers; i++) {
		ref_weights_free(&net->layers[i].weights);
		free(net->layers[i].bias);
	}
	free(net->inputs);
	free(net->layers);
	free(net->outputs);
	memset(net, 0, sizeof(*net));
}

void ref_network_free_tensors(const struct ref_network *net, struct ref_tensor *tensors)
{
	if (!tensors)
		return;
	for (size_t i = 0; i < net->n_inputs + net->n_layers; i++)
		ref_tensor_free(&tensors[i]);
	free(tensors);
}

static struct ref_window pool_window(const struct ref_layer *layer, const struct ref_tensor *in)
{
	struct ref_window window = layer->window;

	if (layer->global) {
		window.kernel_h = in->height;
		window.kernel_w = in->width;
	}
	return window;
}

static bool run_layer(const struct ref_layer *layer, const struct ref_tensor *tensors,
		      struct ref_tensor *out)
{
	const struct ref_tensor *in = &tensors[layer->in[0]];
	struct ref_window window;

	switch (layer->op) {
	case REF_LINEAR:
		return ref_linear(in, &layer->weights, layer->bias, &layer->epilogue, out);
	case REF_CONV2D:
		return ref_conv2d(in, &layer->weights, layer->bias, &layer->window,
				  &layer->epilogue, out);
	case REF_ADD:
		return ref_add(in, &tensors[layer->in[1]], &layer->epilogue, out);
	case REF_MAX_POOL:
		window = pool_window(layer, in);
		return ref_max_pool(in, &window, out);
	case REF_AVERAGE_POOL:
		window = pool_window(layer, in);
		return ref_average_pool(in, &window, layer->count_padding, &layer->epilogue, out);
	}
	return false;
}

struct ref_tensor *ref_network_run(const struct ref_network *net, size_t batch,
				   const void *const *inputs, size_t *layer)
{
	struct ref_tensor *tensors = calloc(net->n_inputs + net->n_layers, sizeof(*tensors));

	*layer = 0;
	if (!tensors)
		return NULL;
	for (size_t i = 0; i < net->n_inputs; i++) {
		tensors[i] = net->inputs[i].tensor;
		tensors[i].batch = batch;
		if (!ref_tensor_alloc(&tensors[i]))
			goto err_free;
		ref_tensor_read(&tensors[i], net->inputs[i].layout, inputs[i]);
	}
	for (size_t i = 0; i < net->n_layers; i++) {
		*layer = i;
		if (!run_layer(&net->layers[i], tensors, &tensors[net->n_inputs + i]))
			goto err_free;
	}
	return tensors;

err_free:
	ref_network_free_tensors(net, tensors);
	return NULL;
}
