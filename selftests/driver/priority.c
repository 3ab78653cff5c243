// SPDX-License-Identifier: MIT
/*
 * Contexts have priorities: what waits in a high one starts before what waits in a low one. Judged
 * by the order in which jobs end, while one engine after the other is set free.
 */
#include "ksft_test.h"

#include <linux/capability.h>
#include <linux/sync_file.h>
#include <sys/syscall.h>

#include "ksft_recovery.h"

#define QUEUED 6

/* Give up one capability for good, without giving up root. */
static int drop_capability(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].effective &= ~(1u << capability);
	data[0].permitted &= ~(1u << capability);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

TEST(high_needs_cap_sys_nice)
{
	const int fd = card_open(0);
	uint32_t ctx;

	NEEDS_ROOT();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_HIGH, &ctx));
	ASSERT_EQ(0, drop_capability(CAP_SYS_NICE));
	EXPECT_EQ(-EACCES, ctx_create(fd, DRM_NMACCEL_PRIORITY_HIGH, &ctx));
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_LOW, &ctx));
	close(fd);
}

TEST(every_priority_runs)
{
	const int fd = card_open(0);
	struct copy copy;
	uint32_t priority, ctx;

	NEEDS_ROOT();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, copy_init(&copy, fd, 100, 10));
	for (priority = 0; priority <= DRM_NMACCEL_PRIORITY_HIGH; priority++) {
		ASSERT_EQ(0, ctx_create(fd, priority, &ctx));
		EXPECT_EQ(0, copy_run(&copy, ctx));
	}
	close(fd);
}

/* A job that waits, and when it ended. */
struct queued {
	struct copy copy;
	uint32_t ctx;
	uint64_t job;
	uint32_t sync;
	int sync_file;
	uint32_t engine;
	uint64_t ended;
};

/* Every engine is held; then jobs are queued, in as many contexts of each kind as engines. */
FIXTURE(queue)
{
	struct hold hold;
	int fd;
	uint32_t engines;
	struct copy held[NMACCEL_MAX_ENGINES];
	struct queued low[NMACCEL_MAX_ENGINES * QUEUED];
	struct queued normal[NMACCEL_MAX_ENGINES * QUEUED];
	struct queued high[NMACCEL_MAX_ENGINES * QUEUED];
};

/* One at a time, each in a context of its own, they go to different engines. */
static int hold_engines(FIXTURE_DATA(queue) * self)
{
	uint32_t i, ctx;
	int ret;

	ret = hold_all(&self->hold);
	for (i = 0; !ret && i < self->engines; i++) {
		ret = ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx);
		if (!ret)
			ret = copy_init(&self->held[i], self->fd, 100, 10);
		if (!ret)
			ret = copy_submit(&self->held[i], ctx, 1, NULL);
		if (!ret)
			ret = card_wait_busy(&self->hold.card, i + 1);
	}
	return ret;
}

static int queue_job(struct queued *queued, int fd, uint32_t ctx)
{
	struct submit submit;
	int ret;

	queued->ctx = ctx;
	ret = copy_init(&queued->copy, fd, 100, 10);
	if (!ret)
		ret = syncobj_create(fd, 0, &queued->sync);
	if (ret)
		return ret;
	submit_init(&submit, fd, ctx);
	copy_add(&queued->copy, &submit, 1);
	submit_signal(&submit, queued->sync, 0);
	ret = submit_run(&submit, &queued->job);
	submit_free(&submit);
	return ret ? ret : syncobj_to_sync_file(fd, queued->sync, &queued->sync_file);
}

static int queue_jobs(FIXTURE_DATA(queue) * self, struct queued *jobs, uint32_t priority)
{
	uint32_t ctx[NMACCEL_MAX_ENGINES], i;
	int ret = 0;

	for (i = 0; !ret && i < self->engines; i++)
		ret = ctx_create(self->fd, priority, &ctx[i]);
	for (i = 0; !ret && i < self->engines * QUEUED; i++)
		ret = queue_job(&jobs[i], self->fd, ctx[i % self->engines]);
	return ret;
}

/* The fence keeps the time at which it was signalled. */
static int queue_collect(FIXTURE_DATA(queue) * self, struct queued *queued)
{
	struct sync_fence_info fence = {0};
	struct sync_file_info info = {.num_fences = 1, .sync_fence_info = (uintptr_t)&fence};
	struct drm_nmaccel_result result;
	int ret;

	ret = syncobj_wait(self->fd, queued->sync, 0);
	if (!ret)
		ret = job_wait(self->fd, queued->ctx, queued->job, &result);
	if (!ret)
		ret = -(int)result.error;
	if (!ret)
		ret = call(queued->sync_file, SYNC_IOC_FILE_INFO, &info);
	if (!ret && copy_check(&queued->copy))
		ret = -EILSEQ;
	queued->engine = result.engine;
	queued->ended = fence.timestamp_ns;
	close(queued->sync_file);
	return ret;
}

FIXTURE_SETUP(queue)
{
	struct drm_nmaccel_dev_info info;

	NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &info));
	self->engines = info.engines;
}

FIXTURE_TEARDOWN(queue)
{
	close(self->fd);
	hold_end(&self->hold);
}

/* The engines are not alike fast, so only jobs of the same one are compared. */
static void expect_before(struct __test_metadata *_metadata, const struct queued *first,
			  const struct queued *second, uint32_t n)
{
	unsigned int before = 0, after = 0;
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			if (first[i].engine != second[j].engine)
				continue;
			before += first[i].ended < second[j].ended;
			after += first[i].ended > second[j].ended;
		}
	}
	TH_LOG("before %u times, after %u times", before, after);
	EXPECT_LT(0u, before);
	EXPECT_EQ(0u, after);
}

/* Queued from low to high, they run from high to low. */
TEST_F(queue, high_before_normal_before_low)
{
	const uint32_t n = self->engines * QUEUED;
	uint32_t i;

	ASSERT_EQ(0, hold_engines(self));
	ASSERT_EQ(0, queue_jobs(self, self->low, DRM_NMACCEL_PRIORITY_LOW));
	ASSERT_EQ(0, queue_jobs(self, self->normal, DRM_NMACCEL_PRIORITY_NORMAL));
	ASSERT_EQ(0, queue_jobs(self, self->high, DRM_NMACCEL_PRIORITY_HIGH));
	ASSERT_EQ(0, hold_release(&self->hold));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, queue_collect(self, &self->low[i]));
		ASSERT_EQ(0, queue_collect(self, &self->normal[i]));
		ASSERT_EQ(0, queue_collect(self, &self->high[i]));
	}
	expect_before(_metadata, self->high, self->normal, n);
	expect_before(_metadata, self->normal, self->low, n);
	expect_before(_metadata, self->high, self->low, n);
}

CARD_TEST_MAIN
