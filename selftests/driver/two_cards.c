// SPDX-License-Identifier: MIT
/* Two cards in one machine: they share buffers and fences, and nothing else. */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20

struct side {
	struct card card;
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct drm_nmaccel_dev_info info;
};

FIXTURE(two)
{
	struct side side[2];
	struct hold hold; /* of the first one */
};

static int side_open(struct side *side, unsigned int index)
{
	int ret;

	ret = card_get(index, &side->card);
	if (!ret)
		ret = card_calm(&side->card);
	if (ret)
		return ret;
	side->fd = card_open(index);
	if (side->fd < 0)
		return side->fd;
	ret = dev_info(side->fd, &side->info);
	if (!ret)
		ret = ctx_create(side->fd, DRM_NMACCEL_PRIORITY_NORMAL, &side->ctx);
	return ret ? ret : copy_init(&side->copy, side->fd, PIXELS, CHANNELS);
}

FIXTURE_SETUP(two)
{
	NEEDS_CARDS(2);
	ASSERT_EQ(0, side_open(&self->side[0], 0));
	ASSERT_EQ(0, side_open(&self->side[1], 1));
	if (self->side[0].info.columns != self->side[1].info.columns)
		SKIP(return, "the cards lay out tensors in different ways");
}

FIXTURE_TEARDOWN(two)
{
	unsigned int i;

	hold_end(&self->hold);
	for (i = 0; i < 2; i++) {
		close(self->side[i].fd);
		card_calm(&self->side[i].card);
		EXPECT_NE(-ETIME, coredump_drop(&self->side[i].card));
		EXPECT_EQ(0, card_still_works(i));
	}
}

/* A buffer of one card under a handle of the other. */
static int share(const struct bo *bo, int fd, uint32_t *handle)
{
	int dmabuf, ret;

	ret = prime_export(bo->fd, bo->handle, &dmabuf);
	if (ret)
		return ret;
	ret = prime_import(fd, dmabuf, handle);
	close(dmabuf);
	return ret;
}

/* From any handle to any, with a syncobj to wait for and one to signal; 0 for none. */
static int copy_between(struct side *side, uint32_t from, uint32_t to, uint32_t wait,
			uint32_t signal, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, side->fd, side->ctx);
	submit_buffer(&submit, from, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, to, DRM_NMACCEL_BUFFER_WRITE);
	submit_desc(&submit, &side->copy.desc);
	if (wait)
		submit_wait(&submit, wait, 0);
	if (signal)
		submit_signal(&submit, signal, 0);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

TEST_F(two, are_two)
{
	char serial[2][32];
	unsigned int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, card_read(&self->side[i].card, "serial", serial[i], 32));
	EXPECT_NE(0, strcmp(self->side[0].card.pci, self->side[1].card.pci));
	EXPECT_EQ(strtoull(serial[0], NULL, 16), self->side[0].info.serial);
	EXPECT_EQ(strtoull(serial[1], NULL, 16), self->side[1].info.serial);
}

TEST_F(two, work_at_once)
{
	const unsigned int n = 50;
	uint64_t job[2];
	unsigned int i, k;

	copy_fill(&self->side[0].copy, 10);
	copy_fill(&self->side[1].copy, 11);
	for (k = 0; k < n; k++)
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0,
				  copy_submit(&self->side[i].copy, self->side[i].ctx, 5, &job[i]));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, job_error(self->side[i].fd, self->side[i].ctx, job[i]));
		EXPECT_EQ(0u, copy_check(&self->side[i].copy));
	}
}

/* The one writes what the other reads; nobody says so but the buffer. */
TEST_F(two, share_a_buffer)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	struct copy through = b->copy;
	uint32_t shared;
	unsigned int i;
	uint64_t job;

	ASSERT_EQ(0, share(&a->copy.out, b->fd, &shared));
	through.in = a->copy.in;
	for (i = 0; i < effort(20); i++) {
		copy_fill(&a->copy, i);
		copy_fill(&b->copy, 100 + i);
		ASSERT_EQ(0, copy_submit(&a->copy, a->ctx, 10, &job));
		ASSERT_EQ(0, copy_between(b, shared, b->copy.out.handle, 0, 0, &job));
		EXPECT_EQ(0, job_error(b->fd, b->ctx, job));
		EXPECT_EQ(0u, copy_check(&through));
		ASSERT_EQ(0, bo_wait(&a->copy.out, true));
		ASSERT_EQ(0, bo_wait(&b->copy.out, true));
	}
}

TEST_F(two, fence_across)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	uint32_t done, wait, after;
	uint64_t first, second;
	int sync_file;

	ASSERT_EQ(0, syncobj_create(a->fd, 0, &done));
	ASSERT_EQ(0, syncobj_create(b->fd, 0, &wait));
	ASSERT_EQ(0, syncobj_create(b->fd, 0, &after));
	ASSERT_EQ(0, copy_between(a, a->copy.in.handle, a->copy.out.handle, 0, done, &first));
	ASSERT_EQ(0, syncobj_to_sync_file(a->fd, done, &sync_file));
	ASSERT_EQ(0, syncobj_from_sync_file(b->fd, wait, sync_file));
	ASSERT_EQ(0, copy_between(b, b->copy.in.handle, b->copy.out.handle, wait, after, &second));
	EXPECT_EQ(0, syncobj_wait(b->fd, after, 0));
	EXPECT_EQ(1, sync_file_status(sync_file));
	EXPECT_EQ(0u, copy_check(&a->copy));
	EXPECT_EQ(0u, copy_check(&b->copy));
	close(sync_file);
}

