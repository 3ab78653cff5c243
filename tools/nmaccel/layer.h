/* SPDX-License-Identifier: MIT */
/*
 * Layer: a tensor seen as weights of the engine: int8 or float values whose zeros are zeros, behind
 * a weight view of the library.
 */
#ifndef NMACCEL_TOOLS_LAYER_H
#define NMACCEL_TOOLS_LAYER_H

#include "source.h"

/* What the user says about files that do not tell it themselves. */
struct layer_hints {
	enum nmaccel_weight_layout layout; /* 0: none */
	bool has_zero_point;
	int32_t zero_point; /* of 8-bit tensors without quantisation of their own */
	uint32_t n_groups;  /* 0: none */
};

/* Why a tensor is not a layer of the engine. The codes are part of the JSON schema. */
enum not_layer {
	IS_LAYER = 0,
	NOT_MATRIX, /* a scalar, vector, or more than four dimensions */
	NOT_BIAS,
	NOT_QUANT, /* a scale or zero point */
	NOT_EMBEDDING,
	NOT_RECURRENT,
	NOT_CONV_TRANSPOSE,
	NOT_CONSTANT, /* read by nodes that are no layers */
	NOT_DEPTHWISE,
	NOT_BATCHED, /* a stack of matrices */
	NOT_TYPE,    /* elements that no weight has */
	NOT_EMPTY,
	NOT_LONG, /* a reduction axis beyond the contract */
	NOT_BLOCK_QUANT,
	NOT_FINITE, /* NaN or infinity */
	NOT_LAYER_COUNT,
};

/* Those that a reader would take for a layer, so that a report should say why they are not. */
bool not_layer_is_surprising(enum not_layer why);
const char *not_layer_code(enum not_layer why);
const char *not_layer_text(enum not_layer why);
const char *not_layer_cure(enum not_layer why); /* NULL: there is none */

struct layer_shape {
	enum nmaccel_weight_layout layout;
	enum tensor_source_of_use from;
	uint32_t rows, channels, kernel_h, kernel_w;
	uint32_t n_groups; /* 1 or more */
	bool maybe_depthwise;
};

/* The shape alone, without data. */
enum not_layer layer_describe(const struct tensor *t, const struct layer_hints *hints,
			      struct layer_shape *shape);

struct layer {
	struct layer_shape shape;
	enum nmaccel_type type; /* S8: exact integers; F32: real values */
	void *values;
	struct nmaccel_weight_view view; /* on values, in the tensor's own order */
	float *row_scales;		 /* S8 of a quantised tensor: rows values, else NULL */
	int32_t zero_point;		 /* of the first row; 0 if there is none */
	bool zero_points_differ;
	bool wide; /* 8-bit, but value - zero point leaves int8 somewhere: type is F32 */
	int32_t wide_min, wide_max;
	uint64_t raw_zeros; /* stored bytes that are 0, of quantised tensors with a zero point */
};

/* The tensor must be loaded. Returns -1 on failure, else an enum not_layer. */
int layer_create(const struct tensor *t, const struct layer_hints *hints, struct layer *layer);
void layer_fini(struct layer *layer);

/* Set the loaded tensor's elements to zero (its zero point) where the layer's values are zero. */
void layer_apply_zeros(const struct layer *layer, struct tensor *t);

const char *layer_layout_name(enum nmaccel_weight_layout layout);
int layer_parse_layout(const char *text, enum nmaccel_weight_layout *layout);

#endif /* NMACCEL_TOOLS_LAYER_H */
