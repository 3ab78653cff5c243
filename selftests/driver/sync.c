// SPDX-License-Identifier: MIT
/* Syncobjs that jobs wait for and signal, binary and timeline, and the sync_files they give. */
#include "ksft_test.h"

#include <poll.h>

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20

/* Two contexts, each with a copy of its own, and jobs that can be held. */
FIXTURE(held)
{
	struct hold hold;
	int fd;
	uint32_t ctx[2];
	struct copy copy[2];
	uint32_t sync[3];
};

FIXTURE_SETUP(held)
{
	unsigned int i;

	NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx[i]));
		ASSERT_EQ(0, copy_init(&self->copy[i], self->fd, PIXELS, CHANNELS));
	}
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, syncobj_create(self->fd, 0, &self->sync[i]));
}

FIXTURE_TEARDOWN(held)
{
	close(self->fd);
	hold_end(&self->hold);
}

/* The same where nothing is held, for any card. */
FIXTURE(sync)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
	uint32_t sync[3];
};

FIXTURE_SETUP(sync)
{
	unsigned int i;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, PIXELS, CHANNELS));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, syncobj_create(self->fd, 0, &self->sync[i]));
}

FIXTURE_TEARDOWN(sync)
{
	close(self->fd);
}

/* One copy with a syncobj to wait for and one to signal, 0 for none. */
static int copy_sync(const struct copy *copy, uint32_t ctx, uint32_t wait, uint64_t wait_point,
		     uint32_t signal, uint64_t signal_point, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, copy->in.fd, ctx);
	copy_add(copy, &submit, 1);
	if (wait)
		submit_wait(&submit, wait, wait_point);
	if (signal)
		submit_signal(&submit, signal, signal_point);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

TEST_F(sync, binary_out)
{
	uint64_t job;

	ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, 0, 0, self->sync[0], 0, &job));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[0], 0));
	/* The result is there when the fence is signalled, and so is the output. */
	EXPECT_EQ(0, job_look(self->fd, self->ctx, job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0u, copy_check(&self->copy));
}

TEST_F(sync, signalled_in)
{
	uint32_t done;
	uint64_t job;

	ASSERT_EQ(0, syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &done));
	ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, done, 0, self->sync[0], 0, &job));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[0], 0));
	EXPECT_EQ(0u, copy_check(&self->copy));
}

/* Each job waits for the last one's point; the last point means that all are done. */
TEST_F(sync, timeline_chain)
{
	const uint64_t points = 32;
	uint64_t i, job, point = 0;

	ASSERT_EQ(0, syncobj_signal(self->fd, self->sync[0], 1));
	for (i = 1; i <= points; i++)
		ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, self->sync[0], i, self->sync[0],
				       i + 1, &job));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[0], points + 1));
	EXPECT_EQ(0, job_look(self->fd, self->ctx, job));
	ASSERT_EQ(0, syncobj_point(self->fd, self->sync[0], &point));
	EXPECT_EQ(points + 1, point);
	EXPECT_EQ(0u, copy_check(&self->copy));
}

/* Who is to signal must be known when the job is queued: else a job could wait for ever. */
TEST_F(sync, wait_before_submit)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t job;

	EXPECT_EQ(-EINVAL,
		  copy_sync(&self->copy, self->ctx, self->sync[0], 0, self->sync[1], 0, &job));
	EXPECT_EQ(-EINVAL,
		  copy_sync(&self->copy, self->ctx, self->sync[0], 1, self->sync[1], 1, &job));
	ASSERT_EQ(0, syncobj_signal(self->fd, self->sync[0], 5));
	EXPECT_EQ(-EINVAL,
		  copy_sync(&self->copy, self->ctx, self->sync[0], 6, self->sync[1], 1, &job));
	/* Nothing has happened: no job, no fence. */
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(0u, query.submitted);
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[1], 0, deadline_in(0)));
	/* A point that is passed by a later one is there. */
	EXPECT_EQ(0, copy_sync(&self->copy, self->ctx, self->sync[0], 3, self->sync[1], 1, &job));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[1], 1));
}

TEST_F(sync, signalled_with_the_error)
{
	struct faulty faulty;
	struct submit submit;
	int sync_file;
	uint64_t job;

	ASSERT_EQ(0, faulty_init(&faulty, self->fd));
	submit_init(&submit, self->fd, self->ctx);
	faulty_add(&faulty, &submit);
	submit_signal(&submit, self->sync[0], 0);
	ASSERT_EQ(0, submit_run(&submit, &job));
	submit_free(&submit);
	ASSERT_EQ(0, syncobj_to_sync_file(self->fd, self->sync[0], &sync_file));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[0], 0));
	EXPECT_EQ(-EIO, sync_file_status(sync_file));
	EXPECT_EQ(-EIO, job_error(self->fd, self->ctx, job));
	/* Who waits for it is told by the fence, and runs. */
	ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, self->sync[0], 0, self->sync[1], 0, &job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0u, copy_check(&self->copy));
	close(sync_file);
	faulty_free(&faulty);
}

/* A point is reached all the same, and who waits for it runs. */
TEST_F(sync, timeline_point_with_an_error)
{
	struct faulty faulty;
	struct submit submit;
	uint64_t job, point;

	ASSERT_EQ(0, faulty_init(&faulty, self->fd));
	submit_init(&submit, self->fd, self->ctx);
	faulty_add(&faulty, &submit);
	submit_signal(&submit, self->sync[0], 4);
	ASSERT_EQ(0, submit_run(&submit, &job));
	submit_free(&submit);
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[0], 4));
	EXPECT_EQ(-EIO, job_look(self->fd, self->ctx, job));
	ASSERT_EQ(0, syncobj_point(self->fd, self->sync[0], &point));
	EXPECT_EQ(4u, point);
	ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, self->sync[0], 4, self->sync[0], 5, &job));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[0], 5));
	EXPECT_EQ(0, job_look(self->fd, self->ctx, job));
	EXPECT_EQ(0u, copy_check(&self->copy));
	faulty_free(&faulty);
}

