/* SPDX-License-Identifier: MIT */
/* What the tests of plans share: small weights, tensors and epilogues that are valid. */
#ifndef NMACCEL_TESTS_PLAN_UTIL_H
#define NMACCEL_TESTS_PLAN_UTIL_H

#include "weights_util.h"

/* Dense [rows][kernel][kernel][channels] weights; data may be NULL for a fixed pattern. */
static inline struct nmaccel_weights *make_weights(uint32_t rows, uint32_t channels,
						   uint32_t kernel, uint32_t n_groups,
						   const float *scales, const int8_t *data)
{
	struct nmaccel_pack_options options = {
		.size = sizeof(options), .n_groups = n_groups, .scales = scales};
	size_t count = (size_t)rows * channels * kernel * kernel, i;
	struct nmaccel_weight_view view;
	struct nmaccel_weights *weights;
	int8_t *dense = malloc(count);

	assert_non_null(dense);
	for (i = 0; i < count; i++)
		dense[i] = data ? data[i] : (int8_t)(i * 37 % 11 ? 0 : (int)(i % 251) - 125);
	assert_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, dense,
					   rows, channels, kernel, kernel));
	assert_ok(nmaccel_weights_pack(&view, &options, &weights));
	free(dense);
	return weights;
}

static inline struct nmaccel_tensor make_tensor(enum nmaccel_type type, uint32_t batch,
						uint32_t height, uint32_t width, uint32_t channels)
{
	struct nmaccel_tensor tensor = {
		.type = type,
		.layout = NMACCEL_LAYOUT_NHWC,
		.batch = batch,
		.height = height,
		.width = width,
		.channels = channels,
		.quant = {.scale = 0.5f, .zero_point = type == NMACCEL_TYPE_U8 ? 100 : -3},
	};
	return tensor;
}

static inline struct nmaccel_epilogue make_epilogue(enum nmaccel_type type)
{
	struct nmaccel_epilogue epilogue = {
		.type = type,
		.quant = {.scale = 2.0f, .zero_point = type == NMACCEL_TYPE_U8 ? 120 : 5},
	};
	return epilogue;
}

#endif /* NMACCEL_TESTS_PLAN_UTIL_H */
