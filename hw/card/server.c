// SPDX-License-Identifier: MIT
#include "server.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "session.h"

/* Room for more descriptors than allowed, so that too many are seen as such. */
#define CONTROL_FDS (VFIO_USER_MAX_FDS + 1)

/* Is somebody listening at this address? */
static bool is_alive(const struct sockaddr_un *addr)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0)
		return false;
	alive = !connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	close(fd);
	return alive;
}

/* A socket that its server has left behind is in the way; anything else is somebody's. */
static void remove_stale(const struct sockaddr_un *addr)
{
	struct stat st;

	if (!lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) && !is_alive(addr))
		unlink(addr->sun_path);
}

int card_listen(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "nmaccel-card: %s: longer than the %zu bytes of a socket's path\n",
			path, sizeof(addr.sun_path) - 1);
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		perror("nmaccel-card: socket");
		return -1;
	}
	remove_stale(&addr);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1)) {
		fprintf(stderr, "nmaccel-card: cannot listen at %s: %s\n", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void card_server_init(struct card_server *server, struct card *card, const char *path, int listener)
{
	memset(server, 0, sizeof(*server));
	pthread_mutex_init(&server->lock, NULL);
	server->card = card;
	server->path = path;
	server->listener = listener;
	server->connection = -1;
}

void card_server_destroy(struct card_server *server)
{
	close(server->listener);
	unlink(server->path);
	pthread_mutex_destroy(&server->lock);
}

static void close_fds(struct card_message *message)
{
	uint32_t i;

	for (i = 0; i < message->n_fds; i++)
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	message->n_fds = 0;
}

/* Take the descriptors over; false if there are more than a message may carry. */
static bool take_fds(struct msghdr *msg, struct card_message *message)
{
	struct cmsghdr *cmsg;
	bool ok = !(msg->msg_flags & MSG_CTRUNC);

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		const size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		size_t i;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (message->n_fds < VFIO_USER_MAX_FDS) {
				message->fds[message->n_fds++] = fd;
			} else {
				close(fd);
				ok = false;
			}
		}
	}
	return ok;
}

/* Read all of it; false at the end of the connection. */
static bool read_all(int fd, void *data, size_t size)
{
	uint8_t *at = data;

	while (size) {
		const ssize_t n = recv(fd, at, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool write_all(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size) {
		const ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* The header brings the descriptors. False if the connection cannot go on. */
static bool receive_header(int fd, struct card_message *message)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
	} control;
	struct iovec iov = {&message->header, sizeof(message->header)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	return take_fds(&msg, message) &&
	       read_all(fd, (uint8_t *)&message->header + n, sizeof(message->header) - (size_t)n);
}

struct buffers {
	uint8_t request[VFIO_USER_MAX_BODY];
	uint8_t reply[VFIO_USER_MAX_MESSAGE];
};

static bool serve_message(struct card_session *session, int fd, struct card_message *message,
			  struct buffers *buffers)
{
	struct vfio_user_header header;
	struct card_reply reply = {.body = buffers->reply + sizeof(header)};

	if (!receive_header(fd, message) ||
	    !card_message_framed(&message->header, &message->body_size) ||
	    !read_all(fd, buffers->request, message->body_size))
		return false;
	message->body = buffers->request;
	if (!card_session_handle(session, message, &header, &reply))
		return true;
	memcpy(buffers->reply, &header, sizeof(header));
	return write_all(fd, buffers->reply, header.size);
}

static void serve_client(struct card *card, int fd)
{
	struct card_session session = {.card = card};
	struct buffers *buffers = malloc(sizeof(*buffers));
	bool going = buffers != NULL;

	while (going) {
		struct card_message message = {.n_fds = 0};

		going = serve_message(&session, fd, &message, buffers);
		close_fds(&message);
	}
	free(buffers);
}

/* Make the connection known to card_server_stop(); false if that has been called already. */
static bool set_connection(struct card_server *server, int fd)
{
	bool going;

	pthread_mutex_lock(&server->lock);
	going = !server->stopping;
	server->connection = going ? fd : -1;
	pthread_mutex_unlock(&server->lock);
	return going;
}

static bool is_stopping(struct card_server *server)
{
	bool stopping;

	pthread_mutex_lock(&server->lock);
	stopping = server->stopping;
	pthread_mutex_unlock(&server->lock);
	return stopping;
}

static void serve_next(struct card_server *server, int fd)
{
	card_stats_add(&server->card->stats.connections, 1);
	if (set_connection(server, fd))
		serve_client(server->card, fd);
	set_connection(server, -1);
	card_disconnect(server->card);
	close(fd);
}

void card_server_run(struct card_server *server, bool once)
{
	do {
		const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			serve_next(server, fd);
		} else if (is_stopping(server)) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			perror("nmaccel-card: accept");
			return;
		} else {
			continue;
		}
		if (once)
			return;
	} while (!is_stopping(server));
}

void card_server_stop(struct card_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	shutdown(server->listener, SHUT_RDWR);
	if (server->connection >= 0)
		shutdown(server->connection, SHUT_RDWR);
	pthread_mutex_unlock(&server->lock);
}
