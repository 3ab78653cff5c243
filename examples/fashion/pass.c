// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "im2col.h"
#include "pass.h"

static size_t out_pixels(const struct fashion_layer *layer)
{
	return (size_t)layer->out_side * (size_t)layer->out_side;
}

static size_t column_count(const struct fashion_layer *layer, size_t images)
{
	return images * out_pixels(layer) * fashion_layer_depth(layer);
}

static bool allocate(struct pass *pass)
{
	const struct fashion_net *net = pass->net;
	size_t most_columns = 1;

	for (int v = 0; v <= net->layer_count; v++) {
		const size_t size = pass->capacity * fashion_net_value_size(net, v);

		pass->values[v] = calloc(size, sizeof(float));
		pass->gradients[v] = calloc(size, sizeof(float));
		if (!pass->values[v] || !pass->gradients[v])
			return false;
	}
	for (int i = 0; i < net->layer_count; i++) {
		const struct fashion_layer *layer = &net->layers[i];
		const size_t size = column_count(layer, pass->capacity);

		if (!fashion_layer_has_weights(layer) || im2col_is_identity(layer))
			continue;
		pass->columns[i] = calloc(size, sizeof(float));
		if (!pass->columns[i])
			return false;
		if (size > most_columns)
			most_columns = size;
	}
	pass->column_gradients = calloc(most_columns, sizeof(float));
	pass->scratch = gemm_scratch_create();
	return pass->column_gradients && pass->scratch;
}

struct pass *pass_create(const struct fashion_net *net, size_t capacity)
{
	struct pass *pass = calloc(1, sizeof(*pass));

	if (!pass)
		return NULL;
	pass->net = net;
	pass->capacity = capacity;
	if (allocate(pass))
		return pass;
	pass_destroy(pass);
	return NULL;
}

void pass_destroy(struct pass *pass)
{
	if (!pass)
		return;
	for (int i = 0; i <= FASHION_MAX_LAYERS; i++) {
		free(pass->values[i]);
		free(pass->gradients[i]);
	}
	for (int i = 0; i < FASHION_MAX_LAYERS; i++)
		free(pass->columns[i]);
	free(pass->column_gradients);
	gemm_scratch_destroy(pass->scratch);
	free(pass);
}

void pass_set_image(struct pass *pass, size_t at, const uint8_t *image)
{
	float *to = pass->values[0] + at * FASHION_PIXELS;

	for (int i = 0; i < FASHION_PIXELS; i++)
		to[i] = (float)image[i] * FASHION_IMAGE_SCALE;
}

static void relu(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

static const float *layer_columns(const struct pass *pass, int at)
{
	return pass->columns[at] ? pass->columns[at] : pass->values[pass->net->layers[at].in[0]];
}

static void forward_product(struct pass *pass, int at, const float *params, size_t images)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t depth = fashion_layer_depth(layer), outs = (size_t)layer->out_channels;
	const size_t rows = images * out_pixels(layer);
	float *out = pass->values[at + 1];

	if (pass->columns[at])
		im2col_float(layer, images, pass->values[layer->in[0]], pass->columns[at]);
	for (size_t row = 0; row < rows; row++)
		memcpy(out + row * outs, params + layer->bias_at, outs * sizeof(*out));
	gemm(rows, outs, depth, (struct gemm_operand){layer_columns(pass, at), depth, 1},
	     (struct gemm_operand){params + layer->weight_at, 1, depth}, out, outs, true,
	     pass->scratch);
}

static void forward_add(struct pass *pass, int at, size_t images)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const float *a = pass->values[layer->in[0]], *b = pass->values[layer->in[1]];
	float *out = pass->values[at + 1];
	const size_t size = images * fashion_net_value_size(pass->net, at + 1);

	for (size_t i = 0; i < size; i++)
		out[i] = a[i] + b[i];
}

static void forward_average(struct pass *pass, int at, size_t images)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t pixels = (size_t)layer->in_side * (size_t)layer->in_side;
	const size_t channels = (size_t)layer->in_channels;
	const float *in = pass->values[layer->in[0]];
	float *out = pass->values[at + 1];

	for (size_t image = 0; image < images; image++) {
		memset(out, 0, channels * sizeof(*out));
		for (size_t p = 0; p < pixels; p++, in += channels) {
			for (size_t c = 0; c < channels; c++)
				out[c] += in[c] * (1.0f / (float)pixels);
		}
		out += channels;
	}
}

void pass_forward(struct pass *pass, const float *params, size_t images)
{
	for (int i = 0; i < pass->net->layer_count; i++) {
		const struct fashion_layer *layer = &pass->net->layers[i];

		if (layer->kind == FASHION_ADD)
			forward_add(pass, i, images);
		else if (layer->kind == FASHION_GLOBAL_AVERAGE)
			forward_average(pass, i, images);
		else
			forward_product(pass, i, params, images);
		if (layer->relu)
			relu(pass->values[i + 1],
			     images * fashion_net_value_size(pass->net, i + 1));
	}
}

