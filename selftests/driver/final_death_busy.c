// SPDX-License-Identifier: MIT
/* The card dies at the start of a job, with others queued behind it. */
#include "ksft_test.h"

#include "ksft_death.h"

FIXTURE(death)
{
	struct lost lost;
};

FIXTURE_SETUP(death)
{
	struct card card;

	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &card));
	NEEDS_CONTROL(&card);
	ASSERT_EQ(0, lost_open(&self->lost));
}

FIXTURE_TEARDOWN(death)
{
}

/* One test: there is only one death. */
TEST_F(death, busy)
{
	struct lost *lost = &self->lost;
	int status = 0;
	unsigned int i;
	long lines;

	ASSERT_EQ(0, card_control(&lost->card, "death-at-start"));
	for (i = 0; i < LOST_JOBS; i++)
		ASSERT_EQ(0, lost_submit(lost));
	EXPECT_EQ(0, lost_wait(lost, &status));
	EXPECT_EQ(-ENODEV, status);
	EXPECT_EQ(0, bo_wait(&lost->copy.out, true));
	EXPECT_EQ(0, uevent_wait(lost->uevent, "WEDGED=", lost->card.pci));
	EXPECT_EQ(0, lost_calls(lost));
	lines = klog_count(lost->klog, "nmaccel");
	EXPECT_LE(1, lines);
	EXPECT_GE(10, lines);
	EXPECT_EQ(0, card_unbind(&lost->card));
	EXPECT_EQ(-ENODEV, copy_submit(&lost->copy, lost->ctx[0], 1, NULL));
	close(lost->fd);
	EXPECT_NE(0, card_bind(&lost->card));
}

HANG_TEST_MAIN
