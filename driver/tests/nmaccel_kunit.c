// SPDX-License-Identifier: GPL-2.0-only
/* Tests inside the kernel: the check of descriptors, page lists, the memory of results. */
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "nmaccel_compat.h"
#include "nmaccel_pages.h"
#include "nmaccel_results.h"
#include "nmaccel_validate.h"

#define MAX_PIECES 8

struct piece {
	u64 addr;
	u32 bytes;
};

/* A scattered buffer, as the DMA layer describes it. */
struct scattered {
	struct scatterlist list[MAX_PIECES];
	struct sg_table table;
};

static struct sg_table *scatter(struct scattered *buffer, const struct piece *pieces, u32 n)
{
	u32 i;

	sg_init_table(buffer->list, n);
	for (i = 0; i < n; i++) {
		sg_dma_address(&buffer->list[i]) = pieces[i].addr;
		sg_dma_len(&buffer->list[i]) = pieces[i].bytes;
	}
	buffer->table = (struct sg_table){ .sgl = buffer->list, .nents = n, .orig_nents = n };
	return &buffer->table;
}

static void nmaccel_test_linear(struct kunit *test)
{
	static const struct piece pieces[] = { { 0x10000, SZ_8K }, { 0x40000, SZ_4K } };
	struct scattered buffer;
	struct sg_table *sgt = scatter(&buffer, pieces, ARRAY_SIZE(pieces));
	u64 addr = 0;

	KUNIT_EXPECT_TRUE(test, nmaccel_pages_linear(sgt, SZ_4K, SZ_4K, &addr));
	KUNIT_EXPECT_EQ(test, addr, 0x11000ull);
	KUNIT_EXPECT_TRUE(test, nmaccel_pages_linear(sgt, SZ_8K, SZ_4K, &addr));
	KUNIT_EXPECT_EQ(test, addr, 0x40000ull);
	KUNIT_EXPECT_FALSE(test, nmaccel_pages_linear(sgt, SZ_4K, SZ_4K + 1, &addr));
	KUNIT_EXPECT_FALSE(test, nmaccel_pages_linear(sgt, SZ_8K, SZ_4K + 1, &addr));
	KUNIT_EXPECT_FALSE(test, nmaccel_pages_linear(sgt, 3 * SZ_4K, 1, &addr));
}

/* One buffer, one range of it, and the pages that must come out. */
struct list_case {
	const char *name;
	struct piece pieces[MAX_PIECES];
	u32 n;
	u64 offset;
	u64 size;
	u32 shift;
	u32 count;
	u64 pages[MAX_PIECES];
};

static const struct list_case list_cases[] = {
	{
		.name = "small pages",
		.pieces = { { 0x5000, SZ_4K }, { 0x9000, SZ_8K } }, .n = 2,
		.size = 3 * SZ_4K, .shift = 12, .count = 3, .pages = { 0x5000, 0x9000, 0xa000 },
	}, {
		.name = "large pages",
		.pieces = { { 0x600000, SZ_2M }, { 0x1000000, SZ_4M } }, .n = 2,
		.size = 3 * SZ_2M, .shift = 21, .count = 3,
		.pages = { 0x600000, 0x1000000, 0x1200000 },
	}, {
		.name = "one small piece makes all small",
		.pieces = { { 0x600000, SZ_16K }, { 0x1000, SZ_4K } }, .n = 2,
		.size = 5 * SZ_4K, .shift = 12, .count = 5,
		.pages = { 0x600000, 0x601000, 0x602000, 0x603000, 0x1000 },
	}, {
		.name = "a range inside large pieces",
		.pieces = { { 0x600000, SZ_2M }, { 0x1000000, SZ_2M } }, .n = 2,
		.offset = SZ_1M, .size = SZ_2M, .shift = 20, .count = 2,
		.pages = { 0x700000, 0x1000000 },
	}, {
		.name = "the last page in part",
		.pieces = { { 0x20000, SZ_8K }, { 0x40000, SZ_8K } }, .n = 2,
		.size = SZ_8K + 1, .shift = 13, .count = 2, .pages = { 0x20000, 0x40000 },
	}, {
		.name = "less memory than the range",
		.pieces = { { 0x5000, SZ_4K }, { 0x9000, SZ_4K } }, .n = 2,
		.size = 4 * SZ_4K, .shift = 12, .count = 2, .pages = { 0x5000, 0x9000 },
	},
};

