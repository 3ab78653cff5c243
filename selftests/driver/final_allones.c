// SPDX-License-Identifier: MIT
/*
 * A card whose registers give all ones, as after a surprise removal or a broken link: the driver
 * says so once, to everybody, and does not hang.
 */
#include "ksft_test.h"

#include "ksft_death.h"

FIXTURE(ones)
{
	struct lost lost;
};

FIXTURE_VARIANT(ones)
{
	const char *fault;
	bool busy;
};

FIXTURE_VARIANT_ADD(ones, registers_idle){
	.fault = "all-ones count=sticky",
};

FIXTURE_VARIANT_ADD(ones, registers_busy){
	.fault = "all-ones count=sticky",
	.busy = true,
};

FIXTURE_VARIANT_ADD(ones, everything_busy){
	.fault = "gone count=sticky",
	.busy = true,
};

FIXTURE_SETUP(ones)
{
	struct card card;

	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &card));
	NEEDS_CONTROL(&card);
	ASSERT_EQ(0, card_calm(&card));
	ASSERT_EQ(0, lost_open(&self->lost));
}

/* The card is healed, which is what a reset of the slot or a power cycle would do. */
FIXTURE_TEARDOWN(ones)
{
	EXPECT_EQ(0, card_control(&self->lost.card, "clear"));
	EXPECT_EQ(0, card_unbind(&self->lost.card));
	close(self->lost.fd);
	close(self->lost.klog);
	close(self->lost.uevent);
	EXPECT_EQ(0, card_bind(&self->lost.card));
	EXPECT_EQ(0, card_wait_node(&self->lost.card, true));
	EXPECT_EQ(0, card_still_works(0));
}

TEST_F(ones, is_lost)
{
	struct lost *lost = &self->lost;
	char state[16];
	int status = 0;
	unsigned int i;
	long lines;

	if (variant->busy)
		ASSERT_EQ(0, card_control(&lost->card, "stall count=sticky"));
	for (i = 0; variant->busy && i < LOST_JOBS; i++)
		ASSERT_EQ(0, lost_submit(lost));
	if (variant->busy)
		ASSERT_EQ(0, card_wait_busy(&lost->card, 1));
	ASSERT_EQ(0, card_control(&lost->card, "%s", variant->fault));
	if (!variant->busy)
		ASSERT_EQ(0, lost_submit(lost));
	EXPECT_EQ(0, lost_wait(lost, &status));
	EXPECT_EQ(-ENODEV, status);
	EXPECT_EQ(0, uevent_wait(lost->uevent, "WEDGED=", lost->card.pci));
	EXPECT_EQ(0, lost_calls(lost));
	EXPECT_EQ(0, card_read(&lost->card, "state", state, sizeof(state)));
	EXPECT_EQ(0, strcmp(state, "lost"));
	/* Told, and told once: whatever else is tried now. */
	for (i = 0; i < 200; i++)
		EXPECT_EQ(-ENODEV, copy_submit(&lost->copy, lost->ctx[0], 1, NULL));
	lines = klog_count(lost->klog, "nmaccel");
	EXPECT_LE(1, lines);
	EXPECT_GE(10, lines);
}

HANG_TEST_MAIN
