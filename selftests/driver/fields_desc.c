// SPDX-License-Identifier: MIT
/*
 * Every field of a descriptor, wrong by itself in a descriptor that is good otherwise. A test is
 * named after the operation and the field. There are hundreds, so they share a process and a file
 * of each card: what is wrong may depend on what the card can do.
 */
#include <stddef.h>
#include <unistd.h>

#include "kselftest.h"

#include "ksft_nmaccel.h"

enum buffer_index {
	IN,
	OUT,
	IN2,
	WEIGHTS,
	N_BUFFERS,
};

/* What a value is counted from. */
enum limit {
	FROM_ZERO,
	FROM_MAX_CHANNELS,
	FROM_MAX_PIXELS,
	FROM_MAX_KERNEL,
	FROM_MAX_ROWS,
	FROM_HALF_PIXELS,
	/* As many columns as take 2^32 bytes, or more, in a tensor of all channels. */
	FROM_COLUMNS_OF_4G,
};

#define CHANNELS     8u
#define CH0	     1u
#define CH	     6u
#define BATCH	     2u
#define HEIGHT	     4u
#define WIDTH	     5u
#define WEIGHT_BYTES 16u
#define BO_BYTES     65536u

/* The first block, of CH rows without a step. Its parameters are zero as well. */
static uint64_t tensor_bytes(const struct drm_nmaccel_dev_info *info, uint32_t element)
{
	const uint32_t pixels = BATCH * HEIGHT * WIDTH;
	const uint64_t tiles = (pixels + info->columns - 1) / info->columns;

	return ((tiles - 1) * CHANNELS + CH0 + CH) * NMACCEL_PITCH(info->columns, element);
}

static struct nmaccel_hw_tensor good_tensor(uint32_t buffer)
{
	return (struct nmaccel_hw_tensor){
		.buffer = buffer,
		.channels = CHANNELS,
		.ch0 = CH0,
		.ch = CH,
	};
}

static struct nmaccel_hw_desc good_desc(uint32_t op)
{
	struct nmaccel_hw_desc desc = {
		.op = op,
		.in = good_tensor(IN),
		.out = good_tensor(OUT),
		.batch = BATCH,
		.in_h = HEIGHT,
		.in_w = WIDTH,
		.out_h = HEIGHT,
		.out_w = WIDTH,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
		.act_min = -128,
		.act_max = 127,
	};

	if (op == NMACCEL_OP_CONV) {
		desc.weights = WEIGHTS;
		desc.weights_bytes = WEIGHT_BYTES;
		desc.params = WEIGHTS;
		desc.params_offset = WEIGHT_BYTES;
		desc.block_rows = 128;
	}
	if (op == NMACCEL_OP_ADD)
		desc.in2 = good_tensor(IN2);
	return desc;
}

struct rig {
	unsigned int card;
	int fd;
	uint32_t ctx;
	struct drm_nmaccel_dev_info info;
	struct bo bo[N_BUFFERS];
	uint64_t jobs; /* that the context has taken */
};

struct field {
	size_t at;
	size_t size;
	enum limit from;
	uint64_t value;
};

