/* SPDX-License-Identifier: MIT */
#include "layer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_stream.h"

#include "fail.h"

static const struct {
	const char *code, *text, *cure;
	bool surprising;
} reasons[NOT_LAYER_COUNT] = {
	[IS_LAYER] = {"layer", "a layer", NULL, false},
	[NOT_MATRIX] = {"not-a-matrix", "not a matrix", NULL, false},
	[NOT_BIAS] = {"bias", "a bias or another vector", NULL, false},
	[NOT_QUANT] = {"quantization", "a scale or zero point", NULL, false},
	[NOT_EMBEDDING] = {"embedding", "an embedding table: rows are looked up, not multiplied",
			   "if it is a weight after all, give --layout", true},
	[NOT_RECURRENT] = {"recurrent", "weights of a recurrent cell, which no plan can hold",
			   "unroll the cell into MatMul nodes", true},
	[NOT_CONV_TRANSPOSE] = {"conv-transpose",
				"a transposed convolution, which the engine does not run",
				"replace it by resizing and a convolution", true},
	[NOT_CONSTANT] = {"constant", "read by an operator that is no linear layer or convolution",
			  NULL, false},
	[NOT_DEPTHWISE] =
		{"depthwise",
		 "a depthwise convolution: each filter sees one channel, so that there is "
		 "no reduction over channels to prune",
		 "leave it dense on the CPU, or merge it with the 1x1 layer beside it", true},
	[NOT_BATCHED] = {"batched", "a stack of matrices, one for each batch element",
			 "split it into one matrix a layer", true},
	[NOT_TYPE] = {"type", "elements of a type that is not read as weights",
		      "convert them to a float type or to int8", true},
	[NOT_EMPTY] = {"empty", "no elements", NULL, true},
	[NOT_LONG] = {"too-long",
		      "the reduction axis is longer than 131071, where int32 sums could overflow",
		      "split the layer along its input and add the halves", true},
	[NOT_BLOCK_QUANT] = {"block-quantized",
			     "scales for blocks inside a row; the engine scales whole rows",
			     "quantise with one scale for each output channel", true},
	[NOT_FINITE] = {"not-finite", "NaN or infinity among the weights", "mend the checkpoint",
			true},
};

bool not_layer_is_surprising(enum not_layer why)
{
	return reasons[why].surprising;
}

const char *not_layer_code(enum not_layer why)
{
	return reasons[why].code;
}

const char *not_layer_text(enum not_layer why)
{
	return reasons[why].text;
}

const char *not_layer_cure(enum not_layer why)
{
	return reasons[why].cure;
}

static const struct {
	const char *name;
	enum nmaccel_weight_layout layout;
} layouts[] = {
	{"rows-k", NMACCEL_WEIGHTS_ROWS_K}, {"k-rows", NMACCEL_WEIGHTS_K_ROWS},
	{"oihw", NMACCEL_WEIGHTS_OIHW},	    {"ohwi", NMACCEL_WEIGHTS_OHWI},
	{"hwio", NMACCEL_WEIGHTS_HWIO},
};

const char *layer_layout_name(enum nmaccel_weight_layout layout)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (layouts[i].layout == layout)
			return layouts[i].name;
	}
	return "none";
}

int layer_parse_layout(const char *text, enum nmaccel_weight_layout *layout)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (!strcmp(layouts[i].name, text)) {
			*layout = layouts[i].layout;
			return 0;
		}
	}
	return fail(FAIL_USAGE, "unknown layout '%s'; there are rows-k, k-rows, oihw, ohwi, hwio",
		    text);
}

static bool is_linear_layout(enum nmaccel_weight_layout layout)
{
	return layout == NMACCEL_WEIGHTS_ROWS_K || layout == NMACCEL_WEIGHTS_K_ROWS;
}

static enum not_layer unsuitable_use(const struct tensor *t)
{
	switch (t->use) {
	case USE_BIAS:
		return NOT_BIAS;
	case USE_QUANT:
		return NOT_QUANT;
	case USE_EMBEDDING:
		return t->rank < 2 ? NOT_CONSTANT : NOT_EMBEDDING;
	case USE_RECURRENT:
		return NOT_RECURRENT;
	case USE_CONV_TRANSPOSE:
		return NOT_CONV_TRANSPOSE;
	case USE_OTHER:
	case USE_UNKNOWN:
		return NOT_CONSTANT;
	default:
		return IS_LAYER;
	}
}

/* An explicit layout reaches the tensors whose rank it fits, and overrides a guess only. */
static bool hint_fits(const struct tensor *t, const struct layer_hints *hints)
{
	if (!hints->layout || t->use_from != FROM_GUESS || t->use == USE_QUANT)
		return false;
	return is_linear_layout(hints->layout) ? t->rank == 2 : t->rank == 4;
}

