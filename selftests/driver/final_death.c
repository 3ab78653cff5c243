// SPDX-License-Identifier: MIT
/* The card dies while nothing runs on it: a surprise removal. */
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
TEST_F(death, idle)
{
	struct lost *lost = &self->lost;
	unsigned int i;
	int status = 0;
	long lines;

	ASSERT_EQ(0, copy_run(&lost->copy, lost->ctx[0]));
	ASSERT_EQ(0, lost_control(&lost->card, "death"));
	/* The first job finds out. */
	ASSERT_EQ(0, lost_submit(lost));
	EXPECT_EQ(0, lost_wait(lost, &status));
	EXPECT_EQ(-ENODEV, status);
	EXPECT_EQ(0, uevent_wait(lost->uevent, "WEDGED=", lost->card.pci));
	EXPECT_EQ(0, lost_calls(lost));
	for (i = 0; i < 200; i++)
		EXPECT_EQ(-ENODEV, copy_submit(&lost->copy, lost->ctx[0], 1, NULL));
	lines = klog_count(lost->klog, "nmaccel");
	EXPECT_LE(1, lines);
	EXPECT_GE(10, lines);
	/* The driver lets go of it, with a file open. */
	EXPECT_EQ(0, card_unbind(&lost->card));
	EXPECT_EQ(-ENODEV, copy_submit(&lost->copy, lost->ctx[0], 1, NULL));
	lost->copy.in.map[0] = 1;
	close(lost->fd);
	lost->copy.in.map[0] = 2;
	/* And it does not take it again: nothing answers. */
	EXPECT_NE(0, card_bind(&lost->card));
}

HANG_TEST_MAIN
