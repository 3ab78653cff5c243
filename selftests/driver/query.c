// SPDX-License-Identifier: MIT
/* DRM_IOCTL_NMACCEL_DEV_QUERY: what the card is. */
#include "ksft_test.h"

FIXTURE(query)
{
	int fd;
};

FIXTURE_SETUP(query)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(query)
{
	close(self->fd);
}

TEST_F(query, works)
{
	EXPECT_EQ(0, card_still_works(0));
}

CARD_TEST_MAIN
