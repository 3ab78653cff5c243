/* SPDX-License-Identifier: MIT */
/*
 * From dense weights to a result: prune one layer to 8:128, pack it, plan it, run it, and compare
 * with the plain loop over the same weights. Needs no file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <nmaccel.h>

#define ROWS 64
#define K    1000

static void check(enum nmaccel_status status)
{
	if (status == NMACCEL_OK)
		return;
	fprintf(stderr, "layer: %s: %s\n", nmaccel_status_name(status), nmaccel_last_error());
	exit(1);
}

/* Any weights will do here; a real program reads those that it has trained. */
static void make_up(int8_t *weights, int8_t *x)
{
	uint32_t state = 1;

	for (size_t i = 0; i < ROWS * K; i++) {
		state = state * 1664525u + 1013904223u;
		weights[i] = (int8_t)((int32_t)(state >> 24) - 128);
		x[i % K] = (int8_t)(state >> 16 & 0x7f);
	}
}

static struct nmaccel_plan *make_plan(struct nmaccel_device *dev, int8_t *weights)
{
	const struct nmaccel_tensor tensor = {
		.type = NMACCEL_TYPE_S8,
		.layout = NMACCEL_LAYOUT_NHWC,
		.batch = 1,
		.height = 1,
		.width = 1,
		.channels = K,
		.quant = {.scale = 1.0f},
	};
	struct nmaccel_pack_options pack = {
		.size = sizeof(pack),
		.pattern = {.kind = NMACCEL_PATTERN_NM, .n = 8, .m = 128},
	};
	struct nmaccel_linear layer = {.size = sizeof(layer), .epilogue.type = NMACCEL_TYPE_S32};
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	struct nmaccel_weight_view view;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;

	check(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, weights,
				       ROWS, K, 1, 1));
	check(nmaccel_prune(&view, &pack.pattern));
	check(nmaccel_weights_pack(&view, &pack, &layer.weights));
	check(nmaccel_weights_query(layer.weights, &info));
	printf("%d x %d weights: %llu bytes packed, %llu dense\n", ROWS, K,
	       (unsigned long long)info.stream_bytes, (unsigned long long)info.dense_bytes);

	check(nmaccel_plan_create(dev, &plan));
	check(nmaccel_plan_input(plan, &tensor, &id));
	check(nmaccel_plan_linear(plan, id, &layer, &id));
	check(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	check(nmaccel_plan_compile(plan, NULL));
	nmaccel_weights_unref(layer.weights);
	return plan;
}

static int count_wrong(const int8_t *weights, const int8_t *x, const int32_t *y)
{
	int wrong = 0;

	for (size_t r = 0; r < ROWS; r++) {
		int32_t sum = 0;

		for (size_t k = 0; k < K; k++)
			sum += weights[r * K + k] * x[k];
		wrong += sum != y[r];
	}
	return wrong;
}

int main(void)
{
	static int8_t weights[ROWS * K], x[K];
	static int32_t y[ROWS];
	const struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};
	const struct nmaccel_io out = {.data = y, .bytes = sizeof(y)};
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	int wrong;

	make_up(weights, x);
	check(nmaccel_device_open(NULL, &dev));
	check(nmaccel_device_query(dev, &info));
	plan = make_plan(dev, weights);
	check(nmaccel_plan_run(plan, &in, &out));
	wrong = count_wrong(weights, x, y);
	printf("%s (%s): %d of %d results differ from the plain loop\n", info.name,
	       info.description, wrong, ROWS);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
	return wrong != 0;
}
