/* SPDX-License-Identifier: MIT */
/* Chains of linear layers to run on a card, and what the soft backend makes of them. */
#ifndef NMACCEL_TESTS_CHAIN_UTIL_H
#define NMACCEL_TESTS_CHAIN_UTIL_H

#include "plan_util.h"

#define K      32u
#define ROWS   5u
#define LAYERS 4u

struct run {
	int8_t x[K];
	int32_t y[ROWS];
	struct nmaccel_io in, out;
	struct nmaccel_fence *fence;
};

static inline struct nmaccel_weights *layer_weights(uint32_t rows)
{
	int8_t data[K * K];
	uint32_t i;

	for (i = 0; i < rows * K; i++)
		data[i] = (int8_t)(i * 7 % 13 - 6);
	return make_weights(rows, K, 1, 1, NULL, data);
}

static inline struct nmaccel_plan *make_chain(struct nmaccel_device *on, uint32_t layers,
					      uint32_t max_in_flight)
{
	struct nmaccel_compile_options options = {.size = sizeof(options),
						  .max_in_flight = max_in_flight};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_S8, 1, 1, 1, K);
	struct nmaccel_linear layer = {.size = sizeof(layer)};
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;
	uint32_t i;

	assert_ok(nmaccel_plan_create(on, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	for (i = 0; i < layers; i++) {
		layer.weights = layer_weights(i + 1 < layers ? K : ROWS);
		layer.epilogue = make_epilogue(i + 1 < layers ? NMACCEL_TYPE_S8 : NMACCEL_TYPE_S32);
		assert_ok(nmaccel_plan_linear(plan, id, &layer, &id));
		nmaccel_weights_unref(layer.weights);
	}
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, &options));
	return plan;
}

static inline void run_init(struct run *run, int seed)
{
	uint32_t i;

	memset(run, 0, sizeof(*run));
	for (i = 0; i < K; i++)
		run->x[i] = (int8_t)(seed * 31 + (int)i * 5);
	run->in = (struct nmaccel_io){.data = run->x, .bytes = sizeof(run->x)};
	run->out = (struct nmaccel_io){.data = run->y, .bytes = sizeof(run->y)};
}

/* What the soft backend makes of the same input. */
static inline void assert_right(const struct run *run, uint32_t layers)
{
	struct nmaccel_device *soft;
	struct nmaccel_plan *plan;
	struct run other = *run;

	assert_ok(nmaccel_device_open("soft", &soft));
	plan = make_chain(soft, layers, 0);
	other.in.data = other.x;
	other.out.data = other.y;
	assert_ok(nmaccel_plan_run(plan, &other.in, &other.out));
	assert_memory_equal(run->y, other.y, sizeof(other.y));
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(soft);
}

static inline void start(struct nmaccel_plan *plan, struct run *run, int seed)
{
	run_init(run, seed);
	assert_ok(nmaccel_plan_submit(plan, &run->in, &run->out, &run->fence));
}

static inline enum nmaccel_status finish(struct run *run)
{
	enum nmaccel_status status = nmaccel_fence_wait(run->fence, NMACCEL_WAIT_FOREVER);

	nmaccel_fence_unref(run->fence);
	return status;
}

#endif /* NMACCEL_TESTS_CHAIN_UTIL_H */