double pass_loss(struct pass *pass, const uint8_t *labels, size_t images, size_t *right)
{
	const int last = pass->net->layer_count;
	const float *x = pass->values[last];
	float *gradient = pass->gradients[last];
	double loss = 0;

	for (size_t image = 0; image < images; image++) {
		const int label = labels[image];
		float sum = 0;
		int best = 0;

		for (int i = 1; i < FASHION_CLASSES; i++)
			best = x[i] > x[best] ? i : best;
		for (int i = 0; i < FASHION_CLASSES; i++) {
			gradient[i] = expf(x[i] - x[best]);
			sum += gradient[i];
		}
		for (int i = 0; i < FASHION_CLASSES; i++)
			gradient[i] = gradient[i] / sum - (i == label ? 1.0f : 0.0f);
		loss += (double)(logf(sum) - (x[label] - x[best]));
		*right += best == label;
		x += FASHION_CLASSES;
		gradient += FASHION_CLASSES;
	}
	return loss;
}

static void backward_params(struct pass *pass, int at, size_t rows, float *param_gradients)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t depth = fashion_layer_depth(layer), outs = (size_t)layer->out_channels;
	const float *gradient = pass->gradients[at + 1];
	float *bias = param_gradients + layer->bias_at;

	for (size_t row = 0; row < rows; row++) {
		for (size_t c = 0; c < outs; c++)
			bias[c] += gradient[row * outs + c];
	}
	gemm(outs, depth, rows, (struct gemm_operand){gradient, 1, outs},
	     (struct gemm_operand){layer_columns(pass, at), depth, 1},
	     param_gradients + layer->weight_at, depth, true, pass->scratch);
}

static void backward_product(struct pass *pass, int at, const float *params, size_t images,
			     float *param_gradients)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t depth = fashion_layer_depth(layer), outs = (size_t)layer->out_channels;
	const size_t rows = images * out_pixels(layer);
	const bool direct = !pass->columns[at];
	float *in = pass->gradients[layer->in[0]];

	backward_params(pass, at, rows, param_gradients);
	if (layer->in[0] == 0)
		return; /* nobody asks for the gradient of an image */
	gemm(rows, depth, outs, (struct gemm_operand){pass->gradients[at + 1], outs, 1},
	     (struct gemm_operand){params + layer->weight_at, depth, 1},
	     direct ? in : pass->column_gradients, depth, direct, pass->scratch);
	if (!direct)
		col2im_float(layer, images, pass->column_gradients, in);
}

static void backward_add(struct pass *pass, int at, size_t images)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t size = images * fashion_net_value_size(pass->net, at + 1);
	const float *out = pass->gradients[at + 1];
	float *a = pass->gradients[layer->in[0]], *b = pass->gradients[layer->in[1]];

	for (size_t i = 0; i < size; i++) {
		a[i] += out[i];
		b[i] += out[i];
	}
}

static void backward_average(struct pass *pass, int at, size_t images)
{
	const struct fashion_layer *layer = &pass->net->layers[at];
	const size_t pixels = (size_t)layer->in_side * (size_t)layer->in_side;
	const size_t channels = (size_t)layer->in_channels;
	const float *out = pass->gradients[at + 1];
	float *in = pass->gradients[layer->in[0]];

	for (size_t image = 0; image < images; image++, out += channels) {
		for (size_t p = 0; p < pixels; p++, in += channels) {
			for (size_t c = 0; c < channels; c++)
				in[c] += out[c] * (1.0f / (float)pixels);
		}
	}
}

static void backward_relu(struct pass *pass, int at, size_t images)
{
	const size_t size = images * fashion_net_value_size(pass->net, at + 1);
	const float *out = pass->values[at + 1];
	float *gradient = pass->gradients[at + 1];

	for (size_t i = 0; i < size; i++)
		gradient[i] = out[i] > 0.0f ? gradient[i] : 0.0f;
}

void pass_backward(struct pass *pass, const float *params, size_t images, float *param_gradients)
{
	const struct fashion_net *net = pass->net;

	/* Inputs collect the gradients of all their readers; only the last value's is set. */
	for (int v = 1; v < net->layer_count; v++)
		memset(pass->gradients[v], 0,
		       images * fashion_net_value_size(net, v) * sizeof(float));

	for (int i = net->layer_count - 1; i >= 0; i--) {
		const struct fashion_layer *layer = &net->layers[i];

		if (layer->relu)
			backward_relu(pass, i, images);
		if (layer->kind == FASHION_ADD)
			backward_add(pass, i, images);
		else if (layer->kind == FASHION_GLOBAL_AVERAGE)
			backward_average(pass, i, images);
		else
			backward_product(pass, i, params, images, param_gradients);
	}
}
