// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "im2col.h"
#include "int8.h"
#include "parallel.h"

#define CHUNK 50

/* One chunk of images on its way through the net. */
struct int8_pass {
	uint8_t *values[FASHION_MAX_LAYERS + 1]; /* by value number; the last one is in logits */
	int16_t *columns;
	float *logits;
};

static size_t out_pixels(const struct fashion_layer *layer)
{
	return (size_t)layer->out_side * (size_t)layer->out_side;
}

static bool allocate(struct int8_pass *pass, const struct fashion_net *net)
{
	size_t most_columns = 0;

	for (int v = 0; v < net->layer_count; v++) {
		const struct fashion_layer *layer = &net->layers[v];
		const size_t columns = CHUNK * out_pixels(layer) * fashion_layer_depth(layer);

		pass->values[v] = malloc(CHUNK * fashion_net_value_size(net, v));
		if (!pass->values[v])
			return false;
		if (fashion_layer_has_weights(layer) && columns > most_columns)
			most_columns = columns;
	}
	pass->columns = malloc(most_columns * sizeof(*pass->columns));
	return pass->columns;
}

static void release(struct int8_pass *pass)
{
	for (int v = 0; v <= FASHION_MAX_LAYERS; v++)
		free(pass->values[v]);
	free(pass->columns);
}

/* sat(rint(value) + zero) */
static uint8_t saturate(float value, uint8_t zero)
{
	const float rounded = rintf(value), low = -(float)zero, high = 255.0f - (float)zero;

	if (rounded < low)
		return 0;
	return rounded > high ? 255 : (uint8_t)((int)rounded + zero);
}

static int32_t dot(const int16_t *a, const int16_t *b, size_t n)
{
	int32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* One output channel; `row` are its weights, widened so that the products are 16 by 16 bits. */
static void product_row(const struct fashion_net *net, int at, int channel, const int16_t *row,
			size_t rows, struct int8_pass *pass)
{
	const struct fashion_layer *layer = &net->layers[at];
	const size_t depth = fashion_layer_depth(layer), outs = (size_t)layer->out_channels;
	const float sum_scale = fashion_net_scale(net, layer->in[0]) * layer->qscales[channel];
	const bool last = at + 1 == net->layer_count;
	const float scale = last ? sum_scale : sum_scale / layer->out_scale;

	for (size_t i = 0; i < rows; i++) {
		const int32_t sum =
			dot(pass->columns + i * depth, row, depth) + layer->qbiases[channel];
		const size_t to = i * outs + (size_t)channel;

		if (last)
			pass->logits[to] = (float)sum * scale;
		else
			pass->values[at + 1][to] = saturate((float)sum * scale, layer->out_zero);
	}
}

static void product(const struct fashion_net *net, int at, size_t images, struct int8_pass *pass)
{
	const struct fashion_layer *layer = &net->layers[at];
	const size_t depth = fashion_layer_depth(layer);
	int16_t row[FASHION_MAX_DEPTH];

	im2col_u8(layer, images, pass->values[layer->in[0]], fashion_net_zero(net, layer->in[0]),
		  pass->columns);
	for (int channel = 0; channel < layer->out_channels; channel++) {
		for (size_t i = 0; i < depth; i++)
			row[i] = layer->qweights[(size_t)channel * depth + i];
		product_row(net, at, channel, row, images * out_pixels(layer), pass);
	}
}

static void add(const struct fashion_net *net, int at, size_t images, struct int8_pass *pass)
{
	const struct fashion_layer *layer = &net->layers[at];
	const uint8_t *a = pass->values[layer->in[0]], *b = pass->values[layer->in[1]];
	const int a_zero = fashion_net_zero(net, layer->in[0]);
	const int b_zero = fashion_net_zero(net, layer->in[1]);
	const float a_scale = fashion_net_scale(net, layer->in[0]) / layer->out_scale;
	const float b_scale = fashion_net_scale(net, layer->in[1]) / layer->out_scale;
	const size_t size = images * fashion_net_value_size(net, at + 1);

	for (size_t i = 0; i < size; i++) {
		const float a_part = (float)(a[i] - a_zero) * a_scale;
		const float b_part = (float)(b[i] - b_zero) * b_scale;

		pass->values[at + 1][i] = saturate(a_part + b_part, layer->out_zero);
	}
}

static void average(const struct fashion_net *net, int at, size_t images, struct int8_pass *pass)
{
	const struct fashion_layer *layer = &net->layers[at];
	const size_t channels = (size_t)layer->in_channels;
	const int pixels = layer->in_side * layer->in_side;
	const int zero = fashion_net_zero(net, layer->in[0]);
	const float scale =
		fashion_net_scale(net, layer->in[0]) / (layer->out_scale * (float)pixels);

	for (size_t image = 0; image < images; image++) {
		const uint8_t *in = pass->values[layer->in[0]] + image * (size_t)pixels * channels;

		for (size_t c = 0; c < channels; c++) {
			int32_t sum = -pixels * zero;

			for (int p = 0; p < pixels; p++)
				sum += in[(size_t)p * channels + c];
			pass->values[at + 1][image * channels + c] =
				saturate((float)sum * scale, layer->out_zero);
		}
	}
}

struct forward_job {
	const struct fashion_net *net;
	const uint8_t *images;
	size_t count;
	float *logits;
	atomic_bool failed;
};

static void forward_chunk(void *context, int thread, int chunk)
{
	struct forward_job *job = context;
	const struct fashion_net *net = job->net;
	const size_t first = (size_t)chunk * CHUNK, left = job->count - first;
	const size_t images = left < CHUNK ? left : CHUNK;
	struct int8_pass pass = {.logits = job->logits + first * FASHION_CLASSES};

	(void)thread;
	if (!allocate(&pass, net)) {
		atomic_store(&job->failed, true);
		release(&pass);
		return;
	}
	memcpy(pass.values[0], job->images + first * FASHION_PIXELS, images * FASHION_PIXELS);
	for (int i = 0; i < net->layer_count; i++) {
		if (net->layers[i].kind == FASHION_ADD)
			add(net, i, images, &pass);
		else if (net->layers[i].kind == FASHION_GLOBAL_AVERAGE)
			average(net, i, images, &pass);
		else
			product(net, i, images, &pass);
	}
	release(&pass);
}

int int8_forward(const struct fashion_net *net, const uint8_t *images, size_t count, int threads,
		 float *logits)
{
	struct forward_job job = {.net = net, .images = images, .count = count, .logits = logits};

	atomic_init(&job.failed, false);
	parallel_for(threads, (int)((count + CHUNK - 1) / CHUNK), forward_chunk, &job);
	return atomic_load(&job.failed) ? -1 : 0;
}

int int8_evaluate(struct fashion_net *net, const struct fashion_data *data, int threads)
{
	float *logits = malloc(data->count * FASHION_CLASSES * sizeof(*logits));
	size_t right = 0;
	int status = -1;

	if (logits)
		status = int8_forward(net, data->images, data->count, threads, logits);
	for (size_t image = 0; !status && image < data->count; image++) {
		const float *x = logits + image * FASHION_CLASSES;
		int best = 0;

		for (int i = 1; i < FASHION_CLASSES; i++)
			best = x[i] > x[best] ? i : best;
		right += best == data->labels[image];
	}
	free(logits);
	net->int8_accuracy = 100.0f * (float)right / (float)data->count;
	return status;
}