TEST_F(sync, sync_file_of_a_finished_job)
{
	int sync_file;
	uint64_t job;

	ASSERT_EQ(0, copy_sync(&self->copy, self->ctx, 0, 0, self->sync[0], 0, &job));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[0], 0));
	ASSERT_EQ(0, syncobj_to_sync_file(self->fd, self->sync[0], &sync_file));
	EXPECT_EQ(1, sync_file_status(sync_file));
	close(sync_file);
}

TEST_F(held, binary_in)
{
	uint64_t first, second;

	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 0, &first));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[1], self->ctx[1], self->sync[0], 0, self->sync[1], 0,
			       &second));
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[1], 0, deadline_in(1)));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[0], first));
	ASSERT_EQ(0, hold_release(&self->hold));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[1], 0));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[0], first));
	EXPECT_EQ(0u, copy_check(&self->copy[0]));
	EXPECT_EQ(0u, copy_check(&self->copy[1]));
}

/* Points 1 and 2 are of jobs that are held, 3 is of one that waits for both. */
TEST_F(held, several_waits_and_signals)
{
	struct submit submit;
	uint64_t job;

	ASSERT_EQ(0, hold_all(&self->hold));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 1, &job));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 2, &job));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[1], 0, &job));
	submit_init(&submit, self->fd, self->ctx[1]);
	copy_add(&self->copy[1], &submit, 1);
	submit_wait(&submit, self->sync[0], 1);
	submit_wait(&submit, self->sync[0], 2);
	submit_wait(&submit, self->sync[1], 0);
	submit_signal(&submit, self->sync[0], 3);
	submit_signal(&submit, self->sync[1], 0);
	submit_signal(&submit, self->sync[2], 0);
	ASSERT_EQ(0, submit_run(&submit, &job));
	submit_free(&submit);
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[0], 3, deadline_in(0)));
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[1], 0, deadline_in(0)));
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[2], 0, deadline_in(0)));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[1], job));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[2], 0));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[1], job));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[0], 3));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[1], 0));
	EXPECT_EQ(0u, copy_check(&self->copy[1]));
}

/* It waits for the fence that was there, and leaves its own in the place. */
TEST_F(held, wait_and_signal_the_same)
{
	uint64_t first, second;

	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 0, &first));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[1], self->ctx[1], self->sync[0], 0, self->sync[0], 0,
			       &second));
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, self->sync[0], 0, deadline_in(0)));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[1], second));
	ASSERT_EQ(0, hold_release(&self->hold));
	ASSERT_EQ(0, syncobj_wait(self->fd, self->sync[0], 0));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[0], first));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[1], second));
	EXPECT_EQ(0u, copy_check(&self->copy[1]));
}

TEST_F(held, sync_file_poll)
{
	struct pollfd poll_fd = {.events = POLLIN};
	uint64_t job;

	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 0, &job));
	ASSERT_EQ(0, syncobj_to_sync_file(self->fd, self->sync[0], &poll_fd.fd));
	EXPECT_EQ(0, poll(&poll_fd, 1, 0));
	EXPECT_EQ(0, sync_file_status(poll_fd.fd));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(1, poll(&poll_fd, 1, PATIENCE_S * 1000));
	EXPECT_EQ(POLLIN, poll_fd.revents);
	EXPECT_EQ(1, sync_file_status(poll_fd.fd));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[0], job));
	close(poll_fd.fd);
}

/* A fence of one file is waited for by a job of another. */
TEST_F(held, sync_file_of_another_file)
{
	const int other = card_open(0);
	uint32_t ctx, sync;
	struct copy copy;
	uint64_t first, second;
	int sync_file;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, ctx_create(other, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&copy, other, PIXELS, CHANNELS));
	ASSERT_EQ(0, syncobj_create(other, 0, &sync));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 0, &first));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, syncobj_to_sync_file(self->fd, self->sync[0], &sync_file));
	ASSERT_EQ(0, syncobj_from_sync_file(other, sync, sync_file));
	close(sync_file);
	ASSERT_EQ(0, copy_sync(&copy, ctx, sync, 0, 0, 0, &second));
	EXPECT_EQ(-ETIME, bo_wait_until(&copy.out, true, deadline_in(1)));
	EXPECT_EQ(EBUSY, job_look(other, ctx, second));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(other, ctx, second));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[0], first));
	EXPECT_EQ(0u, copy_check(&copy));
	close(other);
}

/* A context goes while its job waits: the fence tells, and what waited behind it goes on. */
TEST_F(held, destroyed_while_it_waits)
{
	uint64_t job;
	int sync_file;

	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[0], self->ctx[0], 0, 0, self->sync[0], 0, &job));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_sync(&self->copy[1], self->ctx[1], self->sync[0], 0, self->sync[1], 0,
			       &job));
	ASSERT_EQ(0, syncobj_to_sync_file(self->fd, self->sync[1], &sync_file));
	ASSERT_EQ(0, ctx_destroy(self->fd, self->ctx[1]));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, syncobj_wait(self->fd, self->sync[1], 0));
	EXPECT_EQ(-ESRCH, sync_file_status(sync_file));
	close(sync_file);
}

CARD_TEST_MAIN
