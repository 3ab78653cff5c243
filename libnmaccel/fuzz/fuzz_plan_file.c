// SPDX-License-Identifier: MIT
/*
 * .plan files from a fuzzer, with a fixed container of weights beside them. A plan that loads and
 * is small is also run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "nmaccel.h"
#include "plan_file.h"

#define MAX_RUN_BYTES (1u << 20)
#define MAX_RUN_MACS  (1u << 20)
#define MAX_IO	      8u

static struct nmaccel_device *device;
static struct nmaccel_nmw *container;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct nmaccel_weights *pack(uint32_t rows, uint32_t channels, uint32_t kernel,
				    uint32_t n_groups)
{
	struct nmaccel_pack_options options = {.size = sizeof(options), .n_groups = n_groups};
	struct nmaccel_weights *weights = NULL;
	struct nmaccel_weight_view view;
	int8_t dense[64];
	size_t i;

	for (i = 0; i < sizeof(dense); i++)
		dense[i] = (int8_t)(i % 3 ? 0 : i);
	if (nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, dense, rows,
				     channels, kernel, kernel) ||
	    nmaccel_weights_pack(&view, &options, &weights))
		abort();
	return weights;
}

/* The names that the seeds in corpus/ use. */
static void make_container(void)
{
	const char *const names[] = {"w3", "w1", "g3"};
	struct nmaccel_weights *w3 = pack(3, 2, 3, 1), *w1 = pack(4, 3, 1, 1);
	struct nmaccel_weights *g3 = pack(4, 1, 3, 2);
	const struct nmaccel_weights *const all[] = {w3, w1, g3};
	char dir[] = "/tmp/fuzz-plan-file-XXXXXX", path[64];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/w.nmw", dir);
	if (nmaccel_nmw_save(path, names, all, 3) || nmaccel_nmw_open(path, &container))
		abort();
	unlink(path);
	rmdir(dir);
	nmaccel_weights_unref(w3);
	nmaccel_weights_unref(w1);
	nmaccel_weights_unref(g3);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (nmaccel_device_open("soft", &device))
		abort();
	make_container();
	return 0;
}

static struct nmaccel_io alloc_io(const struct nmaccel_tensor *tensor)
{
	struct nmaccel_io io = {.bytes = nmaccel_tensor_bytes(tensor)};

	io.data = calloc(1, io.bytes);
	if (!io.data)
		abort();
	return io;
}

/* The memory that a caller must give is bounded by the plan's own. */
static void run(struct nmaccel_plan *plan)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_io inputs[MAX_IO], outputs[MAX_IO];
	struct nmaccel_tensor tensor;
	uint32_t i;

	if (nmaccel_plan_query(plan, &info))
		abort();
	if (info.n_inputs > MAX_IO || info.n_outputs > MAX_IO || info.macs > MAX_RUN_MACS ||
	    info.activation_bytes > MAX_RUN_BYTES)
		return;
	for (i = 0; i < info.n_inputs; i++) {
		if (nmaccel_plan_input_tensor(plan, i, &tensor))
			abort();
		inputs[i] = alloc_io(&tensor);
	}
	for (i = 0; i < info.n_outputs; i++) {
		if (nmaccel_plan_output_tensor(plan, i, &tensor))
			abort();
		outputs[i] = alloc_io(&tensor);
	}
	/* What has passed the loader runs. */
	if (nmaccel_plan_run(plan, inputs, outputs)) {
		fprintf(stderr, "%s\n", nmaccel_last_error());
		abort();
	}
	for (i = 0; i < info.n_inputs; i++)
		free(inputs[i].data);
	for (i = 0; i < info.n_outputs; i++)
		free(outputs[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nmaccel_plan *plan;

	if (nmaccel_plan_parse(device, "fuzz", (const char *)data, size, container, 2, &plan))
		return 0;
	run(plan);
	nmaccel_plan_unref(plan);
	return 0;
}
