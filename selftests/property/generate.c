// SPDX-License-Identifier: MIT
/* Random networks: chains with branches, adds, pools and several outputs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_weights.h"

/* Scales stay within this range, so that no multiplier overflows however long the chain. */
#define MAX_SCALE 0x1p40f
#define MIN_SCALE 0x1p-40f

#define MAX_ELEMENTS  60000
#define MAX_REDUCTION 131071 /* of the contract: weights of a row */

struct generator {
	struct prng *p;
	struct random_network *random;
	size_t budget; /* multiply-adds that are left */
	bool used[GENERATE_MAX_INPUTS + GENERATE_MAX_LAYERS];
};

static float clamp_scale(float scale)
{
	return scale > MAX_SCALE ? MAX_SCALE : scale < MIN_SCALE ? MIN_SCALE : scale;
}

static int32_t random_zero_point(struct prng *p, enum ref_type type)
{
	int32_t min = type == REF_U8 ? 0 : -128;

	switch (prng_range(p, 0, 8)) {
	case 0:
		return min;
	case 1:
		return min + 255;
	case 2:
		return min + 128;
	case 3:
		return (int32_t)prng_range(p, min, min + 255);
	default:
		return (int32_t)prng_range(p, min + 78, min + 178);
	}
}

static enum ref_type random_8bit(struct prng *p)
{
	return prng_one_in(p, 2) ? REF_U8 : REF_S8;
}

/* expected: an output scale that spreads the results over the type's range. */
static float random_scale(struct prng *p, float expected)
{
	switch (prng_range(p, 0, 11)) {
	case 0:
		return ldexpf(1.0f, (int)prng_range(p, -40, 40));
	case 1:
		return clamp_scale(exp2f(ceilf(log2f(clamp_scale(expected)))));
	default:
		return clamp_scale(expected * (float)(0.6 + 1.8 * prng_unit(p)));
	}
}

static void random_activation(struct prng *p, struct ref_epilogue *e)
{
	float unit = ref_type_is_8bit(e->type) ? e->scale : 1.0f;
	float a, b;

	if (prng_one_in(p, 2))
		return;
	e->activation = prng_one_in(p, 2) ? REF_RELU : REF_CLAMP;
	if (e->activation == REF_CLAMP && e->type == REF_S32)
		e->activation = REF_RELU;
	if (e->activation != REF_CLAMP)
		return;
	a = (float)(prng_unit(p) * 400 - 200);
	b = prng_one_in(p, 8) ? a : (float)(prng_unit(p) * 400 - 200);
	if (prng_one_in(p, 4)) {
		a = rintf(a) + 0.5f;
		b = rintf(b) - 0.5f;
	}
	e->clamp_min = unit * fminf(a, b);
	e->clamp_max = unit * fmaxf(a, b);
}

static void random_epilogue(struct prng *p, float expected, bool any_type, struct ref_epilogue *e)
{
	e->type = random_8bit(p);
	if (any_type && prng_one_in(p, 8))
		e->type = prng_one_in(p, 2) ? REF_S32 : REF_F32;
	if (ref_type_is_8bit(e->type)) {
		e->scale = random_scale(p, expected);
		e->zero_point = random_zero_point(p, e->type);
	}
	random_activation(p, e);
}

/* A float bias in halves of an accumulator unit: exact, and every other one is a tie. */
static bool random_bias(struct prng *p, float in_scale, struct ref_layer *layer,
			struct packing *packing)
{
	size_t rows = layer->weights.rows;
	unsigned int style = (unsigned int)prng_range(p, 0, 7);
	int fraction_bits;
	bool exact = frexpf(in_scale, &fraction_bits) == 0.5f;

