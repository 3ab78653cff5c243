// SPDX-License-Identifier: MIT
/*
 * Binding, unbinding and resetting a card, with the first, second, third ... allocation failing,
 * until no failure is left to inject. The card is then either bound and works or is not bound at
 * all, and the next time it can be bound and works.
 */
#include "ksft_test.h"

#include "ksft_inject.h"

/* More than any of them has. */
#define MAX_POINTS 5000

static bool is_bound(const struct card *card)
{
	char path[PATH_MAX];

	return !card_node(card, path, sizeof(path));
}

static int works(const struct card *card)
{
	return card_still_works(card->index);
}

/* Unbound, as it was; bound only if the call has worked. */
static int check_bind(const struct card *card, int ret)
{
	int failed;

	if (is_bound(card) != !ret)
		return -EILSEQ;
	if (ret)
		ret = card_bind(card);
	failed = ret ?: works(card);
	return failed ?: card_unbind(card);
}

/* Unbinding has done its work, or has not begun. */
static int check_unbind(const struct card *card, int ret)
{
	int failed;

	if (is_bound(card) == !ret)
		return -EILSEQ;
	failed = ret ? works(card) : 0;
	if (!failed && ret)
		failed = card_unbind(card);
	return failed ?: card_bind(card);
}

static int check_reset(const struct card *card, int ret)
{
	int failed = works(card);

	return failed ?: ret ? card_reset(card) : 0;
}

FIXTURE(fail_nth)
{
	struct inject inject;
	struct card card;
};

FIXTURE_VARIANT(fail_nth)
{
	int (*call)(const struct card *card);
	int (*check)(const struct card *card, int ret);
	bool unbound; /* before the call */
};

FIXTURE_VARIANT_ADD(fail_nth, bind){
	.call = card_bind,
	.check = check_bind,
	.unbound = true,
};

FIXTURE_VARIANT_ADD(fail_nth, unbind){
	.call = card_unbind,
	.check = check_unbind,
};

FIXTURE_VARIANT_ADD(fail_nth, reset){
	.call = card_reset,
	.check = check_reset,
};

FIXTURE_SETUP(fail_nth)
{
	ASSERT_EQ(0, inject_open(&self->inject));
	ASSERT_EQ(0, card_get(0, &self->card));
	if (variant->unbound)
		ASSERT_EQ(0, card_unbind(&self->card));
}

FIXTURE_TEARDOWN(fail_nth)
{
	inject_close(&self->inject);
	if (!is_bound(&self->card))
		EXPECT_EQ(0, card_bind(&self->card));
}

TEST_F(fail_nth, every_point)
{
	unsigned int nth, failed = 0;
	bool hit = true;
	int ret;

	for (nth = 1; hit; nth++) {
		ASSERT_GT(MAX_POINTS, nth);
		ASSERT_EQ(0, inject_arm(&self->inject, nth));
		ret = variant->call(&self->card);
		hit = inject_disarm(&self->inject);

		EXPECT_TRUE(!ret || hit)
		{
			TH_LOG("point %u: %s", nth, strerror(-ret));
		}
		failed += ret != 0;
		ret = variant->check(&self->card, ret);
		ASSERT_EQ(0, ret)
		{
			TH_LOG("after point %u: %s", nth, strerror(-ret));
		}
	}
	EXPECT_LT(0, failed);
	TH_LOG("%u points, of which %u made the call fail", nth - 2, failed);
}

/* A fixture, as those come in the order of the file, and tests without one before all of them. */
FIXTURE(leaks){};

FIXTURE_SETUP(leaks)
{
}

FIXTURE_TEARDOWN(leaks)
{
}

TEST_F(leaks, none)
{
	char text[4096];
	int ret = leaks_find(text, sizeof(text));

	if (ret == -ENOENT)
		SKIP(return, "needs a kernel with DEBUG_KMEMLEAK");
	ASSERT_EQ(0, ret);
	EXPECT_STREQ("", text);
}

INJECT_TEST_MAIN
