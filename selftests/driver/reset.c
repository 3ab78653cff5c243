// SPDX-License-Identifier: MIT
/* Jobs that hang or end badly: who is told what, and that all others go on. */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20
#define QUEUED	 3
#define OTHERS	 32

/* A context to get into trouble, and one that must not notice. */
FIXTURE(reset)
{
	struct card card;
	int fd;
	uint32_t ctx, other;
	struct copy copy[1 + QUEUED];
	struct copy others[OTHERS];
	struct drm_nmaccel_dev_info info;
	unsigned long long max_job_ms; /* as it was */
};

FIXTURE_SETUP(reset)
{
	unsigned int i;

	ASSERT_EQ(0, card_get(0, &self->card));
	NEEDS_CONTROL(&self->card);
	ASSERT_EQ(0, card_calm(&self->card));
	EXPECT_NE(-ETIME, coredump_drop(&self->card));
	ASSERT_EQ(0, module_read("max_job_ms", &self->max_job_ms));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->other));
	for (i = 0; i < 1 + QUEUED; i++)
		ASSERT_EQ(0, copy_init(&self->copy[i], self->fd, PIXELS, CHANNELS));
	for (i = 0; i < OTHERS; i++)
		ASSERT_EQ(0, copy_init(&self->others[i], self->fd, PIXELS, CHANNELS));
}

FIXTURE_TEARDOWN(reset)
{
	if (!geteuid())
		EXPECT_EQ(0, module_write("max_job_ms", self->max_job_ms));
	close(self->fd);
	EXPECT_EQ(0, card_calm(&self->card));
	EXPECT_NE(-ETIME, coredump_drop(&self->card));
	EXPECT_EQ(0, card_still_works(0));
}

/* A job with a sync_file of its fence. */
static int submit_file(const struct copy *copy, uint32_t ctx, uint64_t *job, int *sync_file)
{
	struct submit submit;
	uint32_t sync;
	int ret;

	ret = syncobj_create(copy->in.fd, 0, &sync);
	if (ret)
		return ret;
	submit_init(&submit, copy->in.fd, ctx);
	copy_add(copy, &submit, 1);
	submit_signal(&submit, sync, 0);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	if (!ret)
		ret = syncobj_to_sync_file(copy->in.fd, sync, sync_file);
	syncobj_destroy(copy->in.fd, sync);
	return ret;
}

static uint32_t ctx_state(int fd, uint32_t ctx)
{
	struct drm_nmaccel_ctx_query query;

	return ctx_query(fd, ctx, &query) ? UINT32_MAX : query.state;
}

static uint64_t card_resets(int fd)
{
	struct drm_nmaccel_dev_info info;

	return dev_info(fd, &info) ? UINT64_MAX : info.resets;
}

/* One job hangs: a context for it, which is banned then. */
static int hang_one(const struct card *card, const struct copy *copy, uint32_t *ctx)
{
	uint64_t job;
	int ret;

	ret = ctx_create(copy->in.fd, DRM_NMACCEL_PRIORITY_NORMAL, ctx);
	if (!ret)
		ret = card_control(card, "stall count=1");
	if (!ret)
		ret = copy_submit(copy, *ctx, 1, &job);
	return ret ? ret : job_error(copy->in.fd, *ctx, job);
}

TEST_F(reset, guilty_and_innocent)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t jobs[1 + QUEUED], others[OTHERS];
	int sync_files[1 + QUEUED];
	unsigned int i;

	ASSERT_EQ(0, card_control(&self->card, "stall count=1"));
	for (i = 0; i < 1 + QUEUED; i++) {
		ASSERT_EQ(0, submit_file(&self->copy[i], self->ctx, &jobs[i], &sync_files[i]));
		/* The first one has to be on an engine before anybody else's job is. */
		if (!i)
			ASSERT_EQ(0, card_wait_busy(&self->card, 1));
	}
	for (i = 0; i < OTHERS; i++)
		ASSERT_EQ(0, copy_submit(&self->others[i], self->other, 1, &others[i]));
	for (i = 0; i < 1 + QUEUED; i++) {
		EXPECT_EQ(0, bo_wait(&self->copy[i].out, true));
		EXPECT_EQ(i ? -ECANCELED : -ETIMEDOUT, sync_file_status(sync_files[i]));
		EXPECT_EQ(i ? -ECANCELED : -ETIMEDOUT, job_error(self->fd, self->ctx, jobs[i]));
		close(sync_files[i]);
	}
	for (i = 0; i < OTHERS; i++) {
		EXPECT_EQ(0, job_error(self->fd, self->other, others[i]));
		EXPECT_EQ(0u, copy_check(&self->others[i]));
	}
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_GUILTY, (int)query.state);
	EXPECT_EQ(1u, query.resets);
	EXPECT_EQ(1u + QUEUED, query.finished);
	EXPECT_EQ(-ECANCELED, copy_submit(&self->copy[0], self->ctx, 1, &jobs[0]));
	/* The engine alone was reset. */
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)ctx_state(self->fd, self->other));
	EXPECT_EQ(self->info.resets + 1, card_resets(self->fd));
	EXPECT_EQ(0, copy_run(&self->others[0], self->other));
}