KUNIT_ARRAY_PARAM_DESC(list, list_cases, name);

static void nmaccel_test_list(struct kunit *test)
{
	const struct list_case *c = test->param_value;
	struct scattered buffer;
	struct sg_table *sgt = scatter(&buffer, c->pieces, c->n);
	__le64 pages[MAX_PIECES + 1] = { };
	u32 i;

	KUNIT_ASSERT_EQ(test, nmaccel_pages_shift(sgt, c->offset, c->size), c->shift);
	KUNIT_ASSERT_EQ(test, nmaccel_pages_fill(sgt, c->offset, c->size, c->shift, pages),
			(u64)c->count);
	for (i = 0; i < c->count; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(pages[i]), c->pages[i]);
	KUNIT_EXPECT_EQ(test, pages[c->count], 0);
}

static void nmaccel_test_shift_too_small(struct kunit *test)
{
	static const struct piece pieces[] = { { 0x5000, 512 }, { 0x9000, SZ_4K } };
	struct scattered buffer;

	KUNIT_EXPECT_EQ(test, nmaccel_pages_shift(scatter(&buffer, pieces, 2), 0, 512 + SZ_4K), 9);
}

static void nmaccel_test_shift_limit(struct kunit *test)
{
	static const struct piece pieces[] = { { 0, SZ_2G }, { 1ull << 40, SZ_2G } };
	struct scattered buffer;

	KUNIT_EXPECT_EQ(test, nmaccel_pages_shift(scatter(&buffer, pieces, 2), 0, 2ull * SZ_2G),
			NMACCEL_MAX_PAGE_SHIFT);
}

static struct nmaccel_results *new_results(struct kunit *test)
{
	struct nmaccel_results *results = kunit_kzalloc(test, sizeof(*results), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, results);
	return results;
}

static void finish(struct nmaccel_results *results, u64 job)
{
	const struct drm_nmaccel_result result = { .job = job, .run_ns = job * 3 };

	nmaccel_results_finish(results, &result);
}

static void nmaccel_test_results_order(struct kunit *test)
{
	struct nmaccel_results *results = new_results(test);
	struct drm_nmaccel_result result = { };
	u64 first = nmaccel_results_submit(results), second = nmaccel_results_submit(results);

	KUNIT_EXPECT_EQ(test, first, 1ull);
	KUNIT_EXPECT_EQ(test, second, 2ull);
	KUNIT_EXPECT_EQ(test, nmaccel_results_find(results, 0, &result), -ENOENT);
	KUNIT_EXPECT_EQ(test, nmaccel_results_find(results, 3, &result), -ENOENT);
	finish(results, second);
	KUNIT_EXPECT_EQ(test, nmaccel_results_find(results, first, &result), -EBUSY);
	KUNIT_EXPECT_EQ(test, nmaccel_results_find(results, second, &result), 0);
	KUNIT_EXPECT_EQ(test, result.run_ns, 6ull);
	finish(results, first);
	KUNIT_EXPECT_EQ(test, nmaccel_results_find(results, first, &result), 0);
	KUNIT_EXPECT_EQ(test, results->finished, 2ull);
}

static void nmaccel_test_results_ring(struct kunit *test)
{
	struct nmaccel_results *results = new_results(test);
	const u64 n = 3 * DRM_NMACCEL_RESULTS;
	struct drm_nmaccel_result result;
	u64 job;

	for (job = 1; job <= n; job++)
		KUNIT_ASSERT_EQ(test, nmaccel_results_submit(results), job);
	/* The first one takes longest, and pushes out none of the later ones. */
	for (job = 2; job <= n; job++)
		finish(results, job);
	finish(results, 1);
	for (job = 1; job <= n; job++) {
		int want = job > n - DRM_NMACCEL_RESULTS ? 0 : -ENOENT;

		KUNIT_ASSERT_EQ(test, nmaccel_results_find(results, job, &result), want);
		if (!want)
			KUNIT_EXPECT_EQ(test, result.job, job);
	}
	KUNIT_EXPECT_EQ(test, results->finished, n);
}

