// SPDX-License-Identifier: MIT
/* nmaccel-card: an emulated nmaccel card for QEMU, over vfio-user. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "options.h"
#include "server.h"

struct signals {
	sigset_t set;
	struct card_server *server;
	pthread_t thread;
};

static void *signal_thread(void *argument)
{
	struct signals *signals = argument;
	int number;

	sigwait(&signals->set, &number);
	card_server_stop(signals->server);
	return NULL;
}

/* All threads inherit the mask, so only sigwait() sees these. */
static void block_signals(struct signals *signals)
{
	sigemptyset(&signals->set);
	sigaddset(&signals->set, SIGINT);
	sigaddset(&signals->set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals->set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int serve(const struct card_options *options, struct card *card, struct signals *signals,
		 int listener)
{
	struct card_server server;

	card_server_init(&server, card, options->socket, listener);
	signals->server = &server;
	if (pthread_create(&signals->thread, NULL, signal_thread, signals)) {
		fprintf(stderr, "nmaccel-card: cannot start the signal thread\n");
		card_server_destroy(&server);
		return EXIT_FAILURE;
	}
	card_server_run(&server, options->once);
	/* It may be waiting still. */
	pthread_kill(signals->thread, SIGTERM);
	pthread_join(signals->thread, NULL);
	card_server_destroy(&server);
	return EXIT_SUCCESS;
}

static int serve_with_control(const struct card_options *options, struct card *card,
			      struct signals *signals, int listener)
{
	struct card_control control;
	int fd, err, status;

	if (!options->control)
		return serve(options, card, signals, listener);
	fd = card_listen(options->control);
	if (fd < 0)
		goto err_close_listener;
	err = card_control_start(&control, card, options->control, fd);
	if (err) {
		fprintf(stderr, "nmaccel-card: cannot start the control thread: %s\n",
			strerror(err));
		close(fd);
		unlink(options->control);
		goto err_close_listener;
	}
	status = serve(options, card, signals, listener);
	card_control_stop(&control);
	return status;

err_close_listener:
	close(listener);
	unlink(options->socket);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct card_options options;
	struct signals signals;
	struct card *card;
	const char *reason;
	int listener, status;

	if (!card_options_parse(&options, argc, argv))
		return EXIT_FAILURE;
	if (options.help) {
		card_options_help();
		return EXIT_SUCCESS;
	}
	block_signals(&signals);
	if (card_create(&options.build, &card, &reason)) {
		fprintf(stderr, "nmaccel-card: %s; --help lists what there is\n", reason);
		return EXIT_FAILURE;
	}
	listener = card_listen(options.socket);
	status = listener < 0 ? EXIT_FAILURE
			      : serve_with_control(&options, card, &signals, listener);
	card_destroy(card);
	return status;
}
