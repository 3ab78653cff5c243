/* SPDX-License-Identifier: MIT */
/* A plan of one linear layer with 32-bit output, not yet compiled, for tests to add to. */
#ifndef NMACCEL_TESTS_PLAN_FIXTURE_H
#define NMACCEL_TESTS_PLAN_FIXTURE_H

#include "inject.h"
#include "plan_util.h"

struct fixture {
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id image, sums;		       /* 1 x 6 x 6 x 4 u8; 32-bit */
	struct nmaccel_weights *w1x1, *w3x3, *grouped; /* 4 channels in; 6 rows */
};

static inline int plan_setup(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 6, 6, 4);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_ok(inject_open(&(struct inject_settings){0}, &f->dev));
	f->w1x1 = make_weights(6, 4, 1, 1, NULL, NULL);
	f->w3x3 = make_weights(6, 4, 3, 1, NULL, NULL);
	f->grouped = make_weights(6, 2, 3, 2, NULL, NULL);
	assert_ok(nmaccel_plan_create(f->dev, &f->plan));
	assert_ok(nmaccel_plan_input(f->plan, &tensor, &f->image));
	layer.weights = f->w1x1;
	assert_ok(nmaccel_plan_linear(f->plan, f->image, &layer, &f->sums));
	assert_ok(nmaccel_plan_output(f->plan, f->sums, NMACCEL_LAYOUT_NCHW));
	*state = f;
	return 0;
}

static inline int plan_teardown(void **state)
{
	struct fixture *f = *state;

	nmaccel_plan_unref(f->plan);
	nmaccel_weights_unref(f->w1x1);
	nmaccel_weights_unref(f->w3x3);
	nmaccel_weights_unref(f->grouped);
	nmaccel_device_unref(f->dev);
	inject_wait_gone();
	free(f);
	return 0;
}

static inline struct nmaccel_linear good_linear(struct fixture *f)
{
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .weights = f->w1x1,
				       .epilogue = make_epilogue(NMACCEL_TYPE_U8)};

	return layer;
}

#define PLAN_TEST(name) cmocka_unit_test_setup_teardown(name, plan_setup, plan_teardown)

#endif /* NMACCEL_TESTS_PLAN_FIXTURE_H */
