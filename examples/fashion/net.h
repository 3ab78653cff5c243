/* SPDX-License-Identifier: MIT */
#ifndef FASHION_NET_H
#define FASHION_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"
#include "prng.h"

#define FASHION_MAX_LAYERS 8
#define FASHION_NAME_MAX   16
#define FASHION_MAX_DEPTH  (3 * 3 * 128) /* products that make one output */

/* Images are u8 with zero point 0 and stand for 0 to 1. */
#define FASHION_IMAGE_SCALE (1.0f / 255.0f)

enum fashion_kind {
	FASHION_LINEAR, /* a convolution of a 1 x 1 image */
	FASHION_CONV,
	FASHION_ADD,
	FASHION_GLOBAL_AVERAGE,
};

/*
 * Values are numbered: 0 is the image, i + 1 the output of layer i. All are [y][x][channel].
 * Activation q of a value stands for (q - zero_point) * scale.
 */
struct fashion_layer {
	char name[FASHION_NAME_MAX];
	enum fashion_kind kind;
	int in[2]; /* the values that it reads; the second for FASHION_ADD only */
	bool relu;
	bool prune;
	int in_side, in_channels;
	int out_side, out_channels;
	int kernel, stride, pad;

	/* Where weights [out][ky][kx][in] and biases [out] lie in fashion_net.params. */
	size_t weight_at, bias_at;

	/* Of the output; the last layer's is float32 and has no scale. */
	float out_scale;
	uint8_t out_zero;

	int8_t *qweights; /* as the float weights */
	float *qscales;	  /* [out]: weight = qweight * qscale */
	int32_t *qbiases; /* [out], in units of input scale * qscale */
};

struct fashion_net {
	char name[FASHION_NAME_MAX];
	struct pattern pattern;
	uint64_t seed;
	int layer_count;
	struct fashion_layer layers[FASHION_MAX_LAYERS];
	size_t param_count;
	float *params;

	/* Results, kept for the table. */
	float seconds;	      /* of training, beyond the dense network that it started from */
	float float_accuracy; /* %, on the test images */
	float int8_accuracy;
};

/* "mlp" or "cnn", with all parameters 0 and no pattern; NULL if out of memory or unknown. */
struct fashion_net *fashion_net_create(const char *name);
void fashion_net_destroy(struct fashion_net *net);

/* He's uniform initialisation; biases 0. */
void fashion_net_init(struct fashion_net *net, struct prng *prng);

static inline bool fashion_layer_has_weights(const struct fashion_layer *layer)
{
	return layer->kind == FASHION_LINEAR || layer->kind == FASHION_CONV;
}

/* At most FASHION_MAX_DEPTH. */
static inline size_t fashion_layer_depth(const struct fashion_layer *layer)
{
	return (size_t)layer->kernel * (size_t)layer->kernel * (size_t)layer->in_channels;
}

static inline size_t fashion_layer_weights(const struct fashion_layer *layer)
{
	return fashion_layer_depth(layer) * (size_t)layer->out_channels;
}

/* Elements of value number `value` of one image. */
size_t fashion_net_value_size(const struct fashion_net *net, int value);

/* How value number `value` is quantised. */
static inline float fashion_net_scale(const struct fashion_net *net, int value)
{
	return value ? net->layers[value - 1].out_scale : FASHION_IMAGE_SCALE;
}

static inline uint8_t fashion_net_zero(const struct fashion_net *net, int value)
{
	return value ? net->layers[value - 1].out_zero : 0;
}

/* Share of zero weights in the layers that the pattern is for, in %. */
double fashion_net_zeros(const struct fashion_net *net);

#endif