/* rows, channels, kernel_h, kernel_w out of a shape of four. */
static void order_conv(enum nmaccel_weight_layout layout, const uint64_t in[4], uint64_t out[4])
{
	static const unsigned char places[][4] = {
		[NMACCEL_WEIGHTS_OIHW] = {0, 1, 2, 3},
		[NMACCEL_WEIGHTS_OHWI] = {0, 3, 1, 2},
		[NMACCEL_WEIGHTS_HWIO] = {3, 2, 0, 1},
	};

	for (int i = 0; i < 4; i++)
		out[i] = in[places[layout][i]];
}

static enum not_layer linear_dims(const struct tensor *t, enum nmaccel_weight_layout layout,
				  uint64_t dims[4])
{
	unsigned int stack = t->rank > 2 ? t->rank - 2 : 0;

	if (t->rank < 2)
		return NOT_MATRIX;
	for (unsigned int i = 0; i < stack; i++) {
		if (t->shape[i] != 1)
			return NOT_BATCHED;
	}
	dims[0] = t->shape[stack + (layout == NMACCEL_WEIGHTS_K_ROWS)];
	dims[1] = t->shape[stack + (layout == NMACCEL_WEIGHTS_ROWS_K)];
	dims[2] = dims[3] = 1;
	return IS_LAYER;
}

static enum not_layer conv_dims(const struct tensor *t, enum nmaccel_weight_layout layout,
				uint64_t dims[4])
{
	/* A one-dimensional convolution is one of height 1. */
	if (t->rank == 3 && layout == NMACCEL_WEIGHTS_OIHW) {
		dims[0] = t->shape[0];
		dims[1] = t->shape[1];
		dims[2] = 1;
		dims[3] = t->shape[2];
		return IS_LAYER;
	}
	if (t->rank != 4)
		return NOT_MATRIX;
	order_conv(layout, t->shape, dims);
	return IS_LAYER;
}

static enum not_layer check_dims(const uint64_t dims[4], struct layer_shape *shape)
{
	uint64_t reduction;

	if (!dims[0] || !dims[1] || !dims[2] || !dims[3])
		return NOT_EMPTY;
	if (__builtin_mul_overflow(dims[1], dims[2], &reduction) ||
	    __builtin_mul_overflow(reduction, dims[3], &reduction) ||
	    reduction > NMACCEL_MAX_REDUCTION || dims[0] > INT32_MAX)
		return NOT_LONG;
	shape->rows = (uint32_t)dims[0];
	shape->channels = (uint32_t)dims[1];
	shape->kernel_h = (uint32_t)dims[2];
	shape->kernel_w = (uint32_t)dims[3];
	return IS_LAYER;
}

enum not_layer layer_describe(const struct tensor *t, const struct layer_hints *hints,
			      struct layer_shape *shape)
{
	bool hinted = hint_fits(t, hints);
	enum not_layer why = hinted ? IS_LAYER : unsuitable_use(t);
	uint64_t dims[4];

	*shape = (struct layer_shape){.layout = hinted ? hints->layout : t->layout,
				      .from = hinted ? FROM_OPTION : t->use_from,
				      .n_groups = t->n_groups ? t->n_groups : 1};
	if (why != IS_LAYER)
		return why;
	if (t->dtype == DTYPE_UNKNOWN || t->dtype == DTYPE_BOOL)
		return NOT_TYPE;
	why = is_linear_layout(shape->layout) ? linear_dims(t, shape->layout, dims)
					      : conv_dims(t, shape->layout, dims);
	if (why == IS_LAYER)
		why = check_dims(dims, shape);
	if (why != IS_LAYER)
		return why;
	if (hints->n_groups && !t->n_groups && !is_linear_layout(shape->layout))
		shape->n_groups = hints->n_groups;
	if (shape->rows % shape->n_groups)
		return NOT_MATRIX;
	if (shape->n_groups > 1 && shape->channels == 1)
		return NOT_DEPTHWISE;
	shape->maybe_depthwise = !is_linear_layout(shape->layout) && !t->n_groups &&
				 !hints->n_groups && shape->channels == 1 && shape->rows > 1;
	if (t->quant.present && t->quant.blocked)
		return NOT_BLOCK_QUANT;
	return IS_LAYER;
}

/* Which channel of the quantisation does element i of the tensor belong to? */
static size_t quant_channel(const struct tensor *t, uint64_t i)
{
	uint64_t inner = 1;

	if (t->quant.count <= 1)
		return 0;
	for (unsigned int d = (unsigned int)t->quant.axis + 1; d < t->rank; d++)
		inner *= t->shape[d];
	return (size_t)(i / inner % t->shape[t->quant.axis]);
}

static int32_t zero_point_of(const struct tensor *t, const struct layer_hints *hints, uint64_t i)
{
	if (t->quant.has_zero_points)
		return t->quant.zero_points[quant_channel(t, i)];
	return t->quant.present || !hints->has_zero_point ? 0 : hints->zero_point;
}

/* The tensor's axis of output channels; -1 if it has been folded away. */
static int row_axis(const struct tensor *t, enum nmaccel_weight_layout layout)
{
	switch (layout) {
	case NMACCEL_WEIGHTS_ROWS_K:
		return (int)t->rank - 2;
	case NMACCEL_WEIGHTS_K_ROWS:
	case NMACCEL_WEIGHTS_HWIO:
		return (int)t->rank - 1;
	default:
		return 0;
	}
}