/* The second card's job waits for one that is held on the first. */
TEST_F(two, fence_across_is_waited_for)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	uint32_t done, wait;
	uint64_t first, second;
	int sync_file;

	NEEDS_HOLD(&self->hold, 0);
	close(a->fd);
	ASSERT_EQ(0, side_open(a, 0));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, syncobj_create(a->fd, 0, &done));
	ASSERT_EQ(0, syncobj_create(b->fd, 0, &wait));
	ASSERT_EQ(0, copy_between(a, a->copy.in.handle, a->copy.out.handle, 0, done, &first));
	ASSERT_EQ(0, card_wait_busy(&a->card, 1));
	ASSERT_EQ(0, syncobj_to_sync_file(a->fd, done, &sync_file));
	ASSERT_EQ(0, syncobj_from_sync_file(b->fd, wait, sync_file));
	close(sync_file);
	ASSERT_EQ(0, copy_between(b, b->copy.in.handle, b->copy.out.handle, wait, 0, &second));
	EXPECT_EQ(-ETIME, bo_wait_until(&b->copy.out, true, deadline_in(1)));
	EXPECT_EQ(EBUSY, job_look(b->fd, b->ctx, second));
	EXPECT_EQ(EBUSY, job_look(a->fd, a->ctx, first));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(b->fd, b->ctx, second));
	EXPECT_EQ(0, job_look(a->fd, a->ctx, first));
	EXPECT_EQ(0u, copy_check(&a->copy));
	EXPECT_EQ(0u, copy_check(&b->copy));
}

/* A hang of one is no reset of the other, whose job waits for it, is told, and runs. */
TEST_F(two, hang_of_one)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	struct drm_nmaccel_ctx_query query;
	struct drm_nmaccel_dev_info info;
	uint64_t first, second;
	uint32_t shared;
	unsigned int i;

	NEEDS_CONTROL(&a->card);
	ASSERT_EQ(0, share(&a->copy.out, b->fd, &shared));
	ASSERT_EQ(0, card_control(&a->card, "stall count=1"));
	ASSERT_EQ(0, copy_submit(&a->copy, a->ctx, 1, &first));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, copy_run(&b->copy, b->ctx));
	ASSERT_EQ(0, copy_between(b, shared, b->copy.out.handle, 0, 0, &second));
	EXPECT_EQ(0, job_error(b->fd, b->ctx, second));
	EXPECT_EQ(-ETIMEDOUT, job_error(a->fd, a->ctx, first));
	ASSERT_EQ(0, ctx_query(a->fd, a->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_GUILTY, (int)query.state);
	ASSERT_EQ(0, ctx_query(b->fd, b->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)query.state);
	ASSERT_EQ(0, dev_info(a->fd, &info));
	EXPECT_EQ(a->info.resets + 1, info.resets);
	ASSERT_EQ(0, dev_info(b->fd, &info));
	EXPECT_EQ(b->info.resets, info.resets);
}

TEST_F(two, reset_of_one)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	struct drm_nmaccel_dev_info info;
	uint64_t job;

	NEEDS_ROOT();
	ASSERT_EQ(0, copy_submit(&b->copy, b->ctx, 200, &job));
	ASSERT_EQ(0, card_reset(&a->card));
	EXPECT_EQ(0, job_error(b->fd, b->ctx, job));
	EXPECT_EQ(0u, copy_check(&b->copy));
	ASSERT_EQ(0, dev_info(b->fd, &info));
	EXPECT_EQ(b->info.resets, info.resets);
	EXPECT_EQ(0, copy_run(&a->copy, a->ctx));
}

/* The card that owns a buffer goes; the other one has it still, or is told that it has not. */
TEST_F(two, removal_of_the_exporter)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	uint32_t shared;
	uint64_t job;
	int ret;

	NEEDS_ROOT();
	ASSERT_EQ(0, share(&a->copy.out, b->fd, &shared));
	ASSERT_EQ(0, copy_between(b, shared, b->copy.out.handle, 0, 0, &job));
	EXPECT_EQ(0, job_error(b->fd, b->ctx, job));
	ASSERT_EQ(0, card_unbind(&a->card));
	ret = copy_between(b, shared, b->copy.out.handle, 0, 0, &job);
	if (!ret)
		EXPECT_EQ(0, job_error(b->fd, b->ctx, job));
	EXPECT_EQ(0, copy_run(&b->copy, b->ctx));
	close(a->fd);
	EXPECT_EQ(0, copy_run(&b->copy, b->ctx));
	EXPECT_EQ(0, gem_close(b->fd, shared));
	ASSERT_EQ(0, card_bind(&a->card));
	ASSERT_EQ(0, card_wait_node(&a->card, true));
	a->fd = card_open(0);
}

TEST_F(two, removal_of_the_importer)
{
	struct side *a = &self->side[0], *b = &self->side[1];
	uint32_t shared;
	uint64_t job;

	NEEDS_ROOT();
	ASSERT_EQ(0, share(&a->copy.out, b->fd, &shared));
	ASSERT_EQ(0, copy_between(b, shared, b->copy.out.handle, 0, 0, &job));
	EXPECT_EQ(0, job_error(b->fd, b->ctx, job));
	ASSERT_EQ(0, card_unbind(&b->card));
	EXPECT_EQ(0, copy_run(&a->copy, a->ctx));
	close(b->fd);
	EXPECT_EQ(0, copy_run(&a->copy, a->ctx));
	ASSERT_EQ(0, card_bind(&b->card));
	ASSERT_EQ(0, card_wait_node(&b->card, true));
	b->fd = card_open(1);
}

HANG_TEST_MAIN