static const struct nmaccel_limits limits = {
	.caps = NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL,
	.columns = 64,
	.block_rows = 128,
	.max_rows = 512,
	.max_channels = 4096,
	.max_pixels = 1u << 24,
	.max_kernel = 31,
};

static const struct nmaccel_extent extents[] = {
	{ SZ_64K, NMACCEL_BUF_READ }, { SZ_64K, NMACCEL_BUF_WRITE },
};

/* Two tiles of 32 channels: 4 KiB in and as much out. */
static const struct nmaccel_hw_desc pool = {
	.op = NMACCEL_OP_POOL_MAX,
	.in = { .buffer = 0, .channels = 32, .ch = 32 },
	.out = { .buffer = 1, .channels = 32, .ch = 32 },
	.batch = 1,
	.in_h = 8, .in_w = 16, .out_h = 8, .out_w = 16,
	.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
	.dilation_h = 1, .dilation_w = 1,
	.act_min = -128, .act_max = 127,
};

static int check(const struct nmaccel_hw_desc *desc, u32 *field)
{
	struct nmaccel_invalid invalid = { };
	int ret = nmaccel_validate_desc(&limits, extents, ARRAY_SIZE(extents), desc, &invalid);

	*field = invalid.field;
	return ret;
}

/* A field of a good descriptor with the last value that is good, and the first that is bad. */
struct desc_case {
	const char *name;
	u32 field;
	u64 good;
	u64 bad;
	u32 bytes;
};

#define FIELD(f, g, b)						\
	{							\
		.name = #f,					\
		.field = offsetof(struct nmaccel_hw_desc, f),	\
		.good = (g),					\
		.bad = (b),					\
		.bytes = sizeof(pool.f),			\
	}

static const struct desc_case desc_cases[] = {
	FIELD(op, NMACCEL_OP_POOL_MAX, 5),
	FIELD(flags, 0, 4),
	FIELD(in.buffer, 0, 2),
	FIELD(in.offset, SZ_64K - SZ_4K, SZ_64K - SZ_4K + 16),
	FIELD(out.offset, SZ_64K - SZ_4K, ~15ull),
	FIELD(out.buffer, 1, 0),
	FIELD(in.channels, 992, 993),
	FIELD(in.ch0, 0, 1),
	FIELD(in_w, 16, 1u << 24),
	FIELD(kernel_h, 31, 32),
	FIELD(reserved[14], 0, 1),
};

KUNIT_ARRAY_PARAM_DESC(desc, desc_cases, name);

static void nmaccel_test_desc(struct kunit *test)
{
	const struct desc_case *c = test->param_value;
	struct nmaccel_hw_desc desc = pool;
	u32 field;

	/* The machine is little endian, so a shorter field takes the low bytes. */
	memcpy((u8 *)&desc + c->field, &c->good, c->bytes);
	KUNIT_EXPECT_EQ(test, check(&desc, &field), 0);
	memcpy((u8 *)&desc + c->field, &c->bad, c->bytes);
	KUNIT_EXPECT_EQ(test, check(&desc, &field), -EINVAL);
}

static struct kunit_case nmaccel_cases[] = {
	KUNIT_CASE(nmaccel_test_linear),
	KUNIT_CASE_PARAM(nmaccel_test_list, list_gen_params),
	KUNIT_CASE(nmaccel_test_shift_too_small),
	KUNIT_CASE(nmaccel_test_shift_limit),
	KUNIT_CASE(nmaccel_test_results_order),
	KUNIT_CASE(nmaccel_test_results_ring),
	KUNIT_CASE_PARAM(nmaccel_test_desc, desc_gen_params),
	{ }
};

static struct kunit_suite nmaccel_suite = {
	.name = "nmaccel",
	.test_cases = nmaccel_cases,
};

kunit_test_suite(nmaccel_suite);

MODULE_DESCRIPTION("KUnit tests of nmaccel");
MODULE_LICENSE("GPL");
#ifdef HAVE_IMPORT_NS_IDENT
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
#else
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
#endif
