/* SPDX-License-Identifier: MIT */
/* The socket that the client (QEMU) connects to: one connection at a time. */
#ifndef CARD_SERVER_H
#define CARD_SERVER_H

#include <pthread.h>
#include <stdbool.h>

#include "card.h"

struct card_server {
	struct card *card;
	const char *path;
	pthread_mutex_t lock; /* of what follows */
	int listener;
	int connection; /* -1: none */
	bool stopping;
};

/* A listening unix socket at path, in place of a stale one. -1 with the reason printed. */
int card_listen(const char *path);

/* Takes the listener over. */
void card_server_init(struct card_server *server, struct card *card, const char *path,
		      int listener);
void card_server_destroy(struct card_server *server);

/* Serve clients until card_server_stop(), or with once until the first has gone. */
void card_server_run(struct card_server *server, bool once);

/* From another thread. */
void card_server_stop(struct card_server *server);

#endif /* CARD_SERVER_H */
