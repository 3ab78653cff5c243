// SPDX-License-Identifier: MIT
/*
 * What jobs do to a buffer is done in order, whatever their contexts, engines and files, and
 * without a syncobj: writers wait for readers and writers, readers for writers.
 */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20

/* Two contexts, and jobs that can be held. */
FIXTURE(held)
{
	struct hold hold;
	int fd;
	uint32_t ctx[2];
	struct copy copy[2];
	uint64_t job[2];
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
}

FIXTURE_TEARDOWN(held)
{
	close(self->fd);
	hold_end(&self->hold);
}

static int copy_between(const struct copy *copy, const struct bo *from, const struct bo *to,
			uint32_t ctx, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, copy->in.fd, ctx);
	submit_buffer(&submit, from->handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, to->handle, DRM_NMACCEL_BUFFER_WRITE);
	submit_desc(&submit, &copy->desc);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

TEST_F(held, bo_wait_of_readers_and_writers)
{
	const struct copy *copy = &self->copy[0];
	const int64_t past = 0;

	EXPECT_EQ(0, bo_wait_until(&copy->in, true, past));
	EXPECT_EQ(0, bo_wait_until(&copy->out, true, past));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(copy, self->ctx[0], 1, &self->job[0]));
	/* The input may be read meanwhile, and not written; the output neither. */
	EXPECT_EQ(0, bo_wait_until(&copy->in, false, past));
	EXPECT_EQ(-ETIME, bo_wait_until(&copy->in, true, past));
	EXPECT_EQ(-ETIME, bo_wait_until(&copy->out, false, past));
	EXPECT_EQ(-ETIME, bo_wait_until(&copy->out, true, past));
	EXPECT_EQ(-ETIME, bo_wait_until(&copy->out, true, deadline_in(1)));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, bo_wait(&copy->out, false));
	EXPECT_EQ(0, job_look(self->fd, self->ctx[0], self->job[0]));
	EXPECT_EQ(0, bo_wait(&copy->in, true));
	EXPECT_EQ(0u, copy_check(copy));
}

TEST_F(held, reader_waits_for_the_writer)
{
	struct copy through = self->copy[1];

	through.in = self->copy[0].in;
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx[0], 1, &self->job[0]));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_between(&through, &self->copy[0].out, &through.out, self->ctx[1],
				  &self->job[1]));
	EXPECT_EQ(-ETIME, bo_wait_until(&through.out, false, deadline_in(1)));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[1], self->job[1]));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(self->fd, self->ctx[1], self->job[1]));
	EXPECT_EQ(0u, copy_check(&through));
}

TEST_F(held, writer_waits_for_the_reader)
{
	struct bo *shared = &self->copy[0].in;
	struct copy was = self->copy[0], is = self->copy[1];

	/* Both inputs differ; the second is written over the first while that is being read. */
	copy_fill(&self->copy[1], 7);
	ASSERT_EQ(0, bo_new(self->fd, was.in.size, &was.in));
	memcpy(was.in.map, shared->map, shared->size);
	is.out = *shared;
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx[0], 1, &self->job[0]));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_between(&is, &is.in, shared, self->ctx[1], &self->job[1]));
	EXPECT_EQ(-ETIME, bo_wait_until(&is.in, true, deadline_in(1)));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[1], self->job[1]));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(self->fd, self->ctx[1], self->job[1]));
	EXPECT_EQ(0u, copy_check(&was));
	/* The columns beyond the last are zero in the copy, so a copy of the copy is compared. */
	ASSERT_EQ(0, copy_between(&is, shared, &self->copy[1].out, self->ctx[1], &self->job[1]));
	EXPECT_EQ(0, job_error(self->fd, self->ctx[1], self->job[1]));
	EXPECT_EQ(0u, copy_check(&self->copy[1]));
}

/* A reader is held, and another one goes past it on another engine. */
TEST_F(held, readers_do_not_wait_for_each_other)
{
	struct copy second = self->copy[1];

	if (second.info.engines < 2)
		SKIP(return, "needs two engines");
	second.in = self->copy[0].in;
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx[0], 1, &self->job[0]));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_submit(&second, self->ctx[1], 1, &self->job[1]));
	EXPECT_EQ(0, job_error(self->fd, self->ctx[1], self->job[1]));
	EXPECT_EQ(0u, copy_check(&second));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx[0], self->job[0]));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(self->fd, self->ctx[0], self->job[0]));
}

/* The same buffer under two handles of two files. */
TEST_F(held, files_share_a_buffer)
{
	struct bo shared = {.fd = card_open(0)};
	struct copy through = {0};
	uint32_t ctx;
	int dmabuf;

	ASSERT_LE(0, shared.fd);
	ASSERT_EQ(0, ctx_create(shared.fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, prime_export(self->fd, self->copy[0].out.handle, &dmabuf));
	ASSERT_EQ(0, prime_import(shared.fd, dmabuf, &shared.handle));
	close(dmabuf);
	ASSERT_EQ(0, copy_init(&through, shared.fd, PIXELS, CHANNELS));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx[0], 1, &self->job[0]));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, copy_between(&through, &shared, &through.out, ctx, &self->job[1]));
	EXPECT_EQ(-ETIME, bo_wait_until(&through.out, false, deadline_in(1)));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(shared.fd, ctx, self->job[1]));
	through.in.map = self->copy[0].in.map;
	EXPECT_EQ(0u, copy_check(&through));
	close(shared.fd);
}

/* Jobs of one context start in the order of submission, so a chain of copies needs nothing. */
TEST_F(held, chain_through_both_contexts)
{
	const struct bo *from = &self->copy[0].out, *to = &self->copy[1].out, *swap;
	struct copy end = self->copy[0];
	unsigned int i;

	ASSERT_EQ(0, copy_submit(&self->copy[0], self->ctx[0], 1, &self->job[0]));
	for (i = 0; i < effort(100); i++) {
		ASSERT_EQ(0, copy_between(&end, from, to, self->ctx[i & 1], &self->job[0]));
		swap = from;
		from = to;
		to = swap;
	}
	ASSERT_EQ(0, bo_wait(from, true));
	end.out = *from;
	EXPECT_EQ(0u, copy_check(&end));
}

CARD_TEST_MAIN
