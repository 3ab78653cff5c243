// SPDX-License-Identifier: MIT
/* A job hangs, and its engine does not come out of the reset: the card is lost. */
#include "ksft_test.h"

#include "ksft_death.h"
#include "ksft_inject.h"

#define FAULT "fail_nmaccel_reset"

FIXTURE(reset)
{
	struct lost lost;
};

FIXTURE_SETUP(reset)
{
	struct card card;

	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &card));
	NEEDS_CONTROL(&card);
	if (fault_arm(FAULT, 0))
		SKIP(return, "needs a kernel with FAULT_INJECTION_DEBUG_FS");
	ASSERT_EQ(0, card_calm(&card));
	ASSERT_EQ(0, lost_open(&self->lost));
}

/* A card that can be reset after all is as good as new. */
FIXTURE_TEARDOWN(reset)
{
	EXPECT_EQ(0, fault_arm(FAULT, 0));
	EXPECT_EQ(0, card_control(&self->lost.card, "clear"));
	EXPECT_EQ(0, card_unbind(&self->lost.card));
	close(self->lost.fd);
	close(self->lost.klog);
	close(self->lost.uevent);
	EXPECT_EQ(0, card_bind(&self->lost.card));
	EXPECT_EQ(0, card_wait_node(&self->lost.card, true));
	EXPECT_NE(-ETIME, coredump_drop(&self->lost.card));
	EXPECT_EQ(0, card_still_works(0));
}

TEST_F(reset, fails)
{
	struct lost *lost = &self->lost;
	char state[16];
	unsigned int i;
	int status = 0;
	uint32_t ctx;

	ASSERT_EQ(0, card_control(&lost->card, "stall count=sticky"));
	for (i = 0; i < LOST_JOBS; i++)
		ASSERT_EQ(0, lost_submit(lost));
	ASSERT_EQ(0, card_wait_busy(&lost->card, 1));
	ASSERT_EQ(0, fault_arm(FAULT, -1));
	EXPECT_EQ(0, lost_wait(lost, &status));
	EXPECT_EQ(-ENODEV, status);
	EXPECT_EQ(0, uevent_wait(lost->uevent, "WEDGED=", lost->card.pci));
	/* The context of the one that hung is banned besides. */
	EXPECT_EQ(-ECANCELED, copy_submit(&lost->copy, lost->ctx[0], 1, NULL));
	EXPECT_EQ(-ENODEV, copy_submit(&lost->copy, lost->ctx[1], 1, NULL));
	EXPECT_EQ(-ENODEV, ctx_create(lost->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(0, card_read(&lost->card, "state", state, sizeof(state)));
	EXPECT_EQ(0, strcmp(state, "lost"));
	/* Told, and told once. */
	EXPECT_EQ(1, klog_count(lost->klog, "does not come out of reset"));
}

HANG_TEST_MAIN
