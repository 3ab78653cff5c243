// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>

#include "pass.h"
#include "quantize.h"
#include "select.h"

#define CHUNK 100

_Static_assert(QUANTIZE_IMAGES % CHUNK == 0, "chunks are whole");

/* All values of all calibration images, as keys to select from, by value number. */
struct calibration {
	uint32_t *keys[FASHION_MAX_LAYERS + 1];
};

static int collect(const struct fashion_net *net, const struct fashion_data *data,
		   struct pass *pass, struct calibration *calibration)
{
	for (int v = 1; v < net->layer_count; v++) {
		calibration->keys[v] =
			malloc(QUANTIZE_IMAGES * fashion_net_value_size(net, v) * sizeof(uint32_t));
		if (!calibration->keys[v])
			return -1;
	}
	for (size_t first = 0; first < QUANTIZE_IMAGES; first += CHUNK) {
		for (size_t i = 0; i < CHUNK; i++)
			pass_set_image(pass, i, data->images + (first + i) * FASHION_PIXELS);
		pass_forward(pass, net->params, CHUNK);
		for (int v = 1; v < net->layer_count; v++) {
			const size_t size = fashion_net_value_size(net, v);
			uint32_t *keys = calibration->keys[v] + first * size;

			for (size_t i = 0; i < CHUNK * size; i++)
				keys[i] = select_key(pass->values[v][i]);
		}
	}
	return 0;
}

/* The range [low, high] that holds all but the rarest extremes, widened to hold 0. */
static void set_activation(const struct fashion_net *net, int value, uint32_t *keys,
			   struct fashion_layer *layer)
{
	const size_t count = QUANTIZE_IMAGES * fashion_net_value_size(net, value);
	const size_t high_at = (size_t)(QUANTIZE_PERCENTILE * (double)(count - 1));
	const float high = fmaxf(select_value(select_kth(keys, count, high_at)), 1e-6f);
	const float low = fminf(select_value(select_kth(keys, count, count - 1 - high_at)), 0.0f);

	layer->out_scale = (high - low) / 255.0f;
	layer->out_zero = (uint8_t)lrintf(-low / layer->out_scale);
}

static void quantize_row(const float *weights, size_t depth, int8_t *qweights, float *qscale)
{
	float most = 0.0f;

	for (size_t i = 0; i < depth; i++)
		most = fmaxf(most, fabsf(weights[i]));
	*qscale = most > 0.0f ? most / 127.0f : 1.0f;
	for (size_t i = 0; i < depth; i++)
		qweights[i] = (int8_t)lrintf(weights[i] / *qscale);
}

static void quantize_layer(const struct fashion_net *net, struct fashion_layer *layer)
{
	const size_t depth = fashion_layer_depth(layer);
	const float *weights = net->params + layer->weight_at;
	const float *biases = net->params + layer->bias_at;
	const float in_scale = fashion_net_scale(net, layer->in[0]);

	for (int row = 0; row < layer->out_channels; row++) {
		const size_t at = (size_t)row * depth;

		quantize_row(weights + at, depth, layer->qweights + at, &layer->qscales[row]);
		layer->qbiases[row] =
			(int32_t)lrintf(biases[row] / (in_scale * layer->qscales[row]));
	}
}

int quantize(struct fashion_net *net, const struct fashion_data *train_set)
{
	struct calibration calibration = {{NULL}};
	struct pass *pass = pass_create(net, CHUNK);
	int status = -1;

	if (pass && train_set->count >= QUANTIZE_IMAGES)
		status = collect(net, train_set, pass, &calibration);
	for (int i = 0; !status && i < net->layer_count; i++) {
		if (i + 1 < net->layer_count)
			set_activation(net, i + 1, calibration.keys[i + 1], &net->layers[i]);
		if (fashion_layer_has_weights(&net->layers[i]))
			quantize_layer(net, &net->layers[i]);
	}
	for (int v = 1; v < net->layer_count; v++)
		free(calibration.keys[v]);
	pass_destroy(pass);
	return status;
}