TEST_F(reset, every_engine_hangs)
{
	const uint32_t engines = self->info.engines;
	uint32_t ctx[NMACCEL_MAX_ENGINES], i;
	uint64_t jobs[NMACCEL_MAX_ENGINES];

	ASSERT_GE((uint32_t)OTHERS, engines);
	ASSERT_EQ(0, card_control(&self->card, "stall count=%u", engines));
	for (i = 0; i < engines; i++) {
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx[i]));
		ASSERT_EQ(0, copy_submit(&self->others[i], ctx[i], 1, &jobs[i]));
	}
	for (i = 0; i < engines; i++) {
		EXPECT_EQ(-ETIMEDOUT, job_error(self->fd, ctx[i], jobs[i]));
		EXPECT_EQ(DRM_NMACCEL_CTX_GUILTY, (int)ctx_state(self->fd, ctx[i]));
	}
	EXPECT_EQ(self->info.resets + engines, card_resets(self->fd));
	EXPECT_EQ(0, copy_run(&self->others[0], self->other));
}

TEST_F(reset, again_and_again)
{
	const unsigned int times = 5;
	unsigned int i;
	uint32_t ctx;

	for (i = 0; i < times; i++) {
		EXPECT_EQ(-ETIMEDOUT, hang_one(&self->card, &self->copy[0], &ctx));
		EXPECT_EQ(0, copy_run(&self->others[i], self->other));
	}
	EXPECT_EQ(self->info.resets + times, card_resets(self->fd));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)ctx_state(self->fd, self->other));
}

/* Stopped for its hang, or because nobody waits for it any more: whichever is seen first. */
static bool is_stopped(int status)
{
	return status == -ETIMEDOUT || status == -ESRCH;
}

TEST_F(reset, context_destroyed_while_it_hangs)
{
	int sync_file[2];
	uint64_t job;

	ASSERT_EQ(0, card_control(&self->card, "stall count=1"));
	ASSERT_EQ(0, submit_file(&self->copy[0], self->ctx, &job, &sync_file[0]));
	ASSERT_EQ(0, card_wait_busy(&self->card, 1));
	ASSERT_EQ(0, submit_file(&self->copy[1], self->ctx, &job, &sync_file[1]));
	ASSERT_EQ(0, ctx_destroy(self->fd, self->ctx));
	EXPECT_EQ(0, bo_wait(&self->copy[0].out, true));
	EXPECT_EQ(0, bo_wait(&self->copy[1].out, true));
	EXPECT_TRUE(is_stopped(sync_file_status(sync_file[0])));
	EXPECT_EQ(-ESRCH, sync_file_status(sync_file[1]));
	EXPECT_EQ(0, copy_run(&self->others[0], self->other));
	close(sync_file[0]);
	close(sync_file[1]);
}

TEST_F(reset, file_closed_while_it_hangs)
{
	const int fd = card_open(0);
	struct copy copy;
	uint64_t job;
	uint32_t ctx;
	int sync_file;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&copy, fd, PIXELS, CHANNELS));
	ASSERT_EQ(0, card_control(&self->card, "stall count=1"));
	ASSERT_EQ(0, submit_file(&copy, ctx, &job, &sync_file));
	ASSERT_EQ(0, card_wait_busy(&self->card, 1));
	close(fd);
	EXPECT_EQ(0, copy_run(&self->others[0], self->other));
	EXPECT_TRUE(is_stopped(sync_file_wait(sync_file)));
	close(sync_file);
	copy_free(&copy);
}

/* A job that makes progress for minutes, if nobody stops it. */
static int long_job(FIXTURE_DATA(reset) * self, struct copy *copy, int *sync_file)
{
	struct submit submit;
	uint32_t sync;
	int ret;

	ret = copy_init(copy, self->fd, 64 * 1000, 512);
	if (!ret)
		ret = syncobj_create(self->fd, 0, &sync);
	if (ret)
		return ret;
	submit_init(&submit, self->fd, self->ctx);
	copy_add(copy, &submit, copy->info.max_descs);
	submit_signal(&submit, sync, 0);
	ret = submit_run(&submit, NULL);
	submit_free(&submit);
	if (!ret)
		ret = syncobj_to_sync_file(self->fd, sync, sync_file);
	return ret ?: card_wait_busy(&self->card, 1);
}

/* Nobody waits for a long job of a context that is gone: it makes way at the next hang check. */
TEST_F(reset, context_destroyed_while_a_long_job_runs)
{
	struct copy copy;
	int sync_file;

	ASSERT_EQ(0, long_job(self, &copy, &sync_file));
	ASSERT_EQ(0, ctx_destroy(self->fd, self->ctx));
	EXPECT_EQ(-ESRCH, sync_file_wait(sync_file));
	EXPECT_EQ(0, copy_run(&self->others[0], self->other));
	close(sync_file);
	copy_free(&copy);
}

