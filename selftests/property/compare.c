// SPDX-License-Identifier: MIT
/* Run a plan and compare its outputs with the reference's, bit for bit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define GUARD	   64
#define GUARD_BYTE 0xa5
#define MAX_RUNS   4

bool expected_make(const struct random_network *random, struct expected *expected)
{
	const struct ref_network *net = &random->net;
	struct ref_tensor *tensors;
	size_t layer;
	bool ok = true;

	memset(expected, 0, sizeof(*expected));
	tensors = ref_network_run(net, random->batch, (const void *const *)random->inputs, &layer);
	if (!tensors)
		return false;
	for (size_t i = 0; i < net->n_outputs && ok; i++) {
		const struct ref_tensor *tensor = &tensors[net->outputs[i].tensor];

		expected->bytes[i] = ref_tensor_bytes(tensor);
		expected->outputs[i] = malloc(expected->bytes[i]);
		expected->values += ref_tensor_count(tensor);
		ok = expected->outputs[i];
		if (ok)
			ref_tensor_write(tensor, net->outputs[i].layout, expected->outputs[i]);
	}
	ref_network_free_tensors(net, tensors);
	return ok;
}

void expected_free(struct expected *expected)
{
	for (size_t i = 0; i < GENERATE_MAX_LAYERS; i++)
		free(expected->outputs[i]);
}

/* One submission: each output between guards, in malloc'ed memory or in a buffer. */
struct run {
	struct nmaccel_buffer *in_buffers[GENERATE_MAX_INPUTS];
	struct nmaccel_buffer *out_buffers[GENERATE_MAX_LAYERS];
	uint8_t *outputs[GENERATE_MAX_LAYERS]; /* with the guards */
	struct nmaccel_fence *fence;
};

static void run_free(struct run *run)
{
	nmaccel_fence_unref(run->fence);
	for (size_t i = 0; i < GENERATE_MAX_INPUTS; i++)
		nmaccel_buffer_unref(run->in_buffers[i]);
	for (size_t i = 0; i < GENERATE_MAX_LAYERS; i++) {
		if (!run->out_buffers[i])
			free(run->outputs[i]);
		nmaccel_buffer_unref(run->out_buffers[i]);
	}
}

static bool make_buffer(struct nmaccel_device *dev, uint64_t bytes, struct nmaccel_buffer **buf,
			void **addr)
{
	return !nmaccel_buffer_create(dev, bytes, buf) && !nmaccel_buffer_map(*buf, addr);
}

static bool make_input(struct nmaccel_device *dev, const void *memory, size_t bytes, bool buffer,
		       struct nmaccel_buffer **buf, struct nmaccel_io *io)
{
	void *addr;

	io->bytes = bytes;
	if (!buffer) {
		io->data = (void *)(uintptr_t)memory;
		return true;
	}
	if (!make_buffer(dev, bytes + GUARD, buf, &addr))
		return false;
	memcpy((char *)addr + GUARD, memory, bytes);
	io->buffer = *buf;
	io->offset = GUARD;
	return !nmaccel_buffer_sync(*buf, NMACCEL_SYNC_TO_DEVICE, 0, bytes + GUARD);
}

static bool make_output(struct nmaccel_device *dev, size_t bytes, bool buffer,
			struct nmaccel_buffer **buf, uint8_t **memory, struct nmaccel_io *io)
{
	void *addr = NULL;

	if (buffer && !make_buffer(dev, bytes + 2 * GUARD, buf, &addr))
		return false;
	*memory = buffer ? addr : malloc(bytes + 2 * GUARD);
	if (!*memory)
		return false;
	memset(*memory, GUARD_BYTE, bytes + 2 * GUARD);
	io->bytes = bytes;
	if (buffer) {
		io->buffer = *buf;
		io->offset = GUARD;
		return !nmaccel_buffer_sync(*buf, NMACCEL_SYNC_TO_DEVICE, 0, bytes + 2 * GUARD);
	}
	io->data = *memory + GUARD;
	return true;
}

static bool run_start(struct prng *p, struct nmaccel_device *dev, struct nmaccel_plan *plan,
		      const struct random_network *random, const struct expected *expected,
		      struct run *run)
{
	struct nmaccel_io inputs[GENERATE_MAX_INPUTS] = {0};
	struct nmaccel_io outputs[GENERATE_MAX_LAYERS] = {0};

