/* SPDX-License-Identifier: MIT */
/* What the tests of the public API share: one header for all of cmocka's needs, small objects. */
#ifndef NMACCEL_SELFTESTS_API_H
#define NMACCEL_SELFTESTS_API_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nmaccel.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What an output argument holds before a call that must leave it alone. */
#define UNTOUCHED(type) ((type *)(uintptr_t)0x5a5a5a50)

/* A value that no enum has. */
#define BAD_ENUM 77

static inline void expect_status_at(enum nmaccel_status want, enum nmaccel_status got,
				    const char *call, const char *file, int line)
{
	if (got != want) {
		print_error("%s: %s, not %s (%s)\n", call, nmaccel_status_name(got),
			    nmaccel_status_name(want), nmaccel_last_error());
		_fail(file, line);
	}
	if (got && !*nmaccel_last_error()) {
		print_error("%s: no cause is told\n", call);
		_fail(file, line);
	}
}

#define expect_status(want, call) expect_status_at(want, call, #call, __FILE__, __LINE__)
#define expect_ok(call)		  expect_status(NMACCEL_OK, call)
#define expect_invalid(call)	  expect_status(NMACCEL_ERR_INVALID, call)

/* The device of the tests: NMACCEL_BACKEND's, or the best one. */
static inline struct nmaccel_device *open_device(void)
{
	struct nmaccel_device *dev = NULL;

	expect_ok(nmaccel_device_open(NULL, &dev));
	return dev;
}

/* rows x channels weights of a linear layer, all 1. */
static inline struct nmaccel_weights *make_weights(uint32_t rows, uint32_t channels)
{
	struct nmaccel_weights *weights = NULL;
	struct nmaccel_weight_view view;
	int8_t *w = malloc((size_t)rows * channels);

	assert_non_null(w);
	memset(w, 1, (size_t)rows * channels);
	expect_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, rows,
					   channels, 1, 1));
	expect_ok(nmaccel_weights_pack(&view, NULL, &weights));
	free(w);
	return weights;
}

static inline struct nmaccel_tensor make_tensor(uint32_t batch, uint32_t channels)
{
	return (struct nmaccel_tensor){
		.type = NMACCEL_TYPE_S8,
		.layout = NMACCEL_LAYOUT_NHWC,
		.batch = batch,
		.height = 1,
		.width = 1,
		.channels = channels,
		.quant = {1.0f, 0},
	};
}

/* A compiled plan of one linear layer with int32 sums. */
static inline struct nmaccel_plan *make_plan(struct nmaccel_device *dev, uint32_t batch,
					     uint32_t rows, uint32_t channels,
					     uint32_t max_in_flight)
{
	const struct nmaccel_compile_options options = {
		.size = sizeof(options),
		.max_in_flight = max_in_flight,
	};
	struct nmaccel_tensor tensor = make_tensor(batch, channels);
	struct nmaccel_linear linear = {
		.size = sizeof(linear),
		.weights = make_weights(rows, channels),
		.epilogue = {.type = NMACCEL_TYPE_S32},
	};
	struct nmaccel_plan *plan = NULL;
	nmaccel_tensor_id id = 0;

	expect_ok(nmaccel_plan_create(dev, &plan));
	expect_ok(nmaccel_plan_input(plan, &tensor, &id));
	expect_ok(nmaccel_plan_linear(plan, id, &linear, &id));
	expect_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	expect_ok(nmaccel_plan_compile(plan, &options));
	nmaccel_weights_unref(linear.weights);
	return plan;
}

#endif /* NMACCEL_SELFTESTS_API_H */
