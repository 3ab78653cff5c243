// SPDX-License-Identifier: GPL-2.0-only
/* The driver's check of descriptors, in user space: fields, extents, overflows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nmaccel_validate.h"

#include <cmocka.h>

#define AT(field)  ((u32)offsetof(struct nmaccel_hw_desc, field))
#define BUFFERS	   6
#define BUFFER_MAX (1ull << 40)

static const struct nmaccel_limits card = {
	.caps = NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL,
	.columns = 64,
	.block_rows = 128,
	.max_rows = 512,
	.max_channels = 4096,
	.max_pixels = 1u << 24,
	.max_kernel = 31,
};

/* in, in2, out, weights, params, and one that is neither read nor written. */
static const struct nmaccel_extent whole[BUFFERS] = {
	{BUFFER_MAX, NMACCEL_BUF_READ}, {BUFFER_MAX, NMACCEL_BUF_READ},
	{BUFFER_MAX, NMACCEL_BUF_WRITE}, {BUFFER_MAX, NMACCEL_BUF_READ},
	{BUFFER_MAX, NMACCEL_BUF_READ}, {BUFFER_MAX, 0},
};

static struct nmaccel_hw_desc valid(u32 op)
{
	struct nmaccel_hw_desc desc = {
		.op = op,
		.in = {.buffer = 0, .channels = 64, .ch0 = 16, .ch = 32},
		.out = {.buffer = 2, .channels = 64, .ch0 = 8, .ch = 32},
		.batch = 3,
		.in_h = 10, .in_w = 12, .out_h = 10, .out_w = 12,
		.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
		.dilation_h = 1, .dilation_w = 1,
		.act_min = -128, .act_max = 127,
	};

	if (op == NMACCEL_OP_ADD)
		desc.in2 = (struct nmaccel_hw_tensor){.buffer = 1, .channels = 40, .ch = 32};
	if (op == NMACCEL_OP_CONV) {
		desc.weights = 3;
		desc.params = 4;
		desc.weights_bytes = 4096;
		desc.block_rows = 128;
	}
	return desc;
}

static int check(const struct nmaccel_hw_desc *desc, const struct nmaccel_extent *extents,
		 struct nmaccel_invalid *invalid)
{
	*invalid = (struct nmaccel_invalid){0};
	return nmaccel_validate_desc(&card, extents, BUFFERS, desc, invalid);
}

static void test_valid(void **state)
{
	struct nmaccel_invalid invalid;
	u32 op;

	(void)state;
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		struct nmaccel_hw_desc desc = valid(op);

		assert_int_equal(check(&desc, whole, &invalid), 0);
	}
}

/* One field of a valid descriptor set to a value that is wrong. */
struct bad {
	u32 op;
	u32 at;
	u32 value;
};

#define CONV NMACCEL_OP_CONV
#define ADD  NMACCEL_OP_ADD
#define MAX  NMACCEL_OP_POOL_MAX
#define AVG  NMACCEL_OP_POOL_AVG

