// SPDX-License-Identifier: MIT
/* Doorbells that get lost on their way to the card, which the driver itself can play. */
#include "ksft_test.h"

#include "ksft_inject.h"
#include "ksft_recovery.h"

#define FAULT "fail_nmaccel_start"

FIXTURE(start)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct drm_nmaccel_dev_info info;
};

FIXTURE_SETUP(start)
{
	NEEDS_ROOT();
	if (fault_arm(FAULT, 0))
		SKIP(return, "needs a kernel with FAULT_INJECTION_DEBUG_FS");
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 200, 20));
}

FIXTURE_TEARDOWN(start)
{
	struct card card;

	EXPECT_EQ(0, fault_arm(FAULT, 0));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	close(self->fd);
	EXPECT_EQ(0, card_get(0, &card));
	EXPECT_NE(-ETIME, coredump_drop(&card));
}

/* An engine that is idle without a record has failed, and nobody is to blame. */
TEST_F(start, lost)
{
	struct drm_nmaccel_ctx_query query;
	struct drm_nmaccel_dev_info info;
	uint64_t jobs[3];
	unsigned int i;

	ASSERT_EQ(0, fault_arm(FAULT, 1));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &jobs[i]));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(i ? 0 : -EIO, job_error(self->fd, self->ctx, jobs[i]));
	EXPECT_EQ(0u, copy_check(&self->copy));
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)query.state);
	EXPECT_EQ(1u, query.resets);
	ASSERT_EQ(0, dev_info(self->fd, &info));
	EXPECT_EQ(self->info.resets + 1, info.resets);
}

HANG_TEST_MAIN
