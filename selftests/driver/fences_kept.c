// SPDX-License-Identifier: MIT
/*
 * A sync_file may be kept for longer than the file, the job and the card: whoever asks it, then or
 * after the card has come back, gets the job's end and names that are text.
 */
#include "ksft_test.h"

#include <ctype.h>
#include <linux/sync_file.h>

#include "ksft_recovery.h"

/* How the jobs end: one is on an engine, the other waits for it. */
enum end {
	RAN,
	CLOSED,	 /* their context was */
	UNBOUND, /* the card was */
};

FIXTURE(fences_kept)
{
	struct hold hold;
	int fd;
	uint32_t ctx;
	struct copy copy;
	int sync_files[2];
};

FIXTURE_VARIANT(fences_kept)
{
	enum end end;
	int status[2];
};

FIXTURE_VARIANT_ADD(fences_kept, ran){
	.end = RAN,
	.status = {1, 1},
};

FIXTURE_VARIANT_ADD(fences_kept, closed){
	.end = CLOSED,
	.status = {1, -ESRCH},
};

FIXTURE_VARIANT_ADD(fences_kept, unbound){
	.end = UNBOUND,
	.status = {-ENODEV, -ENODEV},
};

FIXTURE_SETUP(fences_kept)
{
	NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
}

FIXTURE_TEARDOWN(fences_kept)
{
	hold_end(&self->hold);
	EXPECT_EQ(0, card_still_works(0));
}

static int submit_kept(FIXTURE_DATA(fences_kept) * self, int *sync_file)
{
	struct submit submit;
	uint32_t sync;
	int ret;

	ret = syncobj_create(self->fd, 0, &sync);
	if (ret)
		return ret;
	submit_init(&submit, self->fd, self->ctx);
	copy_add(&self->copy, &submit, 1);
	submit_signal(&submit, sync, 0);
	ret = submit_run(&submit, NULL);
	submit_free(&submit);
	return ret ? ret : syncobj_to_sync_file(self->fd, sync, sync_file);
}

static bool is_text(const char *name, size_t size)
{
	const size_t len = strnlen(name, size);
	size_t i;

	for (i = 0; i < len; i++)
		if (!isprint((unsigned char)name[i]))
			return false;
	return len > 0 && len < size;
}

/* The status of the one fence of it; -EILSEQ if a name is not text. */
static int ask(int sync_file)
{
	struct sync_fence_info fence = {0};
	struct sync_file_info info = {
		.num_fences = 1,
		.sync_fence_info = (uintptr_t)&fence,
	};
	const int ret = call(sync_file, SYNC_IOC_FILE_INFO, &info);

	if (ret)
		return ret;
	if (!is_text(fence.driver_name, sizeof(fence.driver_name)) ||
	    !is_text(fence.obj_name, sizeof(fence.obj_name)))
		return -EILSEQ;
	return fence.status;
}

static int end_jobs(FIXTURE_DATA(fences_kept) * self, enum end end)
{
	if (end == RAN)
		return hold_release(&self->hold);
	/* What runs may end well; what waits never runs. */
	if (end == CLOSED)
		return ctx_destroy(self->fd, self->ctx) ?: hold_release(&self->hold);
	return card_unbind(&self->hold.card);
}

/* The fence of a job that never ran is the only one that is kept: nothing else holds the card. */
TEST_F(fences_kept, longer_than_the_card)
{
	unsigned int i;

	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, submit_kept(self, &self->sync_files[i]));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, end_jobs(self, variant->end));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(variant->status[i], sync_file_wait(self->sync_files[i]));
	close(self->sync_files[0]);
	copy_free(&self->copy);
	close(self->fd);
	if (variant->end != UNBOUND)
		ASSERT_EQ(0, card_unbind(&self->hold.card));
	EXPECT_EQ(variant->status[1], ask(self->sync_files[1]));
	ASSERT_EQ(0, card_bind(&self->hold.card));
	EXPECT_EQ(variant->status[1], ask(self->sync_files[1]));
	close(self->sync_files[1]);
}

CARD_TEST_MAIN
