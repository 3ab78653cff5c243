// SPDX-License-Identifier: MIT
/* A function level reset by the administrator: jobs are run again, and nothing else is to be seen.
 */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20

FIXTURE(flr)
{
	struct card card;
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct drm_nmaccel_dev_info info;
};

FIXTURE_SETUP(flr)
{
	char method[64];

	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &self->card));
	if (card_read(&self->card, "reset_method", method, sizeof(method)) ||
	    !strstr(method, "flr"))
		SKIP(return, "the card has no function level reset");
	ASSERT_EQ(0, card_calm(&self->card));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, PIXELS, CHANNELS));
}

FIXTURE_TEARDOWN(flr)
{
	close(self->fd);
	EXPECT_EQ(0, card_still_works(0));
}

TEST_F(flr, idle)
{
	struct drm_nmaccel_ctx_query query;
	unsigned int i;

	for (i = 0; i < effort(5); i++) {
		ASSERT_EQ(0, card_reset(&self->card));
		EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	}
	/* No job of the context was hit. */
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)query.state);
	EXPECT_EQ(0u, query.resets);
}

TEST_F(flr, asleep)
{
	struct sleep_control control;

	ASSERT_EQ(0, card_sleep_allow(&self->card, &control));
	EXPECT_EQ(0, card_wait_asleep(&self->card));
	EXPECT_EQ(0, card_reset(&self->card));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, card_sleep_restore(&self->card, &control));
}

/* Jobs all the time, and resets whenever they come. */
TEST_F(flr, busy)
{
	struct copy copies[8];
	uint64_t jobs[8], pending = 0;
	unsigned int i, round;
	uint32_t times;

	ASSERT_EQ(0, copy_times_for(&self->copy, self->ctx, 50, &times));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, copy_init(&copies[i], self->fd, PIXELS, CHANNELS));
	for (round = 0; round < effort(5); round++) {
		for (i = 0; i < 8; i++) {
			copy_fill(&copies[i], round * 100 + i);
			ASSERT_EQ(0, copy_submit(&copies[i], self->ctx, times, &jobs[i]));
		}
		ASSERT_EQ(0, card_reset(&self->card));
		for (i = 0; i < 8; i++) {
			EXPECT_EQ(0, job_error(self->fd, self->ctx, jobs[i]));
			EXPECT_EQ(0u, copy_check(&copies[i]));
			pending += !!bo_wait(&copies[i].out, true);
		}
	}
	EXPECT_EQ(0u, pending);
}

/*
 * A job that overwrites its own input, to and fro between two buffers. Each descriptor moves the
 * image by one column, so the end tells how many were run: a job that was run again from its start
 * would have moved it too far.
 */
static int shift_submit(const struct copy *copy, uint32_t ctx, uint32_t columns, uint64_t *job)
{
	struct nmaccel_hw_desc desc = copy->desc;
	struct submit submit;
	uint32_t i;
	int ret;

	desc.pad_left = 1;
	submit_init(&submit, copy->in.fd, ctx);
	submit_buffer(&submit, copy->in.handle, DRM_NMACCEL_BUFFER_READ | DRM_NMACCEL_BUFFER_WRITE);
	submit_buffer(&submit, copy->out.handle,
		      DRM_NMACCEL_BUFFER_READ | DRM_NMACCEL_BUFFER_WRITE);
	for (i = 0; i < columns; i++) {
		desc.in.buffer = i & 1;
		desc.out.buffer = !(i & 1);
		submit_desc(&submit, &desc);
	}
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

static int8_t pixel(const struct copy *copy, const uint8_t *map, uint32_t channel, uint32_t x)
{
	const uint32_t columns = copy->info.columns, pitch = NMACCEL_PITCH(columns, 1);
	const uint64_t tile = x / columns;

	return (int8_t)map[(tile * copy->channels + channel) * pitch + x % columns];
}

/* Pixels that are not those of the old image, so many columns before. */
static uint64_t shift_check(const struct copy *copy, const uint8_t *old, uint32_t columns)
{
	uint64_t wrong = 0;
	uint32_t c, x;
	int8_t want;

	for (c = 0; c < copy->channels; c++) {
		for (x = 0; x < copy->pixels; x++) {
			want = x < columns ? INT8_MIN : pixel(copy, old, c, x - columns);
			wrong += pixel(copy, copy->in.map, c, x) != want;
		}
	}
	return wrong;
}

TEST_F(flr, in_the_middle_of_a_job)
{
	const uint32_t pixels = 16384;
	struct drm_nmaccel_ctx_query query = {0};
	struct copy copy;
	uint32_t columns;
	uint8_t *old;
	uint64_t job;

	ASSERT_EQ(0, copy_init(&copy, self->fd, pixels, 8));
	old = malloc(copy.in.size);
	ASSERT_NE(NULL, old);
	/* Longer and longer, until a job does not end before its engine is stopped. */
	for (columns = 256; columns < pixels && !query.resets; columns *= 2) {
		copy_fill(&copy, columns);
		memcpy(old, copy.in.map, copy.in.size);
		ASSERT_EQ(0, shift_submit(&copy, self->ctx, columns, &job));
		ASSERT_EQ(0, card_reset(&self->card));
		ASSERT_EQ(0, job_error(self->fd, self->ctx, job));
		ASSERT_EQ(0, bo_wait(&copy.in, true));
		ASSERT_EQ(0u, shift_check(&copy, old, columns));
		ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	}
	free(old);
	if (!query.resets)
		SKIP(return, "every job ended before its engine was stopped");
	EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)query.state);
}

/* All engines are surely at work: their contexts are innocent, and those that wait are not hit. */
TEST(innocent)
{
	struct copy copies[NMACCEL_MAX_ENGINES], waits;
	uint32_t ctx[NMACCEL_MAX_ENGINES], other, engines, i;
	struct drm_nmaccel_ctx_query query;
	uint64_t jobs[NMACCEL_MAX_ENGINES], last;
	struct drm_nmaccel_dev_info info;
	struct hold hold;
	int fd;

	NEEDS_HOLD(&hold, 0);
	fd = card_open(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, dev_info(fd, &info));
	engines = info.engines;
	EXPECT_EQ(0, hold_jobs(&hold, engines));
	for (i = 0; i < engines; i++) {
		EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx[i]));
		EXPECT_EQ(0, copy_init(&copies[i], fd, PIXELS, CHANNELS));
		EXPECT_EQ(0, copy_submit(&copies[i], ctx[i], 1, &jobs[i]));
		EXPECT_EQ(0, card_wait_busy(&hold.card, i + 1));
	}
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &other));
	EXPECT_EQ(0, copy_init(&waits, fd, PIXELS, CHANNELS));
	EXPECT_EQ(0, copy_submit(&waits, other, 1, &last));
	EXPECT_EQ(0, card_reset(&hold.card));
	for (i = 0; i < engines; i++) {
		EXPECT_EQ(0, job_error(fd, ctx[i], jobs[i]));
		EXPECT_EQ(0u, copy_check(&copies[i]));
		EXPECT_EQ(0, ctx_query(fd, ctx[i], &query));
		EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)query.state);
		EXPECT_EQ(1u, query.resets);
		EXPECT_EQ(0, copy_run(&copies[i], ctx[i]));
	}
	EXPECT_EQ(0, job_error(fd, other, last));
	EXPECT_EQ(0u, copy_check(&waits));
	EXPECT_EQ(0, ctx_query(fd, other, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)query.state);
	EXPECT_EQ(0, dev_info(fd, &info));
	EXPECT_LT(0u, info.resets);
	close(fd);
	hold_end(&hold);
}

CARD_TEST_MAIN
