// SPDX-License-Identifier: MIT
/*
 * What one user may have on a card: contexts, jobs in flight, memory. The limits are module
 * parameters, lowered here so that they are reached soon.
 */
#include <sys/sysinfo.h>

#include "ksft_caps.h"
#include "ksft_recovery.h"
#include "ksft_test.h"

#define NOBODY	 65533
#define SOMEBODY 65532

FIXTURE(limits)
{
	int fd;
	unsigned long long contexts, jobs, percent;
	struct hold hold;
};

FIXTURE_SETUP(limits)
{
	NEEDS_ROOT();
	ASSERT_EQ(0, module_read("max_contexts", &self->contexts));
	ASSERT_EQ(0, module_read("max_jobs", &self->jobs));
	ASSERT_EQ(0, module_read("max_memory_percent", &self->percent));
	self->fd = card_open_as(0, NOBODY);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_EQ(0, user_become(0));
	EXPECT_EQ(0, module_write("max_contexts", self->contexts));
	EXPECT_EQ(0, module_write("max_jobs", self->jobs));
	EXPECT_EQ(0, module_write("max_memory_percent", self->percent));
	close(self->fd);
	hold_end(&self->hold);
	EXPECT_EQ(0, card_still_works(0));
}

/* As root, who may write the parameters. */
static int set_limit(const char *name, unsigned long long value)
{
	const uid_t user = geteuid();
	int ret = user_become(0);

	if (!ret)
		ret = module_write(name, value);
	return user_become(user) ?: ret;
}

static uint64_t memory_limit(unsigned int percent)
{
	struct sysinfo info;

	sysinfo(&info);
	return (uint64_t)info.totalram * info.mem_unit / 100 * percent;
}

TEST_F(limits, contexts)
{
	uint32_t ctx[8], one_more;
	unsigned int i;

	ASSERT_EQ(0, set_limit("max_contexts", 8));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx[i]));
	EXPECT_EQ(-EMFILE, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &one_more));
	EXPECT_EQ(0, one_more);
	/* One goes and one comes. */
	ASSERT_EQ(0, ctx_destroy(self->fd, ctx[3]));
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx[3]));
	EXPECT_EQ(-EMFILE, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &one_more));
}

TEST_F(limits, contexts_of_all_files_of_a_user)
{
	const int other = card_open_as(0, NOBODY);
	uint32_t ctx;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, set_limit("max_contexts", 2));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, ctx_create(other, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(-EMFILE, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(-EMFILE, ctx_create(other, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	/* The end of a file gives back what it had. */
	close(other);
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
}

TEST_F(limits, contexts_of_another_user)
{
	uint32_t ctx;
	int other;

	ASSERT_EQ(0, set_limit("max_contexts", 1));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(-EMFILE, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	other = card_open_as(0, SOMEBODY);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, ctx_create(other, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(-EMFILE, ctx_create(other, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	close(other);
}

TEST_F(limits, cap_sys_resource_lifts_contexts)
{
	uint32_t ctx;

	ASSERT_EQ(0, user_become(0));
	ASSERT_EQ(0, set_limit("max_contexts", 0));
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, caps_drop(CAP_SYS_RESOURCE));
	EXPECT_EQ(-EMFILE, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, caps_raise(CAP_SYS_RESOURCE));
	EXPECT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
}

TEST_F(limits, no_jobs_at_all)
{
	struct copy copy;
	uint64_t job;
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&copy, self->fd, 100, 10));
	ASSERT_EQ(0, set_limit("max_jobs", 0));
	EXPECT_EQ(-ENOSPC, copy_submit(&copy, ctx, 1, &job));
	EXPECT_EQ(0, job);
	ASSERT_EQ(0, set_limit("max_jobs", 1));
	EXPECT_EQ(0, copy_run(&copy, ctx));
	copy_free(&copy);
}

/* Three behind one that is held, and no more; who is refused can wait, and try again. */
TEST_F(limits, jobs_in_flight)
{
	const int64_t until = deadline();
	struct copy copy;
	uint64_t jobs[4], job;
	unsigned int i;
	uint32_t ctx;
	int ret;

	ASSERT_EQ(0, user_become(0));
	NEEDS_HOLD(&self->hold, 0);
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	close(self->fd);
	self->fd = card_open_as(0, NOBODY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&copy, self->fd, 100, 10));
	ASSERT_EQ(0, set_limit("max_jobs", 4));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, copy_submit(&copy, ctx, 1, &jobs[i]));
	EXPECT_EQ(-ENOSPC, copy_submit(&copy, ctx, 1, &job));
	EXPECT_EQ(0, job);
	ASSERT_EQ(0, user_become(0));
	ASSERT_EQ(0, hold_release(&self->hold));
	ASSERT_EQ(0, user_become(NOBODY));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, job_error(self->fd, ctx, jobs[i]));
	do {
		ret = copy_submit(&copy, ctx, 1, &job);
	} while (ret == -ENOSPC && deadline_in(0) < until && !usleep(1000));
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, job_error(self->fd, ctx, job));
	copy_free(&copy);
}

