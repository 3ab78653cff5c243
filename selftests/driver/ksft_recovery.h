/* SPDX-License-Identifier: MIT */
/*
 * What tests of hangs and removal share: jobs that are held, jobs that fail, what debugfs, the
 * core dumps, the kernel's log and its events say.
 *
 * Functions return 0 or -errno unless said otherwise, and print nothing.
 */
#ifndef KSFT_RECOVERY_H
#define KSFT_RECOVERY_H

#include "ksft_nmaccel.h"

/* Bind the driver again, with another hang_ms. */
int card_rebind(const struct card *card, unsigned long long hang_ms);

/*
 * Bind the driver to the first card with a quarter of its hang_ms until the program ends, for tests
 * that wait for hangs. Others are better off with the long one: a slow machine is no hang.
 */
int hang_shorten(void);

/* In place of CARD_TEST_MAIN. Without the right to do it, hangs take what they take. */
#define HANG_TEST_MAIN                                                                             \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		close(card_open_or_exit());                                                        \
		hang_shorten();                                                                    \
		return test_harness_run(argc, argv);                                               \
	}

/* No fault waits in the card any more, and the driver is bound. */
int card_calm(const struct card *card);

/*
 * Let the card sleep when it is idle, or not; the second gives back what the first has found. And
 * wait until it sleeps; -ETIME after PATIENCE_S.
 */
struct sleep_control {
	char was[16];
};

int card_sleep_allow(const struct card *card, struct sleep_control *control);
int card_sleep_restore(const struct card *card, const struct sleep_control *control);
int card_wait_asleep(const struct card *card);

/*
 * Jobs that stay on their engines for as long as the test wants: the emulated card stalls them,
 * and hang_ms is so long that the driver leaves them alone. Files opened before hold_begin() are
 * dead after it. -ENODEV without a control line.
 */
struct hold {
	struct card card;
	unsigned long long hang_ms; /* as it was */
};

int hold_begin(struct hold *hold, unsigned int index);

/* Begin, in a test or a fixture that cannot do without. */
#define NEEDS_HOLD(hold, number)                                                                   \
	do {                                                                                       \
		struct card held_card;                                                             \
                                                                                                   \
		NEEDS_ROOT();                                                                      \
		ASSERT_EQ(0, card_get(number, &held_card));                                        \
		NEEDS_CONTROL(&held_card);                                                         \
		ASSERT_EQ(0, hold_begin(hold, number));                                            \
	} while (0)

int hold_jobs(const struct hold *hold, unsigned int count); /* the next count jobs that start */
int hold_all(const struct hold *hold);			    /* until release, one an engine */
int hold_release(const struct hold *hold);
void hold_end(const struct hold *hold); /* all zero is fine */

/* The file "engines" of debugfs. */
struct engine_state {
	bool busy;
	unsigned long long jobs;
	unsigned long long run_ns;
	unsigned long long resets;
	unsigned long long lost_interrupts;
};

/* Returns the number of engines, or -errno. */
int card_engines(const struct card *card, struct engine_state engines[NMACCEL_MAX_ENGINES]);
/*
 * The number of buffers that the card has, of all its files, from debugfs; or -errno. And wait
 * until there are so many: what ends in the background gives them back a little later.
 */
int card_buffers(const struct card *card);
int card_wait_buffers(const struct card *card, int count);

/* Wait until so many engines are busy; -ETIME after PATIENCE_S. */
int card_wait_busy(const struct card *card, unsigned int count);
int card_lost_interrupts(const struct card *card, unsigned long long *count);

/*
 * A job that the engine ends with NMACCEL_FAULT_INDEX, on any card: its weights name a position
 * that the block has not.
 */
struct faulty {
	struct bo in, out, weights, params;
	struct nmaccel_hw_desc desc;
};

int faulty_init(struct faulty *faulty, int fd);
void faulty_free(struct faulty *faulty);
int faulty_submit(const struct faulty *faulty, uint32_t ctx, uint64_t *job);
void faulty_add(const struct faulty *faulty, struct submit *submit);

/* How many core dumps of a device there are. */
int coredump_count(const struct card *card);
/* One of them; -ENOENT if there is none. */
int coredump_read(const struct card *card, char *text, size_t size);
/* Waits for it; -ETIME after PATIENCE_S. */
int coredump_wait(const struct card *card, char *text, size_t size);
/* Returns when it has gone; -ENOENT if there was none. */
int coredump_drop(const struct card *card);

/* The kernel's log from klog_open() on: lines that contain the word, all of them if it is NULL. */
int klog_open(void);
long klog_count(int klog, const char *word);

/* Events of the kernel: wait for one that contains both words; -ETIME after PATIENCE_S. */
int uevent_open(void);
int uevent_wait(int uevent, const char *word, const char *other);

#endif
