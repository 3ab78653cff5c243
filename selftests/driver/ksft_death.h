/* SPDX-License-Identifier: MIT */
/* What is the same in all tests of a card that is lost for good: those of final_*.c. */
#ifndef KSFT_DEATH_H
#define KSFT_DEATH_H

#include "ksft_recovery.h"

#define LOST_JOBS 8

/* A client of the card, and what listens to the kernel. */
struct lost {
	struct card card;
	int fd;
	int klog;
	int uevent;
	uint32_t ctx[2];
	struct copy copy;
	int sync_files[LOST_JOBS];
	unsigned int n_jobs;
};

int lost_open(struct lost *lost);
/* One more job with a sync_file of its fence. */
int lost_submit(struct lost *lost);

/* Say the line to the card, which may be dead before it can answer. */
int lost_control(const struct card *card, const char *line);

/* Every fence ends with -ENODEV: 0, or -EBADMSG with the first other status in *status. */
int lost_wait(struct lost *lost, int *status);

/* The file node says that the card is gone: 0, or the number of the first call that does not. */
int lost_calls(const struct lost *lost);

#endif
