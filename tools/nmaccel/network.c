/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fail.h"
#include "tree.h"

int network_open_device(struct network *net, const char *backend)
{
	enum nmaccel_status status = nmaccel_device_open(backend, &net->dev);

	if (status == NMACCEL_ERR_NO_MEMORY || status == NMACCEL_ERR_INVALID)
		return fail_library(status, "device");
	if (status != NMACCEL_OK)
		return fail(FAIL_NO_DEVICE, "device: %s", nmaccel_last_error());
	net->device.size = sizeof(net->device);
	status = nmaccel_device_query(net->dev, &net->device);
	if (status != NMACCEL_OK)
		return fail_library(status, "device");
	if (net->device.notice[0])
		fprintf(stderr, "nmaccel: note: %s: %s\n", net->device.name, net->device.notice);
	return 0;
}

static int make_io(const struct nmaccel_tensor *tensor, struct nmaccel_io *io, const char *name)
{
	uint64_t bytes = nmaccel_tensor_bytes(tensor);

	if (!bytes)
		return fail(FAIL_INPUT, "%s: a tensor's size overflows; take a smaller --batch",
			    name);
	io->bytes = bytes;
	io->data = calloc(bytes, 1);
	return io->data ? 0
			: fail(FAIL_SYSTEM, "no memory for %" PRIu64 " bytes of tensors", bytes);
}

int network_finish(struct network *net, const char *name)
{
	enum nmaccel_status status;

	net->info.size = sizeof(net->info);
	status = nmaccel_plan_query(net->plan, &net->info);
	if (status != NMACCEL_OK)
		return fail_library(status, "%s", name);
	net->inputs = xcalloc(net->info.n_inputs, sizeof(*net->inputs));
	net->outputs = xcalloc(net->info.n_outputs, sizeof(*net->outputs));
	net->input_io = xcalloc(net->info.n_inputs, sizeof(*net->input_io));
	net->output_io = xcalloc(net->info.n_outputs, sizeof(*net->output_io));
	for (uint32_t i = 0; i < net->info.n_inputs; i++) {
		status = nmaccel_plan_input_tensor(net->plan, i, &net->inputs[i]);
		if (status != NMACCEL_OK)
			return fail_library(status, "%s", name);
		if (make_io(&net->inputs[i], &net->input_io[i], name) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < net->info.n_outputs; i++) {
		status = nmaccel_plan_output_tensor(net->plan, i, &net->outputs[i]);
		if (status != NMACCEL_OK)
			return fail_library(status, "%s", name);
		if (make_io(&net->outputs[i], &net->output_io[i], name) < 0)
			return -1;
	}
	return 0;
}

int network_load(struct network *net, const char *backend, const char *path, uint32_t batch)
{
	enum nmaccel_status status;

	*net = (struct network){0};
	if (network_open_device(net, backend) < 0)
		return -1;
	status = nmaccel_plan_load(net->dev, path, batch, &net->plan);
	if (status != NMACCEL_OK)
		return fail_library(status, "%s", path);
	return network_finish(net, path);
}

int network_run(struct network *net, struct nmaccel_run_stats *stats)
{
	struct nmaccel_run_stats one = {.size = sizeof(one)};
	struct nmaccel_fence *fence;
	enum nmaccel_status status =
		nmaccel_plan_submit(net->plan, net->input_io, net->output_io, &fence);

	if (status != NMACCEL_OK)
		return fail_library(status, "run");
	status = nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER);
	if (status == NMACCEL_OK)
		status = nmaccel_fence_stats(fence, &one);
	nmaccel_fence_unref(fence);
	if (status != NMACCEL_OK)
		return fail_library(status, "run");
	stats->run_ns += one.run_ns;
	stats->steps += one.steps;
	stats->loads += one.loads;
	return 0;
}

static void free_ios(struct nmaccel_io *ios, uint32_t count)
{
	for (uint32_t i = 0; ios && i < count; i++)
		free(ios[i].data);
	free(ios);
}

void network_fini(struct network *net)
{
	free_ios(net->input_io, net->info.n_inputs);
	free_ios(net->output_io, net->info.n_outputs);
	free(net->inputs);
	free(net->outputs);
	nmaccel_plan_unref(net->plan);
	nmaccel_device_unref(net->dev);
	*net = (struct network){0};
}

void network_put_device(struct json_object *tree, const struct network *net)
{
	struct json_object *device = tree_object(tree, "device");

	tree_text(device, "name", net->device.name);
	tree_text(device, "backend", net->device.backend);
	tree_text(device, "description", net->device.description);
	tree_u64(device, "engines", net->device.engines);
}

void network_put_plan(struct json_object *tree, const struct network *net)
{
	const struct nmaccel_plan_info *info = &net->info;
	struct json_object *plan = tree_object(tree, "plan");
	uint64_t needed = info->weight_bytes + info->max_in_flight * info->activation_bytes;

	tree_u64(plan, "layers", info->n_layers);
	tree_u64(plan, "descriptors", info->n_descs);
	tree_u64(plan, "max_in_flight", info->max_in_flight);
	tree_u64(plan, "weight_bytes", info->weight_bytes);
	tree_u64(plan, "activation_bytes", info->activation_bytes);
	tree_u64(plan, "peak_bytes", info->peak_bytes);
	tree_real(plan, "peak_over_needed_percent",
		  needed ? 100.0 * (double)info->peak_bytes / (double)needed - 100.0 : 0, 2);
	tree_u64(plan, "steps", info->steps);
	tree_u64(plan, "macs", info->macs);
	tree_u64(plan, "nonzero_macs", info->nonzero_macs);
}

const char *network_type_name(enum nmaccel_type type)
{
	switch (type) {
	case NMACCEL_TYPE_S8:
		return "s8";
	case NMACCEL_TYPE_U8:
		return "u8";
	case NMACCEL_TYPE_S32:
		return "s32";
	case NMACCEL_TYPE_F32:
		return "f32";
	}
	return "unknown";
}
