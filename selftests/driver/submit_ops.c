// SPDX-License-Identifier: MIT
/* Every operation on random shapes, compared bit for bit with plain loops. */
#include "ksft_case.h"
#include "ksft_test.h"

FIXTURE(ops)
{
	int fd;
	uint32_t ctx;
	struct drm_nmaccel_dev_info info;
};

FIXTURE_VARIANT(ops)
{
	struct case_range range;
	unsigned int cases;
};

#define OPS(name, operation, number, ...)                                                          \
	FIXTURE_VARIANT_ADD(ops, name)                                                             \
	{                                                                                          \
		.cases = number, .range = {.op = NMACCEL_OP_##operation, __VA_ARGS__},             \
	}

#define S32   .flags = NMACCEL_FLAG_OUT_S32
#define VALID .flags = NMACCEL_FLAG_COUNT_VALID

OPS(conv, CONV, 60, .loose = false);
OPS(conv_loose_stream, CONV, 40, .loose = true);
OPS(conv_extreme, CONV, 60, .extreme = true);
OPS(conv_s32, CONV, 40, S32);
OPS(conv_s32_extreme, CONV, 40, S32, .extreme = true, .loose = true);
/* More channels than a block has, so that groups end short. */
OPS(conv_channels_128, CONV, 12, .channels = 400, .size = 5, .kernel = 2, .block_rows = 128);
OPS(conv_channels, CONV, 12, .channels = 600, .size = 5, .kernel = 2);
OPS(conv_kernel, CONV, 10, .kernel = 11, .size = 20, .channels = 6, .rows = 8);
OPS(conv_linear, CONV, 20, .size = 1, .kernel = 1, .batch = 150, .channels = 300, .rows = 30);
OPS(conv_one_pixel, CONV, 20, .size = 1, .batch = 1);
OPS(conv_most_rows, CONV, 2, .rows = 0xffff, .one_size = true, .size = 3, .kernel = 1, .batch = 1,
    .channels = 40);
OPS(conv_most_rows_s32, CONV, 2, S32, .rows = 0xffff, .one_size = true, .size = 3, .kernel = 1,
    .batch = 1, .channels = 40);
OPS(conv_wide, CONV, 4, .size = 60, .kernel = 3, .channels = 4, .rows = 4, .batch = 2);
OPS(add, ADD, 60, .loose = false);
OPS(add_extreme, ADD, 100, .extreme = true);
OPS(add_many_channels, ADD, 10, .channels = 700, .size = 6);
OPS(pool_max, POOL_MAX, 60, .loose = false);
OPS(pool_max_extreme, POOL_MAX, 60, .extreme = true);
OPS(pool_max_kernel, POOL_MAX, 20, .kernel = 40, .size = 30, .channels = 5);
OPS(pool_avg, POOL_AVG, 60, .loose = false);
OPS(pool_avg_extreme, POOL_AVG, 100, .extreme = true);
OPS(pool_avg_valid, POOL_AVG, 60, VALID);
OPS(pool_avg_valid_extreme, POOL_AVG, 100, VALID, .extreme = true);
OPS(pool_avg_kernel, POOL_AVG, 20, VALID, .kernel = 40, .size = 30, .channels = 5);
OPS(pool_avg_most_kernel, POOL_AVG, 2, .kernel = 0xffff, .one_size = true, .size = 10,
    .channels = 2, .batch = 1);

FIXTURE_SETUP(ops)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	if (!case_possible(&self->info, variant->range.op))
		SKIP(return, "the card lacks the operation");
	if (variant->range.block_rows > self->info.block_rows)
		SKIP(return, "the card's blocks are smaller");
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
}

FIXTURE_TEARDOWN(ops)
{
	close(self->fd);
}

TEST_F(ops, as_the_loops)
{
	struct op_case op_case;
	struct prng prng;
	unsigned int i;

	prng_init(&prng, variant->range.op * 1000 + variant->cases);
	for (i = 0; i < effort(variant->cases); i++) {
		const uint64_t seed = prng.state;

		case_init(&op_case, &self->info, &variant->range, &prng);
		EXPECT_EQ(0, case_run(&op_case, self->fd, self->ctx))
		{
			TH_LOG("case %u, from state %llx", i, (unsigned long long)seed);
		}
		case_free(&op_case);
	}
}

CARD_TEST_MAIN