	if (!style)
		return true;
	layer->bias = calloc(rows, sizeof(*layer->bias));
	for (size_t r = 0; r < rows; r++)
		exact = exact && frexpf(layer->weights.scale[r], &fraction_bits) == 0.5f;
	if (style < 4 && exact)
		packing->bias_f32 = calloc(rows, sizeof(*packing->bias_f32));
	if (!layer->bias || (style < 4 && exact && !packing->bias_f32))
		return false;
	for (size_t r = 0; r < rows; r++) {
		int64_t halves = prng_range(p, -100000, 100000);

		if (packing->bias_f32) {
			packing->bias_f32[r] =
				(float)halves * 0.5f * (in_scale * layer->weights.scale[r]);
			layer->bias[r] = ref_round_half_even((float)halves * 0.5f);
		} else if (style == 7 && prng_one_in(p, 4)) {
			layer->bias[r] = prng_one_in(p, 2) ? INT32_MAX : INT32_MIN;
		} else {
			layer->bias[r] = (int32_t)halves;
		}
	}
	return true;
}

/* The standard deviation of a row's sums, were weights and inputs uniform. */
static float expected_sum(const struct ref_weights *weights)
{
	size_t count = weights->rows * weights->kernel_h * weights->kernel_w * weights->channels;
	size_t nonzeros = 0;

	for (size_t i = 0; i < count; i++)
		nonzeros += weights->w[i] != 0;
	return 74.0f * 100.0f * sqrtf(1.0f + (float)nonzeros / (float)weights->rows);
}

static bool finish_weighted(struct generator *g, const struct ref_tensor *in,
			    struct ref_layer *layer, struct packing *packing,
			    struct ref_tensor *out)
{
	const struct ref_weights *w = &layer->weights;

	if (!generate_weights(g->p, &layer->weights, packing) ||
	    !random_bias(g->p, in->scale, layer, packing))
		return false;
	random_epilogue(g->p, in->scale * w->scale[0] * expected_sum(w) / 60.0f, true,
			&layer->epilogue);
	out->type = layer->epilogue.type;
	out->channels = w->rows;
	out->scale = layer->epilogue.scale;
	out->zero_point = layer->epilogue.zero_point;
	return true;
}

/* Rows that the budget allows at that cost each; 0 if not even one. */
static size_t random_rows(struct generator *g, size_t macs_per_row)
{
	size_t limit = prng_one_in(g->p, 20) ? 4000 : 600;
	size_t most = g->budget / macs_per_row;
	size_t rows = most ? prng_size(g->p, 1, most > limit ? limit : most) : 0;

	g->budget -= rows * macs_per_row;
	return rows;
}

static bool choose_linear(struct generator *g, const struct ref_tensor *in, struct ref_layer *layer)
{
	size_t tokens = in->batch * in->height * in->width;
	struct ref_weights *w = &layer->weights;

	layer->op = REF_LINEAR;
	w->kernel_h = w->kernel_w = w->groups = 1;
	w->channels = in->channels;
	w->rows = random_rows(g, tokens * in->channels);
	return w->rows;
}

static size_t random_divisor(struct prng *p, size_t number)
{
	size_t divisor = (size_t)prng_range(p, 1, (int64_t)number);

	while (number % divisor)
		divisor--;
	return divisor;
}

static void random_window(struct prng *p, struct ref_window *w)
{
	size_t max_pad = prng_one_in(p, 10) ? 9 : 3;

	w->kernel_h = prng_size(p, 1, 7);
	w->kernel_w = prng_size(p, 1, 7);
	w->stride_h = prng_one_in(p, 2) ? 1 : prng_size(p, 1, 4);
	w->stride_w = prng_one_in(p, 2) ? w->stride_h : prng_size(p, 1, 4);
	w->dilation_h = prng_one_in(p, 2) ? 1 : prng_size(p, 1, 3);
	w->dilation_w = prng_one_in(p, 2) ? w->dilation_h : prng_size(p, 1, 3);
	if (prng_one_in(p, 3))
		return;
	w->pad_top = prng_size(p, 0, max_pad);
	w->pad_left = prng_size(p, 0, max_pad);
	w->pad_bottom = prng_size(p, 0, max_pad);
	w->pad_right = prng_size(p, 0, max_pad);
}

