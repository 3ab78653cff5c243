// SPDX-License-Identifier: MIT
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ANSWER 4096u

/*
 * One thread serves all clients, so it waits for none: who leaves so many answers unread that the
 * socket is full is cut off.
 */
static bool send_all(int fd, const char *data, size_t size)
{
	while (size) {
		const ssize_t n = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/*
 * Behind a serial port there may be a terminal that is not in raw mode yet: it sends a return
 * before the newline, and echoes our answers, which must not be answered in turn for ever.
 */
static bool is_command(const char *line)
{
	return *line && strcmp(line, "ok") && strncmp(line, "error:", 6);
}

static bool end_line(struct card_control *control, struct card_control_client *client)
{
	static const char too_long[] = "error: the line is too long\n";
	char answer[MAX_ANSWER];
	size_t n;

	if (client->too_long) {
		client->too_long = false;
		client->used = 0;
		return send_all(client->fd, too_long, sizeof(too_long) - 1);
	}
	if (client->used && client->line[client->used - 1] == '\r')
		client->used--;
	client->line[client->used] = '\0';
	client->used = 0;
	if (!is_command(client->line))
		return true;
	n = card_control_line(control->card, client->line, answer, sizeof(answer));
	return send_all(client->fd, answer, n);
}

static bool take_byte(struct card_control *control, struct card_control_client *client, char byte)
{
	if (byte == '\n')
		return end_line(control, client);
	if (client->used == sizeof(client->line) - 1)
		client->too_long = true;
	else
		client->line[client->used++] = byte;
	return true;
}

/* What has come from a client; false when it is gone. */
static bool serve(struct card_control *control, struct card_control_client *client)
{
	char data[512];
	const ssize_t n = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);
	ssize_t i;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	for (i = 0; i < n; i++)
		if (!take_byte(control, client, data[i]))
			return false;
	return n > 0;
}

static void drop_client(struct card_control *control, size_t i)
{
	close(control->clients[i].fd);
	control->clients[i] = control->clients[--control->n_clients];
}

/* False when the socket listens no longer. */
static bool accept_client(struct card_control *control)
{
	static const char full[] = "error: too many connections\n";
	const int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return errno != EINVAL && errno != EBADF;
	if (control->n_clients == CARD_CONTROL_MAX_CLIENTS) {
		send_all(fd, full, sizeof(full) - 1);
		close(fd);
		return true;
	}
	control->clients[control->n_clients++] = (struct card_control_client){.fd = fd};
	return true;
}

static void *control_thread(void *argument)
{
	struct card_control *control = argument;
	struct pollfd fds[CARD_CONTROL_MAX_CLIENTS + 1];
	bool listening = true;
	size_t i;

	while (listening) {
		const size_t n = control->n_clients;

		for (i = 0; i < n; i++)
			fds[i] = (struct pollfd){.fd = control->clients[i].fd, .events = POLLIN};
		fds[n] = (struct pollfd){.fd = control->listener, .events = POLLIN};
		if (poll(fds, n + 1, -1) < 0)
			continue;
		/* Downwards, as the last takes the place of one that goes. */
		for (i = n; i--;)
			if (fds[i].revents && !serve(control, &control->clients[i]))
				drop_client(control, i);
		if (fds[n].revents)
			listening = accept_client(control);
	}
	while (control->n_clients)
		drop_client(control, 0);
	return NULL;
}

int card_control_start(struct card_control *control, struct card *card, const char *path,
		       int listener)
{
	memset(control, 0, sizeof(*control));
	control->card = card;
	control->path = path;
	control->listener = listener;
	return pthread_create(&control->thread, NULL, control_thread, control);
}

void card_control_stop(struct card_control *control)
{
	shutdown(control->listener, SHUT_RDWR);
	pthread_join(control->thread, NULL);
	close(control->listener);
	unlink(control->path);
}
