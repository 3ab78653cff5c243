// SPDX-License-Identifier: MIT
/*
 * Where activations lie: in random networks, no two tensors that are live at one time share a
 * byte, and the memory stays near the most that is live at one time.
 */
#include "plan_util.h"

#include "inject.h"
#include "plan.h"

#define MAX_LAYERS 24

/* From the layers alone, without the planner's own notion of a life. */
static bool is_live(const struct nmaccel_plan *plan, uint32_t tensor, uint32_t layer)
{
	uint32_t made = plan->tensors[tensor].producer, i;

	if (made != NMACCEL_NO_LAYER && made > layer)
		return false;
	if (made == layer)
		return true;
	for (i = 0; i < plan->n_outputs; i++)
		if (plan->outputs[i].tensor == tensor)
			return true;
	for (i = layer; i < plan->n_layers; i++)
		if (plan->layers[i].in == tensor || plan->layers[i].in2 == tensor)
			return true;
	return false;
}

static void check_disjoint(const struct nmaccel_plan *plan, uint32_t layer, uint32_t a, uint32_t b)
{
	const struct nmaccel_plan_tensor *x = &plan->tensors[a], *y = &plan->tensors[b];

	if (x->offset + x->bytes > y->offset && y->offset + y->bytes > x->offset)
		fail_msg("at layer %u tensors %u and %u overlap", layer, a, b);
}

/* The most that is live while a layer runs; and that all of it is apart and inside. */
static uint64_t check_layer(const struct nmaccel_plan *plan, uint32_t layer)
{
	uint64_t live = 0;
	uint32_t a, b;

	for (a = 0; a < plan->n_tensors; a++) {
		if (!is_live(plan, a, layer))
			continue;
		assert_int_equal(plan->tensors[a].offset % NMACCEL_ALIGN, 0);
		assert_true(plan->tensors[a].offset + plan->tensors[a].bytes <=
			    plan->program.arena_bytes);
		live += plan->tensors[a].bytes;
		for (b = 0; b < a; b++)
			if (is_live(plan, b, layer))
				check_disjoint(plan, layer, a, b);
	}
	return live;
}

static double check_plan(const struct nmaccel_plan *plan)
{
	uint64_t most = 0, live;
	uint32_t i;

	for (i = 0; i < plan->n_layers; i++) {
		live = check_layer(plan, i);
		if (live > most)
			most = live;
	}
	assert_true(plan->program.live_bytes <= plan->program.arena_bytes);
	assert_int_equal(plan->program.live_bytes, most);
	return (double)plan->program.arena_bytes / (double)most;
}

static nmaccel_tensor_id add_linear(struct nmaccel_plan *plan, nmaccel_tensor_id in, uint32_t rows)
{
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_U8)};
	nmaccel_tensor_id id;

	layer.weights = make_weights(rows, plan->tensors[in].shape.channels, 1, 1, NULL, NULL);
	assert_ok(nmaccel_plan_linear(plan, in, &layer, &id));
	nmaccel_weights_unref(layer.weights);
	return id;
}

static nmaccel_tensor_id add_add(struct nmaccel_plan *plan, nmaccel_tensor_id a,
				 nmaccel_tensor_id b)
{
	struct nmaccel_epilogue epilogue = make_epilogue(NMACCEL_TYPE_U8);
	nmaccel_tensor_id id;

	assert_ok(nmaccel_plan_add(plan, a, b, &epilogue, &id));
	return id;
}

static void finish(struct nmaccel_plan *plan, nmaccel_tensor_id last)
{
	assert_ok(nmaccel_plan_output(plan, last, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
}

/* One of the last few tensors. */
static nmaccel_tensor_id recent(const struct nmaccel_plan *plan)
{
	uint32_t n = plan->n_tensors < 4 ? plan->n_tensors : 4;

	return plan->n_tensors - random_range(1, n);
}

/* What nothing reads yet is added to the last tensor in the end. */
static nmaccel_tensor_id merge_leaves(struct nmaccel_plan *plan, nmaccel_tensor_id last)
{
	uint32_t n = plan->n_tensors, i;
	nmaccel_tensor_id id;

	for (i = 0; i < n; i++) {
		if (plan->tensors[i].used || i == last)
			continue;
		id = add_linear(plan, i, plan->tensors[last].shape.channels);
		last = add_add(plan, last, id);
	}
	return last;
}

static void random_plan(struct nmaccel_plan *plan)
{
	struct nmaccel_tensor tensor =
		make_tensor(NMACCEL_TYPE_U8, 1, 1, random_range(1, 300), random_range(1, 40));
	uint32_t n = random_range(1, MAX_LAYERS), rows, i, a, b;
	nmaccel_tensor_id id;

	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	for (i = 0; i < n; i++) {
		a = recent(plan);
		b = recent(plan);
		rows = plan->tensors[b].shape.channels;
		if (plan->tensors[a].shape.channels == rows && random_range(0, 1))
			id = add_add(plan, a, b);
		else
			id = add_linear(plan, a, random_range(0, 1) ? rows : random_range(1, 40));
	}
	finish(plan, merge_leaves(plan, id));
}

static void test_random(void **state)
{
	struct nmaccel_device *dev = *state;
	struct nmaccel_plan *plan;
	double ratio, worst = 0, sum = 0;
	int i;

	for (i = 0; i < 400; i++) {
		assert_ok(nmaccel_plan_create(dev, &plan));
		random_plan(plan);
		ratio = check_plan(plan);
		sum += ratio;
		if (ratio > worst)
			worst = ratio;
		nmaccel_plan_unref(plan);
	}
	printf("arena / most live bytes: mean %.3f, worst %.3f of %d networks\n", sum / i, worst,
	       i);
	assert_true(sum / i <= 1.1);
}

/* Chains and residual blocks, as real networks are made of, reach the bound. */
static void test_residual(void **state)
{
	struct nmaccel_device *dev = *state;
	double ratio, worst = 0, sum = 0;
	int block, shape;

	for (shape = 0; shape < 50; shape++) {
		uint32_t width = random_range(8, 64), inner = random_range(1, 64);
		struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_U8, 1, 32, 32, width);
		nmaccel_tensor_id in, id;
		struct nmaccel_plan *plan;

		assert_ok(nmaccel_plan_create(dev, &plan));
		assert_ok(nmaccel_plan_input(plan, &tensor, &in));
		for (block = 0; block < 16; block++) {
			id = add_linear(plan, in, inner);
			id = add_linear(plan, id, inner);
			id = add_linear(plan, id, width);
			in = add_add(plan, in, id);
		}
		finish(plan, in);
		ratio = check_plan(plan);
		sum += ratio;
		if (ratio > worst)
			worst = ratio;
		nmaccel_plan_unref(plan);
	}
	printf("arena / most live bytes: mean %.3f, worst %.3f of %d networks\n", sum / shape,
	       worst, shape);
	assert_true(worst <= 1.1);
}

static int open_device(void **state)
{
	struct nmaccel_device *dev;

	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	*state = dev;
	return 0;
}

static int close_device(void **state)
{
	nmaccel_device_unref(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_residual),
	};

	random_start("plan_arena");
	return cmocka_run_group_tests_name("plan_arena", tests, open_device, close_device);
}