static const struct bad bad_fields[] = {
	{CONV, AT(op), 0}, {CONV, AT(op), 5}, {CONV, AT(op), UINT32_MAX},
	{CONV, AT(flags), 2}, {CONV, AT(flags), 0x80000000}, {ADD, AT(flags), 1},
	{MAX, AT(flags), 2}, {AVG, AT(flags), 1},
	{CONV, AT(in.buffer), BUFFERS}, {CONV, AT(in.buffer), UINT32_MAX}, {CONV, AT(in.buffer), 2},
	{CONV, AT(in.channels), 0}, {CONV, AT(in.channels), 4097}, {CONV, AT(in.ch0), 64},
	{CONV, AT(in.ch), 0}, {CONV, AT(in.ch), 49}, {CONV, AT(in.ch), UINT32_MAX},
	{CONV, AT(in.offset), 8}, {CONV, AT(in2.buffer), 1}, {CONV, AT(in2.channels), 1},
	{CONV, AT(in2.offset), 16}, {MAX, AT(in2.ch0), 1}, {AVG, AT(in2.ch), 1},
	{ADD, AT(in2.buffer), BUFFERS}, {ADD, AT(in2.buffer), 5}, {ADD, AT(in2.channels), 0},
	{ADD, AT(in2.ch0), 40}, {ADD, AT(in2.ch), 31}, {ADD, AT(in2.offset), 1},
	{CONV, AT(out.buffer), BUFFERS}, {CONV, AT(out.buffer), 0}, {CONV, AT(out.channels), 0},
	{CONV, AT(out.ch0), 64}, {CONV, AT(out.ch), 57}, {MAX, AT(out.ch), 31},
	{CONV, AT(out.offset), 4},
	{CONV, AT(weights), BUFFERS}, {CONV, AT(weights), 2}, {ADD, AT(weights), 1},
	{CONV, AT(params), BUFFERS}, {CONV, AT(params), 5}, {MAX, AT(params), 1},
	{CONV, AT(weights_offset), 1}, {AVG, AT(weights_offset), 16}, {ADD, AT(weights_bytes), 16},
	{CONV, AT(params_offset), 2}, {MAX, AT(params_offset), 16},
	{CONV, AT(batch), 0}, {CONV, AT(batch), (1u << 24) / 120 + 1},
	{CONV, AT(in_h), 0}, {CONV, AT(in_w), 0}, {CONV, AT(in_h), (1u << 24) + 1},
	{CONV, AT(in_w), UINT32_MAX}, {CONV, AT(in_h), 1u << 21}, {CONV, AT(out_h), 0},
	{CONV, AT(out_w), 0}, {CONV, AT(out_h), UINT32_MAX}, {CONV, AT(out_w), 1u << 21},
	{ADD, AT(out_h), 9}, {ADD, AT(out_w), 11},
	{CONV, AT(kernel_h), 0}, {CONV, AT(kernel_h), 32}, {CONV, AT(kernel_w), 0},
	{CONV, AT(kernel_w), 32}, {CONV, AT(stride_h), 0}, {CONV, AT(stride_w), 32},
	{CONV, AT(dilation_h), 0}, {CONV, AT(dilation_w), UINT32_MAX}, {CONV, AT(stride_w), 0},
	{CONV, AT(stride_h), 32}, {CONV, AT(dilation_h), 32}, {CONV, AT(dilation_w), 0},
	{ADD, AT(kernel_h), 2}, {ADD, AT(kernel_w), 2}, {ADD, AT(stride_h), 2},
	{ADD, AT(stride_w), 2}, {ADD, AT(dilation_h), 2}, {ADD, AT(dilation_w), 2},
	{CONV, AT(pad_top), 32}, {CONV, AT(pad_left), UINT32_MAX}, {ADD, AT(pad_top), 1},
	{ADD, AT(pad_left), 1},
	{CONV, AT(in_zero), 128}, {CONV, AT(in_zero), (u32)-129}, {CONV, AT(in2_zero), 1},
	{ADD, AT(in2_zero), 128}, {CONV, AT(out_zero), 128}, {CONV, AT(act_min), (u32)-129},
	{CONV, AT(act_max), 128}, {CONV, AT(act_max), (u32)-200},
	{CONV, AT(scale), 1}, {MAX, AT(scale), 1}, {CONV, AT(scale2), 1}, {AVG, AT(scale2), 1},
	{CONV, AT(block_rows), 0}, {CONV, AT(block_rows), 64}, {CONV, AT(block_rows), 256},
	{ADD, AT(block_rows), 128},
	{CONV, AT(reserved[0]), 1}, {ADD, AT(reserved[7]), 1}, {AVG, AT(reserved[14]), 1},
};

static void test_fields(void **state)
{
	struct nmaccel_invalid invalid;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad_fields); i++) {
		const struct bad *bad = &bad_fields[i];
		struct nmaccel_hw_desc desc = valid(bad->op);

		memcpy((char *)&desc + bad->at, &bad->value, sizeof(bad->value));
		if (check(&desc, whole, &invalid) != -EINVAL || !invalid.why)
			fail_msg("operation %u, field at %u: %u is taken", bad->op, bad->at,
				 bad->value);
	}
	printf("%zu bad fields\n", ARRAY_SIZE(bad_fields));
}

/* Every word of the descriptor is looked at: all ones never pass, but in the fields named. */
static void test_every_word(void **state)
{
	struct nmaccel_invalid invalid;
	u32 op, at;

	(void)state;
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		for (at = 0; at < sizeof(struct nmaccel_hw_desc); at += 4) {
			struct nmaccel_hw_desc desc = valid(op);
			bool free = at == AT(in_zero) || at == AT(out_zero) ||
				    (op == ADD && at == AT(in2_zero)) || at == AT(act_min) ||
				    at == AT(act_max) ||
				    ((op == ADD || op == AVG) && at == AT(scale)) ||
				    (op == ADD && at == AT(scale2));

			memset((char *)&desc + at, 0xff, 4);
			/* The low half of weights_bytes alone stays within the buffer. */
			free |= op == CONV && at == AT(weights_bytes);
			if ((check(&desc, whole, &invalid) == 0) != free)
				fail_msg("operation %u, word at %u", op, at);
		}
	}
}

static void test_capabilities(void **state)
{
	struct nmaccel_limits bare = card;
	struct nmaccel_invalid invalid;
	u32 op;

	(void)state;
	bare.caps = 0;
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		struct nmaccel_hw_desc desc = valid(op);

		assert_int_equal(nmaccel_validate_desc(&bare, whole, BUFFERS, &desc, &invalid),
				 op == CONV ? 0 : -EOPNOTSUPP);
	}
}