static bool choose_conv(struct generator *g, const struct ref_tensor *in, struct ref_layer *layer,
			struct ref_tensor *out)
{
	struct ref_weights *w = &layer->weights;
	struct ref_window *win = &layer->window;
	size_t per_group;

	layer->op = REF_CONV2D;
	random_window(g->p, win);
	w->kernel_h = win->kernel_h;
	w->kernel_w = win->kernel_w;
	w->groups = prng_one_in(g->p, 3) ? random_divisor(g->p, in->channels) : 1;
	w->channels = in->channels / w->groups;
	if (w->kernel_h * w->kernel_w * w->channels > MAX_REDUCTION ||
	    !ref_window_shape(in, win, w->kernel_h, w->kernel_w, out))
		return false;
	per_group = random_rows(g, out->batch * out->height * out->width * w->kernel_h *
					   w->kernel_w * in->channels);
	w->rows = per_group * w->groups;
	return w->rows && w->rows <= 4096 &&
	       out->batch * out->height * out->width * w->rows <= 4 * MAX_ELEMENTS;
}

static bool choose_pool(struct generator *g, const struct ref_tensor *in, struct ref_layer *layer,
			struct ref_tensor *out)
{
	struct ref_window *w = &layer->window;
	struct ref_window used;

	layer->op = prng_one_in(g->p, 2) ? REF_MAX_POOL : REF_AVERAGE_POOL;
	random_window(g->p, w);
	if (prng_one_in(g->p, 4)) {
		layer->global = true;
		*w = (struct ref_window){
			.stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1};
	}
	used = *w;
	if (layer->global) {
		used.kernel_h = in->height;
		used.kernel_w = in->width;
	}
	layer->count_padding = prng_one_in(g->p, 2);
	if (used.kernel_h > 255 || used.kernel_w > 255 || used.kernel_h * used.kernel_w > 300 ||
	    !ref_window_shape(in, &used, used.kernel_h, used.kernel_w, out) ||
	    ref_tensor_count(out) > 4 * MAX_ELEMENTS)
		return false;
	if (layer->op == REF_MAX_POOL)
		return true;
	random_epilogue(g->p, in->scale, false, &layer->epilogue);
	out->type = layer->epilogue.type;
	out->scale = layer->epilogue.scale;
	out->zero_point = layer->epilogue.zero_point;
	return true;
}

static bool same_shape(const struct ref_tensor *a, const struct ref_tensor *b)
{
	return a->batch == b->batch && a->height == b->height && a->width == b->width &&
	       a->channels == b->channels;
}

/* The newest partner that fits, or the tensor itself. */
static bool choose_add(struct generator *g, struct ref_layer *layer, size_t known,
		       struct ref_tensor *out)
{
	const struct ref_tensor *shapes = g->random->shapes;
	const struct ref_tensor *a = &shapes[layer->in[0]];
	float expected;

	layer->op = REF_ADD;
	layer->in[1] = layer->in[0];
	for (size_t i = known; i-- > 0 && layer->in[1] == layer->in[0];)
		if (ref_type_is_8bit(shapes[i].type) && same_shape(&shapes[i], a))
			layer->in[1] = i;
	expected = a->scale + shapes[layer->in[1]].scale;
	random_epilogue(g->p, expected, false, &layer->epilogue);
	*out = *a;
	out->type = layer->epilogue.type;
	out->scale = layer->epilogue.scale;
	out->zero_point = layer->epilogue.zero_point;
	return true;
}

/* The newest 8-bit tensor, or now and then an older one, so that branches arise. */
static size_t choose_source(struct generator *g, size_t known)
{
	const struct ref_tensor *shapes = g->random->shapes;
	size_t i = known - 1;

	if (prng_one_in(g->p, 4))
		i = (size_t)prng_range(g->p, 0, (int64_t)known - 1);
	while (!ref_type_is_8bit(shapes[i].type))
		i--;
	return i;
}

