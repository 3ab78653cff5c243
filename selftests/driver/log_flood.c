// SPDX-License-Identifier: MIT
/* No user can fill the kernel's log: what goes wrong a thousand times is not told a thousand times.
 */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define TIMES 1000

FIXTURE(log)
{
	struct card card;
	int fd;
	int klog;
	uint32_t ctx;
	struct copy copy;
};

FIXTURE_SETUP(log)
{
	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &self->card));
	ASSERT_EQ(0, card_calm(&self->card));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
	self->klog = klog_open();
	ASSERT_LE(0, self->klog);
}

FIXTURE_TEARDOWN(log)
{
	close(self->klog);
	EXPECT_EQ(0, card_calm(&self->card));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	close(self->fd);
}

TEST_F(log, refused_submissions)
{
	struct nmaccel_hw_desc good = self->copy.desc;
	unsigned int i;

	for (i = 0; i < effort(TIMES); i++) {
		self->copy.desc = good;
		/* A field at a time: the operation, a buffer, an extent, an offset. */
		switch (i % 4) {
		case 0:
			self->copy.desc.op = 77;
			break;
		case 1:
			self->copy.desc.kernel_h = 0;
			break;
		case 2:
			self->copy.desc.in.ch = UINT32_MAX;
			break;
		case 3:
			self->copy.desc.out.offset = UINT64_MAX - 15;
			break;
		}
		ASSERT_NE(0, copy_submit(&self->copy, self->ctx, 1, NULL));
	}
	self->copy.desc = good;
	EXPECT_EQ(0, klog_count(self->klog, "nmaccel"));
}

TEST_F(log, wrong_calls)
{
	unsigned int i;
	uint64_t offset;
	struct bo bo;

	for (i = 0; i < effort(TIMES); i++) {
		EXPECT_NE(0, ctx_destroy(self->fd, 12345));
		EXPECT_NE(0, gem_close(self->fd, 12345));
		EXPECT_NE(0, bo_offset(self->fd, 12345, &offset));
		EXPECT_NE(0, bo_create(self->fd, UINT64_MAX, &bo));
		EXPECT_NE(0, call(self->fd, DRM_IO(DRM_COMMAND_BASE + 40), NULL));
	}
	EXPECT_EQ(0, klog_count(self->klog, "nmaccel"));
}

TEST_F(log, faulty_jobs)
{
	struct faulty faulty;
	unsigned int i;
	uint64_t job;

	ASSERT_EQ(0, faulty_init(&faulty, self->fd));
	for (i = 0; i < effort(TIMES); i++) {
		ASSERT_EQ(0, faulty_submit(&faulty, self->ctx, &job));
		/* Some at a time are enough to keep the card busy. */
		if (i % 64 == 63)
			ASSERT_EQ(-EIO, job_error(self->fd, self->ctx, job));
	}
	ASSERT_EQ(-EIO, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0, klog_count(self->klog, "nmaccel"));
	faulty_free(&faulty);
}

TEST_F(log, hanging_jobs)
{
	unsigned int i;
	uint64_t job;
	uint32_t ctx;

	NEEDS_CONTROL(&self->card);
	for (i = 0; i < effort(5); i++) {
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
		ASSERT_EQ(0, card_control(&self->card, "stall count=1"));
		ASSERT_EQ(0, copy_submit(&self->copy, ctx, 1, &job));
		EXPECT_EQ(-ETIMEDOUT, job_error(self->fd, ctx, job));
	}
	EXPECT_EQ(0, klog_count(self->klog, "nmaccel"));
	EXPECT_NE(-ETIME, coredump_drop(&self->card));
}

/* Errors of the card itself are told, at the kernel's own rate: ten lines in five seconds. */
TEST_F(log, errors_of_the_card)
{
	const int64_t start = deadline_in(0);
	int64_t seconds;
	unsigned int i;
	long lines;

	NEEDS_CONTROL(&self->card);
	for (i = 0; i < effort(TIMES); i++)
		ASSERT_EQ(0, card_control(&self->card, "error bits=7"));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	seconds = (deadline_in(0) - start) / 1000000000;
	lines = klog_count(self->klog, "nmaccel");
	EXPECT_LE(1, lines);
	EXPECT_GE(12 * (seconds / 5 + 2), lines);
}

HANG_TEST_MAIN