TEST_F(limits, cap_sys_resource_lifts_jobs)
{
	struct copy copy;
	uint32_t ctx;

	ASSERT_EQ(0, user_become(0));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&copy, self->fd, 100, 10));
	ASSERT_EQ(0, set_limit("max_jobs", 0));
	EXPECT_EQ(0, copy_run(&copy, ctx));
	ASSERT_EQ(0, caps_drop(CAP_SYS_RESOURCE));
	EXPECT_EQ(-ENOSPC, copy_run(&copy, ctx));
	ASSERT_EQ(0, caps_raise(CAP_SYS_RESOURCE));
	copy_free(&copy);
}

TEST_F(limits, memory)
{
	const uint64_t limit = memory_limit(10), part = limit / 4;
	struct bo bo[4], one_more;
	unsigned int i;

	ASSERT_EQ(0, set_limit("max_memory_percent", 10));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, limit + (2 << 20), &one_more));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, bo_create(self->fd, part, &bo[i]));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, part + (4 << 20), &one_more));
	EXPECT_EQ(0, one_more.handle);
	/* What was refused is not charged. */
	EXPECT_EQ(0, bo_create(self->fd, part / 2, &bo[3]));
	for (i = 0; i < 4; i++)
		bo_free(&bo[i]);
	EXPECT_EQ(0, bo_create(self->fd, limit - (1 << 20), &one_more));
}

TEST_F(limits, memory_of_all_files_of_a_user)
{
	const uint64_t limit = memory_limit(10);
	const int other = card_open_as(0, NOBODY);
	struct bo bo;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, set_limit("max_memory_percent", 10));
	ASSERT_EQ(0, bo_create(other, limit / 2, &bo));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, limit / 2 + (2 << 20), &bo));
	close(other);
	EXPECT_EQ(0, bo_create(self->fd, limit / 2 + (2 << 20), &bo));
}

/* A mapping keeps the memory, and whom it is charged to. */
TEST_F(limits, memory_that_is_still_mapped)
{
	const uint64_t limit = memory_limit(10);
	struct bo bo, other;

	ASSERT_EQ(0, set_limit("max_memory_percent", 10));
	ASSERT_EQ(0, bo_new(self->fd, limit - (1 << 20), &bo));
	ASSERT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, 4 << 20, &other));
	munmap(bo.map, bo.size);
	EXPECT_EQ(0, bo_create(self->fd, 4 << 20, &other));
}

TEST_F(limits, memory_none)
{
	struct bo bo;

	ASSERT_EQ(0, set_limit("max_memory_percent", 0));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, 1, &bo));
}

TEST_F(limits, cap_sys_resource_lifts_memory)
{
	struct bo bo;

	ASSERT_EQ(0, user_become(0));
	ASSERT_EQ(0, set_limit("max_memory_percent", 0));
	EXPECT_EQ(0, bo_create(self->fd, 1, &bo));
	ASSERT_EQ(0, caps_drop(CAP_SYS_RESOURCE));
	EXPECT_EQ(-ENOSPC, bo_create(self->fd, 1, &bo));
	ASSERT_EQ(0, caps_raise(CAP_SYS_RESOURCE));
}

CARD_TEST_MAIN