/* *made is false if the choice did not fit shape or budget; nothing is added then. */
static bool add_layer(struct generator *g, size_t source, bool *made)
{
	struct ref_network *net = &g->random->net;
	struct ref_layer *layer = &net->layers[net->n_layers];
	struct packing *packing = &g->random->packing[net->n_layers];
	size_t known = net->n_inputs + net->n_layers;
	struct ref_tensor out;
	const struct ref_tensor *in;
	unsigned int choice = (unsigned int)prng_range(g->p, 0, 9);

	memset(layer, 0, sizeof(*layer));
	layer->in[0] = source;
	in = &g->random->shapes[layer->in[0]];
	out = *in;
	if (choice < 3)
		*made = choose_linear(g, in, layer);
	else if (choice < 6)
		*made = choose_conv(g, in, layer, &out);
	else if (choice < 8)
		*made = choose_pool(g, in, layer, &out);
	else
		*made = choose_add(g, layer, known, &out);
	if (!*made)
		return true;
	net->n_layers++;
	if (choice < 6 && !finish_weighted(g, in, layer, packing, &out))
		return false;
	g->random->shapes[known] = out;
	g->used[layer->in[0]] = true;
	if (layer->op == REF_ADD)
		g->used[layer->in[1]] = true;
	return true;
}

/* Tokens with features, or images; mostly up to 600 in a dimension, with a bounded product. */
static void random_input(struct generator *g, struct ref_input *input, size_t batch)
{
	struct ref_tensor *t = &input->tensor;
	size_t left;

	input->layout = prng_one_in(g->p, 2) ? REF_NHWC : REF_NCHW;
	t->type = random_8bit(g->p);
	t->batch = batch;
	t->height = 1;
	t->width = 1;
	if (batch <= 6) {
		t->height = prng_size(g->p, 1, prng_one_in(g->p, 10) ? 600 : 40);
		t->width = prng_size(g->p, 1, t->height > 40 ? 8 : 40);
	}
	left = MAX_ELEMENTS / (batch * t->height * t->width);
	if (left > 600 && !prng_one_in(g->p, 20))
		left = 600;
	t->channels = prng_size(g->p, 1, left ? left : 1);
	t->scale = prng_one_in(g->p, 2) ? ldexpf(1.0f, (int)prng_range(g->p, -8, 2))
					: (float)(0.001 + prng_unit(g->p));
	t->zero_point = random_zero_point(g->p, t->type);
}

static bool fill_input(struct prng *p, const struct ref_tensor *t, void **memory)
{
	size_t bytes = ref_tensor_bytes(t);
	unsigned int style = (unsigned int)prng_range(p, 0, 5);
	uint8_t *x = malloc(bytes);

	*memory = x;
	if (!x)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		x[i] = (uint8_t)prng_next(p);
		if (style == 0)
			x[i] = t->type == REF_U8 ? 255 : 127;
		else if (style == 1)
			x[i] = t->type == REF_U8 ? 0 : 128;
		else if (style == 2 && prng_one_in(p, 2))
			x[i] = (uint8_t)t->zero_point;
	}
	return true;
}

static bool add_inputs(struct generator *g)
{
	struct random_network *random = g->random;
	struct ref_network *net = &random->net;
	size_t count = prng_one_in(g->p, 4) ? 2 : 1;

	random->batch = prng_one_in(g->p, 3) ? prng_size(g->p, 1, 600) : prng_size(g->p, 1, 4);
	for (size_t i = 0; i < count; i++) {
		struct ref_input *input = &net->inputs[i];

		random_input(g, input, random->batch);
		if (i && prng_one_in(g->p, 2)) {
			input->tensor.height = net->inputs[0].tensor.height;
			input->tensor.width = net->inputs[0].tensor.width;
			input->tensor.channels = net->inputs[0].tensor.channels;
		}
		random->shapes[i] = input->tensor;
		net->n_inputs++;
		if (!fill_input(g->p, &input->tensor, &random->inputs[i]))
			return false;
	}
	return true;
}

