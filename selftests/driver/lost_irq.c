// SPDX-License-Identifier: MIT
/* Interrupts that do not come, and interrupts that come for nothing. */
#include "ksft_test.h"

#include "ksft_recovery.h"

FIXTURE(irq)
{
	struct card card;
	int fd;
	uint32_t ctx;
	struct copy copy;
	unsigned long long lost;
};

FIXTURE_SETUP(irq)
{
	ASSERT_EQ(0, card_get(0, &self->card));
	NEEDS_CONTROL(&self->card);
	ASSERT_EQ(0, card_calm(&self->card));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 200, 20));
	ASSERT_EQ(0, card_lost_interrupts(&self->card, &self->lost));
}

/* Nothing of this is an error to anybody. */
FIXTURE_TEARDOWN(irq)
{
	struct drm_nmaccel_ctx_query query;
	char state[16];

	EXPECT_EQ(0, card_calm(&self->card));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)query.state);
	EXPECT_EQ(0u, query.resets);
	EXPECT_EQ(0, card_read(&self->card, "state", state, sizeof(state)));
	EXPECT_EQ(0, strcmp(state, "ok"));
	close(self->fd);
}

/* The driver counts after it has finished the job. */
static int wait_lost(const struct card *card, unsigned long long want)
{
	unsigned long long lost;
	unsigned int i;
	int ret;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		ret = card_lost_interrupts(card, &lost);
		if (ret || lost >= want)
			return ret ? ret : lost == want ? 0 : -ERANGE;
		usleep(10000);
	}
	return -ETIME;
}

TEST_F(irq, lost)
{
	ASSERT_EQ(0, card_control(&self->card, "drop-irq count=1"));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, wait_lost(&self->card, self->lost + 1));
	/* The next one comes again. */
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, wait_lost(&self->card, self->lost + 1));
}

TEST_F(irq, all_lost)
{
	const unsigned int jobs = 5;
	unsigned int i;

	ASSERT_EQ(0, card_control(&self->card, "drop-irq count=sticky"));
	for (i = 1; i <= jobs; i++) {
		EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
		EXPECT_EQ(0, wait_lost(&self->card, self->lost + i));
	}
}

TEST_F(irq, lost_with_a_queue_behind)
{
	uint64_t jobs[16];
	unsigned int i;

	ASSERT_EQ(0, card_control(&self->card, "drop-irq count=1"));
	for (i = 0; i < 16; i++)
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &jobs[i]));
	for (i = 0; i < 16; i++)
		EXPECT_EQ(0, job_error(self->fd, self->ctx, jobs[i]));
	EXPECT_EQ(0u, copy_check(&self->copy));
	EXPECT_EQ(0, wait_lost(&self->card, self->lost + 1));
}

TEST_F(irq, spurious_while_jobs_run)
{
	const uint32_t engines = self->copy.info.engines;
	unsigned int i;
	uint32_t e;

	for (i = 0; i < effort(10); i++) {
		uint64_t job;

		copy_fill(&self->copy, i);
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 20, &job));
		for (e = 0; e < engines; e++)
			ASSERT_EQ(0,
				  card_control(&self->card, "spurious-irq engine=%u count=200", e));
		ASSERT_EQ(0, card_control(&self->card, "spurious-irq count=200"));
		EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
		EXPECT_EQ(0u, copy_check(&self->copy));
	}
}

TEST_F(irq, spurious_while_it_sleeps)
{
	struct sleep_control control;
	uint32_t e;

	ASSERT_EQ(0, card_sleep_allow(&self->card, &control));
	EXPECT_EQ(0, card_wait_asleep(&self->card));
	for (e = 0; e < self->copy.info.engines; e++)
		EXPECT_EQ(0, card_control(&self->card, "spurious-irq engine=%u count=100", e));
	EXPECT_EQ(0, card_control(&self->card, "spurious-irq count=100"));
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, card_sleep_restore(&self->card, &control));
}

/*
 * A card that sleeps reports them when it wakes up. Others may have used up what the kernel tells
 * of errors in a while, so they come until it does.
 */
TEST_F(irq, reported_errors)
{
	const int64_t until = deadline();
	long told = 0;
	int klog;

	NEEDS_ROOT();
	klog = klog_open();
	ASSERT_LE(0, klog);
	while (!told && deadline_in(0) < until) {
		ASSERT_EQ(0, card_control(&self->card, "error bits=7"));
		ASSERT_EQ(0, copy_run(&self->copy, self->ctx));
		usleep(100000);
		told = klog_count(klog, "the card reports errors: DMA parity thermal");
	}
	EXPECT_LT(0, told);
	close(klog);
}

HANG_TEST_MAIN
