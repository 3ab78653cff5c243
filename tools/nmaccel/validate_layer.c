/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "bench.h"
#include "fail.h"
#include "validate.h"

static void fill_random(uint64_t *random, int8_t *values, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		values[i] = (int8_t)bench_random(random);
}

void draft_begin(struct draft *draft, struct nmaccel_device *dev, uint64_t seed)
{
	*draft = (struct draft){.random = seed};
	draft->net.dev = nmaccel_device_ref(dev);
	draft->status = nmaccel_plan_create(dev, &draft->net.plan);
}

void draft_input(struct draft *draft, enum nmaccel_type type, uint32_t batch, uint32_t size,
		 uint32_t channels)
{
	struct nmaccel_tensor tensor = {
		.type = type,
		.layout = NMACCEL_LAYOUT_NHWC,
		.batch = batch,
		.height = size,
		.width = size,
		.channels = channels,
		.quant = {.scale = 0.5f, .zero_point = type == NMACCEL_TYPE_U8 ? 100 : -3},
	};

	if (!draft->status)
		draft->status = nmaccel_plan_input(draft->net.plan, &tensor, &draft->at);
	draft->channels = channels;
}

/* Half of them zero, no row like another, and sums that mostly do not saturate. */
static struct nmaccel_weights *make_weights(struct draft *draft, uint32_t rows, uint32_t channels,
					    uint32_t kernel, uint32_t groups)
{
	struct nmaccel_pack_options options = {.size = sizeof(options), .n_groups = groups};
	uint64_t count = (uint64_t)rows * channels * kernel * kernel;
	struct nmaccel_weights *weights = NULL;
	int8_t *values = xcalloc(count, 1);
	float *scales = xcalloc(rows, sizeof(*scales));
	struct nmaccel_weight_view view;

	fill_random(&draft->random, values, count);
	for (uint64_t i = 0; i < count; i++)
		values[i] = values[i] & 1 ? values[i] : 0;
	for (uint32_t r = 0; r < rows; r++)
		scales[r] = 0.00002f * (float)(1 + bench_random(&draft->random) % 50);
	options.scales = scales;
	draft->status = nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8,
						 values, rows, channels, kernel, kernel);
	if (!draft->status)
		draft->status = nmaccel_weights_pack(&view, &options, &weights);
	free(scales);
	free(values);
	return weights;
}

static struct nmaccel_epilogue make_epilogue(enum nmaccel_type type)
{
	return (struct nmaccel_epilogue){
		.type = type,
		.quant = {.scale = 0.25f, .zero_point = type == NMACCEL_TYPE_U8 ? 120 : 5},
		.activation = type == NMACCEL_TYPE_U8 ? NMACCEL_ACT_RELU : NMACCEL_ACT_NONE,
	};
}

static int32_t *make_bias(struct draft *draft, uint32_t rows)
{
	int32_t *bias = xcalloc(rows, sizeof(*bias));

	for (uint32_t r = 0; r < rows; r++)
		bias[r] = (int32_t)(bench_random(&draft->random) % 20001) - 10000;
	return bias;
}

void draft_linear(struct draft *draft, uint32_t rows, enum nmaccel_type type)
{
	struct nmaccel_linear layer = {.size = sizeof(layer), .epilogue = make_epilogue(type)};
	int32_t *bias;

	if (draft->status)
		return;
	layer.weights = make_weights(draft, rows, draft->channels, 1, 1);
	bias = make_bias(draft, rows);
	layer.bias_s32 = bias;
	if (!draft->status)
		draft->status = nmaccel_plan_linear(draft->net.plan, draft->at, &layer, &draft->at);
	free(bias);
	nmaccel_weights_unref(layer.weights);
	draft->channels = rows;
}

void draft_conv(struct draft *draft, uint32_t rows, uint32_t kernel, uint32_t groups,
		const struct nmaccel_window *window, enum nmaccel_type type)
{
	struct nmaccel_conv2d layer = {
		.size = sizeof(layer), .window = *window, .epilogue = make_epilogue(type)};
	int32_t *bias;

	if (draft->status)
		return;
	layer.weights = make_weights(draft, rows, draft->channels / groups, kernel, groups);
	bias = make_bias(draft, rows);
	layer.bias_s32 = bias;
	if (!draft->status)
		draft->status = nmaccel_plan_conv2d(draft->net.plan, draft->at, &layer, &draft->at);
	free(bias);
	nmaccel_weights_unref(layer.weights);
	draft->channels = rows;
}

void draft_add(struct draft *draft, nmaccel_tensor_id other, enum nmaccel_type type)
{
	struct nmaccel_epilogue epilogue = make_epilogue(type);

	if (!draft->status)
		draft->status =
			nmaccel_plan_add(draft->net.plan, draft->at, other, &epilogue, &draft->at);
}

void draft_pool(struct draft *draft, enum nmaccel_pool_kind kind, uint32_t kernel,
		const struct nmaccel_window *window, uint32_t count_padding)
{
	struct nmaccel_pool2d layer = {
		.size = sizeof(layer),
		.kind = kind,
		.kernel_h = kernel,
		.kernel_w = kernel,
		.window = *window,
		.count_padding = count_padding,
		.epilogue = make_epilogue(NMACCEL_TYPE_S8),
	};

	if (!draft->status)
		draft->status = nmaccel_plan_pool2d(draft->net.plan, draft->at, &layer, &draft->at);
}

void draft_output(struct draft *draft)
{
	if (!draft->status)
		draft->status =
			nmaccel_plan_output(draft->net.plan, draft->at, NMACCEL_LAYOUT_NHWC);
}

void draft_run(struct draft *draft)
{
	struct network *net = &draft->net;

	if (!draft->status)
		draft->status = nmaccel_plan_compile(net->plan, NULL);
	if (draft->status)
		return;
	if (network_finish(net, "plan") < 0) {
		draft->status = NMACCEL_ERR_NO_MEMORY;
		draft->error = fail_last_text();
		return;
	}
	for (uint32_t i = 0; i < net->info.n_inputs; i++)
		fill_random(&draft->random, net->input_io[i].data, net->input_io[i].bytes);
	draft->status = nmaccel_plan_run(net->plan, net->input_io, net->output_io);
}

void draft_end(struct draft *draft)
{
	network_fini(&draft->net);
}

const char *draft_error(const struct draft *draft)
{
	return draft->error ? draft->error : nmaccel_last_error();
}