/* What no layer reads must come out; so may anything else that a layer has made. */
static void choose_outputs(struct generator *g)
{
	struct ref_network *net = &g->random->net;

	for (size_t i = net->n_inputs; i < net->n_inputs + net->n_layers; i++) {
		if (g->used[i] && !prng_one_in(g->p, 4))
			continue;
		net->outputs[net->n_outputs].tensor = i;
		net->outputs[net->n_outputs++].layout = prng_one_in(g->p, 2) ? REF_NHWC : REF_NCHW;
	}
}

bool generate_network(struct prng *p, size_t max_layers, size_t max_macs,
		      struct random_network *random)
{
	struct generator g = {.p = p, .random = random, .budget = max_macs};
	struct ref_network *net = &random->net;
	size_t layers = (size_t)prng_range(p, 1, (int64_t)max_layers);
	bool made;

	memset(random, 0, sizeof(*random));
	net->inputs = calloc(GENERATE_MAX_INPUTS, sizeof(*net->inputs));
	net->layers = calloc(GENERATE_MAX_LAYERS, sizeof(*net->layers));
	net->outputs = calloc(GENERATE_MAX_LAYERS, sizeof(*net->outputs));
	if (!net->inputs || !net->layers || !net->outputs || !add_inputs(&g))
		return false;
	/* An add fits any tensor, so some layer always comes to be. */
	while (net->n_layers < layers)
		if (!add_layer(&g, choose_source(&g, net->n_inputs + net->n_layers), &made))
			return false;
	for (size_t i = 0; i < net->n_inputs; i++)
		while (!g.used[i])
			if (!add_layer(&g, i, &made))
				return false;
	choose_outputs(&g);
	return true;
}

void generate_free(struct random_network *random)
{
	for (size_t i = 0; i < GENERATE_MAX_LAYERS; i++)
		free(random->packing[i].bias_f32);
	for (size_t i = 0; i < GENERATE_MAX_INPUTS; i++)
		free(random->inputs[i]);
	ref_network_free(&random->net);
	memset(random, 0, sizeof(*random));
}

static void describe_weights(const struct ref_layer *layer, const struct packing *packing,
			     char *text, size_t len)
{
	const struct ref_weights *w = &layer->weights;

	snprintf(text, len,
		 " rows %zu kernel %zux%zu channels %zu groups %zu pattern %u:%u kind %d "
		 "lanes %u block %u panel %u bias %s",
		 w->rows, w->kernel_h, w->kernel_w, w->channels, w->groups, packing->pattern.n,
		 packing->pattern.m, packing->pattern.kind, packing->lanes, packing->block_rows,
		 packing->panel_rows,
		 packing->bias_f32 ? "f32"
		 : layer->bias	   ? "s32"
				   : "none");
}

void generate_describe(const struct random_network *random, size_t index, char *text, size_t len)
{
	static const char *const ops[] = {"linear", "conv2d", "add", "max_pool", "average_pool"};
	static const char *const types[] = {"s8", "u8", "s32", "f32"};
	const struct ref_layer *layer = &random->net.layers[index];
	const struct ref_tensor *in = &random->shapes[layer->in[0]];
	const struct ref_tensor *out = &random->shapes[random->net.n_inputs + index];
	const struct ref_window *w = &layer->window;
	char weights[200] = "";

	if (layer->weights.rows)
		describe_weights(layer, &random->packing[index], weights, sizeof(weights));
	snprintf(text, len,
		 "%s of tensor %zu: %s %zux%zux%zux%zu -> %s %zux%zux%zux%zu stride %zux%zu "
		 "dilation %zux%zu pad %zu,%zu,%zu,%zu pool %zux%zu activation %d%s",
		 ops[layer->op], layer->in[0], types[in->type], in->batch, in->height, in->width,
		 in->channels, types[out->type], out->batch, out->height, out->width, out->channels,
		 w->stride_h, w->stride_w, w->dilation_h, w->dilation_w, w->pad_top, w->pad_left,
		 w->pad_bottom, w->pad_right, w->kernel_h, w->kernel_w, layer->epilogue.activation,
		 weights);
}
