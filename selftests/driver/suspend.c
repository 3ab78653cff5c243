// SPDX-License-Identifier: MIT
/* The card asleep: by itself when it is idle, and with the whole system. */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20
#define JOBS	 8
#define WAKE_S	 4

#define ALARM	   "/sys/class/rtc/rtc0/wakealarm"
#define TEST_LEVEL "/sys/power/pm_test"
#define TEST_DELAY "/sys/module/suspend/parameters/pm_test_delay"

FIXTURE(runtime)
{
	struct card card;
	struct sleep_control control;
	int fd;
	uint32_t ctx;
	struct copy copy;
};

FIXTURE_SETUP(runtime)
{
	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &self->card));
	ASSERT_EQ(0, card_calm(&self->card));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, PIXELS, CHANNELS));
	ASSERT_EQ(0, card_sleep_allow(&self->card, &self->control));
}

FIXTURE_TEARDOWN(runtime)
{
	EXPECT_EQ(0, card_sleep_restore(&self->card, &self->control));
	close(self->fd);
}

/* An open file does not keep it awake; a job wakes it. */
TEST_F(runtime, sleeps_and_wakes)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, card_wait_asleep(&self->card));
		EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	}
}

/* What needs no job must not need the card either. */
TEST_F(runtime, queries_let_it_sleep)
{
	struct drm_nmaccel_dev_info info;
	char status[32], serial[32];
	struct bo bo;

	ASSERT_EQ(0, card_wait_asleep(&self->card));
	EXPECT_EQ(0, dev_info(self->fd, &info));
	EXPECT_EQ(0, bo_new(self->fd, 65536, &bo));
	memset(bo.map, 1, bo.size);
	bo_free(&bo);
	EXPECT_EQ(0, card_read(&self->card, "serial", serial, sizeof(serial)));
	EXPECT_EQ(0, card_read(&self->card, "power/runtime_status", status, sizeof(status)));
	EXPECT_EQ(0, strcmp(status, "suspended"));
}

TEST_F(runtime, unbound_while_it_sleeps)
{
	ASSERT_EQ(0, card_wait_asleep(&self->card));
	ASSERT_EQ(0, card_unbind(&self->card));
	ASSERT_EQ(0, card_bind(&self->card));
	ASSERT_EQ(0, card_wait_node(&self->card, true));
	EXPECT_EQ(0, card_still_works(0));
}

TEST(awake_while_a_job_runs)
{
	struct sleep_control control;
	struct hold hold;
	struct copy copy;
	char status[32];
	uint32_t ctx;
	int fd;

	NEEDS_HOLD(&hold, 0);
	fd = card_open(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(0, copy_init(&copy, fd, PIXELS, CHANNELS));
	EXPECT_EQ(0, card_sleep_allow(&hold.card, &control));
	EXPECT_EQ(0, hold_jobs(&hold, 1));
	EXPECT_EQ(0, copy_submit(&copy, ctx, 1, NULL));
	/* Much longer than it takes to fall asleep. */
	sleep(1);
	EXPECT_EQ(0, card_read(&hold.card, "power/runtime_status", status, sizeof(status)));
	EXPECT_EQ(0, strcmp(status, "active"));
	EXPECT_EQ(0, hold_release(&hold));
	EXPECT_EQ(0, bo_wait(&copy.out, true));
	EXPECT_EQ(0u, copy_check(&copy));
	EXPECT_EQ(0, card_wait_asleep(&hold.card));
	EXPECT_EQ(0, card_sleep_restore(&hold.card, &control));
	close(fd);
	hold_end(&hold);
}

/*
 * The whole system. Where the kernel can play it (pm_test), it does that, down to the drivers or to
 * where only the processors are left: there the card is in D3. Else the real time clock wakes it
 * up.
 */
FIXTURE(system)
{
	struct card card;
	struct hold hold;
	int fd;
	uint32_t ctx;
	struct copy copies[JOBS];
	bool test;
	char delay[16]; /* of pm_test, as it was */
};

FIXTURE_VARIANT(system)
{
	const char *state;
	const char *level;
};

FIXTURE_VARIANT_ADD(system, freeze){
	.state = "freeze",
	.level = "devices",
};

FIXTURE_VARIANT_ADD(system, freeze_to_d3){
	.state = "freeze",
	.level = "platform",
};

FIXTURE_VARIANT_ADD(system, mem){
	.state = "mem",
	.level = "devices",
};

static int system_open(FIXTURE_DATA(system) * self)
{
	unsigned int i;
	int ret;

	self->fd = card_open(0);
	if (self->fd < 0)
		return self->fd;
	ret = ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx);
	for (i = 0; !ret && i < JOBS; i++)
		ret = copy_init(&self->copies[i], self->fd, PIXELS, CHANNELS);
	return ret;
}