static void test_wide(void **state)
{
	struct nmaccel_hw_desc desc = valid(CONV);
	struct nmaccel_invalid invalid;

	(void)state;
	desc.flags = NMACCEL_FLAG_OUT_S32;
	desc.act_min = INT32_MIN;
	desc.act_max = INT32_MAX;
	assert_int_equal(check(&desc, whole, &invalid), 0);
	desc.out_zero = 1;
	assert_int_equal(check(&desc, whole, &invalid), -EINVAL);
	assert_int_equal(invalid.field, AT(out_zero));
}

static void test_overflow(void **state)
{
	static const u64 offsets[] = {BUFFER_MAX, BUFFER_MAX - 16, 1ull << 63, UINT64_MAX - 15};
	static const u32 fields[] = {AT(in.offset), AT(out.offset), AT(weights_offset),
				     AT(weights_bytes), AT(params_offset)};
	struct nmaccel_invalid invalid;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		for (j = 0; j < ARRAY_SIZE(offsets); j++) {
			struct nmaccel_hw_desc desc = valid(CONV);

			desc.weights_offset = 32;
			memcpy((char *)&desc + fields[i], &offsets[j], sizeof(offsets[j]));
			assert_int_equal(check(&desc, whole, &invalid), -EINVAL);
		}
	}
}

static u32 rng_state;

static u32 rng(u32 n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 17;
	rng_state ^= rng_state << 5;
	return rng_state % n;
}

/* The end of the furthest element, column by column and channel by channel. */
static u64 naive_end(const struct nmaccel_hw_tensor *tensor, u32 pixels, u32 element)
{
	u64 pitch = (u64)(card.columns * element + 15) / 16 * 16;
	u64 end = 0, here;
	u32 p, c;

	for (p = 0; p < pixels; p++) {
		for (c = tensor->ch0; c < tensor->ch0 + tensor->ch; c++) {
			here = tensor->offset + p / card.columns * tensor->channels * pitch +
			       c * pitch + pitch;
			end = here > end ? here : end;
		}
	}
	return end;
}

static void random_tensor(struct nmaccel_hw_tensor *tensor, u32 ch)
{
	tensor->ch = ch;
	tensor->ch0 = rng(5);
	tensor->channels = tensor->ch0 + ch + rng(5);
	tensor->offset = 16ull * rng(100);
}

static void check_exact(const struct nmaccel_hw_desc *desc, u32 buffer, u64 end)
{
	struct nmaccel_extent extents[BUFFERS];
	struct nmaccel_invalid invalid;

	memcpy(extents, whole, sizeof(extents));
	extents[buffer].size = end;
	assert_int_equal(check(desc, extents, &invalid), 0);
	extents[buffer].size = end - 1;
	assert_int_equal(check(desc, extents, &invalid), -EINVAL);
}

static void test_extents(void **state)
{
	const char *given = getenv("NMACCEL_SEED");
	u32 i;

	(void)state;
	rng_state = given ? (u32)strtoul(given, NULL, 0) : (u32)time(NULL);
	rng_state += !rng_state;
	printf("NMACCEL_SEED=%u\n", rng_state);
	for (i = 0; i < 2000; i++) {
		struct nmaccel_hw_desc desc = valid(1 + rng(4));
		u32 ch = 1 + rng(20);
		u32 element = 1;

		random_tensor(&desc.in, ch);
		random_tensor(&desc.out, ch);
		if (desc.op == ADD)
			random_tensor(&desc.in2, ch);
		desc.batch = 1 + rng(3);
		desc.in_h = desc.out_h = 1 + rng(12);
		desc.in_w = desc.out_w = 1 + rng(12);
		if (desc.op != ADD)
			desc.out_h = 1 + rng(12);
		if (desc.op == CONV && rng(2)) {
			desc.flags = NMACCEL_FLAG_OUT_S32;
			element = 4;
		}
		check_exact(&desc, 0, naive_end(&desc.in, desc.batch * desc.in_h * desc.in_w, 1));
		check_exact(&desc, 2, naive_end(&desc.out, desc.batch * desc.out_h * desc.out_w,
						element));
		if (desc.op == ADD)
			check_exact(&desc, 1,
				    naive_end(&desc.in2, desc.batch * desc.in_h * desc.in_w, 1));
		if (desc.op == CONV) {
			check_exact(&desc, 3, desc.weights_offset + desc.weights_bytes);
			check_exact(&desc, 4, desc.params_offset + 8ull * ch);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),	     cmocka_unit_test(test_fields),
		cmocka_unit_test(test_every_word),   cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_wide),	     cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