	for (size_t i = 0; i < random->net.n_inputs; i++)
		if (!make_input(dev, random->inputs[i], ref_tensor_bytes(&random->shapes[i]),
				prng_one_in(p, 4), &run->in_buffers[i], &inputs[i]))
			return false;
	for (size_t i = 0; i < random->net.n_outputs; i++)
		if (!make_output(dev, expected->bytes[i], prng_one_in(p, 4), &run->out_buffers[i],
				 &run->outputs[i], &outputs[i]))
			return false;
	return !nmaccel_plan_submit(plan, inputs, outputs, &run->fence);
}

static bool run_wait(struct run *run, const struct expected *expected)
{
	if (nmaccel_fence_wait(run->fence, NMACCEL_WAIT_FOREVER))
		return false;
	for (size_t i = 0; i < GENERATE_MAX_LAYERS; i++)
		if (run->out_buffers[i] &&
		    nmaccel_buffer_sync(run->out_buffers[i], NMACCEL_SYNC_FROM_DEVICE, 0,
					expected->bytes[i] + 2 * GUARD))
			return false;
	return true;
}

static int32_t element(enum ref_type type, const uint8_t *memory, size_t i)
{
	int32_t value;

	if (type == REF_U8)
		return memory[i];
	if (type == REF_S8)
		return (int8_t)memory[i];
	memcpy(&value, memory + i * sizeof(value), sizeof(value));
	return value;
}

static bool guards_hold(const uint8_t *memory, size_t bytes)
{
	for (size_t i = 0; i < GUARD; i++)
		if (memory[i] != GUARD_BYTE || memory[GUARD + bytes + i] != GUARD_BYTE)
			return false;
	return true;
}

static bool output_matches(const struct random_network *random, const struct expected *expected,
			   size_t output, const uint8_t *memory, char *text, size_t len)
{
	const struct ref_output *out = &random->net.outputs[output];
	enum ref_type type = random->shapes[out->tensor].type;
	const uint8_t *want = expected->outputs[output], *got = memory + GUARD;
	size_t count = expected->bytes[output] / ref_type_bytes(type), wrong = 0, first = 0;
	char layer[600];

	if (!guards_hold(memory, expected->bytes[output])) {
		snprintf(text, len, "output %zu: written outside its memory", output);
		return false;
	}
	for (size_t i = count; i-- > 0;) {
		if (element(type, got, i) == element(type, want, i))
			continue;
		first = i;
		wrong++;
	}
	if (!wrong)
		return true;
	generate_describe(random, out->tensor - random->net.n_inputs, layer, sizeof(layer));
	snprintf(text, len,
		 "output %zu (%s, layer %zu: %s): %zu of %zu differ, first [%zu] %d, not %d",
		 output, out->layout == REF_NCHW ? "nchw" : "nhwc",
		 out->tensor - random->net.n_inputs, layer, wrong, count, first,
		 element(type, got, first), element(type, want, first));
	return false;
}

bool compare_runs(struct prng *p, struct nmaccel_device *dev, struct nmaccel_plan *plan,
		  const struct random_network *random, const struct expected *expected, size_t runs,
		  char *text, size_t len)
{
	struct run list[MAX_RUNS] = {0};
	bool ok = runs <= MAX_RUNS;
	size_t started = 0;

	while (ok && started < runs)
		ok = run_start(p, dev, plan, random, expected, &list[started++]);
	for (size_t i = 0; i < runs && ok; i++)
		ok = run_wait(&list[i], expected);
	if (!ok)
		snprintf(text, len, "a run failed: %s", nmaccel_last_error());
	for (size_t i = 0; i < runs && ok; i++)
		for (size_t j = 0; j < random->net.n_outputs && ok; j++)
			ok = output_matches(random, expected, j, list[i].outputs[j], text, len);
	for (size_t i = 0; i < started; i++) {
		/* Memory that a run still writes must outlive it. */
		if (!ok && list[i].fence && nmaccel_fence_wait(list[i].fence, NMACCEL_WAIT_FOREVER))
			continue;
		run_free(&list[i]);
	}
	return ok;
}
