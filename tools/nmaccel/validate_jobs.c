/* SPDX-License-Identifier: MIT */
/* One job of each kind on the device, and the same on the CPU: every bit must agree. */
#include <inttypes.h>
#include <string.h>

#include "fail.h"
#include "validate.h"

static void linear_s8(struct draft *d)
{
	draft_input(d, NMACCEL_TYPE_S8, 37, 1, 300);
	draft_linear(d, 70, NMACCEL_TYPE_S8);
}

static void linear_u8(struct draft *d)
{
	draft_input(d, NMACCEL_TYPE_U8, 65, 1, 129);
	draft_linear(d, 33, NMACCEL_TYPE_U8);
}

static void linear_s32(struct draft *d)
{
	draft_input(d, NMACCEL_TYPE_S8, 3, 1, 256);
	draft_linear(d, 600, NMACCEL_TYPE_S32);
}

static void linear_f32(struct draft *d)
{
	draft_input(d, NMACCEL_TYPE_U8, 5, 1, 64);
	draft_linear(d, 10, NMACCEL_TYPE_F32);
}

static const struct nmaccel_window plain;

static void conv_3x3(struct draft *d)
{
	static const struct nmaccel_window window = {
		.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};

	draft_input(d, NMACCEL_TYPE_U8, 2, 9, 20);
	draft_conv(d, 24, 3, 1, &window, NMACCEL_TYPE_U8);
}

static void conv_stride(struct draft *d)
{
	static const struct nmaccel_window window = {
		.stride_h = 2, .stride_w = 3, .pad_top = 2, .pad_right = 1};

	draft_input(d, NMACCEL_TYPE_S8, 3, 11, 5);
	draft_conv(d, 7, 4, 1, &window, NMACCEL_TYPE_S8);
}

static void conv_dilation(struct draft *d)
{
	static const struct nmaccel_window window = {.dilation_h = 3, .dilation_w = 2};

	draft_input(d, NMACCEL_TYPE_S8, 1, 12, 16);
	draft_conv(d, 9, 3, 1, &window, NMACCEL_TYPE_S32);
}

static void conv_groups(struct draft *d)
{
	draft_input(d, NMACCEL_TYPE_U8, 1, 8, 24);
	draft_conv(d, 12, 2, 4, &plain, NMACCEL_TYPE_S8);
}

static void add(struct draft *d)
{
	nmaccel_tensor_id first;

	draft_input(d, NMACCEL_TYPE_U8, 3, 5, 17);
	first = d->at;
	draft_input(d, NMACCEL_TYPE_S8, 3, 5, 17);
	draft_add(d, first, NMACCEL_TYPE_S8);
}

static void pool_max(struct draft *d)
{
	static const struct nmaccel_window window = {
		.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1};

	draft_input(d, NMACCEL_TYPE_U8, 2, 13, 19);
	draft_pool(d, NMACCEL_POOL_MAX, 3, &window, 0);
}

static void pool_average(struct draft *d)
{
	static const struct nmaccel_window window = {.pad_top = 1, .pad_left = 1};

	draft_input(d, NMACCEL_TYPE_S8, 2, 7, 40);
	draft_pool(d, NMACCEL_POOL_AVERAGE, 3, &window, 0);
}

static void pool_average_padded(struct draft *d)
{
	static const struct nmaccel_window window = {.pad_bottom = 2, .pad_right = 1};

	draft_input(d, NMACCEL_TYPE_S8, 1, 6, 40);
	draft_pool(d, NMACCEL_POOL_AVERAGE, 4, &window, 1);
}

/* A small residual network, of several descriptors. */
static void network(struct draft *d)
{
	static const struct nmaccel_window window = {
		.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
	nmaccel_tensor_id skip;

	draft_input(d, NMACCEL_TYPE_U8, 2, 10, 3);
	draft_conv(d, 16, 3, 1, &window, NMACCEL_TYPE_S8);
	skip = d->at;
	draft_conv(d, 16, 3, 2, &window, NMACCEL_TYPE_S8);
	draft_add(d, skip, NMACCEL_TYPE_S8);
	draft_pool(d, NMACCEL_POOL_AVERAGE, 0, &plain, 0);
	draft_linear(d, 10, NMACCEL_TYPE_F32);
}

static const struct {
	const char *name;
	void (*build)(struct draft *draft);
} kinds[] = {
	{"linear, 8 bits signed", linear_s8},
	{"linear, 8 bits unsigned, ReLU", linear_u8},
	{"linear, 32-bit sums", linear_s32},
	{"linear, real values", linear_f32},
	{"convolution 3x3, padded", conv_3x3},
	{"convolution 4x4, strided", conv_stride},
	{"convolution 3x3, dilated", conv_dilation},
	{"convolution 2x2, grouped", conv_groups},
	{"addition", add},
	{"maximum pool", pool_max},
	{"average pool", pool_average},
	{"average pool, padding counted", pool_average_padded},
	{"network of several layers", network},
};

static void run_kind(size_t kind, struct nmaccel_device *dev, uint64_t seed, struct draft *draft)
{
	draft_begin(draft, dev, seed);
	kinds[kind].build(draft);
	draft_output(draft);
	draft_run(draft);
}

static void compare(struct validate *v, size_t kind, const struct draft *ours,
		    const struct draft *reference)
{
	const uint8_t *a = ours->net.output_io[0].data, *b = reference->net.output_io[0].data;
	uint64_t bytes = reference->net.output_io[0].bytes;

	for (uint64_t i = 0; i < bytes; i++) {
		if (a[i] == b[i])
			continue;
		validate_report(v, "jobs", kinds[kind].name, VALIDATE_FAIL,
				"byte %" PRIu64 " of %" PRIu64 " is 0x%02x, and 0x%02x on the CPU",
				i, bytes, a[i], b[i]);
		return;
	}
	validate_report(v, "jobs", kinds[kind].name, VALIDATE_PASS, "%" PRIu64 " bytes agree",
			bytes);
}

static void validate_kind(struct validate *v, size_t kind, struct nmaccel_device *reference)
{
	struct draft ours, theirs;

	run_kind(kind, v->dev, v->seed + kind, &ours);
	if (ours.status == NMACCEL_ERR_UNSUPPORTED) {
		validate_report(v, "jobs", kinds[kind].name, VALIDATE_SKIP, "%s",
				draft_error(&ours));
		draft_end(&ours);
		return;
	}
	if (ours.status) {
		validate_report(v, "jobs", kinds[kind].name, VALIDATE_FAIL, "%s",
				draft_error(&ours));
		draft_end(&ours);
		return;
	}
	run_kind(kind, reference, v->seed + kind, &theirs);
	if (theirs.status)
		validate_report(v, "jobs", kinds[kind].name, VALIDATE_FAIL, "on the CPU: %s",
				draft_error(&theirs));
	else
		compare(v, kind, &ours, &theirs);
	draft_end(&theirs);
	draft_end(&ours);
}

void validate_jobs(struct validate *v)
{
	/* A CPU backend is compared with the other, which shares no kernels with it. */
	const char *name = strcmp(v->info.backend, "soft") ? "soft" : "model";
	struct nmaccel_device *reference = NULL;

	if (nmaccel_device_open(name, &reference)) {
		validate_report(v, "jobs", "reference", VALIDATE_FAIL, "%s", nmaccel_last_error());
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		validate_kind(v, i, reference);
	nmaccel_device_unref(reference);
}
