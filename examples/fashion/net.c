// SPDX-License-Identifier: MIT
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "net.h"

struct layer_spec {
	const char *name;
	enum fashion_kind kind;
	int in[2];
	int channels, kernel, stride, pad;
	bool relu, prune;
};

/* The first layer of the CNN has one input channel, so no group to prune; the last stays dense. */
static const struct layer_spec mlp_layers[] = {
	{"fc1", FASHION_LINEAR, {0, 0}, 512, 1, 1, 0, true, true},
	{"fc2", FASHION_LINEAR, {1, 0}, 512, 1, 1, 0, true, true},
	{"fc3", FASHION_LINEAR, {2, 0}, FASHION_CLASSES, 1, 1, 0, false, false},
};

static const struct layer_spec cnn_layers[] = {
	{"conv1", FASHION_CONV, {0, 0}, 32, 5, 2, 2, true, false},
	{"conv2", FASHION_CONV, {1, 0}, 64, 3, 2, 1, true, true},
	{"conv3", FASHION_CONV, {2, 0}, 128, 1, 1, 0, true, true},
	{"conv4", FASHION_CONV, {3, 0}, 128, 3, 2, 1, true, true},
	{"conv5", FASHION_CONV, {4, 0}, 128, 3, 1, 1, false, true},
	{"add", FASHION_ADD, {5, 4}, 128, 1, 1, 0, true, false},
	{"pool", FASHION_GLOBAL_AVERAGE, {6, 0}, 128, 1, 1, 0, false, false},
	{"fc", FASHION_LINEAR, {7, 0}, FASHION_CLASSES, 1, 1, 0, false, false},
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

_Static_assert(COUNT(cnn_layers) <= FASHION_MAX_LAYERS, "the CNN fits struct fashion_net");

static const struct {
	const char *name;
	const struct layer_spec *layers;
	int layer_count;
	int image_side, image_channels;
} net_specs[] = {
	{"mlp", mlp_layers, COUNT(mlp_layers), 1, FASHION_PIXELS},
	{"cnn", cnn_layers, COUNT(cnn_layers), FASHION_SIDE, 1},
};

static void set_shape(struct fashion_layer *layer, const struct layer_spec *spec, int in_side,
		      int in_channels)
{
	snprintf(layer->name, sizeof(layer->name), "%s", spec->name);
	layer->kind = spec->kind;
	memcpy(layer->in, spec->in, sizeof(layer->in));
	layer->relu = spec->relu;
	layer->prune = spec->prune;
	layer->in_side = in_side;
	layer->in_channels = in_channels;
	layer->out_channels = spec->channels;
	layer->kernel = spec->kernel;
	layer->stride = spec->stride;
	layer->pad = spec->pad;
	layer->out_side = (in_side + 2 * spec->pad - spec->kernel) / spec->stride + 1;
	if (spec->kind == FASHION_GLOBAL_AVERAGE)
		layer->out_side = 1;
}

static int add_layer(struct fashion_net *net, const struct layer_spec *spec, int in_side,
		     int in_channels)
{
	struct fashion_layer *layer = &net->layers[net->layer_count++];
	size_t outs;

	set_shape(layer, spec, in_side, in_channels);
	assert(fashion_layer_depth(layer) <= FASHION_MAX_DEPTH);
	if (!fashion_layer_has_weights(layer))
		return 0;
	outs = (size_t)layer->out_channels;
	layer->weight_at = net->param_count;
	layer->bias_at = layer->weight_at + fashion_layer_weights(layer);
	net->param_count = layer->bias_at + outs;

	layer->qweights = calloc(fashion_layer_weights(layer), sizeof(*layer->qweights));
	layer->qscales = calloc(outs, sizeof(*layer->qscales));
	layer->qbiases = calloc(outs, sizeof(*layer->qbiases));
	return layer->qweights && layer->qscales && layer->qbiases ? 0 : -1;
}

static int add_layers(struct fashion_net *net, size_t spec_at)
{
	for (int i = 0; i < net_specs[spec_at].layer_count; i++) {
		const struct layer_spec *spec = &net_specs[spec_at].layers[i];
		int side = net_specs[spec_at].image_side;
		int channels = net_specs[spec_at].image_channels;

		if (spec->in[0] > 0) {
			side = net->layers[spec->in[0] - 1].out_side;
			channels = net->layers[spec->in[0] - 1].out_channels;
		}
		if (add_layer(net, spec, side, channels))
			return -1;
	}
	net->params = calloc(net->param_count, sizeof(*net->params));
	return net->params ? 0 : -1;
}

struct fashion_net *fashion_net_create(const char *name)
{
	for (size_t i = 0; i < sizeof(net_specs) / sizeof(net_specs[0]); i++) {
		struct fashion_net *net;

		if (strcmp(name, net_specs[i].name))
			continue;
		net = calloc(1, sizeof(*net));
		if (!net)
			return NULL;
		snprintf(net->name, sizeof(net->name), "%s", name);
		if (!add_layers(net, i))
			return net;
		fashion_net_destroy(net);
		return NULL;
	}
	return NULL;
}

void fashion_net_destroy(struct fashion_net *net)
{
	if (!net)
		return;
	for (int i = 0; i < net->layer_count; i++) {
		free(net->layers[i].qweights);
		free(net->layers[i].qscales);
		free(net->layers[i].qbiases);
	}
	free(net->params);
	free(net);
}

void fashion_net_init(struct fashion_net *net, struct prng *prng)
{
	memset(net->params, 0, net->param_count * sizeof(*net->params));
	for (int i = 0; i < net->layer_count; i++) {
		const struct fashion_layer *layer = &net->layers[i];
		const size_t weights = fashion_layer_weights(layer);
		float bound;

		if (!fashion_layer_has_weights(layer))
			continue;
		bound = sqrtf(6.0f / (float)fashion_layer_depth(layer));
		for (size_t w = 0; w < weights; w++)
			net->params[layer->weight_at + w] = bound * prng_signed_unit(prng);
	}
}

size_t fashion_net_value_size(const struct fashion_net *net, int value)
{
	const struct fashion_layer *layer;

	if (value == 0)
		return FASHION_PIXELS;
	layer = &net->layers[value - 1];
	return (size_t)layer->out_side * (size_t)layer->out_side * (size_t)layer->out_channels;
}

double fashion_net_zeros(const struct fashion_net *net)
{
	size_t zeros = 0, weights = 0;

	for (int i = 0; i < net->layer_count; i++) {
		const struct fashion_layer *layer = &net->layers[i];
		const float *w = net->params + layer->weight_at;

		if (!layer->prune)
			continue;
		for (size_t j = 0; j < fashion_layer_weights(layer); j++)
			zeros += w[j] == 0.0f;
		weights += fashion_layer_weights(layer);
	}
	return 100.0 * (double)zeros / (double)weights;
}