static bool scales_fit_rows(const struct tensor *t, const struct layer_shape *shape)
{
	return t->quant.count == 1 ||
	       (t->quant.axis == row_axis(t, shape->layout) && t->quant.count == shape->rows);
}

static int32_t byte_value(const struct tensor *t, uint64_t i)
{
	return t->dtype == DTYPE_U8 ? t->data[i] : (int8_t)t->data[i];
}

static void measure_bytes(const struct tensor *t, const struct layer_hints *hints,
			  struct layer *layer)
{
	int32_t first = zero_point_of(t, hints, 0);

	layer->zero_point = first;
	for (uint64_t i = 0; i < t->elements; i++) {
		int32_t zero = zero_point_of(t, hints, i);
		int32_t value = byte_value(t, i) - zero;

		layer->raw_zeros += t->data[i] == 0;
		layer->zero_points_differ |= zero != first;
		if (value < layer->wide_min)
			layer->wide_min = value;
		if (value > layer->wide_max)
			layer->wide_max = value;
	}
	layer->wide = layer->wide_min < -128 || layer->wide_max > 127;
}

static void fill_bytes(const struct tensor *t, const struct layer_hints *hints, struct layer *layer)
{
	int8_t *bytes = layer->values;
	float *reals = layer->values;

	for (uint64_t i = 0; i < t->elements; i++) {
		int32_t value = byte_value(t, i) - zero_point_of(t, hints, i);

		if (layer->type == NMACCEL_TYPE_S8)
			bytes[i] = (int8_t)value;
		else
			reals[i] = (float)value *
				   (t->quant.present ? t->quant.scales[quant_channel(t, i)] : 1.0f);
	}
}

static void fill_row_scales(const struct tensor *t, struct layer *layer)
{
	if (!t->quant.present || layer->type != NMACCEL_TYPE_S8)
		return;
	layer->row_scales = xcalloc(layer->shape.rows, sizeof(float));
	for (uint32_t r = 0; r < layer->shape.rows; r++)
		layer->row_scales[r] = t->quant.scales[t->quant.count == 1 ? 0 : r];
}

static bool all_finite(const float *values, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (!isfinite(values[i]))
			return false;
	}
	return true;
}

static int make_view(struct layer *layer, const char *name)
{
	const struct layer_shape *shape = &layer->shape;
	enum nmaccel_status status = nmaccel_weight_view_init(
		&layer->view, shape->layout, layer->type, layer->values, shape->rows,
		shape->channels, shape->kernel_h, shape->kernel_w);

	return status == NMACCEL_OK ? 0 : fail_library(status, "tensor '%s'", name);
}

int layer_create(const struct tensor *t, const struct layer_hints *hints, struct layer *layer)
{
	bool is_bytes = t->dtype == DTYPE_S8 || t->dtype == DTYPE_U8;
	enum not_layer why;

	*layer = (struct layer){.type = NMACCEL_TYPE_F32};
	why = layer_describe(t, hints, &layer->shape);
	if (why != IS_LAYER)
		return (int)why;
	if (is_bytes) {
		measure_bytes(t, hints, layer);
		if (!layer->wide && (!t->quant.present || scales_fit_rows(t, &layer->shape)))
			layer->type = NMACCEL_TYPE_S8;
	}
	layer->values = calloc(t->elements, nmaccel_type_bytes(layer->type));
	if (!layer->values)
		return fail(FAIL_SYSTEM, "no memory for %" PRIu64 " weights of '%s'", t->elements,
			    t->name);
	if (is_bytes)
		fill_bytes(t, hints, layer);
	else
		dtype_to_f32(t->dtype, t->data, t->elements, layer->values);
	fill_row_scales(t, layer);
	if (layer->type == NMACCEL_TYPE_F32 && !all_finite(layer->values, t->elements))
		why = NOT_FINITE;
	else if (make_view(layer, t->name) < 0) {
		layer_fini(layer);
		return -1;
	}
	if (why != IS_LAYER)
		layer_fini(layer);
	return (int)why;
}

void layer_fini(struct layer *layer)
{
	free(layer->values);
	free(layer->row_scales);
	layer->values = NULL;
	layer->row_scales = NULL;
}

void layer_apply_zeros(const struct layer *layer, struct tensor *t)
{
	size_t size = dtype_bytes(t->dtype);
	struct layer_hints hints = {.has_zero_point = true, .zero_point = layer->zero_point};

	for (uint64_t i = 0; i < t->elements; i++) {
		bool zero = layer->type == NMACCEL_TYPE_S8 ? !((int8_t *)layer->values)[i]
							   : ((float *)layer->values)[i] == 0;

		if (!zero)
			continue;
		memset(t->data + i * size, 0, size);
		if (t->dtype == DTYPE_U8 || t->dtype == DTYPE_S8)
			t->data[i] = (unsigned char)zero_point_of(t, &hints, i);
	}
}