/* Longer than the administrator allows, which is looked at in between. */
TEST_F(reset, long_job_above_max_job_ms)
{
	struct copy copy;
	int sync_file;

	NEEDS_ROOT();
	ASSERT_EQ(0, module_write("max_job_ms", 50));
	ASSERT_EQ(0, long_job(self, &copy, &sync_file));
	EXPECT_EQ(-ETIMEDOUT, sync_file_wait(sync_file));
	EXPECT_EQ(DRM_NMACCEL_CTX_GUILTY, (int)ctx_state(self->fd, self->ctx));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)ctx_state(self->fd, self->other));
	EXPECT_EQ(self->info.resets + 1, card_resets(self->fd));
	close(sync_file);
	copy_free(&copy);
}

/* More than hang_ms on an engine, tile by tile, is no hang. */
TEST_F(reset, slow_is_no_hang)
{
	struct drm_nmaccel_result result = {0};
	unsigned long long hang_ms;
	uint32_t times, tries;
	struct copy copy;
	uint64_t job;

	ASSERT_EQ(0, module_read("hang_ms", &hang_ms));
	ASSERT_EQ(0, copy_init(&copy, self->fd, 64 * 100, 512));
	ASSERT_EQ(0, copy_times_for(&copy, self->other, 3 * (unsigned int)hang_ms, &times));
	for (tries = 0; tries < 8 && result.run_ns < 3 * hang_ms * 1000000; tries++) {
		ASSERT_EQ(0, copy_submit(&copy, self->other, times, &job));
		ASSERT_EQ(0, job_wait(self->fd, self->other, job, &result));
		ASSERT_EQ(0u, result.error);
		times = times < copy.info.max_descs / 2 ? times * 2 : copy.info.max_descs;
	}
	if (result.run_ns < 3 * hang_ms * 1000000)
		SKIP(return, "the card is too fast for a job that is so long");
	EXPECT_EQ(0u, copy_check(&copy));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)ctx_state(self->fd, self->other));
	EXPECT_EQ(self->info.resets, card_resets(self->fd));
}

/* No valid record is an error of the card's, not of the context's. */
TEST_F(reset, wrong_status)
{
	uint64_t job;
	int sync_file;

	ASSERT_EQ(0, card_control(&self->card, "wrong-status count=1"));
	ASSERT_EQ(0, submit_file(&self->copy[0], self->ctx, &job, &sync_file));
	EXPECT_EQ(-EIO, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0, bo_wait(&self->copy[0].out, true));
	EXPECT_EQ(-EIO, sync_file_status(sync_file));
	EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)ctx_state(self->fd, self->ctx));
	EXPECT_EQ(0, copy_run(&self->copy[0], self->ctx));
	close(sync_file);
}

/* The bus refuses the job itself: the engine ends without a record. */
TEST_F(reset, dma_fault_at_the_start)
{
	struct drm_nmaccel_result result;
	uint64_t job;

	ASSERT_EQ(0, card_control(&self->card, "dma-fault count=1"));
	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx, 1, &job));
	ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &result));
	EXPECT_EQ((uint32_t)EIO, result.error);
	EXPECT_EQ(NMACCEL_FAULT_NONE, (int)result.fault);
	EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)ctx_state(self->fd, self->ctx));
	EXPECT_EQ(0, copy_run(&self->copy[0], self->ctx));
}

/*
 * The bus refuses an access while a job runs. Most are of data, and then the record says where;
 * where it was of the job or the record there is no place, and one more try is due.
 */
TEST_F(reset, dma_fault_in_the_middle)
{
	struct drm_nmaccel_result result;
	unsigned int tries, told = 0;
	char fault[40];
	uint32_t times;
	uint64_t job;

	ASSERT_EQ(0, copy_times_for(&self->copy[0], self->ctx, 500, &times));
	for (tries = 0; tries < 20 && !told; tries++) {
		ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx, times, &job));
		/* An engine may always pause before the same access. */
		snprintf(fault, sizeof(fault), "dma-fault count=1 after=%u", tries);
		ASSERT_EQ(0, card_control(&self->card, fault));
		ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &result));
		if (result.error) {
			ASSERT_EQ((uint32_t)EIO, result.error);
			told += result.fault == NMACCEL_FAULT_BUS &&
				result.fault_buffer != NMACCEL_NO_BUFFER;
		}
		ASSERT_EQ(0, card_control(&self->card, "clear"));
	}
	ASSERT_EQ(1u, told);
	EXPECT_GT(times, result.fault_desc);
	EXPECT_GT(2u, result.fault_buffer);
	EXPECT_GT(self->copy[0].in.size, result.fault_offset);
	EXPECT_NE(DRM_NMACCEL_CTX_GUILTY, (int)ctx_state(self->fd, self->ctx));
	EXPECT_EQ(0, copy_run(&self->copy[0], self->ctx));
}

HANG_TEST_MAIN