static const struct wrong {
	const char *name;
	uint32_t op;
	uint32_t flags;
	bool roomy; /* buffers that are much larger than what a good descriptor needs */
	/* The field that is wrong, and those that are changed with it. */
	struct field fields[6];
} wrongs[] = {

#define FROM(limit, field, number)                                                                 \
	{                                                                                          \
		offsetof(struct nmaccel_hw_desc, field),                                           \
			sizeof(((struct nmaccel_hw_desc *)NULL)->field), FROM_##limit,             \
			(uint64_t)(number)                                                         \
	}
#define IS(field, number)		     FROM(ZERO, field, number)
#define WRONG_WITH(name, operation, ...)     {#name, NMACCEL_OP_##operation, 0, false, {__VA_ARGS__}},
#define WRONG(name, operation, field, value) WRONG_WITH(name, operation, IS(field, value))
#define ABOVE(name, operation, field, limit)                                                       \
	WRONG_WITH(name, operation, FROM(MAX_##limit, field, 1))
#define WRONG_WITH_ROOM(name, operation, ...)                                                      \
	{#name, NMACCEL_OP_##operation, 0, true, {__VA_ARGS__}},
#define WRONG_S32(name, field, value)                                                              \
	{#name, NMACCEL_OP_CONV, NMACCEL_FLAG_OUT_S32, false, {IS(field, value)}},

#include "fields_desc.h"
};

#define N_WRONGS (sizeof(wrongs) / sizeof(wrongs[0]))

static bool has_op(const struct drm_nmaccel_dev_info *info, uint32_t op)
{
	if (op == NMACCEL_OP_ADD)
		return info->caps & NMACCEL_CAP_ADD;
	if (op == NMACCEL_OP_POOL_MAX || op == NMACCEL_OP_POOL_AVG)
		return info->caps & NMACCEL_CAP_POOL;
	return true;
}

static int rig_init(struct rig *rig, unsigned int card)
{
	unsigned int i;
	int ret;

	memset(rig, 0, sizeof(*rig));
	rig->card = card;
	rig->fd = card_open(card);
	if (rig->fd < 0)
		return rig->fd;
	ret = dev_info(rig->fd, &rig->info);
	if (!ret)
		ret = ctx_create(rig->fd, DRM_NMACCEL_PRIORITY_NORMAL, &rig->ctx);
	for (i = 0; !ret && i < N_BUFFERS; i++)
		ret = bo_create(rig->fd, BO_BYTES, &rig->bo[i]);
	return ret;
}

/* Entries that end just where a good descriptor ends, or are all of their buffers. */
static int run(const struct rig *rig, const struct nmaccel_hw_desc *desc, bool roomy, uint64_t *job)
{
	const struct drm_nmaccel_dev_info *info = &rig->info;
	const uint32_t out_element = desc->flags & NMACCEL_FLAG_OUT_S32 ? 4 : 1;
	const uint64_t sizes[N_BUFFERS] = {
		tensor_bytes(info, 1),
		tensor_bytes(info, out_element),
		tensor_bytes(info, 1),
		WEIGHT_BYTES + CH * sizeof(struct nmaccel_hw_param),
	};
	struct submit submit;
	unsigned int i;
	int ret;

	submit_init(&submit, rig->fd, rig->ctx);
	for (i = 0; i < N_BUFFERS; i++) {
		submit_buffer(&submit, rig->bo[i].handle,
			      i == OUT ? DRM_NMACCEL_BUFFER_WRITE : DRM_NMACCEL_BUFFER_READ);
		submit.buffers[i].size = roomy ? BO_BYTES : sizes[i];
	}
	submit_desc(&submit, desc);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

static uint64_t value_of(const struct drm_nmaccel_dev_info *info, enum limit from, uint64_t value)
{
	const uint64_t tile = (uint64_t)info->max_channels * NMACCEL_PITCH(info->columns, 1);
	const uint64_t limits[] = {
		[FROM_MAX_CHANNELS] = info->max_channels,
		[FROM_MAX_PIXELS] = info->max_pixels,
		[FROM_MAX_KERNEL] = info->max_kernel,
		[FROM_MAX_ROWS] = info->max_rows,
		[FROM_HALF_PIXELS] = info->max_pixels / 2,
		[FROM_COLUMNS_OF_4G] = ((1ull << 32) + tile - 1) / tile * info->columns,
	};

	return limits[from] + value;
}

static void change(struct nmaccel_hw_desc *desc, const struct drm_nmaccel_dev_info *info,
		   const struct field *field)
{
	const uint64_t value = value_of(info, field->from, field->value);

	memcpy((char *)desc + field->at, &value, field->size);
}

/* Good, then wrong: refused, and as if it had never been. The next test shows that all still works.
 */
static bool is_refused(struct rig *rig, const struct wrong *wrong)
{
	struct nmaccel_hw_desc desc = good_desc(wrong->op);
	struct drm_nmaccel_ctx_query query;
	uint64_t job = 0;
	unsigned int i;
	int ret;

	desc.flags = wrong->flags;
	ret = run(rig, &desc, wrong->roomy, &job) ?: job_error(rig->fd, rig->ctx, job);
	if (ret) {
		ksft_print_msg("the good descriptor: %s\n", strerror(-ret));
		return false;
	}
	rig->jobs++;
	for (i = 0; i < sizeof(wrong->fields) / sizeof(wrong->fields[0]); i++)
		change(&desc, &rig->info, &wrong->fields[i]);
	job = 0;
	ret = run(rig, &desc, wrong->roomy, &job);
	/* One that is not refused fails this test, and no other. */
	rig->jobs += !ret;
	if (ret != -EINVAL || job) {
		ksft_print_msg("the wrong one: %s, job %llu\n", strerror(-ret),
			       (unsigned long long)job);
		return false;
	}
	ret = ctx_query(rig->fd, rig->ctx, &query);
	if (ret || query.submitted != rig->jobs) {
		ksft_print_msg("query: %s, %llu jobs\n", strerror(-ret),
			       (unsigned long long)query.submitted);
		return false;
	}
	return true;
}

/* What the card lacks is refused for just that. */
static bool is_unsupported(struct rig *rig, uint32_t op)
{
	const struct nmaccel_hw_desc desc = good_desc(op);
	const int ret = run(rig, &desc, false, NULL);

	if (ret != -EOPNOTSUPP)
		ksft_print_msg("operation %u: %s\n", op, strerror(-ret));
	return ret == -EOPNOTSUPP;
}

static bool still_works(struct rig *rig)
{
	struct copy copy;

	if (!has_op(&rig->info, NMACCEL_OP_POOL_MAX))
		return is_unsupported(rig, NMACCEL_OP_POOL_MAX);
	return !copy_init(&copy, rig->fd, 70, 9) && !copy_run(&copy, rig->ctx);
}

static void try_one(struct rig *rig, const struct wrong *wrong)
{
	const bool passed = has_op(&rig->info, wrong->op) ? is_refused(rig, wrong)
							  : is_unsupported(rig, wrong->op);

	ksft_test_result(passed, "%s, card %u\n", wrong->name, rig->card);
}

static void try_card(struct rig *rig, const char *only)
{
	unsigned int i;

	for (i = 0; i < N_WRONGS; i++)
		if (!only || !strcmp(only, wrongs[i].name))
			try_one(rig, &wrongs[i]);
	ksft_test_result(still_works(rig), "good job after all, card %u\n", rig->card);
}

/* As with the harness: -t NAME for one test. */
int main(int argc, char **argv)
{
	const char *only = argc == 3 && !strcmp(argv[1], "-t") ? argv[2] : NULL;
	const unsigned int cards = card_count() ?: 1;
	struct rig rig;
	unsigned int i;
	int ret;

	ksft_print_header();
	for (i = 0; i < cards; i++) {
		ret = rig_init(&rig, i);
		if (rig.fd < 0 && !card_required())
			ksft_exit_skip("no nmaccel card, or nmaccel.ko is not loaded: %s\n",
				       strerror(-ret));
		if (ret)
			ksft_exit_fail_msg("card, context or buffers: %s\n", strerror(-ret));
		if (!i)
			ksft_set_plan(cards * (only ? 2 : N_WRONGS + 1));
		try_card(&rig, only);
		close(rig.fd);
	}
	ksft_finished();
}
