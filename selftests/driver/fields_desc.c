// SPDX-License-Identifier: MIT
/*
 * Every field of a descriptor, wrong by itself in a descriptor that is good otherwise. The variants
 * are named after the operation and the field.
 */
#include <stddef.h>

#include "ksft_test.h"

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
};

#define CHANNELS     8u
#define CH0	     1u
#define CH	     6u
#define BATCH	     2u
#define HEIGHT	     4u
#define WIDTH	     5u
#define WEIGHT_BYTES 16u

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

FIXTURE(desc)
{
	int fd;
	uint32_t ctx;
	struct drm_nmaccel_dev_info info;
	struct bo bo[N_BUFFERS];
	struct copy copy;
};

FIXTURE_VARIANT(desc)
{
	uint32_t op;
	uint32_t flags;
	/* The field that is wrong, and one that is changed with it. */
	struct {
		size_t at;
		size_t size;
		enum limit from;
		uint64_t value;
	} wrong, also;
};

#define FIELD(field, limit, number)                                                                \
	{                                                                                          \
		offsetof(struct nmaccel_hw_desc, field),                                           \
			sizeof(((struct nmaccel_hw_desc *)NULL)->field), limit, (uint64_t)(number) \
	}

#define WRONG(name, operation, field, value)                                                       \
	FIXTURE_VARIANT_ADD(desc, name)                                                            \
	{                                                                                          \
		.op = NMACCEL_OP_##operation, .wrong = FIELD(field, FROM_ZERO, value),             \
	}

#define ABOVE(name, operation, field, limit)                                                       \
	FIXTURE_VARIANT_ADD(desc, name)                                                            \
	{                                                                                          \
		.op = NMACCEL_OP_##operation, .wrong = FIELD(field, FROM_MAX_##limit, 1),          \
	}

#define WRONG_WITH(name, operation, field, limit, value, field2, limit2, value2)                   \
	FIXTURE_VARIANT_ADD(desc, name)                                                            \
	{                                                                                          \
		.op = NMACCEL_OP_##operation, .wrong = FIELD(field, limit, value),                 \
		.also = FIELD(field2, limit2, value2),                                             \
	}

#include "fields_desc.h"

static bool has_op(const struct drm_nmaccel_dev_info *info, uint32_t op)
{
	if (op == NMACCEL_OP_ADD)
		return info->caps & NMACCEL_CAP_ADD;
	if (op == NMACCEL_OP_POOL_MAX || op == NMACCEL_OP_POOL_AVG)
		return info->caps & NMACCEL_CAP_POOL;
	return true;
}

FIXTURE_SETUP(desc)
{
	unsigned int i;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	if (!has_op(&self->info, variant->op))
		SKIP(return, "the card lacks the operation");
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	for (i = 0; i < N_BUFFERS; i++)
		ASSERT_EQ(0, bo_create(self->fd, 65536, &self->bo[i]));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
}

FIXTURE_TEARDOWN(desc)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	copy_free(&self->copy);
	close(self->fd);
}

/* Entries that end just where a good descriptor ends. */
static int run(struct drm_nmaccel_dev_info *info, int fd, uint32_t ctx, const struct bo *bo,
	       const struct nmaccel_hw_desc *desc, uint64_t *job)
{
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

	submit_init(&submit, fd, ctx);
	for (i = 0; i < N_BUFFERS; i++) {
		submit_buffer(&submit, bo[i].handle,
			      i == OUT ? DRM_NMACCEL_BUFFER_WRITE : DRM_NMACCEL_BUFFER_READ);
		submit.buffers[i].size = sizes[i];
	}
	submit_desc(&submit, desc);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

static uint64_t value_of(const struct drm_nmaccel_dev_info *info, enum limit from, uint64_t value)
{
	const uint64_t limits[] = {
		[FROM_MAX_CHANNELS] = info->max_channels,
		[FROM_MAX_PIXELS] = info->max_pixels,
		[FROM_MAX_KERNEL] = info->max_kernel,
		[FROM_MAX_ROWS] = info->max_rows,
	};

	return limits[from] + value;
}

static void change(struct nmaccel_hw_desc *desc, size_t at, size_t size, uint64_t value)
{
	memcpy((char *)desc + at, &value, size);
}

TEST_F(desc, refused)
{
	struct nmaccel_hw_desc desc = good_desc(variant->op);
	struct drm_nmaccel_ctx_query query;
	uint64_t job = 0;

	desc.flags = variant->flags;
	ASSERT_EQ(0, run(&self->info, self->fd, self->ctx, self->bo, &desc, &job));
	ASSERT_EQ(0, job_error(self->fd, self->ctx, job));

	change(&desc, variant->wrong.at, variant->wrong.size,
	       value_of(&self->info, variant->wrong.from, variant->wrong.value));
	if (variant->also.size)
		change(&desc, variant->also.at, variant->also.size,
		       value_of(&self->info, variant->also.from, variant->also.value));
	EXPECT_EQ(-EINVAL, run(&self->info, self->fd, self->ctx, self->bo, &desc, &job));
	EXPECT_EQ(0, job);
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(1, query.submitted);
}

CARD_TEST_MAIN
