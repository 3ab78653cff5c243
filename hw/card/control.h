/* SPDX-License-Identifier: MIT */
/*
 * The control socket: a line protocol that injects faults and tells what the card has done.
 * docs/card.md describes it.
 */
#ifndef CARD_CONTROL_H
#define CARD_CONTROL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "card.h"

#define CARD_CONTROL_MAX_LINE	 256u
#define CARD_CONTROL_MAX_CLIENTS 16u

struct card_control_client {
	int fd;
	char line[CARD_CONTROL_MAX_LINE];
	size_t used;
	bool too_long; /* what is left of the line is thrown away */
};

struct card_control {
	struct card *card;
	const char *path;
	int listener;
	pthread_t thread;

	/* For the thread alone. */
	struct card_control_client clients[CARD_CONTROL_MAX_CLIENTS];
	size_t n_clients;
};

/*
 * Carry out one line, without its newline; the answer ends with a line "ok" or "error: ...".
 * Returns its length.
 */
size_t card_control_line(struct card *card, const char *line, char *answer, size_t size);

/* Takes the listener over. 0 or a positive errno. */
int card_control_start(struct card_control *control, struct card *card, const char *path,
		       int listener);
void card_control_stop(struct card_control *control);

#endif /* CARD_CONTROL_H */
