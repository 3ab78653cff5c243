// SPDX-License-Identifier: MIT
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ANSWER 4096u

static bool send_all(int fd, const char *data, size_t size)
{
	while (size) {
		const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/* A line without its newline; false at the end, and for one that is too long. */
static bool read_line(int fd, char *line, size_t size)
{
	size_t used = 0;

	while (used < size) {
		const ssize_t n = recv(fd, line + used, 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (line[used] == '\n') {
			line[used] = '\0';
			return true;
		}
		used++;
	}
	return false;
}

static void serve(struct card_control *control, int fd)
{
	char line[CARD_CONTROL_MAX_LINE], answer[MAX_ANSWER];

	while (read_line(fd, line, sizeof(line))) {
		const size_t n = card_control_line(control->card, line, answer, sizeof(answer));

		if (!send_all(fd, answer, n))
			return;
	}
}

static bool set_connection(struct card_control *control, int fd)
{
	bool going;

	pthread_mutex_lock(&control->lock);
	going = !control->stopping;
	control->connection = going ? fd : -1;
	pthread_mutex_unlock(&control->lock);
	return going;
}

static void *control_thread(void *argument)
{
	struct card_control *control = argument;
	int fd;

	for (;;) {
		fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return NULL;
		if (set_connection(control, fd))
			serve(control, fd);
		set_connection(control, -1);
		close(fd);
	}
}

int card_control_start(struct card_control *control, struct card *card, const char *path,
		       int listener)
{
	int err;

	memset(control, 0, sizeof(*control));
	control->card = card;
	control->path = path;
	control->listener = listener;
	control->connection = -1;
	pthread_mutex_init(&control->lock, NULL);
	err = pthread_create(&control->thread, NULL, control_thread, control);
	if (err)
		pthread_mutex_destroy(&control->lock);
	return err;
}

void card_control_stop(struct card_control *control)
{
	pthread_mutex_lock(&control->lock);
	control->stopping = true;
	shutdown(control->listener, SHUT_RDWR);
	if (control->connection >= 0)
		shutdown(control->connection, SHUT_RDWR);
	pthread_mutex_unlock(&control->lock);
	pthread_join(control->thread, NULL);
	close(control->listener);
	unlink(control->path);
	pthread_mutex_destroy(&control->lock);
}