FIXTURE_SETUP(system)
{
	char states[128];

	NEEDS_ROOT();
	if (file_read("/sys/power/state", states, sizeof(states)) ||
	    !strstr(states, variant->state))
		SKIP(return, "the kernel cannot %s", variant->state);
	self->test = !file_write(TEST_LEVEL, variant->level);
	if (!self->test && access(ALARM, W_OK))
		SKIP(return, "neither pm_test nor a clock that wakes");
	if (!file_read(TEST_DELAY, self->delay, sizeof(self->delay)))
		file_write(TEST_DELAY, "1");
	ASSERT_EQ(0, card_get(0, &self->card));
	ASSERT_EQ(0, card_calm(&self->card));
	ASSERT_EQ(0, system_open(self));
}

FIXTURE_TEARDOWN(system)
{
	if (self->test)
		file_write(TEST_LEVEL, "none");
	if (self->delay[0])
		file_write(TEST_DELAY, self->delay);
	close(self->fd);
	hold_end(&self->hold);
	EXPECT_EQ(0, card_still_works(0));
}

static int fall_asleep(const char *state, bool test)
{
	char text[16];

	snprintf(text, sizeof(text), "+%d", WAKE_S);
	if (!test && (file_write(ALARM, "0") || file_write(ALARM, text)))
		return -ENOTSUP;
	return file_write("/sys/power/state", state);
}

TEST_F(system, idle)
{
	struct drm_nmaccel_ctx_query query;

	EXPECT_EQ(0, copy_run(&self->copies[0], self->ctx));
	ASSERT_EQ(0, fall_asleep(variant->state, self->test));
	EXPECT_EQ(0, copy_run(&self->copies[0], self->ctx));
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, (int)query.state);
}

TEST_F(system, asleep_already)
{
	struct sleep_control control;

	ASSERT_EQ(0, card_sleep_allow(&self->card, &control));
	EXPECT_EQ(0, card_wait_asleep(&self->card));
	EXPECT_EQ(0, fall_asleep(variant->state, self->test));
	EXPECT_EQ(0, copy_run(&self->copies[0], self->ctx));
	EXPECT_EQ(0, card_sleep_restore(&self->card, &control));
}

TEST_F(system, busy)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t jobs[JOBS];
	unsigned int i;
	uint32_t times;

	ASSERT_EQ(0, copy_times_for(&self->copies[0], self->ctx, 400, &times));
	for (i = 0; i < JOBS; i++) {
		copy_fill(&self->copies[i], i);
		ASSERT_EQ(0, copy_submit(&self->copies[i], self->ctx, times, &jobs[i]));
	}
	ASSERT_EQ(0, fall_asleep(variant->state, self->test));
	for (i = 0; i < JOBS; i++) {
		EXPECT_EQ(0, job_error(self->fd, self->ctx, jobs[i]));
		EXPECT_EQ(0u, copy_check(&self->copies[i]));
	}
	/* Whether a job was stopped and run again or had ended, nobody is guilty. */
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_NE(DRM_NMACCEL_CTX_GUILTY, (int)query.state);
}

/* A job that surely does not end by itself: it is stopped, and run again afterwards. */
TEST_F(system, held)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t job;

	NEEDS_HOLD(&self->hold, 0);
	close(self->fd);
	ASSERT_EQ(0, system_open(self));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copies[0], self->ctx, 1, &job));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	ASSERT_EQ(0, fall_asleep(variant->state, self->test));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0, bo_wait(&self->copies[0].out, true));
	EXPECT_EQ(0u, copy_check(&self->copies[0]));
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_INNOCENT, (int)query.state);
	EXPECT_EQ(1u, query.resets);
}

CARD_TEST_MAIN
