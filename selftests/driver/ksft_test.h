/* SPDX-License-Identifier: MIT */
/*
 * kselftest_harness.h, for tests of a card: more time for each, and no card is SKIP.
 */
#ifndef KSFT_TEST_H
#define KSFT_TEST_H

#include "kselftest_harness.h"

#include "ksft_nmaccel.h"

/* A hang ends a test, and slowness does not: kernels that check everything take their time. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 600

/* A file of the first card; without one the program ends. */
static inline int card_open_or_exit(void)
{
	const int fd = card_open(0);

	if (fd >= 0)
		return fd;
	ksft_print_header();
	if (card_required())
		ksft_exit_fail_msg("no nmaccel card: %s\n", strerror(-fd));
	ksft_exit_skip("no nmaccel card, or nmaccel.ko is not loaded: %s\n", strerror(-fd));
}

/* In place of TEST_HARNESS_MAIN. */
#define CARD_TEST_MAIN                                                                             \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		close(card_open_or_exit());                                                        \
		return test_harness_run(argc, argv);                                               \
	}

/*
 * How often to do something of which more is better: times, or as many percent of it as
 * NMACCEL_KSFT_EFFORT says, which is meant for kernels that take long for everything.
 */
static inline unsigned int effort(unsigned int times)
{
	const char *percent = getenv("NMACCEL_KSFT_EFFORT");
	unsigned long share = percent ? strtoul(percent, NULL, 10) : 100;

	if (!share || share >= 100)
		return times;
	return times * share / 100 ? times * share / 100 : 1;
}

/* For a test that needs the emulated card. */
#define NEEDS_CONTROL(card)                                                                        \
	do {                                                                                       \
		if (!card_has_control(card)) {                                                     \
			ASSERT_FALSE(card_required());                                             \
			SKIP(return, "no control line to the card: NMACCEL_CARD_CONTROL");         \
		}                                                                                  \
	} while (0)

#define NEEDS_CARDS(n)                                                                             \
	do {                                                                                       \
		if (card_count() < (n))                                                            \
			SKIP(return, "needs %u cards", (unsigned int)(n));                         \
	} while (0)

/* The ioctl on self->fd fails with this error, and leaves its arguments as they were. */
#define EXPECT_REFUSED(error, request, args)                                                       \
	do {                                                                                       \
		__typeof__(*(args)) before_call = *(args);                                         \
		EXPECT_EQ(-(error), call(self->fd, request, args));                                \
		EXPECT_EQ(0, memcmp(&before_call, args, sizeof(before_call)));                     \
	} while (0)

#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid())                                                                     \
			SKIP(return, "needs root");                                                \
	} while (0)

#endif
