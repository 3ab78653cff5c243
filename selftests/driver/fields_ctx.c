// SPDX-License-Identifier: MIT
/* Every field of the ioctls of contexts and results, wrong by itself. */
#include "ksft_test.h"

#include "ksft_caps.h"

FIXTURE(fields)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
};

FIXTURE_SETUP(fields)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
}

FIXTURE_TEARDOWN(fields)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	copy_free(&self->copy);
	close(self->fd);
}

static const uint32_t no_contexts[] = {0, 1000, 0x7fffffff, 0x80000000, 0xffffffff};

TEST_F(fields, create_priority_beyond_the_last)
{
	static const uint32_t priorities[] = {3, 4, 255, 0x80000000, 0xffffffff};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(priorities); i++) {
		struct drm_nmaccel_ctx_create args = {.priority = priorities[i]};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	}
}

TEST_F(fields, create_priority_high_needs_cap_sys_nice)
{
	struct drm_nmaccel_ctx_create args = {.priority = DRM_NMACCEL_PRIORITY_HIGH};
	uint32_t ctx;

	NEEDS_ROOT();
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_HIGH, &ctx));
	ASSERT_EQ(0, caps_drop(CAP_SYS_NICE));
	EXPECT_REFUSED(EACCES, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_LOW, &ctx));
}

TEST_F(fields, create_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_ctx_create args = {.priority = 1, .flags = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	}
}

TEST_F(fields, create_ctx)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_ctx_create args = {.priority = 1, .ctx = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	}
}

TEST_F(fields, create_pad)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_ctx_create args = {.priority = 1, .pad = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_CREATE, &args);
	}
}

TEST_F(fields, destroy_ctx)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_contexts); i++) {
		struct drm_nmaccel_ctx_destroy args = {.ctx = no_contexts[i]};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_CTX_DESTROY, &args);
	}
}

TEST_F(fields, destroy_twice)
{
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_LOW, &ctx));
	EXPECT_EQ(0, ctx_destroy(self->fd, ctx));
	EXPECT_EQ(-ENOENT, ctx_destroy(self->fd, ctx));
}

TEST_F(fields, destroy_pad)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_ctx_destroy args = {.ctx = self->ctx, .pad = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_DESTROY, &args);
	}
}

TEST_F(fields, query_ctx)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_contexts); i++) {
		struct drm_nmaccel_ctx_query args = {
			.ctx = no_contexts[i],
			.state = 77,
			.submitted = 77,
			.finished = 77,
		};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_CTX_QUERY, &args);
	}
}

TEST_F(fields, query_ctx_destroyed)
{
	struct drm_nmaccel_ctx_query args = {0};
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_LOW, &ctx));
	ASSERT_EQ(0, ctx_destroy(self->fd, ctx));
	args.ctx = ctx;
	EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_CTX_QUERY, &args);
}

TEST_F(fields, query_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_ctx_query args = {.ctx = self->ctx, .flags = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_CTX_QUERY, &args);
	}
}

TEST_F(fields, query_counts_jobs)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t job;

	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, query.state);
	EXPECT_EQ(0, query.resets);
	EXPECT_EQ(0, query.submitted);
	EXPECT_EQ(0, query.finished);
	ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &job));
	EXPECT_EQ(1, job);
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	memset(&query, 0xff, sizeof(query));
	query.ctx = self->ctx;
	query.flags = 0;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_CTX_QUERY, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, query.state);
	EXPECT_EQ(0, query.resets);
	EXPECT_EQ(1, query.submitted);
	EXPECT_EQ(1, query.finished);
}

TEST_F(fields, result_ctx)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_contexts); i++) {
		struct drm_nmaccel_result args = {.ctx = no_contexts[i], .job = 1};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_RESULT, &args);
	}
}

TEST_F(fields, result_job_never_submitted)
{
	static const uint64_t jobs[] = {0, 2, 257, 1ull << 32 | 1, 1ull << 63, -1ull};
	unsigned int i;

	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct drm_nmaccel_result args = {.ctx = self->ctx, .job = jobs[i], .steps = 77};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_RESULT, &args);
	}
}

/* A struct that has been used can be used again. */
TEST_F(fields, result_error_is_ignored)
{
	struct drm_nmaccel_result args = {.ctx = self->ctx, .job = 1, .error = EBUSY};

	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_RESULT, &args));
	EXPECT_EQ(0, args.error);
}

TEST_F(fields, result_pad)
{
	unsigned int bit;

	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_result args = {.ctx = self->ctx, .job = 1, .pad = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_RESULT, &args);
	}
}

TEST_F(fields, result_of_a_good_job)
{
	struct drm_nmaccel_result result;

	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	memset(&result, 0xff, sizeof(result));
	result.ctx = self->ctx;
	result.job = 1;
	result.error = 0;
	result.pad = 0;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_RESULT, &result));
	EXPECT_EQ(self->ctx, result.ctx);
	EXPECT_EQ(1, result.job);
	EXPECT_EQ(0, result.error);
	EXPECT_LT(0, result.run_ns);
	EXPECT_GT(self->copy.info.engines, result.engine);
	EXPECT_EQ(NMACCEL_FAULT_NONE, result.fault);
	EXPECT_EQ(0, result.fault_desc);
	EXPECT_EQ(0, result.fault_buffer);
	EXPECT_EQ(0, result.fault_offset);
	EXPECT_EQ(0, result.fault_detail);
	EXPECT_EQ(0, result.pad);
}

/* The last 256 jobs are remembered, and no other. */
TEST_F(fields, result_of_forgotten_jobs)
{
	const uint64_t n = DRM_NMACCEL_RESULTS + 44;
	uint64_t job = 0, i;

	for (i = 1; i <= n; i++) {
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &job));
		ASSERT_EQ(i, job);
	}
	ASSERT_EQ(0, job_error(self->fd, self->ctx, n));
	for (i = 1; i <= n; i++) {
		struct drm_nmaccel_result args = {.ctx = self->ctx, .job = i};

		if (i + DRM_NMACCEL_RESULTS <= n) {
			EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_RESULT, &args);
		} else {
			EXPECT_EQ(0, job_error(self->fd, self->ctx, i));
		}
	}
}

CARD_TEST_MAIN
